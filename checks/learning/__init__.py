"""Frames over minutes and what is remembered between them.

The ingest pass leaves the rows of each batch that matter here as a *part*
(:mod:`checks.learning.parts`), in its own transaction. One periodic task folds the parts, exactly
once: pure functions make the derived frames of them (``windows``, ``contacts``, ``segments``),
``memory`` adds what was learned of each thing and remembers what is new. ``rhythms`` and ``bands``
read stored flows and sums instead.
"""
