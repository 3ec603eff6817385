"""The admin of what is seen, one file per family."""
