"""The pages of alerts, one file each."""
