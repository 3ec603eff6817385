"""The pages of behavioural checks, one file each."""
