"""Checks of a measure against the band that its past lets expect."""
