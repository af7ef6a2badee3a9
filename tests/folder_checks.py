"""What a run's folder must be, found out apart from the package: hashes, digests, seeds, and nothing left over."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import re
import sys
from pathlib import Path

import h5py
from pypdf import PdfReader

MANIFEST = "nkestimate-manifest.json"


def files(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder by their path inside it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def leftovers(folder: Path) -> list[str]:
    """Return what only a transaction under way may have; the lock of rows stays, as it is held for hours."""
    return [path.name for path in folder.rglob(".*") if path.name != ".rows.lock"]


def faults(folder: Path) -> list[str]:
    """Return what is wrong with a folder that holds a run: nothing, if it is one run's, whole."""
    found = [f"left over: {name}" for name in leftovers(folder)]
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    for name, entry in manifest["files"].items():
        if not (folder / name).is_file():
            found.append(f"{name} is missing")
        elif hashlib.sha256((folder / name).read_bytes()).hexdigest() != entry["sha256"]:
            found.append(f"{name} is not as the manifest says")
    runs = [entry["of"] for entry in manifest["files"].values() if entry["part"] == "history"]
    if runs and manifest["files"]["summary.json"]["of"] not in runs:
        found.append("the run has no line in the history")
    unknown = set(files(folder)) - set(manifest["files"]) - {MANIFEST}
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    with h5py.File(folder / "posterior.nc") as file:
        if (file.attrs["case_digest"], int(file.attrs["random_seed"].item())) != (summary["digest"], summary["seed"]):
            found.append("posterior and summary are of two runs")
    told = [folder / name for name in ("report.pdf", "annex.pdf") if (folder / name).is_file()]
    if len(told) == 1:
        found.append(f"{told[0].name} stands alone")
    for path in told if not (folder / "STALE.txt").is_file() else ():
        text = " ".join(PdfReader(path).pages[0].extract_text().split())  # as every page, it says where it comes from
        seed = re.search(r"seed (\d+)", text)
        if summary["digest"].removeprefix("sha256:")[:12] not in text or seed is None or int(seed[1]) != summary["seed"]:
            found.append(f"{path.name} is of another run, and not marked as stale")
    return found + [f"{name} is in no manifest" for name in sorted(unknown)]


class Steps:
    """Counts what a process does to files below a folder, and acts at one of them."""

    def __init__(self, folder, at, act):
        self.folder, self.at, self.act, self.count = str(folder), at, act, 0
        self.watching = True
        sys.addaudithook(self)

    def __call__(self, event, arguments):
        changes = event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir") or (event == "open" and arguments[1] not in (None, "r", "rb"))
        if self.watching and changes and str(arguments[0]).startswith(self.folder):
            self.count += 1
            if self.count == self.at:
                self.act()


def in_child(target, *arguments):
    """Call a function in a copy of this process; return its exit status."""
    process = multiprocessing.get_context("fork").Process(target=target, args=arguments)
    process.start()
    process.join(30)
    return process.exitcode
