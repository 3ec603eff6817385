"""Sources: each observes traffic in its own way and yields rows of the frames.

``ndpi`` reads packets of files and network cards through the compiled meter.
"""
