"""Random valid cases as plain values: all supports, priors, kinds, poolings, readings, groups, biases, repeats
at other weights, groups of sources, limits, held supports, bounds, expressions."""

from __future__ import annotations

import math
from itertools import pairwise
from random import Random
from typing import Any

from nkestimate.case import Case, case_from_resolved

PRIORS = {
    "positive": ["LogNormal(1, 0.8)", "HalfNormal(20)", "HalfCauchy(5)", "Gamma(3, 0.4)", "Exponential(0.1)", "Uniform(1, 90)", "Uniform(0, 60)",
                 "Triangular(1, 8, 60)", "Triangular(0, 0, 60)", "TruncatedNormal(10, 8, 0)", "TruncatedNormal(10, 8, 2, 70)",
                 "TruncatedNormal(-40, 5, 1, 50)", "Beta(2, 3)", {"between": [2, 40]}],
    "fraction": ["Beta(2, 5)", "LogitNormal(-0.5, 1.2)", "Uniform(0.05, 0.95)", "Uniform(0, 1)", "Uniform(0.4, 1)", "Triangular(0, 0.4, 1)",
                 "Triangular(0.1, 0.1, 0.8)", "TruncatedNormal(0.3, 0.2, 0, 1)", {"between": [0.1, 0.6], "coverage": 0.5}],
    "real": ["Normal(3, 10)", "StudentT(4, 1, 8)", "TruncatedNormal(0, 20, -60)", "TruncatedNormal(5, 20, -30, 90)", "Uniform(-80, 90)",
             "TruncatedNormal(0, 20, upper=70)", "HalfNormal(30)", {"between": [-20, 30]}],
}
PERCENT_PRIORS = ["Uniform(5, 95)", "Uniform(0, 100)", "Triangular(10, 30, 100)", "TruncatedNormal(30, 20, 0, 100)", {"between": [10, 60]}]
DARK = ["HalfNormal(0.4)", "HalfCauchy(0.3)", "Exponential(2)", "Gamma(2, 4)", "LogNormal(-1, 0.5)", "Uniform(0.05, 1.5)",
        "TruncatedNormal(0.3, 0.3, 0)"]
SCALE = {"positive": "log", "fraction": "logit", "real": "identity"}
DATES = {"begin": "2022-03-01", "middle": "2023-09-15", "end": "2025-01-31"}
HORIZON = "2025-06-30"
WEIGHTS = [1, 0.99, 0.7, 0.5, 0.5, 0.3, 0.05, 0.001]


def load(plain: dict[str, Any], case_id: str = "generated") -> Case:
    """Resolve plain values to a case, no file in between."""
    return case_from_resolved(plain, case_id)


