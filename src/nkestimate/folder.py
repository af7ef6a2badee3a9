"""One transaction for a folder: all is built aside, swapped in under a lock, and what was replaced is deleted last.

A commit is one rename: from then on the new files are the folder's, and whoever opens it next finishes what a killed process
left undone. ``nkestimate-manifest.json`` holds the SHA-256 of every file and of which result each is.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from nkestimate.errors import BusyError, ResultFileError
from nkestimate.text import as_json

MANIFEST, STALE = "nkestimate-manifest.json", "STALE.txt"
_LOCK, _SWAP, _BUILD, _OWNED = ".nkestimate.lock", ".nkestimate-swap", ".nkestimate-build-", "owned"
_LEFT = re.compile(r"\.nkestimate-build-\w+|\.report-[a-z0-9_]{8}")  # the second: folders that earlier versions left
_PATIENCE = 60.0  # seconds: the lock is held while files are renamed, no longer
_LARGEST = 4_000_000_000  # bytes: far above any posterior
_PAUSES = (0.0, 0.05, 0.5)  # seconds between looks at a file that another process may be replacing
_NOTE = "note"
HISTORY = "history"  # the part whose files are of earlier runs, and rightly so


@dataclass(frozen=True)
class Entry:
    """A file of the manifest: its SHA-256, the part of the folder it belongs to, which result it is ``of``, what else it tells."""

    sha256: str
    part: str
    of: str
    beside: str = ""


@dataclass(frozen=True)
class Manifest:
    """What a folder holds: files by their path inside it; digest and seed of the result that was written last."""

    files: Mapping[str, Entry] = field(default_factory=dict)
    digest: str = ""
    seed: int | None = None

    def of(self, part: str) -> str | None:
        """Return which result a part is of; None where the folder has none, or one of several."""
        found = {entry.of for entry in self.files.values() if entry.part == part}
        return found.pop() if len(found) == 1 else None

    def json(self) -> str:
        """Return it as JSON."""
        files = {name: vars(entry) for name, entry in sorted(self.files.items())}
        plain = {"nkestimate": "manifest", "format": 1, "digest": self.digest, "seed": self.seed, "files": files}
        return as_json(plain) + "\n"


class Change:
    """What is on its way into a folder: each part has a folder of its own to be built in."""

    def __init__(self, folder: Path, build: Path):
        self.folder, self.build = folder, build
        self.parts: dict[str, tuple[str, str]] = {}
        self.kept: tuple[str, ...] = ()
        self.most: dict[str, int] = {}

    def part(self, name: str, of: str, beside: str = "", *, keep: tuple[str, ...] = ()) -> Path:
        """Return where to build a part. At the end it replaces the folder's, save files whose names begin as in ``keep``."""
        self.parts[name] = of, beside
        self.kept += keep
        path = self.build / name
        path.mkdir()
        return path

    def log(self, part: str, name: str, of: str, text: str, most: int) -> None:
        """Add a file to a part that only grows; of its files, the last ``most`` in the order of their names stay."""
        path = self.build / part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _written(path, text)
        self.parts[part], self.most[part] = (of, ""), most

    def discard(self, name: str) -> None:
        """Take a part back: the folder keeps its own."""
        self.parts.pop(name, None)
        shutil.rmtree(self.build / name, ignore_errors=True)

    def work(self) -> Path:
        """Return a folder for what is needed on the way only."""
        return Path(tempfile.mkdtemp(prefix="work-", dir=self.build))


