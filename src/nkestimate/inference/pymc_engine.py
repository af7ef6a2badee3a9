"""The PyMC engine: the readable model compiled by PyTensor and sampled by nutpie.

It shares the density description, the configurations and their evidence with the fast engine, and nothing of the
kernel's arithmetic: each checks the other. Its coordinates are the density's own, so it needs smaller steps.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from nkestimate.density.description import Density
from nkestimate.density.evaluate import coordinate
from nkestimate.engine.nuts import Chains, Effort, Running
from nkestimate.inference.choices import Configuration
from nkestimate.inference.lower import Lowered, lower
from nkestimate.inference.pymc_model import log_weights, model_name, sampled_name, to_pymc
from nkestimate.inference.sampling import Runner

_STEPS = 0.95  # the plain coordinates have funnels that wider steps miss


def pymc_runner(density: Density, cores: int | None) -> Runner:
    """Compile the PyMC model of a part once, and return its runner."""
    import nutpie

    names = [sampled_name(parameter) for parameter in density.parameters]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = nutpie.compile_pymc_model(to_pymc(density), var_names=names)
    known = {variable.name for variable in compiled.shared_var_keys}
    base = log_weights(density)

    def begin(configuration: Configuration, effort: Effort, seed: int, progress: Callable[[int, int], None]) -> tuple[Running, Lowered]:
        data = {}
        for name, weights in base.items():
            kept = configuration.get(name)
            if kept is not None and f"log_weight[{name}]" in known:
                # −1e30 rather than −∞: log-sum-exp's gradient stays a number
                data[f"log_weight[{name}]"] = np.where(np.isin(np.arange(len(weights)), kept), weights, -1e30)
        sampler = nutpie.sample(
            compiled.with_data(**data), draws=effort.draws * effort.thin, tune=effort.tune, chains=effort.chains, seed=seed, cores=cores,
            progress_bar=False, save_warmup=False, target_accept=max(effort.target_accept, _STEPS), blocking=False,
            adaptation="low_rank" if effort.low_rank else "diag",
            progress_callback=lambda chains: progress(sum(c.finished_draws for c in chains), sum(c.total_draws for c in chains)))
        running = Running(lambda: _chains(sampler.wait(), density, names, effort.thin), sampler.abort)
        return running, lower(density, configuration, standardise=False)

    return begin


def _chains(trace: Any, density: Density, names: list[str], thin: int) -> Chains:
    columns = []
    for parameter, name in zip(density.parameters, names, strict=True):
        drawn = trace["posterior"][name].to_numpy()
        columns.append(coordinate(parameter, drawn) if name == model_name(parameter.name) else drawn)
    stats = trace["sample_stats"]
    return Chains(np.stack(columns, axis=-1)[:, ::thin], stats["diverging"].to_numpy(), stats["n_steps"].to_numpy().astype(float))
