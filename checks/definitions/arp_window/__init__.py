"""Checks of who asks for whom by ARP."""
