"""A run's folder: ``summary.json``, ``posterior.nc``, the report; what is stored there, and whether it still holds."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from nkestimate.case.model import Case
from nkestimate.errors import ResultFileError
from nkestimate.fitting.formats import A4, FORMATS
from nkestimate.fitting.history import Line, put_line
from nkestimate.fitting.records import AuditTally, Summary
from nkestimate.folder import Change, changing, manifest_of, read, sha256, whole
from nkestimate.text import as_json

SUMMARY, POSTERIOR = "summary.json", "posterior.nc"
FIT_PART, REPORT_PART = "fit", "report"
ROBUSTNESS, ROBUSTNESS_RESULT = "robustness", "robustness.json"  # the folder beside a run, and what it leads with


@cache
def code_digest() -> str:
    """Return a digest of the package's own code: what other code made is not what this code would make."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for file in sorted(root.rglob("*.py")):
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return "sha256:" + digest.hexdigest()


def sampling_of(draws: int, tune: int, chains: int) -> dict[str, int]:
    """Return how much is asked of a sampler, as a run records it.

    Raises
    ------
    ValueError
        If one of the numbers is below 1 (nutpie panics without a tuning draw).
    """
    if min(draws, tune, chains) < 1:
        raise ValueError(f"draws, tune and chains are numbers from 1 up, not {draws}, {tune} and {chains}")
    return {"draws": draws, "tune": tune, "chains": chains}


def last_summary(folder: Path) -> Summary | None:
    """Return the summary that a folder holds; None where there is none, or what stands there is not as a run wrote it."""
    try:
        return Summary.of(json.loads(read(folder / SUMMARY)))
    except (ResultFileError, ValueError, RecursionError):
        return None


def stored(folder: Path, case: Case, seed: int, sampling: Mapping[str, Any], audit: AuditTally | None = None) -> Summary | None:
    """Return a folder's summary where it is of this very run (digest, seed, sampling, code) and all of it is as it was written.

    With ``audit``, what the audit has counted must be the same, too.
    """
    summary = last_summary(folder)
    if summary is None or not whole(folder, FIT_PART) or POSTERIOR not in manifest_of(folder).files:
        return None
    same = (summary.case, summary.digest, summary.seed, summary.sampling) == (case.id, case.digest, seed, sampling)
    return summary if same and summary.code == code_digest() and audit in (None, summary.audit) else None


def has_report(folder: Path, paper: str = A4, formats: Iterable[str] = ("pdf",)) -> bool:
    """Return whether a folder has the report of the run there in each of some `FORMATS`, on that paper, telling the robustness that is
    known, as written."""
    manifest = manifest_of(folder)
    fit, told = manifest.of(FIT_PART), [manifest.files.get(name) for form in formats for name in FORMATS[form]]
    known = all(fit and entry and (entry.of, entry.beside) == (fit, report_beside(folder, paper)) for entry in told)
    # pictures that an earlier run left are told as stale
    return known and all(whole(folder, part, fit) for part in {entry.part for entry in told if entry})


def part_of(form: str) -> str:
    """Return the part of a run's folder that holds a report in one of `FORMATS`: each is written, and replaced, by itself."""
    return REPORT_PART if form == "pdf" else form


def report_beside(folder: Path, paper: str) -> str:
    """Return what a report depends on beside its run: its paper, and the result of `robustness` that it tells."""
    return f"{paper} {robustness_of(folder)}".strip()


def robustness_of(folder: Path) -> str:
    """Return what names the result of `robustness` beside a run: the SHA-256 of its file, empty where there is none."""
    try:
        return sha256(read(folder / ROBUSTNESS / ROBUSTNESS_RESULT))
    except ResultFileError:
        return ""


def written_summary(summary: Summary) -> str:
    """Return the text of ``summary.json``."""
    return as_json(summary.plain()) + "\n"


@contextmanager
def changing_run(folder: Path, summary: Summary) -> Iterator[Change]:
    """Change a run's folder, whole or not at all: see `changing`."""
    with changing(folder, summary.digest, summary.seed, FIT_PART) as change:
        yield change


def run_of(summary: Summary) -> str:
    """Return what names a run in a manifest: the SHA-256 of its summary."""
    return sha256(written_summary(summary).encode())


def put_fit(change: Change, fit: Any) -> None:
    """Write summary and posterior into a change of a folder, and a line of its history."""
    of = run_of(fit.summary)
    build = change.part(FIT_PART, of)
    (build / SUMMARY).write_text(written_summary(fit.summary), encoding="utf-8")
    (build / POSTERIOR).write_bytes(fit.to_bytes())
    put_line(change, Line.of(fit), of)


def write_text(path: Path, text: str) -> None:
    """Write a text under a temporary name, then rename it: never half of it."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes under a temporary name, then rename it: never half of them.

    Raises
    ------
    OSError
        If it can't be written; it names the path, not the temporary one.
    """
    if not path.parent.exists():
        raise FileNotFoundError(2, f"the folder does not exist; expected one to write {path.name} to", str(path.parent))
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
