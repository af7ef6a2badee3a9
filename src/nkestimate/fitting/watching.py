"""Noticing saves of a case's files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from nkestimate.case.load import files_of

_PAUSE = 0.2  # seconds between looks
_SETTLE = 0.05  # an editor may still be writing


def saves(path: Path) -> Iterator[None]:
    """Yield at once, and then after each save of any file of a case; files that are included later count too."""
    seen = None
    while True:
        now = stamp(path)
        if now != seen:
            time.sleep(_SETTLE)
            seen = stamp(path)
            yield
        else:
            time.sleep(_PAUSE)


def stamp(path: Path) -> tuple[tuple[str, int, int], ...]:
    """Return the names, times and sizes of a case's files."""
    found = []
    for file in files_of(path):
        try:
            stat = file.stat()
        except OSError:  # gone for the moment in which an editor replaces it
            continue
        found.append((str(file), stat.st_mtime_ns, stat.st_size))
    return tuple(sorted(found))
