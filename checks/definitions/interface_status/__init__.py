"""Interface checks that the clock runs: they fire when nothing comes."""
