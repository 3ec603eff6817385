"""Reports of a host, an interface, a network or the site over a period, to hand to people.

Queries (:mod:`traffic`, :mod:`alerting`) become one pure structure (:mod:`document`), which is
written as HTML (:mod:`html`) and as PDF (:mod:`pdf`). :mod:`making` does it in the background.
"""
