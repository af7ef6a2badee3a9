"""nutpie on a lowered program: NUTS with nothing compiled.

nutpie samples compiled PyMC models through C functions and a pointer to their data. We hand it our kernel and a
pointer to a program in the same way. What this relies on (checked by tests/engine/test_nuts.py, nutpie 0.16):
``_lib.LogpFunc``, ``_lib.ExpandFunc``, ``_lib.PyVariable.new_variables``, ``_lib.PyMcModel``,
``_lib.PySampler.from_pymc``, ``_lib.PyNutsSettings``, and the columns ``diverging``, ``tuning`` and ``n_steps``.
Its extension module is loaded by itself: ``import nutpie`` would import ArviZ, some seconds more.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nkestimate.engine.cores import cores as cores_at_hand
from nkestimate.engine.instructions import Program
from nkestimate.engine.kernel import Block, expand_c, gradient, log_density, log_density_c

Array = NDArray[np.float64]


class NutpieChanged(RuntimeError):
    """nutpie's internals are not what this adapter relies on."""


class NoStart(Exception):
    """No point was found at which a density is above 0."""


_STEEP, _CLIMBS = 1e7, 4
LEAST_LOG_DENSITY = -1e6  # farther down, what is summed to a log density has lost the digits that tell its points apart
_TRIED, _KEPT = 256, 16  # points at each width, and how many of those that will do are kept


@dataclass(frozen=True)
class Effort:
    """How hard NUTS tries.

    Attributes
    ----------
    tune, draws : int
        Kept draws a chain, after tuning; ``thin`` draws are made for each one kept.
    target_accept : float
    low_rank : bool
        Whether the mass matrix adapts to correlations.
    """

    draws: int
    tune: int
    chains: int
    target_accept: float = 0.9
    low_rank: bool = False
    thin: int = 1


@dataclass(frozen=True)
class Chains:
    """What NUTS returned.

    Attributes
    ----------
    points : array, shape (chain, draw, active input)
    diverging : array, shape (chain, draw)
    steps : array, shape (chain, draw)
        Leapfrog steps.
    """

    points: Array
    diverging: NDArray[np.bool_]
    steps: Array


@cache
def library() -> Any:
    """Return nutpie's extension module."""
    if "nutpie._lib" in sys.modules:
        return sys.modules["nutpie._lib"]
    package = importlib.util.find_spec("nutpie")
    if package is None or not package.submodule_search_locations:
        raise NutpieChanged("nutpie is not installed")
    folder = Path(package.submodule_search_locations[0])
    files = [file for file in folder.glob("_lib.*") if file.suffix in (".so", ".pyd")]
    if not files:
        raise NutpieChanged("nutpie has no extension module '_lib'")
    spec = importlib.util.spec_from_file_location("nutpie._lib", files[0])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["nutpie._lib"] = module
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Running:
    """NUTS at work, in threads of its own.

    Attributes
    ----------
    chains : callable
        Waits for the chains and returns them; may raise `NutpieChanged`. An interrupt ends the wait, not the sampling.
    abort : callable
        Gives up; does nothing where it has ended.
    """

    chains: Callable[[], Chains]
    abort: Callable[[], object]


def start(program: Program, effort: Effort, seed: int, *, cores: int | None = None,
          progress: Callable[[int, int], None] | None = None) -> Running:
    """Begin to run NUTS on a program.

    Parameters
    ----------
    program : Program
    effort : Effort
    seed : int
    cores : int, optional
        Chains at a time; all of this process's cores by default.
    progress : callable, optional
        Called with the draws done and the draws in all, over all chains, tuning included.

    Returns
    -------
    Running

    Raises
    ------
    NutpieChanged
        If nutpie's internals are not as expected.
    """
    dim = len(program.active)
    if dim == 0:  # nothing is left to sample
        shape = (effort.chains, effort.draws)
        return Running(lambda: Chains(np.empty((*shape, 0)), np.zeros(shape, bool), np.zeros(shape)), lambda: None)
    block = Block.of(program)
    starts = starting_points(program, seed)

    def point(seed: int) -> Array:
        return starts[seed % len(starts)]

    try:
        lib = library()
        model = lib.PyMcModel(
            lib.LogpFunc(log_density_c.address, block.data.ctypes.data, block),
            lib.ExpandFunc(dim, dim, expand_c.address, block.data.ctypes.data, block),
            lib.PyVariable.new_variables(["u"], ["float64"], [[dim]], {"input": dim}, {"u": ["input"]}),
            dim, {"input": dim}, {}, point, _no_adapter)
        settings = (lib.PyNutsSettings.LowRank if effort.low_rank else lib.PyNutsSettings.Diag)(seed)
        settings.update({"num_draws": effort.draws * effort.thin, "num_tune": effort.tune, "num_chains": effort.chains,
                         "target_accept": effort.target_accept})
        sampler = lib.PySampler.from_pymc(settings, min(cores or cores_at_hand(), effort.chains), model, lib.ProgressType.none(),
                                          _callback(progress), 100, lib.PyStorage.arrow())
    except (AttributeError, TypeError, KeyError) as error:
        raise NutpieChanged(str(error)) from error

    def chains() -> Chains:
        sampler.wait(None)
        return _unpack(sampler.take_results(), effort)

    return Running(chains, sampler.abort)


