"""The admin of what is seen, one file per family; Django imports it, so all of them stand here."""

from monitoring.admin import agent, blacklist, host, interface, ledger, token

__all__ = ["agent", "blacklist", "host", "interface", "ledger", "token"]
