"""Faults a user can cause, each with its place, and the exceptions that carry them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from textwrap import fill
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STILL = "still TODO"  # how the problem of a fault begins that is a placeholder's
_LONGEST_WORD, _MANY, _FEW = 80, 100, 8  # letters of a word, words, and how many of these are looked at closely


@dataclass(frozen=True, order=True)
class Fault:
    """One fault of a case: where it stands, what is wrong, what was expected, what may help.

    Printed as ``file:line: path: problem; expected …; hint``, each part where there is something to say.
    """

    file: str
    line: int
    path: str
    problem: str
    expected: str
    hint: str

    def __str__(self) -> str:
        expected = self.expected and f"expected {self.expected}"
        said = "; ".join(part for part in (self.problem, expected, self.hint) if part)
        text = f"{self.file}:{self.line}: {self.path or '(top)'}: {said}"
        # One line a fault, whatever characters a name in it may hold.
        return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


class NKEstimateError(Exception):
    """Base of all errors this package raises on purpose."""


class CaseError(NKEstimateError):
    """A case is at fault. ``faults`` holds every one of them, in the order of the files."""

    def __init__(self, faults: Iterable[Fault]):
        self.faults: tuple[Fault, ...] = tuple(sorted(set(faults)))
        super().__init__("\n".join(_told(self.faults)))


def _told(faults: Iterable[Fault]) -> Iterator[str]:
    """Write a line a fault; of placeholders for which the same is expected, the first in full and the lines of the others below it."""
    alike: dict[object, list[Fault]] = {}
    for fault in faults:
        kind = (fault.file, fault.problem, fault.expected, fault.hint) if fault.problem.startswith(STILL) else fault
        alike.setdefault(kind, []).append(fault)
    for first, *others in alike.values():
        yield str(first)
        if others:
            lines = ", ".join(str(line) for line in dict.fromkeys(fault.line for fault in others))
            yield fill(f"also in line{'s' * (',' in lines)} {lines}", 80, initial_indent="  ", subsequent_indent="  ")


class ConvergenceError(NKEstimateError):
    """The sampler's diagnostics failed. ``fit`` holds the draws all the same."""

    def __init__(self, message: str, fit: Any):
        self.fit = fit
        super().__init__(message)


class DigestError(NKEstimateError):
    """A saved posterior belongs to another case (its digest differs)."""


class ComparisonError(NKEstimateError):
    """Two cases have nothing in common that could be compared."""


class UnknownTotalError(NKEstimateError):
    """A case has no quantity or derived of that name."""


class ScaleError(NKEstimateError, ValueError):
    """A total has no variance on the scale that was asked for."""


class BusyError(NKEstimateError):
    """Another run is at work on the same file."""


class EngineError(NKEstimateError):
    """The workers that fits were sent to are gone, or can't be reached."""


class ResultFileError(NKEstimateError):
    """A file (summary, posterior, rows, robustness) is no result that this package wrote, or not as it was written."""


class TableError(NKEstimateError):
    """A claim has no place in a table."""


class ReportError(NKEstimateError):
    """The report could not be typeset."""


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return a hint naming the closest of ``known`` to ``word`` (letter case aside), else ``otherwise``.

    Examples
    --------
    >>> did_you_mean("lenght", ["length", "share"])
    "did you mean 'length'?"
    """
    sought = str(word).casefold()
    if len(sought) > _LONGEST_WORD:
        return otherwise
    spelled = {name.casefold(): name for name in known}
    near = list(spelled) if len(spelled) <= _MANY else _nearest(sought, frozenset(spelled))
    close = get_close_matches(sought, near, n=1, cutoff=0.6)
    return f"did you mean '{spelled[close[0]]}'?" if close else otherwise


def _nearest(sought: str, known: frozenset[str]) -> list[str]:
    """Return the few of many words that share the most pairs of letters with one."""
    index, shared = _pairs(known), Counter[str]()
    for pair in {sought[i : i + 2] for i in range(len(sought) - 1)}:
        shared.update(index.get(pair, ()))
    return [word for word, _ in shared.most_common(_FEW)]


@lru_cache(maxsize=4)
def _pairs(known: frozenset[str]) -> dict[str, list[str]]:
    index: dict[str, list[str]] = {}
    for word in sorted(known):
        for pair in {word[i : i + 2] for i in range(min(len(word), _LONGEST_WORD) - 1)}:
            index.setdefault(pair, []).append(word)
    return index
