"""Who hears of an alert and by which service."""
