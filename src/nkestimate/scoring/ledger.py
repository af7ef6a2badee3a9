"""A ledger of scores: a file of lines, each one outcome with its scores, appended under a lock and never rewritten.

A line may withdraw an earlier one, which stays in the file: what was withdrawn counts nowhere, and its outcome may be entered anew.

A process that is killed while it writes leaves part of a line at the end, at most. Whoever appends next takes that away: it was no
entry yet, and the command that was killed, given again, enters it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nkestimate.errors import ResultFileError, did_you_mean
from nkestimate.folder import locked

LEDGER = "ledger.jsonl"
_UNNAMED = {"id", "entered", "made"}  # not in what an entry is named by
_LARGEST = 200_000_000  # bytes
_SHOWN = 19  # characters of an id: sha256: and twelve digits


class Record(BaseModel):
    """A part of an entry: what it does not know is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, populate_by_name=True)


class TotalScores(Record):
    """How a total's posterior did.

    Attributes
    ----------
    median, low_50, high_50, low_90, high_90 : float
        Of the posterior, in the total's unit.
    held_50, held_90 : bool
        Whether the interval holds the truth; of a range its middle on the working scale.
    partly_50, partly_90 : bool
        Whether an end of a range says otherwise.
    log_score : float or None
        Log of the posterior's density at the truth on the working scale, by normal kernels; None of a posterior that is one value.
    crps, crps_low, crps_high : float
        At the truth (of a range at its middle), and the least and most over its ends and middle; on the working scale.
    pit, pit_low, pit_high : float
        Likewise.
    beyond : bool
        Whether the truth lies outside all draws: the log score is then mostly the kernel's tail.
    draws : int
    """

    median: float
    low_50: float
    high_50: float
    low_90: float
    high_90: float
    held_50: bool
    held_90: bool
    partly_50: bool
    partly_90: bool
    log_score: float | None
    crps: float
    crps_low: float
    crps_high: float
    pit: float
    pit_low: float
    pit_high: float
    beyond: bool
    draws: int


class AnswerScores(Record):
    """How the probability of a question did: Brier score, and log of the probability given to what happened."""

    probability: float
    brier: float
    log_score: float
    draws: int


class ClaimScore(Record):
    """How one claim about the total did.

    Attributes
    ----------
    held : bool
        Whether what it states holds the truth (of a range its middle).
    spreads : float or None
        How far its centre is above the truth, in its stated spreads; None of a bound.
    off : float or None
        The same on the working scale: on log scale a factor of exp(off); None of a bound.
    """

    claim: str
    source: str
    name: str
    says: str
    kind: str
    held: bool
    spreads: float | None
    off: float | None


class LeftOut(Record):
    """A claim about the total that is not scored, and why."""

    claim: str
    reason: str


class Line(Record):
    """A line of the file, named by what it says."""

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, under the keys of the file."""
        return self.model_dump(by_alias=True)

    def name(self) -> str:
        """Return what it is named by: the SHA-256 of what it says."""
        said = {key: value for key, value in self.plain().items() if key not in _UNNAMED}
        return "sha256:" + hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def line(self) -> bytes:
        """Return it as a line of the file."""
        return json.dumps(self.plain(), ensure_ascii=False, allow_nan=False).encode() + b"\n"

    def dated(self) -> Self:
        """Return it with its name, entered now."""
        now = datetime.now(UTC).replace(microsecond=0).isoformat()
        return self.model_copy(update={"entered": now, "id": self.name()})


class Entry(Line):
    """One outcome of one case, with its scores.

    Attributes
    ----------
    id : str
        SHA-256 of all but this and ``entered``.
    entered : str
        When, in UTC.
    made : str
        When the run was made, in UTC.
    low, high : float or None
        What came true, in ``unit``; None of a question.
    happened : bool or None
        The answer to a question.
    since : str or None
        Of a total that is a date: the day from which ``low`` and ``high`` count.
    """

    nkestimate: Literal["outcome"] = "outcome"
    format: Literal[1] = 1
    id: str = ""
    entered: str = ""
    made: str = ""
    case: str
    title: str
    scenario: str | None
    digest: str
    seed: int
    horizon: str
    converged: bool
    outcome: str
    kind: Literal["total", "question"]
    label: str
    unit: str
    support: str
    since: str | None
    scale: Literal["log", "logit", "identity", ""]
    low: float | None
    high: float | None
    happened: bool | None
    stated: str
    from_: str = Field(alias="from")
    when: str
    check: str | None
    class_: str | None = Field(alias="class")
    note: str | None
    total: TotalScores | None
    answer: AnswerScores | None
    claims: list[ClaimScore]
    left_out: list[LeftOut]

    @property
    def hindsight(self) -> bool:
        """Whether the run was made after the day on which the outcome was known; it is taken to be, where a run's day is not known."""
        return not self.made or self.made[:10] > self.when[:10]

    @property
    def thing(self) -> tuple[str, str, str]:
        """What was told: a run of a case again, with another weight say, tells nothing more."""
        return self.case, self.title, self.outcome

    @property
    def key(self) -> tuple[str, str]:
        """What is entered once: the case by its digest, and the outcome."""
        return self.digest, self.outcome


