"""The file of a grid's rows: one line a fit, appended as it comes, so that a stopped run goes on where it was."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from nkestimate.errors import BusyError, EngineError, NKEstimateError
from nkestimate.fitting.runs import code_digest
from nkestimate.folder import read, sha256
from nkestimate.solidity.refits.row import FAILED

ROWS, EARLIER = "rows.jsonl", "rows.earlier.jsonl"
_HASH = "sha256"


class RowFile:
    """The rows that are known, by the digest of their variant, and where new ones go.

    Attributes
    ----------
    known : dict of str to dict
        Rows found in the file.
    """

    def __init__(self, known: dict[str, dict[str, Any]], file: IO[bytes] | None):
        self.known, self.file = known, file

    def gather(self, found: Iterable[tuple[str, dict[str, Any] | None]], came: Callable[[int], object]) -> None:
        """Keep what workers return, as it comes; ``came`` is called with how many there are by then.

        Raises
        ------
        EngineError
            If a worker refuses: it has other code.
        """
        for done, (key, row) in enumerate(found, 1):
            row = row or {"variant": key, "status": FAILED, "reason": "the worker died each time (out of memory, perhaps)"}
            if "refused" in row:
                raise EngineError(row["refused"])
            self.add(row)
            came(done)

    def add(self, row: dict[str, Any]) -> None:
        """Keep a row: one write of one line, so that whatever stops the program leaves whole lines and one torn at most."""
        self.known[row["variant"]] = row
        if self.file is not None:
            self.file.write(_line(row))


@contextmanager
def opened(folder: Path | None, header: Mapping[str, Any], fresh: bool = False) -> Iterator[RowFile]:
    """Open a folder's rows, those of the same ``header`` known already; without a folder, keep them in memory.

    The header says what makes rows comparable: case, sampling, seed and code. Rows under another are set aside under another
    name, as are all where ``fresh`` is asked for.

    Raises
    ------
    BusyError
        If another run writes to the file.
    """
    if folder is None:
        yield RowFile({}, None)
        return
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ROWS
    lock = FileLock(folder / ".rows.lock", blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise BusyError(f"{path}: another run writes to this file; wait for it, or choose another folder with --out") from None
    try:
        known = None if fresh else _read(path, header)
        if known is None and path.exists():
            path.replace(folder / EARLIER)
        with path.open("ab", buffering=0) as file:
            if known is None:
                file.write(_line(header))
            yield RowFile(known or {}, file)
    finally:
        lock.release()


def attempted(key: str, code: str, make: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """Return the row of one fit, in whatever process this runs: what ``make`` gives, or why there is none; and its seconds.

    It is ``refused`` where this process has other code than the one that asks.
    """
    if code != code_digest():
        return {"refused": "a worker has another version of nkestimate: install this one there"}
    began, row = time.perf_counter(), {"variant": key}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            row |= make()
    except NKEstimateError as error:
        row |= {"status": FAILED, "reason": str(error).splitlines()[0]}
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # one fit's misfortune must not cost the others; a panic in Rust is no Exception
        row |= {"status": FAILED, "reason": f"{type(error).__name__}: {error}"}
    return row | {"seconds": round(time.perf_counter() - began, 3)}


def _line(row: Mapping[str, Any]) -> bytes:
    """Return a row's line, which ends with the hash of the rest."""
    content = json.dumps(row, ensure_ascii=False, allow_nan=False)
    return (json.dumps({**row, _HASH: sha256(content.encode())}, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _read(path: Path, header: Mapping[str, Any]) -> dict[str, dict[str, Any]] | None:
    """Return the rows of a file and cut off its torn end; None where it is not of this header."""
    if not path.exists():
        return None
    content = read(path)
    whole = content.rfind(b"\n") + 1
    rows = [row for line in content[:whole].splitlines() if (row := _parsed(line)) is not None]
    if not rows or rows[0] != json.loads(json.dumps(header)):
        return None
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)
    return {row["variant"]: row for row in rows[1:] if isinstance(row.get("variant"), str)}


def _parsed(line: bytes) -> dict[str, Any] | None:
    """Return the row of a line; None where it is not as it was written."""
    try:
        row = json.loads(line)
        found = row.pop(_HASH)
        return row if found == sha256(json.dumps(row, ensure_ascii=False, allow_nan=False).encode()) else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
