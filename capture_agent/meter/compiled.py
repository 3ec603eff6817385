"""How the meter is compiled: Numba, without Python objects, cached on disk per version of the code.

Numba's own cache looks at the changed file only, not at the files it calls. The cache's folder is
therefore named by a digest of all sources and of the engine's version.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba
from numba import njit

from capture_agent import engine

F = TypeVar("F", bound=Callable[..., Any])

_AGENT: Final = Path(__file__).parent.parent
_FOLDERS: Final = (_AGENT / "meter", _AGENT / "frames", _AGENT / "l2")


def _digest() -> str:
    digest = hashlib.sha256(f"{engine.version()} {numba.__version__}".encode())
    for folder in _FOLDERS:
        for path in sorted(folder.glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Return the folder of this version's compiled code, made if need be.

    It lies beside the sources where they are writable, else in the user's cache or, for a user
    without one, in a private temporary folder.
    """
    homes = (
        Path(__file__).parent / "__pycache__",
        Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ntopweb",
    )
    for home in homes:
        folder = home / f"compiled-{_digest()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            _forget_others(folder)
            return folder
    return Path(tempfile.mkdtemp(prefix="ntopweb-compiled-"))


def _forget_others(folder: Path) -> None:
    """Remove what older versions of the code left, a day after its last use at the earliest."""
    for other in folder.parent.glob("compiled-*"):
        if other != folder and other.stat().st_mtime < folder.stat().st_mtime - 86_400:
            shutil.rmtree(other, ignore_errors=True)


setattr(numba.config, "CACHE_DIR", str(cache_folder()))  # noqa: B010 (numba types it not)


def compiled(function: F) -> F:
    """Compile a function: integers wrap, nothing is bounds-checked, the GIL is released."""
    return cast(F, njit(cache=True, nogil=True, error_model="numpy")(function))
