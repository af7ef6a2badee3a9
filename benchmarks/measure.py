"""The measurements, each a function of plain values that returns plain values; `run.py` calls each in a process of its own.

uv run python benchmarks/measure.py NAME '{"argument": 1}'
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import plain_pymc
import synthetic

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "priors" / "north-korea-russia.yaml"
# A case of 19 unknowns and 17 claims without readings: bounds, two-piece claims, a fraction, a bias and a repeated source are in it.
MIDDLE = {"quantities": 5, "claims": 17, "derived": 1, "seed": 21}
SMALL = {"quantities": 3, "claims": 4, "derived": 1, "seed": 1}
_EXTRA = (  # claims about new expressions, for edits of the shipped case: each is another graph
    ("first_wave + third_wave", "person", 25_000),
    ("casualties + second_wave", "person", 7_000),
    ("soldier_pay * first_wave", "million USD/year", 300),
    ("third_wave + second_wave", "person", 20_000),
    ("soldiers_sent * service_length", "person*year", 20_000),
    ("arms_rate * paid_share", "million USD/month", 80),
)


def clock(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return seconds and result of a piece of work."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


# ------------------------------------------------------------ the two sides, from file to summary


def ours(path: Path, seed: int, cores: int, sampling: dict[str, int]) -> dict[str, Any]:
    """Read, fit with the fast engine, write the summary."""
    from nkestimate import fit, load_case

    result = fit(load_case(path), engine="fast", seed=seed, cores=cores, progress=False, **sampling)
    path.with_suffix(".ours.json").write_text(json.dumps(result.summary.plain()), encoding="utf-8")
    return {
        "median": next(iter(result.summary.quantities.values())).median,
        "ok": result.ok,
        "divergences": result.summary.diagnostics.divergences,
    }


def theirs(path: Path, seed: int, cores: int, sampling: dict[str, int], formulation: str) -> dict[str, Any]:
    """Read, build the PyMC model, compile it for nutpie, sample, write the summary."""
    from nkestimate import load_case, to_pymc
    from nkestimate.density import compile_case

    density = compile_case(load_case(path))
    numbers = plain_pymc.numbers_of(density)
    labels = plain_pymc.labels_of(numbers)
    model, names = (plain_pymc.build(numbers), plain_pymc.NAMES) if formulation == "plain" else (to_pymc(density), labels)
    return _sampled(path, plain_pymc.compiled(model), names, labels, seed, cores, sampling)


def _sampled(
    path: Path, compiled: Any, names: list[str], labels: list[str], seed: int, cores: int, sampling: dict[str, int]
) -> dict[str, Any]:
    draws, divergences = plain_pymc.drawn(compiled, names, seed, cores, **sampling)
    summary = plain_pymc.summary_of(draws, labels, divergences)
    path.with_suffix(".theirs.json").write_text(json.dumps(summary), encoding="utf-8")
    first = next(iter(summary["results"].values()))
    return {
        "median": first["quantiles"]["0.5"],
        "divergences": divergences,
        "ok": all(r["r_hat"] < 1.01 for r in summary["results"].values()),
    }


def _cache_files() -> int:
    """Count files in the caches that the environment names."""
    folders = [
        os.environ.get("NUMBA_CACHE_DIR"),
        *(part.split("=", 1)[1] for part in os.environ.get("PYTENSOR_FLAGS", "").split(",") if "compiledir=" in part),
    ]
    return sum(len(files) for folder in folders if folder for _, _, files in os.walk(folder))


def _edits(case: str, folder: Path, small: bool) -> tuple[Callable[[int], Path], Callable[[int], Path] | None]:
    """Return makers of the case's file with structural edit number i (0: none), and with other numbers."""
    path = folder / "edited.yaml"
    if case == "shipped":

        def structural(i: int) -> Path:
            about, unit, value = _EXTRA[(i - 1) % len(_EXTRA)]
            claim = {"source": "nyt", "about": about, "unit": unit, "estimate": value * (1 + 0.01 * i), "standard_error": 0.3 * value}
            path.write_text(synthetic.to_yaml({"format": 1, "include": [str(SHIPPED)], **({"claims": {f"edit{i}": claim}} if i else {})}))
            return path

        return structural, None
    base = synthetic.synthetic_case(**(SMALL if small else MIDDLE))

    def structure(i: int) -> Path:
        path.write_text(synthetic.to_yaml(synthetic.structural_edit(base, i) if i else base))
        return path

    def numbers(i: int) -> Path:
        path.write_text(synthetic.to_yaml(synthetic.numbers_edit(base, i)))
        return path

    return structure, numbers


