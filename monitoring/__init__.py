"""What is seen on the network: agents, interfaces, hosts, flows, traffic, and the ledger of what was received."""
