"""Synthetic cases of any size, for benchmarks: valid, the same for the same seed, with posteriors that converge.

A truth is drawn first; sources then state it with their spread, their own error and, some of them, a bias.

    uv run python benchmarks/synthetic.py --quantities 500 --claims 2000 --derived 100 --seed 1 --out case.yaml
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from random import Random
from typing import Any

import yaml

HORIZON = "2025-06-30"
_PRIOR_ALONE = 0.1  # share of quantities that no source need speak of directly
_BOUND = 0.1  # share of claims that are bounds
_ON_DERIVED = 0.25  # share of claims about a derived
_DARK = 0.2  # scale of a source's own error at weight 0.5


def synthetic_case(quantities: int, claims: int, derived: int, seed: int, pooling: str = "hierarchical") -> dict[str, Any]:
    """Return a valid case as plain values.

    Parameters
    ----------
    quantities, claims, derived : int
        How many of each; there are enough claims for one on every quantity without a prior.
    seed : int
    pooling : str

    Raises
    ------
    ValueError
        If a number is too small.
    """
    if quantities < 3 or claims < quantities or derived < 0:
        raise ValueError(f"{quantities} quantities, {claims} claims, {derived} derived: three quantities and a claim for each are wanted")
    return _Maker(quantities, claims, derived, Random(seed)).case(
        f"Synthetic: {quantities} quantities, {claims} claims, seed {seed}", pooling
    )


def crowd_case(quantities: int, claims: int, sources: int, seed: int) -> dict[str, Any]:
    """Return a case in which sources speak of the same few quantities again and again.

    Weights from 0.3 to 0.9; every fifth source overstates by a factor that is not known; every eighth claim is a bound; figures
    are stated to three digits, so that most are far sharper than their sources are trusted.
    """
    random = Random(seed)
    truth = {f"q{i}": math.exp(random.uniform(3, 12)) for i in range(quantities)}
    speakers = {f"s{i}": {"weight": random.choice([0.3, 0.4, 0.5, 0.6, 0.75, 0.9]), **({"overstates_by": [0.8, 1.6]} if i % 5 == 4 else {})}
                for i in range(sources)}
    entries: dict[str, Any] = {}
    off: dict[tuple[str, str], float] = {}
    for i in range(claims):
        key, source = f"q{i % quantities}", f"s{random.randrange(sources)}"
        own = off.setdefault((key, source), random.gauss(0, 0.3))
        stated = truth[key] * math.exp(own + random.gauss(0, 0.003))
        said = {"at_least": float(f"{stated * 0.8:.3g}")} if i % 8 == 7 and i >= quantities else {"around": float(f"{stated:.3g}")}
        entries[f"c{i}"] = {"source": source, "about": key, **said}
    hundreds = [list(truth)[i : i + 100] for i in range(0, quantities, 100)]  # an expression has 400 parts at most
    sums = {f"sum{i}": {"unit": "", "expr": " + ".join(keys)} for i, keys in enumerate(hundreds)}
    return {
        "format": 1, "title": "A crowd", "horizon": "2024-01-01", "sources": {k: {"name": k, **entry} for k, entry in speakers.items()},
        "quantities": {key: {"unit": ""} for key in truth}, "derived": {**sums, "total": {"unit": "", "expr": " + ".join(sums)}},
        "claims": entries,
    }


def synthetic_yaml(quantities: int, claims: int, derived: int, seed: int, pooling: str = "hierarchical") -> str:
    """Return `synthetic_case` as YAML."""
    return to_yaml(synthetic_case(quantities, claims, derived, seed, pooling))


def to_yaml(case: dict[str, Any]) -> str:
    """Return a case's YAML."""
    return yaml.safe_dump(case, sort_keys=False, allow_unicode=True, width=120)


