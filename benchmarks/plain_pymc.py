"""A case as a PyMC script written by hand would have it: vectors over claims, their numbers as data, no nkestimate at run time.

    uv run python benchmarks/plain_pymc.py CASE --out summary.json

CASE is a case's YAML, or the JSON that `--numbers FILE` writes from one: with it the script reads no YAML and imports
nothing of nkestimate, as if the numbers stood in the script. Readings and pools are mixtures in one model, so modes may
be missed where a case has them.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SAMPLING = {"draws": 1000, "tune": 400, "chains": 4}
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def numbers_of(density: Any) -> dict[str, Any]:
    """Return the numbers of a density as plain values, factors of all claims in one list."""
    targets = list(density.targets.values())
    where = {t.key: i for i, t in enumerate(targets)}
    roles: dict[str, list[int]] = {role: [] for role in ("quantity", "tau", "eta", "delta", "epsilon")}
    for i, p in enumerate(density.parameters):
        roles[p.role].append(i)

    def place(role: str, i: int | None) -> int:
        """Position in the role's vector with a zero put before it: 0 means none."""
        return 0 if i is None else roles[role].index(i) + 1

    factors, terms = [], []
    for term in density.terms:
        options = []
        for option in term.options:
            options.append(
                {"log_weight": math.log(option.weight), "factors": list(range(len(factors), len(factors) + len(option.factors)))}
            )
            for f in option.factors:
                factors.append(
                    {
                        "m": f.spread.m,
                        "left": f.spread.left,
                        "right": f.spread.right,
                        "own_tau2": f.own.tau2,
                        "own_fixed": f.own.fixed,
                        "kind": f.kind,
                        "target": where[f.target],
                        "node": f.node,
                        "delta": place("delta", f.delta),
                        "path": [[roles["eta"].index(i), coefficient] for i, coefficient in f.path],
                        "shared": [[roles["epsilon"].index(i), v.tau2, v.fixed] for i, v in f.shared],
                    }
                )
        terms.append(options)
    return {
        "parameters": [
            {
                "name": p.name,
                "prior": p.prior.name if p.prior else None,
                "values": dict(p.prior.parameters) if p.prior else {},
                "on": p.on,
                "scale": p.scale,
                "factor": p.factor,
                "upper": p.upper,
            }
            for p in density.parameters
        ],
        "roles": roles,
        "factors": factors,
        "terms": terms,
        "targets": [
            {"quantity": t.quantity, "scale": t.scale, "tau": place("tau", t.tau)} for t in targets
        ],
        "nodes": [[n.op, list(n.args), None if math.isnan(n.value) else n.value] for n in density.nodes],
        "pools": [
            {
                "kind": p.kind,
                "quantity": p.quantity,
                "weights": list(p.weights),
                "m": [s.m for s in p.spreads],
                "left": [s.left for s in p.spreads],
                "right": [s.right for s in p.spreads],
            }
            for p in density.pools
        ],
        "totals": [{"name": t.name, "node": t.node, "factor": t.factor, "offset": t.offset} for t in density.totals],
    }


def data_of(numbers: dict[str, Any]) -> dict[str, np.ndarray]:
    """Return what the model takes as data: everything that a new number in a claim changes."""
    factors = numbers["factors"]
    normal = [numbers["parameters"][i]["values"] for i in _normal(numbers)]
    half = [
        numbers["parameters"][i]["values"]["sigma"] for i in numbers["roles"]["tau"] if numbers["parameters"][i]["prior"] == "HalfNormal"
    ]
    data = {key: [f[key] for f in factors] for key in ("m", "left", "right", "own_tau2", "own_fixed")} | {"tau_scale": half}
    data |= {"path": [one[1] for f in factors for one in f["path"]]}
    data |= {key: [one[n] for f in factors for one in f["shared"]] for n, key in ((1, "shared_tau2"), (2, "shared_fixed"))}
    data |= {"prior_mu": [p["mu"] for p in normal], "prior_sigma": [p["sigma"] for p in normal]}
    return {key: np.array(value, float) for key, value in data.items()}


