"""What is checked: a package per frame, found by :mod:`checks.registry`.

No definition imports another.
"""
