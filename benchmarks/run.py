"""Measure nkestimate against PyMC + nutpie and squigglepy; print tables and write RESULTS.md.

    uv run python benchmarks/run.py                       # everything: about an hour on two cores
    uv run python benchmarks/run.py --only warm growth    # these sections alone; the others stay in RESULTS.md as they are
    uv run python benchmarks/run.py --smoke               # tiny counts, to see that all runs; writes no RESULTS.md

Pairs are measured in turn, in one run. No figure is asserted.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from nkestimate.engine.cores import cores

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SHIPPED = ROOT / "priors" / "north-korea-russia.yaml"
PACKAGES = ("nkestimate", "numba", "numpy", "scipy", "nutpie", "pymc", "pytensor", "arviz")
SQUIGGLEPY = "squigglepy==0.30"


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    repeat: int
    smoke: bool
    cores: int
    caches: Path | None

    @property
    def sampling(self) -> dict[str, int]:
        return {"draws": 300, "tune": 300, "chains": 2} if self.smoke else {"draws": 1000, "tune": 400, "chains": 4}

    @property
    def said(self) -> str:
        s = self.sampling
        return f"{s['chains']} × ({s['tune']:,} + {s['draws']:,}) draws, {self.cores} cores"


@dataclass(frozen=True)
class Section:
    """One table of RESULTS.md."""

    title: str
    measured: str
    caches: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    notes: tuple[str, ...] = ()

    def markdown(self, when: str) -> str:
        table = [self.header, tuple("---" for _ in self.header), *self.rows]
        lines = [f"## {self.title}", "", self.measured, f"Caches: {self.caches}", f"Measured: {when}.", ""]
        lines += ["| " + " | ".join(row) + " |" for row in table]
        return "\n".join([*lines, *(f"\n{note}" for note in self.notes)]) + "\n"


# ------------------------------------------------------------ processes


def environment(caches: Path | None) -> dict[str, str]:
    """Return an environment whose disk caches, numba's and PyTensor's, are in one folder; without one, where they are."""
    if caches is None:
        return dict(os.environ)
    (caches / "numba").mkdir(parents=True, exist_ok=True)
    flags = [flag for flag in os.environ.get("PYTENSOR_FLAGS", "").split(",") if flag and "compiledir" not in flag]
    return {
        **os.environ,
        "NUMBA_CACHE_DIR": str(caches / "numba"),
        "PYTENSOR_FLAGS": ",".join([*flags, f"base_compiledir={caches / 'pytensor'}"]),
    }


def measure(name: str, plan: Plan, python: Sequence[str] = (sys.executable,), limit: float | None = None, **arguments: Any) -> dict[str, Any]:
    """Run one measurement in a process of its own, ``limit`` seconds at most, and return what it found."""
    command = [*python, str(HERE / "measure.py"), name, json.dumps(arguments)]
    done = subprocess.run(command, env=environment(plan.caches), stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT, timeout=limit)
    return json.loads(done.stdout.strip().splitlines()[-1])  # type: ignore[no-any-return]


def whole_process(command: list[str], caches: Path | None, summary: Path) -> tuple[float, float]:
    """Run a command to its end; return the seconds until its summary was written, and its peak memory in MB."""
    started = time.time()
    process = subprocess.Popen(command, env=environment(caches), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):  # 3: not converged, still written
        raise RuntimeError(f"{' '.join(command)} failed:\n{said.decode()[-2000:]}")
    return summary.stat().st_mtime - started, usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


# ------------------------------------------------------------ the sections


def cases(plan: Plan, entries: tuple[Any, Any]) -> list[tuple[Any, str]]:
    """Return the middle and the shipped case with their labels; a smoke test has a small one alone."""
    if plan.smoke:
        return [(entries[0], "smoke test's case")]
    return [(entries[0], "middle: 19 unknowns, 17 claims"), (entries[1], "shipped: with readings")]


def warm(plan: Plan) -> Section:
    rows, notes = [], []
    for case, label in cases(plan, ("middle", "shipped")):
        found = measure("warm", plan, case=case, repeat=plan.repeat, cores=plan.cores, sampling=plan.sampling, small=plan.smoke)
        seconds = {key: statistics.median(values) for key, values in found["seconds"].items() if values}
        for kind, text in (("new", "a new graph, compiled"), ("same", "the same graph again, its compilation cached")):
            fast = min((f"{kind} plain", f"{kind} to_pymc"), key=seconds.__getitem__)
            rows.append(
                (
                    label,
                    text,
                    _s(seconds[f"{kind} ours"]),
                    _s(seconds[f"{kind} plain"]),
                    _s(seconds[f"{kind} to_pymc"]),
                    _ratio(seconds[fast], seconds[f"{kind} ours"]),
                    f"{len(found['seconds'][f'{kind} ours'])}",
                )
            )
        if "numbers plain" in seconds:
            rows.append(
                (
                    label,
                    "new numbers into the compiled model (`with_data`)",
                    _s(seconds["numbers ours"]),
                    _s(seconds["numbers plain"]),
                    "–",
                    _ratio(seconds["numbers plain"], seconds["numbers ours"]),
                    f"{len(found['seconds']['numbers ours'])}",
                )
            )
        files = {side: statistics.median(n) for side, n in found["new_cache_files"].items()}
        notes.append(
            f"{label}: cache files a new graph added (median): ours {files['ours']:.0f}, plain {files['plain']:.0f}, "
            f"`to_pymc` {files['to_pymc']:.0f}. Divergences over the edits: " + _divergences(found["checks"]) + "."
        )
    return Section(
        "1. Warm: edit to posterior",
        f"One process with everything imported and used once; from reading the edited YAML to the summary "
        f"written; {plan.said}. Ours: `load_case`, "
        "`fit`, summary. Theirs: the same file read, the PyMC model built, compiled by nutpie, sampled "
        "(its defaults), summarised alike. Two "
        "formulations: `benchmarks/plain_pymc.py` (vectors over claims, by hand) and the package's `to_pymc`; the "
        "ratio is to the faster. Each edit adds "
        "a claim about an expression that nobody spoke of. Readings are one mixture in theirs, which may "
        "miss modes; ours weighs every mode.",
        "numba's and PyTensor's start empty and are warmed by one unedited fit of each side; no edit is in them when it is first timed. "
        "Our reader, which both sides use, parses an unchanged included file once.",
        ("case", "edit", "nkestimate", "PyMC + nutpie, plain", "PyMC + nutpie, `to_pymc`", "ratio", "n"),
        rows,
        tuple(notes),
    )


def _divergences(checks: list[dict[str, Any]]) -> str:
    return ", ".join(
        f"{side.replace('to_pymc', '`to_pymc`')} {sum(c[side]['divergences'] for c in checks)}" for side in ("ours", "plain", "to_pymc")
    )


def cold(plan: Plan) -> Section:
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        size = {"quantities": 3, "claims": 4, "derived": 1} if plan.smoke else {"quantities": 5, "claims": 17, "derived": 1}
        middle = folder / "middle.yaml"
        command = [sys.executable, str(HERE / "synthetic.py"), "--seed", "1" if plan.smoke else "21", "--out", str(middle)]
        subprocess.run([*command, *(part for key, value in size.items() for part in (f"--{key}", str(value)))], check=True)
        for path, label in cases(plan, (middle, SHIPPED)):
            numbers = folder / "numbers.json"
            measure("numbers", plan, case=str(path), out=str(numbers))
            for empty in (False,) if plan.smoke else (False, True):
                rows.append((label, "empty" if empty else "warm", *_cold_pair(path, numbers, plan, empty, folder)))
    return Section(
        "2 and 7. Cold: the whole process, and its peak memory",
        "`nkestimate run CASE --no-report` into an empty folder, from process start to its summary.json (its posterior.nc "
        "comes after), against `plain_pymc.py` to its summary, "
        "given its numbers as JSON so that it reads no YAML and imports nothing of ours, and against the "
        f"same script with the model of `to_pymc`; the ratio is to the faster; {plan.said}. "
        "Peak memory is the process's own `ru_maxrss`.",
        "as the column says. warm: both have run this case before, so PyTensor has its compiled graph; empty: fresh "
        "folders for numba's and PyTensor's.",
        ("case", "disk caches", "nkestimate", "plain PyMC", "`to_pymc`", "ratio", "memory: nkestimate", "plain PyMC", "`to_pymc`", "n"),
        rows,
    )


def _cold_pair(path: Path, numbers: Path, plan: Plan, empty: bool, folder: Path) -> tuple[str, ...]:
    out, written = folder / "out", ["--out", str(folder / "plain.json")]
    sampling = [part for key, value in plan.sampling.items() for part in (f"--{key}", str(value))]
    script = [sys.executable, str(HERE / "plain_pymc.py")]
    commands = {
        "ours": [str(Path(sys.executable).parent / "nkestimate"), "run", str(path), "--no-report", "--out", str(out)],
        "plain": [*script, str(numbers), *written, "--cores", str(plan.cores)],
        "to_pymc": [*script, str(path), "--to-pymc", *written, "--cores", str(plan.cores)],
    }
    found: dict[str, list[tuple[float, float]]] = {side: [] for side in commands}
    for n in range(plan.repeat + (not empty)):
        for side, command in commands.items():
            shutil.rmtree(out, ignore_errors=True)
            caches = Path(tempfile.mkdtemp(dir=folder)) if empty else plan.caches
            taken = whole_process([*command, *sampling], caches, out / "summary.json" if side == "ours" else folder / "plain.json")
            if n or empty:  # with warm caches the first round warms them
                found[side].append(taken)
    seconds, memory = ({side: statistics.median(row[i] for row in rows) for side, rows in found.items()} for i in (0, 1))
    ratio = _ratio(min(seconds["plain"], seconds["to_pymc"]), seconds["ours"])
    return (*map(_s, seconds.values()), ratio, *(f"{value:.0f} MB" for value in memory.values()), str(len(found["ours"])))


def ess(plan: Plan) -> Section:
    rows = []
    for case, _ in cases(plan, ("middle", "shipped")):
        found = measure(
            "ess",
            plan,
            case=case,
            repeat=1 if plan.smoke else max(plan.repeat, 5),
            cores=plan.cores,
            sampling=plan.sampling,
            small=plan.smoke,
        )
        middle = {side: {key: statistics.median(row[key] for row in each) for key in each[0]} for side, each in found["rows"].items()}
        for side, row in middle.items():
            name = (
                "nkestimate"
                if side == "ours"
                else "nutpie, " + side.replace("plain ", "plain, target ").replace("to_pymc ", "`to_pymc`, target ")
            )
            rows.append(
                (
                    f"{case}: {found['size']} unknowns, {found['claims']} claims",
                    name,
                    _s(row["seconds"]),
                    f"{row['ess']:,.0f}",
                    f"{row['per_second']:,.0f}",
                    _ratio(middle["ours"]["per_second"], row["per_second"]),
                    f"{row['divergences']:.0f}",
                    f"{row['r_hat']:.3f}",
                    str(len(found["rows"][side])),
                )
            )
    return Section(
        "3. Effective draws per second, sampling alone",
        f"Minimum bulk ESS over quantities and totals divided by the seconds of sampling; {plan.said}; no "
        "compiling, no lowering, no summary. ratio is "
        "ours over the row's. Both sides hand back arrays (no DataTree); ours also maps its draws to the density's "
        "coordinates. nutpie at its default "
        "target_accept (0.8) and at ours (0.9). Medians over seeds; the chains of a row with divergences are "
        "not to be trusted, whatever their ESS.",
        "everything compiled before; one run of each side thrown away.",
        ("case", "sampler", "seconds", "min bulk ESS", "ESS/s", "ours/this", "divergences", "max R-hat", "n"),
        rows,
    )


def variants(plan: Plan) -> Section:
    count = 1 if plan.smoke else 100
    found = measure("variants", plan, count=count, cores=plan.cores, sampling=plan.sampling)
    rows = []
    for kind, n in found["counts"].items():
        ours, pymc = statistics.mean(found["ours_by_kind"][kind]), found["pymc_sample"][kind]
        rows.append((kind, str(n), _s(ours), _s(pymc["plain"]), _s(pymc["to_pymc"]), _ratio(min(pymc.values()), ours)))
    total = found["pymc_extrapolated"]
    rows.append(("**all**", str(count), _s(found["ours"]), f"{_s(total)}, faster of both, extrapolated", "", _ratio(total, found["ours"])))
    return Section(
        f"4. {count} variants of the shipped case",
        f"Reading with `set=`, fitting, summary, in one warm process; {plan.said}. All {count} are fitted "
        "with ours (mean of one by kind; the sum in the "
        "last row). Of PyMC + nutpie, compile included, the first variant of each kind is measured "
        f"({len(found['pymc_sample'])} in all); the rest are "
        "**extrapolated**, each kind by its number, with the faster formulation. Readings and linear pools "
        "are one mixture in PyMC, which may miss modes.",
        "warmed by one short fit of the unchanged case on each side. Our reader, which both sides use, parses an unchanged file once.",
        ("kind", "variants", "nkestimate", "PyMC + nutpie, plain", "`to_pymc`", "ratio"),
        rows,
        (f"{found['not_converged']} of our {count} fits did not pass their diagnostics.",),
    )


def growth(plan: Plan) -> Section:
    sizes = [(3, 12, 1), (5, 20, 1)] if plan.smoke else [(5, 20, 1), (50, 200, 10), (500, 2000, 100)]
    rows = []
    gradients = measure("gradients", plan, sizes=sizes, rounds=3 if plan.smoke else 25)
    for i, (quantities, claims, derived) in enumerate(sizes):
        cost = statistics.median(costs[i] for costs in gradients["us"])
        per_claim = statistics.median(costs[i] / claims / (costs[0] / sizes[0][1]) for costs in gradients["us"])
        repeat = 1 if plan.smoke or claims > 1000 else plan.repeat
        found = measure(
            "growth", plan, quantities=quantities, claims=claims, derived=derived, cores=plan.cores, sampling=plan.sampling, repeat=repeat
        )
        d = found["diagnostics"]
        state = "yes" if d["ok"] else "no"
        rows.append(
            (
                f"{claims:,} on {quantities}",
                f"{found['unknowns']:,}",
                f"{gradients['instructions'][i]:,}",
                f"{cost:.1f} µs",
                f"{per_claim:.2f}",
                _s(statistics.median(found["read"])),
                _s(statistics.median(found["fit"])),
                f"{d['max_r_hat']:.3f}",
                f"{d['min_ess_bulk']:,.0f}",
                state,
                f"{found['peak_mb']:.0f} MB",
                str(repeat),
            )
        )
    return Section(
        "5. Growth: claims on quantities, four to one",
        f"Cases of `benchmarks/synthetic.py`, seed 1. A gradient of the whole density in a compiled loop (median of "
        "25 rounds, in each of which the sizes take turns); reading; a fit from file "
        f"to summary, reading included, {plan.said}. 'per claim' is the gradient's cost a claim over that of the first "
        "row in the same round: at most 1 is linear or better.",
        "numba's is warm; nothing else is compiled.",
        (
            "claims",
            "unknowns",
            "instructions",
            "gradient",
            "per claim",
            "read",
            "fit",
            "max R-hat",
            "min bulk ESS",
            "converged",
            "peak memory",
            "n",
        ),
        rows,
        (
            "Instructions a claim differ with what the random cases hold: "
            + ", ".join(
                f"{steps / claims:.1f} at {statistics.median(costs[i] for costs in gradients['us']) / steps * 1000:.1f} ns each"
                for i, ((_, claims, _), steps) in enumerate(zip(sizes, gradients["instructions"], strict=True))
            )
            + ".",
        ),
    )


_PATIENCE = 400  # seconds for one row of crowds


def crowd(plan: Plan) -> Section:
    every = [(1, 20, 1), (1, 20, 20), (1, 200, 20), (1, 200, 200), (10, 20, 5), (10, 200, 1), (10, 200, 40), (10, 2000, 40),
             (10, 2000, 200), (500, 2000, 1), (500, 2000, 40), (500, 2000, 200)]
    rows = []
    for quantities, claims, sources in [(1, 20, 5)] if plan.smoke else every:
        repeat = 1 if plan.smoke or claims > 1000 else plan.repeat
        about = f"{claims:,}", f"{quantities}", f"{sources}"
        try:
            found = measure("crowd", plan, limit=_PATIENCE, quantities=quantities, claims=claims, sources=sources, cores=plan.cores,
                            sampling=plan.sampling, repeat=repeat)
        except subprocess.TimeoutExpired:
            rows.append((*about, "", f"over {_PATIENCE} s", "", "", "", "given up", "", str(repeat)))
            continue
        d = found["diagnostics"]
        rows.append((*about, f"{found['unknowns']:,}", _s(statistics.median(found["fit"])),
                     f"{d['max_r_hat']:.3f}", f"{d['min_ess_bulk']:,.0f}", f"{d['divergences']}", "yes" if d["ok"] else "no",
                     f"{found['peak_mb']:.0f} MB", str(repeat)))
    return Section(
        "8. Crowds: claims a target, sources a target",
        "Cases of `benchmarks/synthetic.py`'s `crowd_case`, seed 1: figures far sharper than their sources are trusted, every fifth source with "
        f"a bias that is not known, every eighth claim a bound; a fit from file to summary, reading included, {plan.said}.",
        "numba's is warm; nothing else is compiled.",
        ("claims", "quantities", "sources", "unknowns", "fit", "max R-hat", "min bulk ESS", "divergences", "converged", "peak memory", "n"),
        rows, ())


def prior(plan: Plan) -> Section | str:
    arguments = {"size": 10_000 if plan.smoke else 1_000_000, "repeat": 2 if plan.smoke else 9}
    found = measure("prior", plan, **arguments)
    if "skipped" in found and shutil.which("uv"):
        try:
            found = measure("prior", plan, ("uv", "run", "--quiet", "--with", SQUIGGLEPY, "python"), **arguments)
        except subprocess.CalledProcessError:
            return "squigglepy is not here and could not be fetched; try: uv run --with squigglepy python benchmarks/run.py --only prior"
    if "skipped" in found:
        return found["skipped"]
    rates = {side: statistics.median(values) for side, values in found["per_second"].items()}
    rows = [
        (
            side,
            f"{rate / 1e6:.2f} million/s",
            f"{rate / rates['squigglepy']:.2f}",
            f"{found['median'][side]:,.0f}",
            str(arguments["repeat"]),
        )
        for side, rate in rates.items()
    ]
    return Section(
        "6. Prior-predictive draws per second",
        f"One formula over five lognormals, `workers * pay * years_paid / (1 + overhead) + gifts`, {arguments['size']:,} draws at a time: "
        f"`Evaluator.prior_draws` and `totals` against `expression @ n` of squigglepy {found['version']}; one thread each.",
        "neither compiles anything; one run of each thrown away.",
        ("", "draws", "ratio to squigglepy", "median drawn", "n"),
        rows,
    )


def starts(plan: Plan) -> Section:
    """CPU time of whole processes beside that of importing what they can't do without."""
    command = [str(Path(sys.executable).parent / "nkestimate")]
    with tempfile.TemporaryDirectory() as temporary:
        run = [*command, "run", str(SHIPPED), "--no-report", "--out", temporary + "/out"]
        sides = {
            "imports of a fit": [sys.executable, "-c", "import numpy, numba, scipy.special"],
            "run": run,
            "run again, unchanged": run,
            "imports of a reader": [sys.executable, "-c", "import yaml, pydantic"],
            "validate": [*command, "validate", str(SHIPPED)],
        }
        taken: dict[tuple[str, str], list[float]] = defaultdict(list)
        for n in range(1 + (1 if plan.smoke else 7)):
            for kept, variables in _BYTECODE.items():
                for side, line in sides.items():
                    if side == "run":
                        shutil.rmtree(temporary + "/out", ignore_errors=True)
                    seconds = _cpu(line, {**environment(plan.caches), "PYTHONPYCACHEPREFIX": temporary + "/bytecode" + kept, **variables})
                    if n:  # the first round fills the caches
                        taken[kept, side].append(seconds)
    middle = {side: statistics.median(values) for side, values in taken.items()}
    pairs = [("`run --no-report` into an empty folder", "run", "`import numpy, numba, scipy.special`", "imports of a fit"),
             ("`validate`", "validate", "`import yaml, pydantic`", "imports of a reader"),
             ("`run --no-report`, unchanged", "run again, unchanged", "`validate`", "validate")]
    return Section(
        "9. CPU time of a start",
        "The shipped case; user and system time of whole processes, in turn. ratio is ours over what it is held against. Python keeps the "
        "bytecode of what it has imported, unless PYTHONDONTWRITEBYTECODE is set, as it often is in containers: both are measured.",
        "numba's is warm; the files of the packages are in memory.",
        ("process", "bytecode", "CPU", "beside", "CPU", "ratio", "n"),
        [(ours, kept, _s(middle[kept, a]), theirs, _s(middle[kept, b]), f"{middle[kept, a] / middle[kept, b]:.2f}", str(len(taken[kept, a])))
         for kept in _BYTECODE for ours, a, theirs, b in pairs],
    )


