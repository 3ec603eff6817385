"""Limits on sums of traffic, as delivered; the operator adds others as threshold rules."""
