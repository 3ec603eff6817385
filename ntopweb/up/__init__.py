"""Behind ``manage.py``: the bootstrap, the embedded servers, and the supervisor of one machine.

``entry`` picks the command; ``bootstrap`` makes ``.venv``; ``options`` reads the command line;
``data`` is the data folder; ``postgres`` and ``valkey`` are the embedded servers; ``program`` says
what a child process is, ``keeper`` keeps one alive, ``supervisor`` runs them all. ``entry``,
``bootstrap``, ``options``, ``data`` and ``fault`` use the standard library only, since they run
before anything is installed.
"""
