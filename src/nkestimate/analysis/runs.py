"""A run's folder: ``summary.json``, ``posterior.nc``, the report; what is stored there and what is stale."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from nkestimate.analysis.records import AuditTally, Summary
from nkestimate.case.model import Case

SUMMARY, POSTERIOR, REPORT, PAGE, FIGURES = "summary.json", "posterior.nc", "report.pdf", "page-1.png", "figures"
_OWN_FIGURE = re.compile(r"(headline|totals|claims|over-time|chains|solid|drivers)[\w-]*\.(png|svg)")


@cache
def code_digest() -> str:
    """Return a digest of the package's own code: what other code made is not what this code would make."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for file in sorted(root.rglob("*.py")):
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return "sha256:" + digest.hexdigest()


def last_summary(folder: Path) -> Summary | None:
    """Return the summary that a folder holds; None where there is none, or what stands there is not ours."""
    try:
        return Summary.of(json.loads((folder / SUMMARY).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def stored(folder: Path, case: Case, seed: int, sampling: Mapping[str, Any], audit: AuditTally | None = None) -> Summary | None:
    """Return a folder's summary where it is of this very run (digest, seed, sampling, code) and its posterior is there.

    With ``audit``, what the audit has counted must be the same, too.
    """
    summary = last_summary(folder)
    if summary is None or not (folder / POSTERIOR).is_file():
        return None
    same = (summary.case, summary.digest, summary.seed, summary.sampling) == (case.id, case.digest, seed, sampling)
    return summary if same and summary.code == code_digest() and audit in (None, summary.audit) else None


def clear(folder: Path) -> None:
    """Delete what an earlier run left in a folder, so that nothing stale stands beside the new; nothing else is touched."""
    if last_summary(folder) is None:
        return  # no run of ours
    for name in (SUMMARY, POSTERIOR, REPORT, PAGE):
        (folder / name).unlink(missing_ok=True)
    clear_figures(folder / FIGURES)


def clear_figures(folder: Path) -> None:
    """Delete the figures of a report, by their names, and the folder if nothing else is in it."""
    if folder.is_dir():
        for file in folder.iterdir():
            if _OWN_FIGURE.fullmatch(file.name):
                file.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()


def write_text(path: Path, text: str) -> None:
    """Write a text under a temporary name, then rename it: never half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_summary(folder: Path, summary: Summary) -> Path:
    """Write ``summary.json``."""
    path = folder / SUMMARY
    write_text(path, json.dumps(summary.plain(), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    return path
