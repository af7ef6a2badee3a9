"""A run's folder: ``summary.json``, ``posterior.nc``, the report; what is stored there, and whether it still holds."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from nkestimate.case.model import Case
from nkestimate.errors import ResultFileError
from nkestimate.fitting.folder import Change, changing, manifest_of, read, sha256, whole
from nkestimate.fitting.records import AuditTally, Summary

SUMMARY, POSTERIOR, PAGE, FIGURES = "summary.json", "posterior.nc", "page-1.png", "figures"
REPORT, ANNEX, WEBPAGE = "report.pdf", "annex.pdf", "report.html"  # the brief, all that stands behind it, both as one page for a browser
TRACE = "trace.json"  # what each figure of the report rests on
A4, LETTER = PAPERS = ("a4", "us-letter")
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


def has_report(folder: Path, paper: str = A4, *, trace: bool = False) -> bool:
    """Return whether a folder has a report of the run there, on that paper, telling the robustness that is known, as written."""
    manifest = manifest_of(folder)
    fit, told = manifest.of(FIT_PART), [manifest.files.get(name) for name in (REPORT, ANNEX, WEBPAGE, *([TRACE] if trace else []))]
    known = all(fit and entry and (entry.of, entry.beside) == (fit, report_beside(folder, paper)) for entry in told)
    return known and whole(folder, REPORT_PART, fit)  # pictures that an earlier run left are told as stale


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
    return json.dumps(summary.plain(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


@contextmanager
def changing_run(folder: Path, summary: Summary) -> Iterator[Change]:
    """Change a run's folder, whole or not at all: see `changing`."""
    with changing(folder, summary.digest, summary.seed, FIT_PART) as change:
        yield change


def run_of(summary: Summary) -> str:
    """Return what names a run in a manifest: the SHA-256 of its summary."""
    return sha256(written_summary(summary).encode())


def put_fit(change: Change, summary: Summary, posterior: bytes) -> None:
    """Write summary and posterior into a change of a folder."""
    build = change.part(FIT_PART, run_of(summary))
    (build / SUMMARY).write_text(written_summary(summary), encoding="utf-8")
    (build / POSTERIOR).write_bytes(posterior)


def write_text(path: Path, text: str) -> None:
    """Write a text under a temporary name, then rename it: never half of it."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes under a temporary name, then rename it: never half of them."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