@contextmanager
def changing(folder: Path, digest: str, seed: int | None, lead: str = "") -> Iterator[Change]:
    """Change a folder as a whole or not at all.

    Parameters
    ----------
    folder : path
        Made where there is none; gone again if nothing comes into it.
    digest, seed
        Of the case and run, for the manifest.
    lead : str
        The part that the others tell of: what is not of the same result is marked as stale.

    Raises
    ------
    BusyError
        If another process holds the folder's lock.
    OSError
        If the folder can't be written to; it is as it was.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    # Named before it is made, so that an interruption at any step after leaves nothing behind.
    build = folder / f"{_BUILD}{secrets.token_hex(4)}"
    owned = _lock(build / _OWNED)
    try:
        with locked(folder):
            _settle(folder)
            build.mkdir()
            owned.acquire()
        change = Change(folder, build)
        yield change
        _commit(change, digest, seed, lead)
    finally:
        owned.release()
        shutil.rmtree(build, ignore_errors=True)
        for path in made:
            with suppress(OSError):
                path.rmdir()  # only where nothing is in it


def read(path: Path) -> bytes:
    """Return a file of this package's own, which must be as the manifest beside it says.

    Raises
    ------
    ResultFileError
        If it is missing, no regular file, or has changed since it was written.
    """
    for pause in _PAUSES:
        time.sleep(pause)
        settle(path.parent)
        entry = manifest_of(path.parent).files.get(path.name)
        content = _content(path)
        if entry is None or entry.sha256 == sha256(content):
            return content
    raise ResultFileError(f"{path}: the file is not as it was written; expected the one that {MANIFEST} names; run again")


def _content(path: Path) -> bytes:
    try:
        if not path.exists():
            raise ResultFileError(f"{path}: the file does not exist")
        if not path.is_file():
            raise ResultFileError(f"{path}: no regular file; expected one that nkestimate wrote")
        if path.stat().st_size > _LARGEST:
            raise ResultFileError(f"{path}: a file of {path.stat().st_size:,} bytes; expected {_LARGEST:,} at most")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise ResultFileError(f"{path}: can't be read ({getattr(error, 'strerror', None) or error})") from error


@contextmanager
def reading(path: Path, command: str, form: int) -> Iterator[dict[str, Any]]:
    """Give the values of a JSON file that a command wrote; whatever is wrong with them shows where they are used.

    Raises
    ------
    ResultFileError
        If the file is missing, not of this package, in another format, or its values do not bear what is done with them.
    """
    content, again = read(path), f"`nkestimate {command}`"
    try:
        plain = json.loads(content)
        if plain["format"] != form:
            raise ResultFileError(f"{path}: a result in format {plain['format']}; expected {form}; run {again} again")
        yield plain
    except ResultFileError:
        raise
    except Exception as error:
        raise ResultFileError(f"{path}: not a result of {again} ({type(error).__name__})") from error


def whole(folder: Path, part: str, of: str | None = None) -> bool:
    """Return whether a folder has a part, and each of its files is as it was written; with ``of``, those of that run alone."""
    settle(folder)
    files = {name: entry for name, entry in manifest_of(folder).files.items() if entry.part == part and of in (None, entry.of)}
    try:
        return bool(files) and all(sha256((folder / name).read_bytes()) == entry.sha256 for name, entry in files.items())
    except OSError:
        return False


def manifest_of(folder: Path) -> Manifest:
    """Return a folder's manifest; an empty one where there is none, or it is not ours."""
    return _manifest(folder / MANIFEST)


def sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def settle(folder: Path) -> None:
    """Finish the commit of a process that was killed, and delete what others left; in a folder that is only read, do nothing."""
    with suppress(OSError, BusyError):
        if any(path.name in (_SWAP, _LOCK) or _LEFT.fullmatch(path.name) for path in folder.iterdir()):
            with locked(folder):
                _settle(folder)


# ------------------------------------------------------------ under the lock


def _lock(path: Path) -> Any:
    from filelock import FileLock

    return FileLock(path, timeout=_PATIENCE)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, which one process at a time does.

    Raises
    ------
    BusyError
        If another process holds it for a minute.
    """
    from filelock import Timeout

    lock = _lock(folder / _LOCK)
    try:
        lock.acquire()
    except Timeout:
        raise BusyError(f"{folder}: another run writes to this folder; wait for it, or choose another with --out") from None
    try:
        yield
    finally:
        with suppress(OSError):  # while it is held: who waits for it finds another file and tries again
            (folder / _LOCK).unlink()
        lock.release()


def _commit(change: Change, digest: str, seed: int | None, lead: str) -> None:
    """Swap in what was built: after the rename in the middle it is the folder's, whatever happens."""
    folder, build = change.folder, change.build
    new: dict[str, Entry] = {}
    for part, (of, beside) in change.parts.items():
        for path in sorted(path for path in (build / part).rglob("*") if path.is_file()):
            _flush(path)
            new[path.relative_to(build / part).as_posix()] = Entry(sha256(path.read_bytes()), part, of, beside)
    with locked(folder):
        _settle(folder)
        old = manifest_of(folder).files
        replaced = {*change.parts, _NOTE} - change.most.keys()
        kept = {name: entry for name, entry in old.items()
                if entry.part not in replaced or (name.startswith(change.kept) if change.kept else False)}
        manifest = Manifest(_last(kept | new, change.most), digest, seed)
        manifest = _noted(folder, build, manifest, lead, old.keys() - manifest.files.keys(), new.keys())
        for name in manifest.files:
            _check_place(folder, name)
        _written(build / MANIFEST, manifest.json())
        build.rename(folder / _SWAP)
        try:
            _settle(folder)
        except BaseException:  # Ctrl-C among the renames
            _settle(folder)
            raise


def _last(files: Mapping[str, Entry], most: Mapping[str, int]) -> dict[str, Entry]:
    """Return the files of a manifest without the earliest of each part that has more than it may."""
    over = {name for part, number in most.items() for name in sorted(name for name, entry in files.items() if entry.part == part)[:-number]}
    return {name: entry for name, entry in files.items() if name not in over}


