"""The built-in checks, a folder per frame; a file is found by being there."""
