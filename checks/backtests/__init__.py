"""Back-tests: checks over stored flows, by the same runner that evaluates what comes in.

:mod:`subjects` says what is tested, :mod:`stored` reads rows in portions with only the columns that
are needed, :mod:`summary` adds up what was found, :mod:`running` is the loop.
"""
