"""ntopng's REST v2, so that what was written for ntopng runs here unchanged.

An endpoint is a function from :class:`asking.Asked` to what ``rsp`` is; tables named ``ENDPOINTS``
say which path it has and what right it takes, :mod:`urls` makes URLs of them. :mod:`view` is the
one view: it authenticates, checks rights, and puts answers and errors into ntopng's envelope.
Reading goes through :mod:`monitoring.history` and :mod:`alerts`; what is here maps our rows to
ntopng's names. docs/ntopng.md says what answers and what differs.
"""
