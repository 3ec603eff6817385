"""What is wrong: rules over frames, their settings, and the runner that evaluates them."""
