"""Findings with a life: the lifecycle that makes alerts of them, and the push to browsers."""