_BYTECODE = {"kept": {"PYTHONDONTWRITEBYTECODE": ""}, "made anew": {"PYTHONDONTWRITEBYTECODE": "1"}}


def _cpu(command: list[str], variables: dict[str, str]) -> float:
    process = subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with status {process.returncode}")
    return usage.ru_utime + usage.ru_stime


SECTIONS: dict[str, Callable[[Plan], Section | str]] = {
    "warm": warm,
    "cold": cold,
    "ess": ess,
    "variants": variants,
    "growth": growth,
    "crowd": crowd,
    "prior": prior,
    "starts": starts,
}


def _s(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds >= 100 else f"{seconds:.3g} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def _ratio(theirs: float, ours: float) -> str:
    ratio = theirs / ours
    return f"{ratio:.0f}×" if ratio >= 20 else f"{ratio:.1f}×" if ratio >= 2 else f"{ratio:.2f}×"


# ------------------------------------------------------------ the document


def machine() -> str:
    """Return processor, cores, memory, Python and package versions."""
    model = platform.processor() or platform.machine()
    memory = ""
    if Path("/proc/cpuinfo").is_file():
        names = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
        model = names[0] if names else model
        memory = f", {int(re.findall(r'MemTotal:\s+(\d+)', Path('/proc/meminfo').read_text())[0]) / 1024**2:.0f} GiB"
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return (
        f"{model}, {cores()} cores{memory}; {platform.system()} {platform.release()}; "
        f"{platform.python_implementation()} {platform.python_version()}; {', '.join(found)}"
    )


def _number(heading: str) -> int:
    return int(re.findall(r"\d+", heading)[0])


def write(path: Path, written: dict[str, str]) -> None:
    """Write sections; those of an earlier run that were not measured now stay."""
    kept: dict[str, str] = {}
    if path.is_file():
        for part in re.split(r"^(?=## )", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            kept[part.splitlines()[0]] = part.rstrip() + "\n"
    kept |= {text.splitlines()[0]: text for text in written.values()}
    head = (
        f"# Benchmarks\n\nWritten by `uv run python benchmarks/run.py`. Machine: {machine()}.\n\nFigures are "
        "medians of n repetitions unless the "
        "table says otherwise; pairs are measured in turn, in one run; a ratio above 1 says how many times "
        "faster nkestimate is, unless its column "
        "says otherwise. Only what is marked so is extrapolated.\n\n"
    )
    path.write_text(head + "\n".join(kept[key] for key in sorted(kept, key=_number)), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure nkestimate against PyMC + nutpie and squigglepy.")
    parser.add_argument("--smoke", action="store_true", help="tiny counts; print only")
    parser.add_argument("--only", nargs="+", choices=list(SECTIONS), default=list(SECTIONS), metavar="NAME", help=", ".join(SECTIONS))
    parser.add_argument("--repeat", type=int, default=3, help="repetitions where PyMC compiles (default 3)")
    parser.add_argument("--out", type=Path, default=HERE / "RESULTS.md")
    given = parser.parse_args()
    print(machine(), flush=True)
    written: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="nkestimate-benchmark-") as folder:
        # To see that all runs, compilers' caches need not be made anew.
        plan = Plan(1 if given.smoke else given.repeat, given.smoke, cores(), None if given.smoke else Path(folder))
        for name in given.only:
            found = SECTIONS[name](plan)
            if isinstance(found, str):
                print(f"\n{name}: skipped: {found}", flush=True)
                continue
            load = f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
            written[name] = found.markdown(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC{load}")
            print("\n" + written[name], flush=True)
            if not given.smoke:
                write(given.out, {name: written[name]})


if __name__ == "__main__":
    main()