def _normal(numbers: dict[str, Any]) -> list[int]:
    """The quantities that are normal on their working scale: one vector."""
    return [i for i in numbers["roles"]["quantity"] if numbers["parameters"][i]["on"] == "working" and numbers["parameters"][i]["prior"]]


def build(numbers: dict[str, Any]) -> Any:
    """Return the PyMC model: totals and tau are its named results."""
    import pymc as pm
    import pytensor.tensor as pt

    parameters, roles, targets, factors = numbers["parameters"], numbers["roles"], numbers["targets"], numbers["factors"]
    column = {key: np.array([f[key] for f in factors]) for key in ("target", "kind", "delta")}
    # What claims share, each entry at its claim (row) and increment (column).
    places = {key: np.array([[row, one[0]] for row, f in enumerate(factors) for one in f[key]], int).reshape(-1, 2) for key in ("path", "shared")}
    with pm.Model() as model:
        d = {key: pm.Data(key, value) for key, value in data_of(numbers).items() if len(value)}

        # Quantities, on their working scale and in their units.
        value: dict[int, Any] = {}
        work: dict[int, Any] = {}
        vector = _normal(numbers)
        if vector:
            x = pm.Normal("x", d["prior_mu"], d["prior_sigma"], shape=len(vector))
            work |= {i: x[n] for n, i in enumerate(vector)}
        for i in roles["quantity"]:
            p = parameters[i]
            if i in work or p["prior"] is None:
                work.setdefault(i, work[i] if i in work else pm.Flat(f"working {p['name']}"))
                value[i] = {"identity": lambda v: v, "log": pt.exp, "logit": lambda v, u=p["upper"]: u * pt.sigmoid(v)}[p["scale"]](work[i])
            else:
                value[i] = _natural(pm, p)
                share = value[i] * p["factor"]
                work[i] = {"identity": value[i], "log": pt.log(value[i]), "logit": pt.log(share) - pt.log1p(-share)}[p["scale"]]

        # What claims share; a zero in front stands for "none".
        half = [n for n, i in enumerate(roles["tau"]) if parameters[i]["prior"] == "HalfNormal"]
        taus: list[Any] = [_natural(pm, parameters[i]) if n not in half else None for n, i in enumerate(roles["tau"])]
        if half:
            tau_half = pm.HalfNormal("tau_half", d["tau_scale"], shape=len(half))
            for position, n in enumerate(half):
                taus[n] = tau_half[position]
        zero = pt.zeros(1)
        tau = tau_half if half and len(half) == len(taus) else pt.stack(taus) if taus else pt.zeros(0)
        pm.Deterministic("tau", tau)
        tau_t = pt.concatenate([zero, tau])[np.array([t["tau"] for t in targets], int)]
        eta = pm.Normal("eta", shape=len(roles["eta"])) if roles["eta"] else zero
        epsilon = pm.Normal("epsilon", shape=len(roles["epsilon"])) if roles["epsilon"] else zero
        bias = [parameters[i]["values"] for i in roles["delta"]]
        delta = zero
        if bias:
            delta = pt.concatenate([zero, pm.Normal("delta", np.array([b["mu"] for b in bias]), np.array([b["sigma"] for b in bias]))])

        # Formulas, then one centre for each claim.
        nodes = _nodes(pt, numbers["nodes"], value)
        distinct: dict[tuple[int, int], int] = {}
        centres = []
        for f in factors:
            key = (f["target"], f["node"])
            if key not in distinct:
                target = targets[f["target"]]
                distinct[key] = len(centres)
                node = nodes[f["node"]]
                centres.append(
                    work[target["quantity"]] if target["quantity"] is not None else pt.log(node) if target["scale"] == "log" else node
                )
        likelihood: list[Any] = []
        if factors:
            index = np.array([distinct[f["target"], f["node"]] for f in factors])
            tau_c = tau_t[column["target"]]
            y = pt.stack(centres)[index] + delta[column["delta"]]
            if len(rows := places["path"]):
                y = pt.inc_subtensor(y[rows[:, 0]], d["path"] * eta[rows[:, 1]])
            if len(rows := places["shared"]):
                sd = pt.sqrt(d["shared_tau2"] * tau_c[rows[:, 0]] ** 2 + d["shared_fixed"])
                y = pt.inc_subtensor(y[rows[:, 0]], sd * epsilon[rows[:, 1]])
            extra = d["own_tau2"] * tau_c**2 + d["own_fixed"]
            log_f = _log_statements(pt, d, y, extra, column["kind"])
            alone = np.array([f for term in numbers["terms"] if len(term) == 1 for f in term[0]["factors"]], int)
            likelihood.append(log_f[alone].sum())
            for term in numbers["terms"]:
                if len(term) > 1:
                    likelihood.append(pt.logsumexp(pt.stack([option["log_weight"] + log_f[option["factors"]].sum() for option in term])))
        likelihood += [_log_pool(pt, pool, work[pool["quantity"]]) for pool in numbers["pools"]]
        pm.Potential("claims", sum(likelihood))
        pm.Deterministic(
            "totals", pt.stack([pt.as_tensor_variable((nodes[t["node"]] - t["offset"]) / t["factor"]) for t in numbers["totals"]])
        )
    return model


