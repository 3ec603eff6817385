"""How many attacks the checks of our own methods catch, and how often they are wrong.

``python -m tests.benchmarks.detection [--seeds N]`` prints a line for each check. ``captures``
makes attacks of varying size, pace and shape, and ordinary ten minutes of an office, and leads both
through the meter and the frames over minutes; ``series`` makes days of measures for the anomaly
checks. What is counted: attacks with a finding of the check; ordinary captures, or days, with one.
"""