class Withdrawal(Line):
    """A line that withdraws an entry.

    Attributes
    ----------
    id : str
        SHA-256 of all but this and ``entered``.
    entered : str
        When, in UTC.
    of : str
        The id of the entry.
    by, why : str
        Who withdraws it, and for what reason.
    """

    nkestimate: Literal["withdrawal"] = "withdrawal"
    format: Literal[1] = 1
    id: str = ""
    entered: str = ""
    of: str
    by: str
    why: str


@dataclass(frozen=True)
class Ledger:
    """What a file holds.

    Attributes
    ----------
    entries : tuple of Entry
        In the order of the file, without those that are withdrawn.
    withdrawn : tuple of (Entry, Withdrawal)
        What was withdrawn, and by which line.
    torn : int
        Bytes at the end that are no whole entry, of a process that was killed.
    unended : bool
        Whether the last entry lacks its line's end.
    """

    entries: tuple[Entry, ...]
    withdrawn: tuple[tuple[Entry, Withdrawal], ...] = ()
    torn: int = 0
    unended: bool = False


@dataclass(frozen=True)
class Appended:
    """What came of appending.

    Attributes
    ----------
    new, there : tuple of Entry
        Entered now; there before.
    withdrawn : tuple of (Entry, Withdrawal)
        There before as well, word for word, and withdrawn since.
    torn : int
        Bytes of a torn line that went.
    """

    new: tuple[Entry, ...]
    there: tuple[Entry, ...]
    withdrawn: tuple[tuple[Entry, Withdrawal], ...]
    torn: int


def read_ledger(path: Path) -> Ledger:
    """Read a ledger and check every line.

    Raises
    ------
    ResultFileError
        If the file is missing or a line is no entry, or not as it was written; it names the line.
    """
    try:
        if not path.is_file():
            raise ResultFileError(f"{path}: no such file; expected a ledger, which 'nkestimate resolve CASE --with outcomes.yaml' begins")
        if path.stat().st_size > _LARGEST:
            raise ResultFileError(f"{path}: a file of {path.stat().st_size:,} bytes; expected {_LARGEST:,} at most")
        return _parsed(path.read_bytes(), path)
    except OSError as error:
        raise ResultFileError(f"{path}: can't be read ({error.strerror or error})") from error


