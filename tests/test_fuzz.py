"""Inputs at random: mutated files through reader and commands, hostile but valid cases through fit and report.

Some here; more by hand, with what was found and the slowest of each:

    python tests/test_fuzz.py reader 100000
    python tests/test_fuzz.py commands 1000
    python tests/test_fuzz.py reports 500
    python tests/test_fuzz.py unknowns 200

Each input comes from its number alone, so that a number that fails is the whole report of a failure.
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from scipy import stats

from random_cases import random_case

ROOT = Path(__file__).parents[1]
SEEDS = [ROOT / "src" / "nkestimate" / "starter" / "case.yaml", ROOT / "seeds" / "evidence.yaml", ROOT / "priors" / "north-korea-russia.yaml",
         *sorted((ROOT / "tests" / "faulty").glob("*.yaml")), *sorted((ROOT / "tests" / "reference" / "cases").glob("*.yaml"))]
VALID = [SEEDS[0], *(path for path in SEEDS if path.parent.name == "cases")]
NASTY = ["9**9**9**9", "&a [*a]", "*a", "!!python/object/apply:os.getcwd []", "!!binary aGk=", "1e400", "-0", ".nan", ".inf", "-.inf", "∞", "1_000", "0x1F",
         "0o17", "~", "null", "{}", "[]", "[[[[]]]]", "{a: {b: {c: d}}}", "yes", "2024-02-30", "0000-00-00", "9999-12-31", "1e-400", "0.1.2", "1/0", "1/3",
         "½", "٣", "−5", "\u202eabc", "\x00", "\ud7ff", "'", '"', "#", ": :", "? ?", "| |", ">-", "%YAML 9.9", "---", "...", "<<: *a", "a" * 3000,
         "between: [5, 1]", "at_least: -3", "prior: Normal(0, 0)", "prior: 'Uniform(1, 1)'", "weight: 1e-320", "expr: q", "include: .", "include: /dev/zero",
         "include: case.yaml", "shares: {of: q, parts: [q, q]}", "counted: 0 of 0", "limits: [nan, 3]", "support: {}", "dates: {between: [1, 2]}",
         "unit: person^99", "unit: USD/USD", "unit: '%'", "unit: K", "as_of: horizon", "supersedes: a", "group: ''", "question: {ask: 1 < 2}"]  # fmt: skip


# ---------------------------------------------------------------- mutated files


def mutated(number: int) -> str:
    """The text of one mutated file."""
    r = Random(number)
    text = r.choice(VALID if number % 2 else SEEDS).read_text(encoding="utf-8")
    for _ in range(1 + int(r.expovariate(1.0 if number % 2 else 0.5))):
        text = r.choice(CHANGES)(text, r)
    return text[:400_000]


def _letter(text: str, r: Random) -> str:
    at = r.randrange(len(text) + 1)
    return text[:at] + chr(r.choice([r.randrange(32, 127), r.randrange(0x2FF), r.randrange(0xD800)])) + text[at + r.randrange(2) :]


def _line(text: str, r: Random) -> str:
    lines = text.splitlines(keepends=True) or [""]
    i, j = r.randrange(len(lines)), r.randrange(len(lines))
    how = r.randrange(4)
    if how == 0:
        del lines[i : i + 1 + r.randrange(3)]
    elif how == 1:
        lines.insert(i, lines[j])
    elif how == 2:
        lines[i], lines[j] = lines[j], lines[i]
    else:
        lines[i] = r.choice(["", " ", "  ", "\t", "- "]) + lines[i].lstrip(" " if r.random() < 0.5 else "")
    return "".join(lines)


def _value(text: str, r: Random) -> str:
    lines = text.splitlines(keepends=True) or [""]
    i = r.randrange(len(lines))
    key, colon, _ = lines[i].partition(":")
    lines[i] = f"{key}{colon} {r.choice(NASTY)}\n" if colon else r.choice(NASTY) + "\n"
    return "".join(lines)


def _word(text: str, r: Random) -> str:
    words = text.split(" ")
    words[r.randrange(len(words))] = r.choice([r.choice(NASTY), r.choice(words), str(r.randrange(10**6)), f"{r.uniform(-1, 1) * 10 ** r.randrange(-30, 30):g}"])
    return " ".join(words)


def _splice(text: str, r: Random) -> str:
    other = r.choice(SEEDS).read_text(encoding="utf-8")
    return text[: r.randrange(len(text) + 1)] + other[r.randrange(len(other)) :]


CHANGES = [_letter, _line, _line, _value, _value, _value, _word, _word, _splice]


def read(path: Path) -> str:
    """What becomes of a file that is read as a case, and of what `validate` reckons with it."""
    from nkestimate.case import load_case
    from nkestimate.errors import CaseError
    from nkestimate.evidence.claims import claim_table
    from nkestimate.evidence.defaults import default_shares

    try:
        case = load_case(path)
    except CaseError as error:
        return "fault" if error.faults else "nothing said"
    default_shares(case)
    claim_table(case)
    return "case"


def read_mutated(number: int, folder: Path) -> str:
    path = folder / "case.yaml"
    path.write_text(mutated(number), encoding="utf-8", errors="replace")
    for name in ("evidence.yaml", "seeds"):  # what seeds include is not there, or is
        if number % 2 and name == "evidence.yaml":
            (folder / name).write_text(SEEDS[1].read_text(encoding="utf-8"), encoding="utf-8")
    return read(path)


def command(number: int, folder: Path) -> str:
    """What becomes of a command on a mutated file: an exit status, and no traceback."""
    from click.testing import CliRunner

    from nkestimate.cli import main

    r = Random(-number)
    path = folder / "case.yaml"
    text = mutated(number)
    if number % 3 == 0:  # one small change of a case that runs, else hardly any mutant gets as far as a fit
        text = _word(SEEDS[0].read_text(encoding="utf-8"), r)
    path.write_text(text, encoding="utf-8", errors="replace")
    brief = ["--draws", "60", "--tune", "100", "--chains", "2", "--no-report", "--out", str(folder / "out"), "--seed", str(number % 7)]
    arguments = r.choice([["validate", str(path)], ["claims", str(path), "--format", r.choice(["text", "csv", "json", "md"])],
                          ["claims", str(path), r.choice(["--echoes", "--implied"])], ["run", str(path), *brief], ["run", str(path), *brief],
                          ["audit", str(path), "--documents", str(folder)], ["export", str(path), "--format", r.choice(["bibtex", "prov", "jsonld"])]])  # fmt: skip
    result = CliRunner().invoke(main, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code in (0, 1, 2, 3), result.output
    assert "Traceback" not in result.output
    return f"{arguments[0]}: {result.exit_code}"


# ---------------------------------------------------------------- hostile but valid cases

WORDS = ["शस्त्र", "👨‍👩‍👧 दल", "المدفوعات", "\u202egnol", "a\u0301\u0327" * 20, "x" * 300, "$x^2$ #set page(width: 1pt) *b* _i_ @ref <a>", "\\frac{1}{0}", "=1+1",
         "№ ½ ™ ﷽", "한국 支付", "", " ", "\x07bell", "ꙮ", "𐍈𒀀"]
EXPRESSIONS = ["sqrt({a} - {b})", "log({a} - {b})", "{a}**40", "exp({a})", "1 / ({a} - {a} * 1.0000001)", "{a} / ({b} - {b} * 0.5)", "{a} - {b}", "max({a}, {b})",
               "min({a}, 0 * {b})", "({a} - {b})**3", "max({a} - {b}, {b} - {a})", "{a} * 0", "exp(exp({a}))", "{a}**0.001", "log(log({a}))"]


def hostile(number: int) -> dict[str, Any]:
    """A case as plain values, with what engines, charts and typesetting dislike in it."""
    r = Random(number)
    plain = random_case(r, walls=r.random() < 0.3)
    if r.random() < 0.25:
        plain = {"title": "One", "format": 1, "horizon": "2025-06-30", "sources": {"s0": {"weight": r.choice([1, 0.5, 1e-6])}},
                 "quantities": {"q0": {"unit": "", "support": "positive"}}, "claims": {"c0": {"source": "s0", "about": "q0", "between": [2, 40]}}}
    quantities = plain["quantities"]
    named = list(quantities)
    for key in r.sample(named, r.randrange(len(named) + 1)):
        quantities[key] = {**quantities[key], "label": r.choice(WORDS)}
    plain["title"] = r.choice([plain["title"], *(words for words in WORDS if words.strip())])
    free = [key for key in named if quantities[key].get("unit", "") == ""]
    derived = dict(plain.get("derived", {}))
    for i in range(r.randrange(3)):
        derived[f"h{i}"] = {"unit": "", "label": r.choice(WORDS), "expr": r.choice(EXPRESSIONS).format(a=r.choice(free), b=r.choice(free)), "headline": i == 0}
    if any(entry.get("headline") for key, entry in derived.items() if key.startswith("h")):
        derived = {key: {**entry, "headline": key == "h0"} if "headline" in entry or key == "h0" else entry for key, entry in derived.items()}
    plain["derived"] = derived
    if "h0" in derived:
        plain["questions"] = {**plain.get("questions", {}), "hq": {"ask": f"h0 {r.choice(['<', '>'])} {r.choice(['0', '1', '1e90', '-1e-90'])}", "label": r.choice(WORDS)}}
    for source in plain["sources"].values():
        if r.random() < 0.3:
            source.pop("reliability", None)
            source["weight"] = r.choice([1, 0.999999, 1e-6, 0, 0.5])
        if r.random() < 0.3:
            source["name"] = r.choice(WORDS)
    plain["settings"] = {**plain.get("settings", {}), **r.choice([{}, {}, {"coverage": 0.01}, {"coverage": 0.999}, {"common_error": 0}, {"common_error": 20},
                                                                    {"dark_uncertainty": "HalfNormal(100)"}, {"pooling": r.choice(["linear", "log"])}])}
    for claim in plain["claims"].values():
        for kind in ("between", "at_least", "at_most", "around", "estimate"):
            if kind in claim and r.random() < 0.15:
                scale = 10.0 ** r.randrange(-25, 26)
                value = claim[kind]
                if isinstance(value, list) and all(isinstance(x, int | float) for x in value):
                    claim[kind] = [x * scale for x in value]
                elif isinstance(value, int | float):
                    claim[kind] = value * scale
    return plain


def reported(number: int, folder: Path) -> str:
    """What becomes of a hostile case that is fitted and reported."""
    from nkestimate import fit, report
    from nkestimate.case import case_from_resolved
    from nkestimate.errors import CaseError, NKEstimateError

    try:
        case = case_from_resolved(hostile(number), "hostile")
    except CaseError:
        return "fault"
    try:
        result = fit(case, draws=200, tune=200, chains=2, progress=False, seed=number % 5)
    except NKEstimateError as error:
        return f"refused: {type(error).__name__}"
    json.dumps(result.summary.plain(), allow_nan=False)
    result.summary.to_frame()
    report(result, folder / "out", pictures=False)
    if result.ok:
        for total in result.summary.totals.values():
            known = [q for q in total.quantiles.values() if q is not None]
            assert known == sorted(known)
        return "converged"
    assert result.summary.diagnostics.reasons
    return "failed gate"


# ---------------------------------------------------------------- one unknown, by quadrature


def lone(number: int) -> tuple[dict[str, Any], Any]:
    """A case with one unknown of any size, and the log density of its logarithm by scipy. Its claims may exclude each other."""
    r = Random(number)
    size = 10.0 ** r.uniform(-12, 12)
    name, law = r.choice([
        (lambda: f"LogNormal({math.log(size):.6g}, 1.5)", lambda: stats.lognorm(1.5, scale=math.exp(float(f"{math.log(size):.6g}")))),
        (lambda: f"HalfNormal({size:.6g})", lambda: stats.halfnorm(scale=float(f"{size:.6g}"))),
        (lambda: f"Exponential({1 / size:.6g})", lambda: stats.expon(scale=1 / float(f"{1 / size:.6g}"))),
        (lambda: f"Gamma(0.7, {1 / size:.6g})", lambda: stats.gamma(0.7, scale=1 / float(f"{1 / size:.6g}"))),
        (lambda: f"HalfCauchy({size:.6g})", lambda: stats.halfcauchy(scale=float(f"{size:.6g}"))),
    ])
    claims, factors = {}, []
    for i in range(r.randrange(4)):
        kind = r.choice(["between", "between", "at_most", "at_least"])
        about = r.choice(["q", "q", "q * 1", "q / 2"])
        m = math.log(size) + r.uniform(-2, 2) - math.log(2) * (about == "q / 2")
        within = float(f"{r.choice([10.0 ** r.uniform(-9, -2), r.uniform(0.02, 0.6)]):.4g}")
        low, high, value = (float(f"{math.exp(m) * x:.12g}") for x in (1 - within, 1 + within, 1.0))
        statement: dict[str, Any] = {kind: [low, high]} if kind == "between" else {kind: value, "within": within}
        claims[f"c{i}"] = {"source": "s", "about": about, **statement}
        s = (math.log(high / low) if kind == "between" else math.log1p(within) - math.log1p(-within)) / (2 * stats.norm.ppf(0.95))
        m = (math.log(low) + math.log(high)) / 2 if kind == "between" else math.log(value)
        factors.append((kind, m + math.log(2) * (about == "q / 2"), s))
    plain = {"title": "Lone", "format": 1, "horizon": "2025-06-30", "sources": {"s": {"weight": 1}}, "claims": claims,
             "quantities": {"q": {"prior": name(), "rationale": "r"}}}
    prior = law()
    said = {"between": lambda c: -c * c / 2, "at_most": lambda c: stats.norm.logcdf(-c), "at_least": stats.norm.logcdf}

    def log_density(x: Any) -> Any:
        return prior.logpdf(np.exp(x)) + x + sum(said[kind]((x - m) / s) for kind, m, s in factors)

    return plain, log_density


def distribution(log_density: Any, low: float, high: float) -> tuple[Any, Any]:
    """Points and the distribution function there of a density with one top, however thin: each grid lies round the top of the one before."""
    for _ in range(12):
        x = np.linspace(low, high, 20_001)
        logs = log_density(x)
        inside = np.flatnonzero(logs > logs.max() - 45)
        low, high = x[max(inside[0] - 1, 0)], x[min(inside[-1] + 1, x.size - 1)]
    mass = np.exp(logs - logs.max())
    cdf = np.cumsum((mass[1:] + mass[:-1]) / 2)
    return x[1:], cdf / cdf[-1]


def alone(number: int, folder: Path) -> str:
    """What becomes of a case with one unknown; where it passes its gate, its quantiles are those of quadrature."""
    from nkestimate import fit
    from nkestimate.case import case_from_resolved

    plain, log_density = lone(number)
    case = case_from_resolved(plain, "lone")
    result = fit(case, progress=False, seed=1 + number % 3)
    if not result.ok:
        return "failed gate"
    total = result.summary.quantities["q"]
    middle = math.log(total.median)
    x, cdf = distribution(log_density, middle - 80, middle + 80)
    for level, value in total.quantiles.items():
        p = float(level)
        found = float(np.interp(math.log(value), x, cdf))
        assert abs(found - p) < 4.5 * math.sqrt(p * (1 - p) / min(total.ess_bulk, total.ess_tail)) + 2e-3, (level, value, found)
    return "right"


KINDS = {"reader": read_mutated, "commands": command, "reports": reported, "unknowns": alone}
SOME = {"reader": range(400), "commands": range(24), "reports": range(6), "unknowns": range(12)}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nothing_but_answers_failed_gates_and_faults(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in SOME[kind]:
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            KINDS[kind](number, folder)
        except Exception as error:
            raise AssertionError(f"{kind} {number}") from error


# ---------------------------------------------------------------- by hand


def by_hand(kind: str, numbers: range) -> int:
    """Try some numbers in this process; print one line of JSON with what came of them."""
    warnings.simplefilter("ignore")
    counts: Counter[str] = Counter()
    failures, slowest = [], (0.0, -1)
    for number in numbers:
        print(number, file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            began = time.process_time()
            try:
                counts[KINDS[kind](number, Path(folder))] += 1
            except Exception as error:
                failures.append(f"{number}: {type(error).__name__}: {str(error)[:200]}")
            slowest = max(slowest, (time.process_time() - began, number))
            os.chdir("/")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"counts": counts, "failures": failures, "slowest": slowest, "peak_mb": peak}))
    return len(failures)


def many(kind: str, count: int, first: int) -> int:
    """Try many numbers in processes of their own, so that one which dies is known by its number."""
    from nkestimate.engine.cores import cores

    lanes, step = cores(), max(1, min(2000, count // 8))
    todo = [range(at, min(at + step, first + count)) for at in range(first, first + count, step)]
    totals: Counter[str] = Counter()
    failures, slowest, peak = [], (0.0, -1), 0.0
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])}
    while todo:
        batch, todo = todo[:lanes], todo[lanes:]
        running = [(numbers, subprocess.Popen([sys.executable, __file__, "--these", kind, str(numbers.start), str(numbers.stop)], env=environment,
                                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)) for numbers in batch]
        for numbers, process in running:
            out, err = process.communicate()
            if not out.strip():
                reached = next((int(line) for line in reversed(err.splitlines()) if line.isdigit()), numbers.start)
                failures.append(f"{reached}: the process died with status {process.returncode}: {err[-300:]}")
                if reached + 1 < numbers.stop:
                    todo.insert(0, range(reached + 1, numbers.stop))
                continue
            found = json.loads(out.splitlines()[-1])
            failures += [f"{numbers.start} to {numbers.stop}: {line}" for line in err.splitlines() if "panicked" in line]
            totals += Counter(found["counts"])
            failures += found["failures"]
            slowest, peak = max(slowest, tuple(found["slowest"])), max(peak, found["peak_mb"])
    print(f"{kind}: {dict(totals.most_common())}; slowest {slowest[0]:.2f} s of CPU (number {slowest[1]}); peak {peak:.0f} MB; {len(failures)} failures")
    for failure in failures:
        print(" ", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    if sys.argv[1] == "--these":
        by_hand(sys.argv[2], range(int(sys.argv[3]), int(sys.argv[4])))
    else:
        sys.exit(many(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0))
