"""A case calibrated by simulation: fits in processes or on a cluster, kept, resumed."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import asdict
from functools import lru_cache
from json import dumps, loads
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nkestimate.case import case_from_resolved
from nkestimate.case.model import Case
from nkestimate.density import Density, compile_case
from nkestimate.engine.nuts import Effort
from nkestimate.fitting.progress import shown
from nkestimate.fitting.runs import code_digest, sampling_of
from nkestimate.solidity.calibrating.ranking import LIKELIHOOD, ranked
from nkestimate.solidity.calibrating.record import FAILED, RANKED, UNCONVERGED, Calibration, ClaimPlace, joined
from nkestimate.solidity.conflict import ClaimConflict, conflicts
from nkestimate.solidity.refits import pools
from nkestimate.solidity.refits.rows import attempted, opened
from nkestimate.wording.names import target_named

if TYPE_CHECKING:
    from nkestimate.fitting.fits import Fit

SIMULATIONS, DRAWS, TUNE, CHAINS = 200, 500, 300, 2


def calibrate(
    case: Case, *, simulations: int = SIMULATIONS, fit: Fit | None = None, out: str | PathLike[str] | None = None, seed: int = 1,
    draws: int = DRAWS, tune: int = TUNE, chains: int = CHAINS, workers: int | None = None, dask: str | None = None,
    fresh: bool = False, progress: bool | Callable[[str, float], None] = True,
) -> Calibration:
    """Draw truths and statements from a case's own density, refit, and rank the truths among the draws.

    Fits run in processes of their own. In a script, call it below ``if __name__ == "__main__":``, as those import the script.

    Parameters
    ----------
    case : Case
    simulations : int
    fit : Fit, optional
        The case's fit: its own claims are then left out one by one as well (`nkestimate.conflicts`).
    out : path, optional
        A folder. Rows are appended there as they come, and a run that was stopped, or one with more simulations, goes on from them.
    seed : int
    draws, tune, chains : int
        Effort of each fit.
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
    Calibration

    Raises
    ------
    BusyError
        If another run writes to the same folder.
    EngineError
        If the workers are gone, or the scheduler does not answer. The rows that came are kept.
    ValueError
        If a number is below 1.

    References
    ----------
    Talts et al. 2018, arXiv:1804.06788. Ranking the log likelihood too: Modrák et al. 2023, doi:10.1214/23-BA1404. Bands:
    Säilynoja, Bürkner & Vehtari 2022, doi:10.1007/s11222-022-10090-6.

    Examples
    --------
    >>> from nkestimate.case import STARTER, load_case
    >>> result = calibrate(load_case(STARTER), simulations=10, draws=200, tune=200, workers=1, progress=False)
    >>> result.simulations, len(result.ranked[0].u)
    (10, 10)
    """
    if simulations < 1:
        raise ValueError(f"simulations are a number from 1 up, not {simulations}")
    sampling = sampling_of(draws, tune, chains)
    header = {"nkestimate": "calibration", "digest": case.digest, "seed": seed, "sampling": sampling, "code": code_digest()}
    packed = zlib.compress(dumps([case.resolved, case.id, case.scenario]).encode())
    keys = [str(number) for number in range(1, simulations + 1)]
    with opened(Path(out) if out is not None else None, header, fresh) as rows:
        todo = [key for key in keys if key not in rows.known]
        with shown(progress) as tell:
            tasks = [(key, (packed, int(key), seed, sampling, header["code"])) for key in todo]
            pool = pools.dask(dask) if dask else pools.local(workers)
            rows.gather(pools.results(tasks, simulated, pool), lambda done: tell and tell(
                f"simulation {len(keys) - len(todo) + done} of {len(keys)}", done / len(todo)))
        kept = [rows.known[key] for key in keys]
    claims = places(fit, progress) if fit else ()
    return Calibration(
        case.id, case.title, case.scenario, case.digest, seed, sampling, code_digest(), simulations,
        sum(row["status"] == UNCONVERGED for row in kept), tuple(row["reason"] for row in kept if row["status"] == FAILED),
        joined(kept, labels(case)), claims)


def labels(case: Case) -> dict[str, str]:
    """Return what may be ranked, by name, in words."""
    found = {f"total:{key}": total.label for key, total in case.totals.items()}
    found |= {f"question:{key}": question.label for key, question in case.questions.items()}
    density = compile_case(case)
    for parameter in density.parameters:
        if parameter.role == "tau":
            found[parameter.name] = f"dark uncertainty: {target_named(parameter.of[0], case)}"
        elif parameter.role == "delta":
            source, *about = parameter.of
            found[parameter.name] = ", ".join([f"bias: {case.sources[source].name}", *(target_named(key, case) for key in about)])
    found |= {f"reading:{term.name}": f"which reading is true: {term.name}" for term in density.mixtures}
    return found | {LIKELIHOOD: "log likelihood of all statements"}


# ------------------------------------------------------------ in a worker


@lru_cache(maxsize=4)
def _density(packed: bytes) -> Density:
    return compile_case(case_from_resolved(*loads(zlib.decompress(packed))))


def simulated(task: tuple[bytes, int, int, dict[str, int], str]) -> dict[str, Any]:
    """Simulate once, wherever this runs, and return its row.

    Parameters
    ----------
    task : tuple
        The case, packed; the simulation's number; the run's seed; the effort; the digest of the code that asks.

    Returns
    -------
    dict
        ``variant`` (the number), ``status``, ``reason``, ``ranks`` and ``seconds``; or ``refused``, where this worker has other code.
    """
    packed, number, seed, sampling, code = task
    return attempted(str(number), code, lambda: _ranked(packed, number, seed, sampling))


def _ranked(packed: bytes, number: int, seed: int, sampling: dict[str, int]) -> dict[str, Any]:
    outcome = ranked(_density(packed), Effort(sampling["draws"], sampling["tune"], sampling["chains"]), (seed, number))
    return {"status": UNCONVERGED if outcome.reasons else RANKED, "reason": "; ".join(outcome.reasons),
            "ranks": {name: asdict(rank) for name, rank in outcome.ranks.items()}}


# ------------------------------------------------------------ the case's own claims


def places(fit: Fit, progress: bool | Callable[[str, float], None] = False) -> tuple[ClaimPlace, ...]:
    """Return where each claim of a fit stands in what the rest of the case predicts, in the order of the case."""
    order = list(fit.case.claims)
    found = sorted(conflicts(fit, progress=progress).claims, key=lambda one: order.index(one.claim))
    return tuple(_place(one) for one in found)


def _place(one: ClaimConflict) -> ClaimPlace:
    pit, holds = None, None
    if one.probability is not None and one.kind == "two_sided":
        pit = one.probability / 2 if one.side == "low" else 1 - one.probability / 2
    elif one.kind != "two_sided":
        holds = one.probability
    return ClaimPlace(one.claim, one.label, one.kind, pit, holds, one.method, one.converged)


__all__ = ["CHAINS", "DRAWS", "SIMULATIONS", "TUNE", "calibrate", "labels", "places", "simulated"]