def starting_points(program: Program, seed: int) -> Array:
    """Return points at which the log density is finite and not beyond reach, from near the centre outwards; shape (point, active input).

    Raises
    ------
    NoStart
        If none was found: a native sampler would end in a panic of its own, or stay where it began.
    """
    rng = np.random.default_rng([seed, 7])
    for width in (0.5, 1.5, 4.0, 12.0):
        points = rng.standard_normal((_TRIED, len(program.active))) * width
        found = points[np.isfinite(log_density(program, points))][:_KEPT]
        slopes = [np.abs(gradient(program, point)[1]).max() for point in found]
        fair = [point for point, slope in zip(found, slopes, strict=True) if np.isfinite(slope)]
        beyond = bool(fair) and not (log_density(program, np.stack(fair)) > LEAST_LOG_DENSITY).any()
        if fair and (beyond or min(slopes) > _STEEP):  # far from all that is likely: a sampler would be thrown out at its first step
            fair = _climbed(program, fair[:_CLIMBS])
        if fair:
            return np.stack(fair)
    raise NoStart


def _climbed(program: Program, points: list[Array]) -> list[Array]:
    """Return the tops that are reached from points, the best first; those far below it are dropped."""
    from scipy.optimize import minimize  # half a second to import, and rarely needed

    def down(point: Array) -> tuple[float, Array]:
        value, slope = gradient(program, point)
        return (-value, -slope) if np.isfinite(value) and np.all(np.isfinite(slope)) else (1e300, np.zeros_like(point))

    tops = [minimize(down, point, jac=True, method="L-BFGS-B", options={"maxiter": 2000, "ftol": 0.0, "gtol": 1e-6}) for point in points]
    best = min(float(top.fun) for top in tops)
    if -best < LEAST_LOG_DENSITY:  # no other start would lead higher
        raise NoStart
    near = [top.x for top in sorted(tops, key=lambda top: float(top.fun)) if top.fun < best + 20]
    return [point for point in near if np.abs(gradient(program, point)[1]).max() < _STEEP]


def sample(program: Program, effort: Effort, seed: int, *, cores: int | None = None,
           progress: Callable[[int, int], None] | None = None) -> Chains:
    """Run NUTS on a program to its end: see `start`."""
    running = start(program, effort, seed, cores=cores, progress=progress)
    try:
        return running.chains()
    finally:
        running.abort()


def _no_adapter(*_: Any, **__: Any) -> Any:
    raise NotImplementedError("no flow adaptation here")


def _callback(progress: Callable[[int, int], None] | None) -> Any:
    if progress is None:
        return None
    return lambda chains: progress(sum(c.finished_draws for c in chains), sum(c.total_draws for c in chains))


def _unpack(results: Any, effort: Effort) -> Chains:
    try:
        draws, stats = results.get_arrow_trace()
        points, diverging, steps = [], [], []
        for draw, stat in zip(draws, stats, strict=True):
            kept = ~_column(stat, "tuning").astype(bool)
            points.append(_column(draw, "u").reshape(len(kept), -1)[kept][:: effort.thin])
            diverging.append(_column(stat, "diverging").astype(bool)[kept])
            steps.append(_column(stat, "n_steps").astype(float)[kept])
    except (AttributeError, KeyError) as error:
        raise NutpieChanged(str(error)) from error
    return Chains(np.stack(points), np.stack(diverging), np.stack(steps))


def _column(batch: Any, name: str) -> NDArray[Any]:
    """Return a column as one flat array (Arrow by way of arro3, which nutpie brings; pyarrow would import pandas)."""
    from arro3.core import list_flatten

    column = batch.column(name)
    return np.asarray((list_flatten(column) if name == "u" else column).to_numpy())