# ------------------------------------------------------------ the measurements


def warm(case: str, repeat: int, cores: int, sampling: dict[str, int], small: bool = False) -> dict[str, Any]:
    """Edit to posterior in a warm process: new graphs, the same graphs again, new numbers for a compiled model."""
    sides: dict[str, Callable[[Path, int], Any]] = {
        "ours": lambda p, s: ours(p, s, cores, sampling),
        "plain": lambda p, s: theirs(p, s, cores, sampling, "plain"),
        "to_pymc": lambda p, s: theirs(p, s, cores, sampling, "to_pymc"),
    }
    seconds: dict[str, list[float]] = {f"{kind} {side}": [] for kind in ("new", "same") for side in sides}
    seconds |= {"numbers ours": [], "numbers plain": []}
    files: dict[str, list[int]] = {side: [] for side in sides}
    checks: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        structural, numbers = _edits(case, Path(folder), small)
        for work in sides.values():  # everything imported, compiled once and sampled once
            work(structural(0), 0)
        for i in range(1, repeat + 1):
            structural(i)
            found = {}
            for kind in ("new", "same"):
                for side, work in sides.items():
                    before = _cache_files()
                    took, found[side] = clock(lambda: work(Path(folder) / "edited.yaml", i))  # noqa: B023
                    seconds[f"{kind} {side}"].append(took)
                    if kind == "new":
                        files[side].append(_cache_files() - before)
            checks.append(found)
        if numbers is not None:
            _warm_numbers(numbers, repeat, cores, sampling, seconds)
    return {"seconds": seconds, "new_cache_files": files, "checks": checks}


def _warm_numbers(
    numbers: Callable[[int], Path], repeat: int, cores: int, sampling: dict[str, int], seconds: dict[str, list[float]]
) -> None:
    """New numbers in claims: ours reads and fits as ever, theirs feeds them to the model compiled before."""
    compiled = plain_pymc.compiled(plain_pymc.build(plain_pymc.read(numbers(0))))

    def fed(path: Path, seed: int) -> Any:
        found = plain_pymc.read(path)
        data = {key: value for key, value in plain_pymc.data_of(found).items() if len(value)}
        return _sampled(path, compiled.with_data(**data), plain_pymc.NAMES, plain_pymc.labels_of(found), seed, cores, sampling)

    for i in range(1, 3 * repeat + 1):
        path = numbers(i)
        seconds["numbers ours"].append(clock(lambda: ours(path, i, cores, sampling))[0])  # noqa: B023
        seconds["numbers plain"].append(clock(lambda: fed(path, i))[0])  # noqa: B023


def ess(case: str, repeat: int, cores: int, sampling: dict[str, int], small: bool = False) -> dict[str, Any]:
    """Minimum bulk ESS over quantities and totals, per second of sampling; the shipped case in its first configuration."""
    from nkestimate import load_case, to_pymc
    from nkestimate.density import compile_case
    from nkestimate.density.evaluate import Evaluator
    from nkestimate.inference.choices import configurations, restricted
    from nkestimate.inference.diagnose import measures

    with tempfile.TemporaryDirectory() as folder:
        density = compile_case(load_case(SHIPPED if case == "shipped" else _edits(case, Path(folder), small)[0](0)))
    density = restricted(density, configurations(density)[0])
    evaluator = Evaluator(density)
    numbers = plain_pymc.numbers_of(density)
    totals = [t.name for t in density.totals]
    models = {
        "plain": (plain_pymc.compiled(plain_pymc.build(numbers)), ["totals"]),
        "to_pymc": (plain_pymc.compiled(to_pymc(density)), totals),
    }
    runner = _our_sampler(density, cores, sampling)
    rows: dict[str, list[dict[str, float]]] = {}

    def note(side: str, seconds: float, draws: np.ndarray, divergences: int) -> None:
        found = [measures(draws[..., i]) for i in range(draws.shape[-1])]
        least = min(bulk for _, bulk, _ in found)
        rows.setdefault(side, []).append(
            {
                "seconds": seconds,
                "ess": least,
                "per_second": least / seconds,
                "divergences": divergences,
                "r_hat": max(r for r, _, _ in found),
            }
        )

    for seed in range(repeat + 1):
        seconds, (v, divergences) = clock(lambda: runner(seed))  # noqa: B023
        drawn = evaluator.totals(v)
        note("ours", seconds, np.stack([drawn[name] for name in totals], axis=-1), divergences)
        for side, (model, names) in models.items():
            for accept in (0.8, 0.9):
                seconds, (draws, divergences) = clock(lambda: _their_sampler(model, names, seed, cores, sampling, accept))  # noqa: B023
                note(f"{side} {accept}", seconds, draws, divergences)
    return {"rows": {side: found[1:] for side, found in rows.items()}, "size": density.size, "claims": len(numbers["factors"])}


