#!/usr/bin/env python3
"""The command line. `up`, `test` and `doctor` set up what they need; the rest is Django's own."""

import sys

# This file parses in any Python, so that an old one says what to do and not "invalid syntax".
if sys.version_info < (3, 11):
    sys.exit(
        "ntopweb needs Python 3.11 or newer and this is %d.%d: install a newer one and start it "
        "with that, for example: python3.11 manage.py up" % sys.version_info[:2]
    )

if __name__ == "__main__":
    from ntopweb.up.entry import main

    main(sys.argv)
