"""Capture on a real link: two network namespaces of our own, joined by a veth pair."""
