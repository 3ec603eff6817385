"""The switches of scripts: what scripts pick."""
