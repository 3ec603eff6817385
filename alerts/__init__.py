"""Findings with a life: the lifecycle that turns them into alerts, and the live push to browsers."""