def _our_sampler(density: Any, cores: int, sampling: dict[str, int]) -> Callable[[int], tuple[np.ndarray, int]]:
    from nkestimate.density.evaluate import Evaluator
    from nkestimate.engine.kernel import evaluate
    from nkestimate.engine.nuts import Effort, sample
    from nkestimate.inference.components import components_of
    from nkestimate.inference.lower import lower
    from nkestimate.inference.sampling import completed

    parts = [(part, lower(part.density, {}).program if part.density.terms else None) for part in components_of(density)]
    effort = Effort(**sampling)

    def run(seed: int) -> tuple[np.ndarray, int]:
        v, divergences = np.empty((effort.chains, effort.draws, density.size)), 0
        for part, program in parts:
            if program is None:
                size = effort.chains * effort.draws
                found = Evaluator(part.density).prior_draws(size, np.random.default_rng(seed)).reshape(effort.chains, effort.draws, -1)
            else:
                chains = sample(program, effort, seed, cores=cores)
                found = evaluate(program, completed(program, chains.points, np.random.default_rng(seed)))[1]
                divergences += int(chains.diverging.sum())
            v[..., list(part.where)] = found
        return v, divergences

    return run


def _their_sampler(model: Any, names: list[str], seed: int, cores: int, sampling: dict[str, int], accept: float) -> tuple[np.ndarray, int]:
    """Sample with nutpie and take the columns out of its arrow trace: no DataTree is made."""
    import nutpie
    import pyarrow

    raw = nutpie.sample(model, **sampling, cores=cores, seed=seed, progress_bar=False, target_accept=accept, return_raw_trace=True)
    chains, divergences = [], 0

    def column(batch: Any, name: str) -> np.ndarray:
        found = pyarrow.array(batch.column(name))
        return (found.flatten() if hasattr(found, "flatten") else found).to_numpy(zero_copy_only=False)

    for batch, stats in zip(*raw.get_arrow_trace(), strict=True):
        kept = ~column(stats, "tuning").astype(bool)
        chains.append(np.concatenate([column(batch, name).reshape(len(kept), -1)[kept] for name in names], axis=-1))
        divergences += int(column(stats, "diverging").astype(bool)[kept].sum())
    return np.stack(chains), divergences


def variants(count: int, cores: int, sampling: dict[str, int]) -> dict[str, Any]:
    """Fit variants of the shipped case: all of them with ours, the first of each kind with PyMC + nutpie."""
    from nkestimate import fit, load_case

    changes = _variants(count)
    short = {"draws": 50, "tune": 100, "chains": sampling["chains"]}
    fit(load_case(SHIPPED), cores=cores, progress=False, **short)
    for formulation in ("plain", "to_pymc"):
        _their_variant({}, formulation, cores, short)
    by_kind: dict[str, list[float]] = {kind: [] for kind, _ in changes}
    pymc: dict[str, dict[str, float]] = {}
    failed = 0
    for seed, (kind, change) in enumerate(changes):
        seconds, result = clock(lambda: fit(load_case(SHIPPED, set=change), seed=seed, cores=cores, progress=False, **sampling))  # noqa: B023
        by_kind[kind].append(seconds)
        failed += not result.ok
        if kind not in pymc:
            pymc[kind] = {f: clock(lambda: _their_variant(change, f, cores, sampling))[0] for f in ("plain", "to_pymc")}  # noqa: B023
    counts = Counter(kind for kind, _ in changes)
    return {
        "ours": sum(sum(seconds) for seconds in by_kind.values()),
        "ours_by_kind": by_kind,
        "pymc_sample": pymc,
        "counts": dict(counts),
        "pymc_extrapolated": sum(counts[kind] * min(seconds.values()) for kind, seconds in pymc.items()),
        "not_converged": failed,
    }