def _natural(pm: Any, p: dict[str, Any]) -> Any:
    values = {key: (None if isinstance(v, float) and math.isinf(v) else v) for key, v in p["values"].items()}
    return getattr(pm, p["prior"])(p["name"], **values)


def _nodes(pt: Any, nodes: list[Any], value: dict[int, Any]) -> list[Any]:
    operations = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "**": lambda a, b: a**b,
        "neg": lambda a: -a,
        "min": pt.minimum,
        "max": pt.maximum,
        "exp": pt.exp,
        "log": pt.log,
        "sqrt": pt.sqrt,
    }
    out: list[Any] = []
    for op, args, number in nodes:
        if op == "const":
            out.append(math.nan if number is None else number)
        else:
            out.append(value[args[0]] if op == "parameter" else operations[op](*(out[a] for a in args)))
    return out


def _log_statements(pt: Any, d: dict[str, Any], y: Any, extra: Any, kind: np.ndarray) -> Any:
    """Return each claim's log density: two-piece normal, or a bound's log probability."""
    left, right = pt.sqrt(d["left"] ** 2 + extra), pt.sqrt(d["right"] ** 2 + extra)
    side = pt.switch(pt.gt(y, d["m"]), right, left)
    log_f = -0.5 * ((d["m"] - y) / side) ** 2 + math.log(2) - pt.log(left + right) - _HALF_LOG_2PI
    bounds = np.flatnonzero(kind != "two_sided")
    if len(bounds):
        sign = np.where(kind[bounds] == "at_most", 1.0, -1.0)
        z = sign * (d["m"][bounds] - y[bounds]) / left[bounds]
        log_f = pt.set_subtensor(log_f[bounds], _log_ndtr(pt, z))
    return log_f


def _log_ndtr(pt: Any, z: Any) -> Any:
    return pt.switch(pt.lt(z, -1.0), pt.log(pt.erfcx(-z / math.sqrt(2)) / 2) - z**2 / 2, pt.log1p(-pt.erfc(z / math.sqrt(2)) / 2))


def _log_pool(pt: Any, pool: dict[str, Any], x: Any) -> Any:
    weights, m, left, right = (np.array(pool[key]) for key in ("weights", "m", "left", "right"))
    side = pt.switch(pt.gt(x, m), right, left)
    log_normal = -0.5 * ((x - m) / side) ** 2 - _HALF_LOG_2PI
    if pool["kind"] == "linear":
        return pt.logsumexp(np.log(weights) + log_normal - pt.log(side))
    return (weights * (log_normal + np.log(2 / (left + right)))).sum()


# ------------------------------------------------------------ from the model to a summary


def compiled(model: Any) -> Any:
    """Compile a model for nutpie."""
    import nutpie

    return nutpie.compile_pymc_model(model)


