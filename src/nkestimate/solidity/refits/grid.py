"""A case refitted over a grid of choices: run, kept, resumed."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import lru_cache
from json import dumps, loads
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nkestimate.case import case_from_resolved, grid_faults, grid_from_plain, read_grid
from nkestimate.case.expressions import show
from nkestimate.case.model import Case, Grid
from nkestimate.case.tree import from_plain
from nkestimate.density.evaluate import Evaluator
from nkestimate.errors import CaseError
from nkestimate.fitting.breakdown import SHAPE, Array, quantiles_of, shares_of_headline, target_draws
from nkestimate.fitting.progress import shown
from nkestimate.fitting.records import plain
from nkestimate.fitting.runs import code_digest, sampling_of
from nkestimate.solidity.refits import pools
from nkestimate.solidity.refits.record import Robustness, Subject
from nkestimate.solidity.refits.row import CANNOT, FITTED, UNCONVERGED, Row
from nkestimate.solidity.refits.rows import attempted, opened
from nkestimate.solidity.refits.variants import BASE, Variant, case_of, factors, variants

if TYPE_CHECKING:
    from nkestimate.fitting.fits import Fit

DRAWS, TUNE, CHAINS = 1000, 500, 2
_BASE_EFFORT = 4  # times the draws: every sentence leans on the base
_HARDER = 4  # times the draws and tuning, where there were too few


def robustness(
    case: Case, grid: Grid | Mapping[str, Any] | str | PathLike[str] | None = None, *, out: str | PathLike[str] | None = None,
    seed: int = 1, draws: int = DRAWS, tune: int = TUNE, chains: int = CHAINS, workers: int | None = None, dask: str | None = None,
    fresh: bool = False, progress: bool | Callable[[str, float], None] = True,
) -> Robustness:
    """Refit a case over all combinations of the choices that nobody can settle, and with each piece of evidence left out.

    Fits run in processes of their own. In a script, call it below ``if __name__ == "__main__":``, as those import the script.

    Parameters
    ----------
    case : Case
        The base.
    grid : Grid, mapping or path, optional
        What to vary, as under a case's ``robustness:``; default: what the case states there, else the default grid.
    out : path, optional
        A folder. Rows are appended there as they come, and a run that was stopped goes on from them.
    seed : int
        Each variant's seed comes from its digest and this.
    draws, tune, chains : int
        Effort of each variant's fit; the base has four times the draws.
    workers : int, optional
        Local processes; default: one for each core.
    dask : str, optional
        Address of a Dask scheduler to send the fits to, in place of local processes.
    fresh : bool
        Whether to fit all again, rows that are kept or not.
    progress : bool or callable
        True shows a bar where there is a terminal; a callable is told a text and the share done.

    Returns
    -------
    Robustness

    Raises
    ------
    CaseError
        If the grid is at fault.
    ValueError
        If draws, tune or chains are below 1.
    BusyError
        If another run writes to the same folder.
    EngineError
        If the workers are gone, or the scheduler does not answer. The rows that came are kept.

    Examples
    --------
    >>> from nkestimate.case import STARTER, load_case
    >>> grid = {"coverage": [0.9, 0.5], "pooling": [], "common_error": [], "dark_uncertainty": [], "one_at_a_time": ["sources"]}
    >>> result = robustness(load_case(STARTER), grid, draws=100, chains=2, workers=1, progress=False)
    >>> [row.variant.label for row in result.rows][:3]
    ['as the case states it', 'coverage 50 %', 'without Harbour police']
    """
    grid = _grid(case, grid)
    plan = variants(case, grid)
    sampling = sampling_of(draws, tune, chains)
    header = {"nkestimate": "robustness", "digest": case.digest, "seed": seed, "sampling": sampling, "code": code_digest()}
    packed = zlib.compress(dumps([case.resolved, case.id, case.scenario]).encode())
    with opened(Path(out) if out is not None else None, header, fresh) as rows:
        distinct = {variant.digest: variant for variant in reversed(plan)}  # two that change the same are one fit: the first's
        todo = [variant for variant in plan if distinct[variant.digest] is variant and variant.digest not in rows.known]
        tasks = [(variant.digest, (packed, _plain(variant), seed, sampling, header["code"])) for variant in todo]
        with shown(progress) as tell:
            pool = pools.dask(dask) if dask else pools.local(workers)
            rows.gather(pools.results(tasks, fit_variant, pool), lambda done: tell and tell(
                f"variant {len(distinct) - len(todo) + done} of {len(distinct)}", done / len(todo)))
        return _joined(case, grid, plan, rows.known, seed, sampling)


def _grid(case: Case, grid: Grid | Mapping[str, Any] | str | PathLike[str] | None) -> Grid:
    if grid is None:
        return case.grid or grid_from_plain({})
    if isinstance(grid, Mapping):
        grid = grid_from_plain(grid)
    elif not isinstance(grid, Grid):
        grid = read_grid(grid)
    faults = grid_faults(case, grid, from_plain(dict.fromkeys(grid.others), "(grid)", 1))
    if faults:
        raise CaseError(faults)
    return grid


def _plain(variant: Variant) -> dict[str, Any]:
    return asdict(variant) | {"changes": dict(variant.changes), "choices": dict(variant.choices)}


# ------------------------------------------------------------ in a worker


@lru_cache(maxsize=4)
def _base(packed: bytes) -> Case:
    return case_from_resolved(*loads(zlib.decompress(packed)))


def fit_variant(task: tuple[bytes, dict[str, Any], int, dict[str, int], str]) -> dict[str, Any]:
    """Fit one variant, wherever this runs, and return its row: summary numbers, nothing else.

    Parameters
    ----------
    task : tuple
        The base case, packed; the variant's fields; the run's seed; the effort; the digest of the code that asks.

    Returns
    -------
    dict
        ``variant``, ``status``, ``reason`` and, where it was fitted, ``lost``, ``seed``, ``totals``, ``questions`` and
        ``diagnostics``; ``seconds``, which is for the reader of the file alone. Or ``refused``, where this worker has other code.
    """
    packed, plain, seed, sampling, code = task
    return attempted(plain["digest"], code, lambda: _fitted(_base(packed), Variant(**plain), seed, sampling))


def _fitted(base: Case, variant: Variant, seed: int, sampling: Mapping[str, int]) -> dict[str, Any]:
    from nkestimate.fitting.fits import fit

    case, lost = case_of(base, variant)
    if case is None:
        return {"status": CANNOT, "reason": "", "lost": list(lost)}
    draws = sampling["draws"] * (_BASE_EFFORT if variant.kind == BASE else 1)
    own = variant.seed(seed)
    for more in (1, _HARDER):
        tried = fit(case, draws=more * draws, tune=more * sampling["tune"], chains=sampling["chains"], seed=own, cores=1, progress=False)
        found = tried.summary.diagnostics
        if found.ok or found.divergences:
            break  # against divergences the sampler has tried smaller steps by itself; more draws would not help
    totals = {
        key: {"unit": total.unit, "quantiles": total.quantiles, "mcse": total.mcse} for key, total in tried.summary.totals.items()
    }
    questions = {key: {"probability": answer.probability, "mcse": answer.mcse} for key, answer in tried.summary.questions.items()
                 if answer.probability is not None}
    return {
        "status": UNCONVERGED if not found.ok else CANNOT if lost else FITTED,
        "reason": "; ".join(found.reasons),
        "lost": list(lost), "seed": own, "totals": totals, "questions": questions, "diagnostics": plain(found),
        **_beside(tried, base.headline.id),
    }


def _beside(tried: Fit, headline: str) -> dict[str, Any]:
    """Return what a row holds beside totals and answers: parts of the headline, targets that are no total, the headline's shape."""
    case, evaluator = tried.case, Evaluator(tried.density)
    natural = evaluator.natural(tried.coordinates).reshape(-1, tried.density.size)
    targets = {reading.target.key: reading.target for claim in case.claims.values() for reading in claim.readings
               if reading.target.kind == "expression"}
    told: dict[str, Any] = {"targets": {key: _told(target_draws(case, target, case.horizon, natural)) for key, target in targets.items()}}
    if headline in case.totals:
        shape = quantiles_of(evaluator.totals_of(natural)[headline], SHAPE)
        if all(map(math.isfinite, shape.values())):
            told["shape"] = [float(f"{value:.6g}") for value in shape.values()]
        if case.headline.id == headline:
            told["parts"] = {show(part): _told(share) for part, share in shares_of_headline(case, natural)[1]}
    return told


