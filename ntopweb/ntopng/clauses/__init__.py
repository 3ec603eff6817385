"""ntopng's SQL-like clauses: read by sqlglot against lists of what may be named, never pasted.

:mod:`reading` turns the texts into a small tree of known columns, :mod:`writing` turns that into
SQL of constants and parameters. :mod:`flow_table` and :mod:`alert_table` name the columns that
ntopng has, and say what each is here.
"""
