"""Commands that measure, each printing a ratio or a rate from one run on this machine."""