def drawn(model: Any, names: list[str], seed: int, cores: int, **changes: Any) -> tuple[np.ndarray, int]:
    """Sample a compiled model; return the draws of its results, (chain, draw, result), and the divergences."""
    import nutpie

    trace = nutpie.sample(model, **{**SAMPLING, **changes}, seed=seed, cores=cores, progress_bar=False, save_warmup=False)
    return results(trace, names), int(trace["sample_stats"]["diverging"].sum())


def results(trace: Any, names: list[str]) -> np.ndarray:
    """Return draws of named variables side by side, (chain, draw, result); `to_pymc` writes ÷ where a tree would take / for a path."""
    found = [trace["posterior"][name.replace("/", "÷")].to_numpy() for name in names]
    return np.concatenate([draws.reshape(*draws.shape[:2], -1) for draws in found], axis=-1)


def summary_of(draws: np.ndarray, labels: list[str], divergences: int) -> dict[str, Any]:
    """Return mean, sd, quantiles, R-hat and effective sample sizes of each result."""
    from arviz_stats.base import array_stats

    axes = {"chain_axis": 0, "draw_axis": 1}
    r_hat = array_stats.rhat(draws, **axes)
    bulk, tail = array_stats.ess(draws, method="bulk", **axes), array_stats.ess(draws, method="tail", prob=(0.05, 0.95), **axes)
    quantiles = np.quantile(draws, QUANTILES, axis=(0, 1))
    mean, sd = draws.mean(axis=(0, 1)), draws.std(axis=(0, 1), ddof=1)
    return {
        "divergences": divergences,
        "results": {
            label: {
                "mean": float(mean[i]),
                "sd": float(sd[i]),
                "quantiles": {f"{p:g}": float(q[i]) for p, q in zip(QUANTILES, quantiles, strict=True)},
                "r_hat": float(r_hat[i]),
                "ess_bulk": float(bulk[i]),
                "ess_tail": float(tail[i]),
            }
            for i, label in enumerate(labels)
        },
    }


def labels_of(numbers: dict[str, Any]) -> list[str]:
    """Return the names of the results: totals, then tau."""
    return [t["name"] for t in numbers["totals"]] + [numbers["parameters"][i]["name"] for i in numbers["roles"]["tau"]]


NAMES = ["totals", "tau"]


def read(case: Path) -> dict[str, Any]:
    """Return the numbers of a case's YAML, or of the JSON that holds them."""
    return json.loads(case.read_text(encoding="utf-8")) if case.suffix == ".json" else numbers_of(density_of(case))


def density_of(case: Path) -> Any:
    """Return the density of a case's YAML."""
    from nkestimate import load_case
    from nkestimate.density import compile_case

    return compile_case(load_case(case))


def main() -> None:
    parser = argparse.ArgumentParser(description="Sample a case with plain PyMC and nutpie.")
    parser.add_argument("case", type=Path)
    parser.add_argument("--out", type=Path, default=Path("summary.json"))
    parser.add_argument("--numbers", type=Path, help="write the case's numbers there, and stop")
    parser.add_argument("--to-pymc", action="store_true", help="sample nkestimate.to_pymc(CASE) instead (CASE is YAML)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cores", type=int, default=2)
    for key, value in SAMPLING.items():
        parser.add_argument(f"--{key}", type=int, default=value)
    given = parser.parse_args()
    if given.to_pymc:
        from nkestimate import to_pymc

        density = density_of(given.case)
        names = labels = labels_of(numbers_of(density))
        model = to_pymc(density)
    else:
        numbers = read(given.case)
        if given.numbers:
            given.numbers.write_text(json.dumps(numbers), encoding="utf-8")
            return
        model, names, labels = build(numbers), NAMES, labels_of(numbers)
    draws, divergences = drawn(compiled(model), names, given.seed, given.cores, **{key: getattr(given, key) for key in SAMPLING})
    given.out.write_text(json.dumps(summary_of(draws, labels, divergences), indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