def _noted(folder: Path, build: Path, manifest: Manifest, lead: str, going: AbstractSet[str], coming: AbstractSet[str]) -> Manifest:
    """Add the note that names what is stale, where something is; with this commit what is ``going`` is deleted."""
    names = [name for name in stale(folder, manifest, lead, coming) if name not in going]
    if not names:
        return manifest
    text = ("These files are of an earlier run than the rest of this folder:\n\n" + "".join(f"  {name}\n" for name in names)
            + "\nThe command that wrote them writes them again.\n")
    (build / _NOTE).mkdir()
    _written(build / _NOTE / STALE, text)
    entry = Entry(sha256(text.encode()), _NOTE, manifest.of(lead) or "")
    return Manifest({**manifest.files, STALE: entry}, manifest.digest, manifest.seed)


# What this package writes beside its leading files, also where an earlier version wrote it without a manifest.
_OWN = re.compile(r"(report|annex)\.pdf|report\.html|trace\.json|page-1\.png|"
                  r"figures/(headline|totals|claims|over-time|chains|solid|drivers|slide)[\w-]*\.(png|svg)|"
                  r"(specification-curve|sources)\.(png|svg)")


def stale(folder: Path, manifest: Manifest, lead: str, coming: AbstractSet[str] = frozenset()) -> list[str]:
    """Return the files of a folder, or ``coming`` into it, that tell of another result than its leading part does."""
    of = manifest.of(lead)
    if of is None:
        return []
    told = {name for name, entry in manifest.files.items()
            if entry.of != of and entry.part not in (_NOTE, HISTORY)
            and (name in coming or (folder / name).exists())}  # a clone of a repository may lack some
    beside = [path.relative_to(folder).as_posix() for path in (*folder.glob("*.*"), *folder.glob("figures/*.*")) if path.is_file()]
    told |= {name for name in beside if _OWN.fullmatch(name) and name not in manifest.files}
    return sorted(told)


def _settle(folder: Path) -> None:
    """Finish a commit: each step may be done again, and the manifest is replaced after the files that it names."""
    swap = folder / _SWAP
    if (swap / MANIFEST).is_file():
        new, old = _manifest(swap / MANIFEST).files, manifest_of(folder).files
        for name, entry in new.items():
            if (built := swap / entry.part / name).is_file():
                (folder / name).parent.mkdir(exist_ok=True)
                built.replace(folder / name)
        for name in old.keys() - new.keys():
            _drop(folder, name)
        (swap / MANIFEST).replace(folder / MANIFEST)
    if swap.exists():
        shutil.rmtree(swap)
    for path in folder.iterdir():
        if _LEFT.fullmatch(path.name) and path.is_dir() and not _is_owned(path):
            shutil.rmtree(path, ignore_errors=True)


def _drop(folder: Path, name: str) -> None:
    (folder / name).unlink(missing_ok=True)
    if "/" in name:
        with suppress(OSError):
            (folder / name).parent.rmdir()  # only where nothing else is in it


def _is_owned(build: Path) -> bool:
    """Return whether the process that builds there is alive: it holds a lock until it ends, however it ends."""
    from filelock import FileLock, Timeout

    if not (build / _OWNED).exists():
        return False
    lock = FileLock(build / _OWNED, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        return True
    lock.release()
    return False


def _check_place(folder: Path, name: str) -> None:
    """Raise where a file could not be put, before anything is: the commit itself must not fail."""
    place = folder / name
    place.parent.mkdir(exist_ok=True)
    if place.is_dir():
        raise IsADirectoryError(21, "a folder stands where a file is to be written", str(place))
    if not os.access(place.parent, os.W_OK):
        raise PermissionError(13, "Permission denied", str(place))


def _manifest(path: Path) -> Manifest:
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        if plain["nkestimate"] != "manifest" or plain["format"] != 1:
            return Manifest()
        files = {name: Entry(**entry) for name, entry in plain["files"].items()}
        sound = all(_is_inside(name) and all(isinstance(value, str) for value in vars(entry).values()) and _is_inside(entry.part)
                    for name, entry in files.items())
        return Manifest(files, str(plain["digest"]), plain["seed"]) if sound else Manifest()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Manifest()


def _is_inside(name: str) -> bool:
    """Return whether a name leads no further than one folder down."""
    parts = PurePosixPath(name).parts
    return 0 < len(parts) <= 2 and ".." not in parts and not name.startswith("/") and "\0" not in name and "\\" not in name


def _written(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    _flush(path)


def _flush(path: Path) -> None:
    """Have a file on the disk: some file systems say only now that they are full."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