def _told(draws: Array) -> dict[str, float]:
    """Return the quantiles of draws as a row holds them; nothing where there are none."""
    return {f"{p:g}": value for p, value in quantiles_of(draws).items() if math.isfinite(value)}


# ------------------------------------------------------------ together again


def _joined(case: Case, grid: Grid, plan: list[Variant], known: Mapping[str, dict[str, Any]], seed: int,
            sampling: Mapping[str, int]) -> Robustness:
    rows = tuple(Row.of(variant, known[variant.digest]) for variant in plan)
    totals = {key: Subject(total.label, total.unit.text, total.support, total.since.isoformat() if total.since else None)
              for key, total in case.totals.items()}
    sources = {key: source.name for key, source in case.sources.items()}
    return Robustness(
        case.id, case.title, case.scenario, case.digest, case.horizon.isoformat(), seed, dict(sampling), code_digest(),
        factors(case, grid), dict(plan[0].choices), case.headline.id, totals,
        {key: question.label for key, question in case.questions.items()}, asked_totals(case), sources, rows)


def asked_totals(case: Case) -> tuple[str, ...]:
    """Return the totals whose robustness is told in words: the headline, then those that questions name."""
    from nkestimate.case.expressions import names_in

    named = [name for q in case.questions.values() for name in names_in(q.comparison)]
    return tuple(dict.fromkeys([case.headline.id, *named]))