def append(path: Path, entries: Iterable[Entry]) -> Appended:
    """Append entries whose case and outcome are not there yet, each by one write that is on the disk before the next begins.

    Raises
    ------
    ResultFileError
        If what stands there is no ledger.
    BusyError
        If another process holds its lock.
    OSError
        If it can't be written to; what was entered before stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path.parent):
        begun = path.exists()
        found = read_ledger(path) if begun else Ledger(())
        known, taken = {entry.key: entry for entry in found.entries}, {entry.id: (entry, line) for entry, line in found.withdrawn}
        new, there, withdrawn = list[Entry](), list[Entry](), list[tuple[Entry, Withdrawal]]()
        for entry in entries:
            if entry.key in known:
                there.append(known[entry.key])
            elif entry.name() in taken:
                withdrawn.append(taken[entry.name()])
            else:
                known[entry.key] = dated = entry.dated()
                new.append(dated)
        _put_all(path, found, new)
        if not begun:
            _flush_folder(path.parent)
    return Appended(tuple(new), tuple(there), tuple(withdrawn), found.torn)


def withdraw(path: Path, what: str, by: str, why: str) -> Entry:
    """Withdraw an entry: a line that says so is appended, and the entry itself stays as it is.

    Parameters
    ----------
    what : str
        The id of an outcome, or the beginning of an entry's: ``sha256:`` and twelve digits at least.
    by, why : str
        Who withdraws it, and for what reason.

    Returns
    -------
    Entry
        What was withdrawn.

    Raises
    ------
    ResultFileError
        If not exactly one entry is meant, or what stands there is no ledger.
    BusyError
        If another process holds its lock.
    OSError
        If it can't be written to; the entry then stands.
    """
    read_ledger(path)  # before the lock, which would want a folder
    with locked(path.parent):
        found = read_ledger(path)
        entry = _meant(path, found, what)
        _put_all(path, found, [Withdrawal(of=entry.id, by=by, why=why).dated()])
    return entry


def _meant(path: Path, found: Ledger, what: str) -> Entry:
    """Return the one entry that is named by an outcome, or by the beginning of its id."""
    meant = [entry for entry in found.entries if _names(what, entry)]
    if len(meant) == 1:
        return meant[0]
    if meant:
        listed = "".join(f"\n  {entry.id[:_SHOWN]}  {entry.stated}, of {entry.case}, entered {entry.entered[:10]}" for entry in meant)
        raise ResultFileError(f"{path}: '{what}' may be one of several entries; expected one; name it by its id:{listed}")
    gone = next((line for entry, line in found.withdrawn if _names(what, entry)), None)
    since = f"; one was withdrawn on {gone.entered[:10]} by {gone.by}" if gone else ""
    known = dict.fromkeys(entry.outcome for entry in found.entries)
    raise ResultFileError(f"{path}: no entry is of '{what}'{since}; expected an outcome that is entered, or the id of its entry"
                          + (f"; {near}" if (near := did_you_mean(what, known)) else ""))


def _names(what: str, entry: Entry) -> bool:
    return what == entry.outcome or (len(what) >= _SHOWN and entry.id.startswith(what))


def _put_all(path: Path, found: Ledger, lines: Iterable[Line]) -> None:
    """Append lines, each by one write, to a file whose lock is held and which holds what was found."""
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        if found.torn:
            os.ftruncate(file, os.fstat(file).st_size - found.torn)
        if found.unended:
            _put(file, b"\n")
        for line in lines:
            _put(file, line.line())
    finally:
        os.close(file)


def _put(file: int, line: bytes) -> None:
    """Append a line by one write; where the disk takes part of it alone, that part is taken back."""
    size = os.fstat(file).st_size
    if os.write(file, line) != len(line):
        os.ftruncate(file, size)
        raise OSError(28, "No space left on device")
    os.fsync(file)


def _flush_folder(folder: Path) -> None:
    """Have the name of a new file on the disk."""
    if hasattr(os, "O_DIRECTORY"):
        at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(at)
        finally:
            os.close(at)


def _parsed(content: bytes, path: Path) -> Ledger:
    *lines, rest = content.split(b"\n")
    torn = bool(rest) and not _is_whole(rest)
    read = [(number, _line(line, path, number)) for number, line in enumerate([*lines, b"" if torn else rest], 1) if line.strip()]
    withdrawals = [(number, line) for number, line in read if isinstance(line, Withdrawal)]
    by_id = {line.id: line for _, line in read if isinstance(line, Entry)}
    for number, one in withdrawals:
        if one.of not in by_id:
            raise ResultFileError(f"{path}:{number}: this withdraws an entry that is not here ({one.of[:_SHOWN]}…); expected its line; "
                                  "take it from an earlier copy")
    taken = {one.of: one for _, one in reversed(withdrawals)}  # the first that withdrew it
    entries: dict[tuple[str, str], tuple[int, Entry]] = {}
    for number, line in read:
        if isinstance(line, Entry) and line.id not in taken:
            _add(line, number, entries, path)
    return Ledger(tuple(entry for _, entry in entries.values()), tuple((by_id[key], one) for key, one in reversed(taken.items())),
                  len(rest) if torn else 0, bool(rest) and not torn)


def _add(entry: Entry, number: int, entries: dict[tuple[str, str], tuple[int, Entry]], path: Path) -> None:
    """Add an entry; a line that stands twice, as after a merge of two copies of the file, counts once."""
    first, other = entries.setdefault(entry.key, (number, entry))
    if other.id != entry.id:
        raise ResultFileError(f"{path}:{number}: '{entry.outcome}' of {entry.digest[:_SHOWN]}… stands on line {first} too, with other "
                              "scores; expected one entry; delete one of the lines")


def _is_whole(line: bytes) -> bool:
    """Return whether a line without its end is JSON: an editor that ends no last line leaves one."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _line(line: bytes, path: Path, number: int) -> Entry | Withdrawal:
    """Read a line as what it says it is."""
    kind = Withdrawal if _is_withdrawal(line) else Entry
    try:
        read = kind.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ResultFileError(f"{path}:{number}: {where or 'the line'}: no entry of a ledger ({first['msg']}); expected one as "
                              "'nkestimate resolve' writes it") from None
    if read.name() != read.id:
        raise ResultFileError(f"{path}:{number}: the entry is not as it was written: its digest is another; expected the line as "
                              "'nkestimate resolve' wrote it; take it from an earlier copy")
    return read


def _is_withdrawal(line: bytes) -> bool:
    try:
        plain = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(plain, dict) and plain.get("nkestimate") == "withdrawal"