def _their_variant(change: dict[str, Any], formulation: str, cores: int, sampling: dict[str, int]) -> None:
    from nkestimate import load_case, to_pymc
    from nkestimate.density import compile_case

    density = compile_case(load_case(SHIPPED, set=change or None))
    numbers = plain_pymc.numbers_of(density)
    labels = plain_pymc.labels_of(numbers)
    model, names = (plain_pymc.build(numbers), plain_pymc.NAMES) if formulation == "plain" else (to_pymc(density), labels)
    draws, divergences = plain_pymc.drawn(plain_pymc.compiled(model), names, 1, cores, **sampling)
    plain_pymc.summary_of(draws, labels, divergences)


def _variants(count: int) -> list[tuple[str, dict[str, Any]]]:
    """Return changes to the shipped case: six in ten other weights, two another pooling, two one claim dropped."""
    from nkestimate import CaseError, load_case

    case, random = load_case(SHIPPED), Random(1)
    weights = _weighted_sources()
    droppable = []
    for claim in case.active_claims:
        change = {f"claims.{claim.id}.weight": 0}
        try:
            load_case(SHIPPED, set=change)
            droppable.append(claim.id)
        except CaseError:  # some quantity would have nothing left to stand on
            continue
    out: list[tuple[str, dict[str, Any]]] = []
    for i in range(count):
        change = {f"weights.{source}": round(random.uniform(0.3, 0.9), 2) for source in random.sample(weights, 3)}
        if i % 5 == 1:
            out.append(("pooling", {**change, "settings.pooling": ("linear", "log")[i // 5 % 2]}))
        elif i % 5 == 3:
            out.append(("claim dropped", {**change, f"claims.{droppable[i // 5 % len(droppable)]}.weight": 0}))
        else:
            out.append(("weights", change))
    return out


def _weighted_sources() -> list[str]:
    """Return the sources to which the shipped case gives a weight."""
    import yaml

    return list(yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))["weights"])


def growth(quantities: int, claims: int, derived: int, cores: int, sampling: dict[str, int], repeat: int, seed: int = 1) -> dict[str, Any]:
    """Cost of reading and of a fit, and this process's peak memory."""
    from nkestimate import fit, load_case

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.yaml"
        path.write_text(synthetic.synthetic_yaml(quantities, claims, derived, seed), encoding="utf-8")
        reading = [clock(lambda: load_case(path)) for _ in range(repeat)]
        fits = []
        for i in range(repeat):
            seconds, result = clock(lambda: fit(load_case(path), seed=i + 1, cores=cores, progress=False, **sampling))  # noqa: B023
            fits.append(seconds)
    return {
        "quantities": quantities,
        "claims": claims,
        "unknowns": result.density.size,
        "read": [seconds for seconds, _ in reading],
        "fit": fits,
        "diagnostics": result.summary.plain()["diagnostics"],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def crowd(quantities: int, claims: int, sources: int, cores: int, sampling: dict[str, int], repeat: int, seed: int = 1) -> dict[str, Any]:
    """Cost of a fit, from file to summary, where few quantities are spoken of by many."""
    from nkestimate import fit, load_case

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.yaml"
        path.write_text(synthetic.to_yaml(synthetic.crowd_case(quantities, claims, sources, seed)), encoding="utf-8")
        fit(load_case(path), draws=50, tune=50, chains=2, progress=False)
        fits = []
        for i in range(repeat):
            seconds, result = clock(lambda: fit(load_case(path), seed=i + 1, cores=cores, progress=False, **sampling))  # noqa: B023
            fits.append(seconds)
    return {"unknowns": result.density.size, "fit": fits, "diagnostics": result.summary.plain()["diagnostics"],
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def gradients(sizes: list[list[int]], rounds: int, seed: int = 1) -> dict[str, Any]:
    """Microseconds a gradient of cases of several sizes, in turn in each round: in a compiled loop, at points near the centre."""
    import numba

    from nkestimate import load_case
    from nkestimate.density import compile_case
    from nkestimate.engine import kernel
    from nkestimate.inference.lower import lower

    one = kernel._gradient

    @numba.njit  # type: ignore[untyped-decorator]
    def loop(arguments: Any, points: Any, out: Any) -> float:
        total = 0.0
        for n in range(points.shape[0]):
            total += one(*arguments, points[n], out)
        return total

    asked, programs = [], []
    for quantities, claims, derived in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "case.yaml"
            path.write_text(synthetic.synthetic_yaml(quantities, claims, derived, seed), encoding="utf-8")
            program = lower(compile_case(load_case(path)), {}).program
        programs.append(program)
        points = 0.5 * np.random.default_rng(1).standard_normal((max(200_000 // claims, 20), len(program.active)))
        asked.append((kernel.arguments(program), points, np.empty(len(program.active))))
        loop(*asked[-1])
    costs = [[1e6 * clock(lambda: loop(*one))[0] / len(one[1]) for one in asked] for _ in range(rounds)]  # noqa: B023
    return {"us": costs, "instructions": [program.steps for program in programs]}


FORMULA = "workers * pay * years_paid / (1 + overhead) + gifts"
LOGNORMALS = {"workers": (8.0, 0.6), "pay": (6.0, 0.4), "years_paid": (0.5, 0.3), "overhead": (-1.0, 0.5), "gifts": (12.0, 0.8)}


def prior(size: int, repeat: int) -> dict[str, Any]:
    """Prior-predictive draws per second of one formula over five lognormals, ours and squigglepy's."""
    try:
        import squigglepy as sq
    except ImportError:
        return {"skipped": "squigglepy is not installed"}
    from nkestimate import load_case
    from nkestimate.density import compile_case
    from nkestimate.density.evaluate import Evaluator

    quantities = {
        name: {"unit": "", "prior": f"LogNormal({mu}, {sigma})", "rationale": "a benchmark"} for name, (mu, sigma) in LOGNORMALS.items()
    }
    case = {
        "format": 1,
        "title": "Prior draws",
        "horizon": synthetic.HORIZON,
        "quantities": quantities,
        "derived": {"cost": {"unit": "", "expr": FORMULA}},
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prior.yaml"
        path.write_text(synthetic.to_yaml(case), encoding="utf-8")
        evaluator = Evaluator(compile_case(load_case(path)))
    v = {name: sq.lognorm(lognorm_mean=None, norm_mean=mu, norm_sd=sigma) for name, (mu, sigma) in LOGNORMALS.items()}
    expression = v["workers"] * v["pay"] * v["years_paid"] / (1 + v["overhead"]) + v["gifts"]
    rng = np.random.default_rng(1)
    rates: dict[str, list[float]] = {"ours": [], "squigglepy": []}
    medians: dict[str, float] = {}
    for _ in range(repeat + 1):
        for side, draw in {
            "ours": lambda: evaluator.totals(evaluator.prior_draws(size, rng))["cost"],
            "squigglepy": lambda: expression @ size,
        }.items():
            seconds, draws = clock(draw)
            rates[side].append(size / seconds)
            medians[side] = float(np.median(draws))
    return {"per_second": {side: found[1:] for side, found in rates.items()}, "median": medians, "version": _version("squigglepy")}


def numbers(case: str, out: str) -> dict[str, Any]:
    """Write a case's numbers as JSON, for the plain script."""
    found = plain_pymc.read(Path(case))
    Path(out).write_text(json.dumps(found), encoding="utf-8")
    return {"unknowns": len(found["parameters"]), "claims": len(found["factors"])}


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


MEASUREMENTS: dict[str, Callable[..., dict[str, Any]]] = {
    "warm": warm,
    "ess": ess,
    "variants": variants,
    "growth": growth,
    "crowd": crowd,
    "gradients": gradients,
    "prior": prior,
    "numbers": numbers,
}


def main() -> None:
    name, arguments = sys.argv[1], json.loads(sys.argv[2])
    warnings.simplefilter("ignore")
    answer = MEASUREMENTS[name](**arguments)
    print("\n" + json.dumps(answer))  # the last line, whatever else was printed


if __name__ == "__main__":
    main()
