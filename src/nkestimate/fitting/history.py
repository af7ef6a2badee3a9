"""The runs that a folder has held: of each its summary and its headline, in a file of its own, the last hundred."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from nkestimate.errors import ResultFileError
from nkestimate.fitting.records import Estimate, Summary
from nkestimate.folder import HISTORY, Change, manifest_of, settle, sha256

MOST = 100
_SHORTEST = 4  # digits of a digest that name a run


@dataclass(frozen=True)
class Line:
    """One run of a folder.

    Attributes
    ----------
    made : datetime
        When, UTC.
    headline, label, support : str
        Id of the case's headline, and how it is written.
    since : date or None
        Where the headline is a date: values are days since then.
    summary : Summary
    """

    made: datetime
    headline: str
    label: str
    support: str
    since: date | None
    summary: Summary

    @classmethod
    def of(cls, fit: Any) -> Line:
        """Return the line of a fit."""
        total = fit.case.headline
        return cls(datetime.fromisoformat(fit.created_at), total.id, total.label, total.support, total.since, fit.summary)

    @property
    def estimate(self) -> Estimate:
        """What the run made of its headline."""
        return self.summary.totals[self.headline]

    def text(self) -> str:
        """Return it as JSON."""
        plain = {"nkestimate": "run", "format": 1, "made": self.made.isoformat(), "headline": self.headline, "label": self.label,
                 "support": self.support, "since": self.since and self.since.isoformat(), "summary": self.summary.plain()}
        return json.dumps(plain, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def read(cls, text: str) -> Line:
        """Return the line that `text` gave.

        Raises
        ------
        ValueError
            If it is none.
        """
        try:
            plain = json.loads(text)
            since = date.fromisoformat(plain["since"]) if plain["since"] else None
            line = cls(datetime.fromisoformat(plain["made"]), str(plain["headline"]), str(plain["label"]), str(plain["support"]), since,
                       Summary.of(plain["summary"]))
            _ = line.estimate
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"no line of a history ({type(error).__name__})") from error
        return line


def put_line(change: Change, line: Line, of: str) -> None:
    """Add a run to the history of a folder that is being changed."""
    moment = f"{HISTORY}/{line.made:%Y%m%dT%H%M%SZ}-"
    there = [name for name in manifest_of(change.folder).files if name.startswith(moment)]  # two runs of one second keep their order
    name = next((name for name in there if name.endswith(f"-{of[:12]}.json")), f"{moment}{len(there):02}-{of[:12]}.json")
    change.log(HISTORY, name, of, line.text(), MOST)


def history(folder: Path) -> tuple[Line, ...]:
    """Return the runs of a folder, the latest first; what is not as it was written is left out.

    Parameters
    ----------
    folder : path
        Of runs, as `nkestimate run --out` names it.
    """
    settle(folder)
    files = {name: entry for name, entry in manifest_of(folder).files.items() if entry.part == HISTORY}
    found = []
    for name in sorted(files, reverse=True):
        try:
            content = (folder / name).read_bytes()
            if sha256(content) == files[name].sha256:
                found.append(Line.read(content.decode()))
        except (OSError, ValueError):
            continue
    return tuple(found)


def earlier(folder: Path, which: str) -> Line:
    """Return the run of a folder's history that a number or the beginning of a digest names.

    Parameters
    ----------
    folder : path
    which : str
        How many runs back, 0 the last; or at least four digits of a case's digest, of which the latest run counts.

    Raises
    ------
    ResultFileError
        If there is none.
    """
    lines = history(folder)
    if which.isdigit() and int(which) < max(len(lines), MOST):
        if int(which) < len(lines):
            return lines[int(which)]
    else:
        begins = which.removeprefix("sha256:").lower()
        found = [line for line in lines if line.summary.digest.removeprefix("sha256:").startswith(begins)]
        if found and len(begins) >= _SHORTEST:
            return found[0]
    there = f"a number from 0 to {len(lines) - 1}, or {_SHORTEST} digits of a digest and more" if lines else "a folder of runs"
    raise ResultFileError(f"{folder}: no run '{which}' in its history; expected {there}; nkestimate history {folder} lists them")
