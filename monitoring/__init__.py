"""What is seen: agents, interfaces, hosts, flows, traffic, and the ledger of what was received."""