class _Maker:
    def __init__(self, quantities: int, claims: int, derived: int, random: Random):
        self.r = random
        self.truth: dict[str, float] = {}
        self.quantities = {f"q{i}": self.quantity(f"q{i}", i) for i in range(quantities)}
        self.derived = {f"d{i}": self.derived_entry(f"d{i}") for i in range(derived)}
        self.sources = {f"s{i}": self.source(i) for i in range(min(4 + claims // 8, 60))}
        self.told: set[tuple[str, str]] = set()
        needed = [key for key, entry in self.quantities.items() if "prior" not in entry]
        self.claims = {f"c{i}": self.claim(key, bound=False) for i, key in enumerate(needed)}
        for i in range(len(needed), claims):
            self.claims[f"c{i}"] = self.claim(self.target(), bound=self.r.random() < _BOUND)

    def case(self, title: str, pooling: str) -> dict[str, Any]:
        first = next(iter(self.derived or self.quantities))
        return {
            "format": 1,
            "title": title,
            "horizon": HORIZON,
            "settings": {"pooling": pooling},
            "sources": self.sources,
            "quantities": self.quantities,
            **({"derived": self.derived} if self.derived else {}),
            "claims": self.claims,
            "questions": {"above": {"ask": f"{first} > {_number(self.truth[first])}"}},
        }

    # ------------------------------------------------------------ what is unknown

    def quantity(self, key: str, i: int) -> dict[str, Any]:
        r = self.r
        support = "positive" if i < 3 else r.choices(["positive", "fraction", "real"], [7, 2, 1])[0]
        entry: dict[str, Any] = {"label": f"Quantity {i}", "unit": ""}
        if support != "positive":
            entry["support"] = support
        if support == "positive":
            self.truth[key] = math.exp(r.uniform(0, 8))
        elif support == "fraction":
            self.truth[key] = 1 / (1 + math.exp(r.gauss(0, 0.8)))
        else:
            self.truth[key] = r.uniform(-50, 50)
        if i >= 3 and r.random() < _PRIOR_ALONE:
            low, high = (self.moved(support, self.truth[key], z) for z in (-1.0, 1.0))
            entry |= {"prior": "Beta(2, 2)" if support == "fraction" else {"between": [low, high]}, "rationale": "nobody has said"}
        return entry

    def derived_entry(self, key: str) -> dict[str, Any]:
        """A positive expression over neighbours, so that a large case is no one knot."""
        r, names = self.r, list(self.quantities)
        start = r.randrange(len(names))
        near = [names[(start + i) % len(names)] for i in range(8)]
        kinds: dict[str, list[str]] = {"positive": [], "fraction": [], "real": []}
        for name in dict.fromkeys(near):
            kinds[self.quantities[name].get("support", "positive")].append(name)
        positive = kinds["positive"] if len(kinds["positive"]) > 1 else names[:3]
        a, b = r.sample(positive, 2)
        forms = [f"{a} * {b}", f"{a} / {b}", f"{a} + {b}"]
        forms += [f"{a} * {f}" for f in kinds["fraction"][:2]] + [f"{a} * {b} * (1 - {f})" for f in kinds["fraction"][:1]]
        forms += [f"{a} * exp({x} / 100)" for x in kinds["real"][:1]]
        expr = r.choice(forms)
        self.truth[key] = float(eval(expr, {"exp": math.exp}, dict(self.truth)))  # an expression written four lines above
        return {"label": f"Derived {key[1:]}", "unit": "", "expr": expr, **({"headline": True} if key == "d0" else {})}

    # ------------------------------------------------------------ who says what

    def source(self, i: int) -> dict[str, Any]:
        r = self.r
        trust = {"reliability": r.choice("ABCD")} if r.random() < 0.3 else {"weight": r.choice([1.0, 0.9, 0.75, 0.6, 0.5, 0.4])}
        bias = {"overstates_by": [1.0, r.choice([1.3, 1.6, 2.0])]} if i % 5 == 1 else {}
        return {"name": f"Source {i}", **trust, **bias}

    def target(self) -> str:
        pool = self.derived if self.derived and self.r.random() < _ON_DERIVED else self.quantities
        return self.r.choice(list(pool))

    def claim(self, target: str, bound: bool) -> dict[str, Any]:
        r = self.r
        source = r.choice(list(self.sources))
        if (source, target) in self.told and r.random() < 0.7:  # few repeat themselves
            source = r.choice(list(self.sources))
        self.told.add((source, target))
        support = self.quantities.get(target, {}).get("support", "positive")
        doubt = 1 - self.sources[source].get("weight", 0.7)
        z = r.gauss(0, 1) * math.hypot(0.15, _DARK * 3 * doubt)
        bias = 0.5 * math.log(self.sources[source].get("overstates_by", [1, 1])[1]) if support == "positive" else 0.0
        value = self.moved(support, self.truth[target], z + bias)
        return {"source": source, "about": target, **self.statement(support, value, r.uniform(0.05, 0.35), bound)}

    def statement(self, support: str, value: float, s: float, bound: bool) -> dict[str, Any]:
        """A statement centred on ``value`` whose spread on the working scale is about ``s``."""
        r = self.r
        low, high = self.moved(support, value, -1.6 * s), self.moved(support, value, 1.6 * s)
        if bound:
            side, at = r.choice([("at_most", high), ("at_least", low)])
            within = 0.05 if support != "fraction" else 0.02
            return {side: min(at, 0.97) if support == "fraction" else at, "within": within}
        kind = r.choice(["between", "between", "estimate", "quantiles"] + (["around"] if support == "positive" else []))
        if kind == "around":
            return {"around": _number(value), "within": f"{round(100 * s) + 3}%"}
        if kind == "estimate":
            error = s * {"positive": value, "fraction": value * (1 - value), "real": 10.0}[support]
            return {"estimate": _number(value), "standard_error": _number(error)}
        if kind == "quantiles":
            return {"quantiles": {0.05: low, 0.5: _number(value), 0.95: self.moved(support, value, 2.2 * s)}}
        return {"between": [low, high]}

    @staticmethod
    def moved(support: str, value: float, z: float) -> float:
        """Return ``value`` moved by z on its working scale (by 10 z on the identity scale)."""
        if support == "positive":
            return _number(value * math.exp(z))
        if support == "fraction":
            return _number(1 / (1 + (1 - value) / value * math.exp(-z)))
        return _number(value + 10 * z)


def _number(value: float) -> float:
    return float(f"{value:.4g}")


# ------------------------------------------------------------ edits

# Each makes another graph: a new target with its own dark uncertainty.
_EXPRESSIONS = (
    *("{a} * {b}", "{a} + {b}", "sqrt({a} * {b})", "{a} * ({b} + {c})", "{a} * {b} * {c}", "{a} + {b} + {c}"),
    *("{a} * {b} + {c}", "({a} + {b}) * {c}", "max({a}, {b})", "sqrt({a}) * {b}", "{a} ** 2 + {b}", "min({a}, {b}) + {c}"),
)
STRUCTURAL_EDITS = len(_EXPRESSIONS)


def structural_edit(case: dict[str, Any], number: int) -> dict[str, Any]:
    """Return a case with one more claim, about an expression that nothing was said of; each ``number`` is another graph."""
    expression = _EXPRESSIONS[number % STRUCTURAL_EDITS].format(a="q0", b="q1", c="q2")
    stated = {key: _stated(case, key) for key in ("q0", "q1", "q2")}
    value = float(eval(expression, {"sqrt": math.sqrt, "max": max, "min": min}, stated)) * (1 + 0.01 * number)
    claim = {
        "source": next(iter(case["sources"])),
        "about": expression,
        "estimate": _number(value),
        "standard_error": _number(0.3 * value),
        "weight": 0.7,
    }
    return {**case, "claims": {**case["claims"], f"edit{number}": claim}}


def numbers_edit(case: dict[str, Any], number: int) -> dict[str, Any]:
    """Return a case whose estimates and ranges have other numbers, and the same structure."""
    factor = 1 + 0.01 * (number + 1)
    claims = {}
    for key, claim in case["claims"].items():
        support = case["quantities"].get(claim["about"], {}).get("support", "positive")
        moved = {name: [_number(v * factor) for v in claim[name]] for name in ("between",) if name in claim and support == "positive"}
        claims[key] = {**claim, **moved}
    return {**case, "claims": claims}


def _stated(case: dict[str, Any], quantity: str) -> float:
    """Return a value that some claim states for a quantity."""
    for claim in case["claims"].values():
        if claim["about"] == quantity:
            for key in ("around", "estimate"):
                if key in claim:
                    return float(claim[key])
            if "between" in claim:
                return math.sqrt(claim["between"][0] * claim["between"][1])
            if "quantiles" in claim:
                return float(claim["quantiles"][0.5])
    raise ValueError(f"no claim about {quantity}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a synthetic case as YAML.")
    parser.add_argument("--quantities", type=int, default=50)
    parser.add_argument("--claims", type=int, default=200)
    parser.add_argument("--derived", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pooling", choices=["hierarchical", "linear", "log"], default="hierarchical")
    parser.add_argument("--out", type=Path, help="file to write to; standard output by default")
    given = parser.parse_args()
    text = synthetic_yaml(given.quantities, given.claims, given.derived, given.seed, given.pooling)
    if given.out:
        given.out.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
