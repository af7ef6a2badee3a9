"""Commands ended by force at random moments, two at once, and on a full disk: the folder is one run's, whole.

Some trials here; by hand, more of them: ``python tests/test_kills.py 200``, or of one kind: ``… 200 killed`` (or ``full``, ``pair``).
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import time
from pathlib import Path

import pytest

from folder_checks import faults, files, leftovers
from served import Command

CASE = """\
title: A bridge
horizon: 2025-06-30
sources: {ministry: {weight: 0.75}, rival: {weight: 0.4}}
quantities:
  length: {label: Bridge length, unit: metre}
claims:
  a: {source: ministry, about: length, between: [1.2, 1.5], unit: km}
  b: {source: rival, about: length, around: 1900}
robustness: {coverage: [0.5, 0.9], pooling: [hierarchical], common_error: [0.6], dark_uncertainty: [1]}
"""
BRIEF = ("--draws", "200", "--tune", "200", "--chains", "2")
COMMANDS = {"run": 3.0, "report": 2.5, "robustness": 1.5, "explain": 1.0, "watch": 3.0}  # with the seconds that each works
WRITTEN = (0, 3)  # 3: so few draws may not do, but are written all the same
slow = pytest.mark.slow
posix = pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")


def arguments_of(command: str, seed: int) -> tuple[str, ...]:
    """Return a command line that writes to the folder ``out``."""
    return {
        "run": ("run", "case.yaml", "--out", "out", "--seed", str(seed), *BRIEF),
        "report": ("report", "out"),
        "robustness": ("robustness", "case.yaml", "--out", "out/robustness", "--draws", "60", "--tune", "60", "--workers", "1"),
        "explain": ("explain", "out", "--pictures", "out/explained"),
        "watch": ("watch", "case.yaml", "--out", "out", "--seed", str(seed), "--report"),
    }[command]


def prepared(work: Path) -> Path:
    """Make a folder with a run in it."""
    (work / "case.yaml").write_text(CASE, encoding="utf-8")
    assert Command(work, *arguments_of("run", 1)).done()[0] in WRITTEN
    assert faults(work / "out") == []
    return work / "out"


def state(out: Path) -> list[str]:
    """Return what is wrong with a folder once somebody has looked at it: a look finishes what a killed process had begun."""
    from nkestimate.folder import settle

    for folder in (out, out / "robustness", out / "explained"):
        if folder.is_dir():
            settle(folder)
    inner = [path for path in ("robustness", "explained") if (out / path).is_dir()]
    return [fault for fault in faults(out) if not fault.startswith(tuple(inner))]


def killed(out: Path, command: str, seed: int, moment: float) -> list[str]:
    """Kill a command at a moment (seconds), and return what is wrong with its folder then."""
    process = Command(out.parent, *arguments_of(command, seed))
    process.wait(moment)
    process.kill()
    return state(out)


def lasting(out: Path, command: str) -> float:
    """Return how many seconds a command takes that nobody kills; of `watch`, until it has written what it first finds."""
    began, process = time.monotonic(), Command(out.parent, *arguments_of(command, 2 + [*COMMANDS].index(command)))
    if command == "watch":
        before = files(out)
        while files(out) == before and time.monotonic() - began < 60:
            time.sleep(0.1)
        process.kill()
    process.done()
    return time.monotonic() - began


def limited(out: Path, size: int, seed: int) -> list[str]:
    """Run where no file may be larger than ``size`` bytes, as on a disk that is full; return what is wrong then."""
    before = files(out)
    status, said = Command(out.parent, *arguments_of("run", seed), largest=size).done()
    if status in WRITTEN:
        return state(out)
    after = files(out)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if "report" in said:  # what was fitted is kept where the report alone can't be written, and the report before it is told as stale
        changed -= {"summary.json", "posterior.nc", "nkestimate-manifest.json", "STALE.txt", *(name for name in changed if name.startswith("history/"))}
    return state(out) + [f"a run that failed changed {name}" for name in sorted(changed)] + ([] if said.strip() else ["no message"])


def pair(out: Path, seed: int) -> list[str]:
    """Run twice at once, with two seeds, and return what is wrong then."""
    both = [Command(out.parent, *arguments_of("run", seed + i)) for i in (0, 1)]
    return [f"status {status}: {said}" for status, said in map(Command.done, both) if status not in WRITTEN] + state(out)


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """A folder with a run in it, made once."""
    return prepared(tmp_path_factory.mktemp("ready")).parent


@pytest.fixture
def out(ready, tmp_path):
    """A copy of it: the folder of the run."""
    shutil.copytree(ready, tmp_path, dirs_exist_ok=True)
    return tmp_path / "out"


@slow
@posix
@pytest.mark.parametrize("command", COMMANDS)
def test_killed_at_a_random_moment(out, tmp_path, command):
    moments = random.Random(command)
    assert killed(out, command, 2, moments.uniform(0.05, 1) * COMMANDS[command]) == []
    assert Command(tmp_path, *arguments_of("run", 4)).done()[0] in WRITTEN
    assert state(out) == []


@slow
@posix
def test_on_a_full_disk_nothing_is_lost(out):
    largest = max(map(len, files(out).values()))
    for seed, size in enumerate((200, 20_000, largest // 2, largest - 1), 2):
        assert limited(out, size, seed) == []


@slow
def test_two_at_once(out):
    assert pair(out, 5) == []


@slow
@posix
def test_interrupted_while_it_writes(out, tmp_path):
    before = files(out)
    process = Command(tmp_path, *arguments_of("run", 2))
    while not any(name.startswith(".nkestimate-build") for name in [path.name for path in out.iterdir()]):
        assert process.process.is_alive()
        time.sleep(0.005)
    process.interrupt()
    status, said = process.done()
    assert status == 130, said
    assert files(out) == before
    assert not leftovers(out)


def _by_hand(trials: int, only: str | None = None) -> None:
    """Kill that many commands, a tenth as many runs on a full disk, a quarter as many pairs; print what went wrong."""
    import tempfile

    chance, wrong = random.Random(1), 0
    with tempfile.TemporaryDirectory() as name:
        out = prepared(Path(name))
        largest = max(map(len, files(out).values()))
        lasts = {command: lasting(out, command) for command in COMMANDS} if only in (None, "killed") else dict.fromkeys(COMMANDS, 0.0)
        print("undisturbed, seconds: " + ", ".join(f"{command} {lasts[command]:.1f}" for command in COMMANDS), flush=True)
        kinds = ("killed", killed, trials), ("full", limited, trials // 10), ("pair", pair, trials // 4)
        for kind, attempt, number in [one for one in kinds if only in (None, one[0])]:
            for i in range(number):
                command, seed = [*COMMANDS][i % len(COMMANDS)], 10 + i
                how = {"killed": (command, seed, chance.uniform(0.02, 1.05) * lasts[command]), "full": (chance.randrange(100, largest), seed), "pair": (seed,)}[kind]
                found = attempt(out, *how)
                wrong += bool(found)
                if found:
                    print(kind, how, found, flush=True)
            print(f"{kind}: {number} trials", flush=True)
    print(f"{wrong} went wrong")


if __name__ == "__main__":
    _by_hand(int(sys.argv[1]), *sys.argv[2:])