class _Maker:
    def __init__(self, random: Random, walls: bool):
        self.r, self.walls = random, walls

    def chance(self, p: float) -> bool:
        return self.r.random() < p

    def make(self) -> dict[str, Any]:
        r = self.r
        self.quantities = {f"q{i}": self.quantity() for i in range(r.randint(2, 4))}
        self.quantities["q0"] = {"unit": "", "support": "positive"}  # there is always one to speak of
        self.derived = {}
        for i in range(r.randint(1, 3)):
            self.derived[f"d{i}"] = self.derived_entry()
        self.sources = {f"s{i}": self.source() for i in range(r.randint(2, 4))}
        self.sources["s0"] = {"weight": r.choice([1, 0.8, 0.5])}
        self.claims: dict[str, Any] = {}
        for key, entry in self.quantities.items():
            if "prior" not in entry:
                self.claims[f"base-{key}"] = {"source": "s0", "about": key, **self.statement(entry, two_sided=True)}
        for i in range(r.randint(2, 6)):
            self.claims[f"c{i}"] = self.claim()
        for i in range(r.randint(0, 2)):
            self.claims[f"r{i}"] = self.with_readings()
        if self.chance(0.4):
            self.group()
        if self.chance(0.3):  # a source that repeats itself
            key = r.choice(list(self.claims))
            self.claims["again"] = {**self.claims[key], "as_of": "2024-05-05"} if "about" in self.claims[key] else {
                "source": "s0", "about": "q0", **self.statement(self.quantities["q0"])}
        if self.chance(0.4):  # one that speaks of one thing several times, at other weights
            source, (target, entry) = r.choice(list(self.sources)), self.about("positive", "fraction", "real")
            for i in range(r.randint(2, 3)):
                self.claims[f"often{i}"] = {"source": source, "about": target, "weight": r.choice(WEIGHTS), **self.statement(entry)}
        if self.chance(0.3):
            self.claims["newer"] = {"source": "s0", "about": "q0", "supersedes": "c0", **self.statement(self.quantities["q0"])}
        settings: dict[str, Any] = {"pooling": r.choice(["hierarchical", "hierarchical", "linear", "log"]), "coverage": r.choice([0.9, 0.5, 0.95])}
        if self.chance(0.5):
            settings["dark_uncertainty"] = r.choice(DARK)
        if self.chance(0.6):
            settings["common_error"] = r.choice([0, 0.3, 0.7, 1, 2])
        asked = r.choice(list(self.derived))
        ask = f"{asked} > {'0.5' if self.derived[asked].get('support') == 'fraction' else '5'}"
        return {
            "format": 1, "title": "Generated", "horizon": HORIZON, "settings": settings, "dates": dict(DATES), "sources": self.sources,
            "quantities": self.quantities, "derived": self.derived, "claims": self.claims,
            "questions": {"above": {"ask": ask}}, "correlations": self.correlations(),
        }

    def correlations(self) -> dict[str, Any]:
        """A correlation of two quantities with normal priors, or two that hang together."""
        r = self.r
        normal = [key for key, entry in self.quantities.items() if "limits" not in entry and (
            isinstance(prior := entry.get("prior", {}), dict) or prior.startswith(("LogNormal", "LogitNormal", "Normal")))]
        if len(normal) < 2 or self.chance(0.5):
            return {}
        pairs = list(pairwise(normal))[:2]
        return {f"k{i}": {"between": list(pair), r.choice(["rank", "log"]): r.choice([-0.6, 0.3, 0.65]), "rationale": "a test"}
                for i, pair in enumerate(pairs)}

    def quantity(self) -> dict[str, Any]:
        r = self.r
        support = r.choice(["positive", "positive", "fraction", "real"])
        units = {"positive": ["", "thousand", "percent"], "fraction": ["", "", "percent"], "real": ["", "thousand"]}
        entry: dict[str, Any] = {"unit": r.choice(units[support]), "support": support}
        if self.chance(0.5):
            percent = support == "fraction" and entry["unit"] == "percent"
            entry |= {"prior": r.choice(PERCENT_PRIORS if percent else PRIORS[support]), "rationale": "a test"}
        if self.chance(0.2):
            top = 100 if support == "fraction" and entry["unit"] == "percent" else 1
            low, high = {"positive": (0.5, 60), "fraction": (0.02 * top, 0.97 * top), "real": (-70, 85)}[support]
            entry |= {"limits": r.choice([[low, high], [low, None], [None, high]]), "rationale": "a test"}
        self.own(entry)
        return entry

    def own(self, entry: dict[str, Any]) -> None:
        if self.chance(0.2):
            entry["dark_uncertainty"] = self.r.choice(DARK)
        if self.chance(0.2):
            entry["common_error"] = self.r.choice([0, 0.5, 2])

    def derived_entry(self) -> dict[str, Any]:
        entry: dict[str, Any] = {"unit": self.r.choice(["", "thousand", "percent"]), "expr": self.expression(3)}
        if self.chance(0.4):
            entry["support"] = self.r.choice(["real", "fraction", "positive"])
        if entry.get("support") == "fraction":  # it is held below 1
            entry["unit"] = self.r.choice(["", "percent"])
            entry["expr"] = self.expression(2) if self.walls and self.chance(0.5) else f"1 / (1 + {self.expression(2)})"
        self.own(entry)
        return entry

    def names(self, *supports: str) -> list[str]:
        return [key for key, entry in self.quantities.items() if entry["support"] in supports]

    def expression(self, depth: int) -> str:
        """An expression that is positive, or (walls) may not be."""
        r = self.r
        if depth == 0 or self.chance(0.25):
            positive = self.names("positive", "fraction") or ["2.5"]
            return r.choice([*positive, *positive, *self.derived, "3", "0.5"])
        a, b = self.expression(depth - 1), self.expression(depth - 1)
        real = self.names("real")
        forms = [f"({a} + {b})", f"{a} * {b}", f"{a} / (1 + {b})", f"min({a}, {b})", f"max({a}, {b}, 1)", f"sqrt({a})", f"({a})**0.5",
                 f"({a})**2", f"log(1 + {a})", f"{a} * ramp(begin, end)", f"{a} * years(begin, middle) / (1 year)",
                 f"{a} * (1 + months_since(middle) / (10 month))", f"exp(-{r.choice(self.names('fraction') or ['0.3'])})"]
        if real:
            forms.append(f"{a} * exp({r.choice(real)} / (100000 + {a}))")
        unknown = any(name in a for name in (*self.quantities, *self.derived))  # a negative constant under a root is a fault
        if self.walls and unknown:
            forms += [f"({a} - {b})", f"({a} - {b})", f"max({a} - {b}, 0)"]
        chosen = r.choice(forms)
        return chosen if any(name in chosen for name in (*self.quantities, *self.derived)) else "3"  # numbers alone may have no result

    def source(self) -> dict[str, Any]:
        entry: dict[str, Any] = self.r.choice([*({"weight": weight} for weight in WEIGHTS), {"weight": 0}, {"reliability": "B"}, {"reliability": "E"}])
        if self.chance(0.3):
            entry["group"] = self.r.choice(["family", "press"])
        if self.chance(0.4):
            entry["overstates_by"] = self.r.choice([[1.0, 2.0], [0.5, 0.9], [0.8, 1.5]])
        if self.chance(0.2):
            entry["coverage"] = 0.8
        return entry

    def statement(self, entry: dict[str, Any], two_sided: bool = False) -> dict[str, Any]:
        """A statement that fits the support of ``entry``, in its unit."""
        r, support = self.r, entry.get("support", "positive")
        kinds = ["between", "around", "estimate", "quantiles", "two quantiles"] + ([] if two_sided else ["at_most", "at_least"])
        if support == "positive":
            kinds.append("magnitude")
        if support == "fraction":
            kinds.append("counted")
        kind = r.choice(kinds)
        if support == "fraction":
            top = 100 if entry["unit"] == "percent" else 1
            a, b, c = (round(top * x, 3) for x in sorted([r.uniform(0.05, 0.3), r.uniform(0.31, 0.6), r.uniform(0.61, 0.9)]))
        elif support == "real":
            a, b, c = (round(x, 2) for x in sorted([r.uniform(-30, 0), r.uniform(0.1, 20), r.uniform(21, 60)]))
        else:
            a, b, c = (round(x, 2) for x in sorted([r.uniform(1, 5), r.uniform(5.1, 20), r.uniform(21, 80)]))
        middle = r.choice([a, b, c])
        if kind == "counted":
            number = r.randint(1, 300)
            return {"counted": f"{r.randint(0, number)} of {number}"}
        if kind == "between":
            return {"between": r.choice([[a, b], [b, c], [a, c]])}
        if kind == "quantiles":
            return {"quantiles": {"0.05": a, "0.5": b, "0.9": c}}
        if kind == "two quantiles":
            return {"quantiles": r.choice([{"0.1": a, "0.5": c}, {"0.2": a, "0.7": b}])}
        if kind == "estimate":
            error = abs(middle) * r.uniform(0.05, 0.5)
            return {"estimate": middle, "standard_error": error * (1 - middle / top) if support == "fraction" else error}
        if kind == "magnitude":
            return {"magnitude": r.choice(["dozens", "several hundred", "a few hundred", "thousands"])}
        return {kind: middle, "within": r.choice([0.02, 0.05, 0.1])} if self.chance(0.6) else {kind: str(middle)}

    def about(self, *supports: str) -> tuple[str, dict[str, Any]]:
        """A target and an entry that says where it may be: a quantity, a derived or an expression."""
        r = self.r
        targets = [(key, self.quantities[key]) for key in self.names(*supports)]
        if "positive" in supports:
            targets += [(key, entry) for key, entry in self.derived.items() if entry.get("support", "positive") == "positive"]
            name = r.choice(self.names("positive"))
            targets.append((f"{name} * {r.choice([2, 0.5])}", {"support": "positive"}))
        if "fraction" in supports:
            targets += [(key, entry) for key, entry in self.derived.items() if entry.get("support") == "fraction"]
        if "real" in supports:
            targets += [(key, entry) for key, entry in self.derived.items() if entry.get("support") == "real"]
        return r.choice(targets)

    def claim(self) -> dict[str, Any]:
        target, entry = self.about("positive", "fraction", "real")
        claim = {"source": self.r.choice(list(self.sources)), "about": target, **self.statement(entry)}
        if self.chance(0.2):
            claim["weight"] = self.r.choice(WEIGHTS)
        if self.chance(0.2):
            claim["credibility"] = self.r.randint(1, 6)
        if self.chance(0.5):
            claim["as_of"] = self.r.choice(["2022-12-31", "2023-06-30", "2024-11-11"])
        return claim

    def listed(self, weights: list[float]) -> list[dict[str, Any]]:
        return [{"about": self.about("positive")[0], "weight": w, **({"as_of": "2023-02-02"} if self.chance(0.3) else {})} for w in weights]

    def with_readings(self) -> dict[str, Any]:
        weights = self.r.choice([[0.6, 0.4], [0.5, 0.3, 0.2], [1.0], [0.7, 0, 0.3]])
        return {"source": self.r.choice(list(self.sources)), "readings": self.listed(weights), **self.statement({"support": "positive"})}

    def group(self) -> None:
        weights = self.r.choice([[0.6, 0.4], [0.25, 0.75]])
        for key in ("g1", "g2"):
            self.claims[key] = {"source": self.r.choice(["s0", *self.sources]), "reading_group": "both", "readings": self.listed(weights),
                                **self.statement({"support": "positive"})}


def random_case(random: Random, *, walls: bool = False) -> dict[str, Any]:
    """Return a random valid case as plain values; with ``walls``, positive targets may come out at or below 0."""
    return _Maker(random, walls).make()


def random_points(random: Random, size: int, scale: float = 1.0) -> list[float]:
    """Return ``size`` coordinates, some far out."""
    return [scale * random.gauss(0, 1) * math.exp(random.gauss(0, 1)) for _ in range(size)]
