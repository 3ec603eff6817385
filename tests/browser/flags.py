"""How Chromium is started: headless, and asking nobody outside for anything."""

from __future__ import annotations

import shutil
from typing import Final

#: The program; None where there is none.
CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
