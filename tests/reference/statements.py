"""The statements of a case file as numbers: CASE.md sections 2 and 3, read without the package.

A claim comes out as m and s (or s_left, s_right) on a working scale, with its weight, source and group.
"""
import math
from pathlib import Path

import numpy as np
import yaml
from scipy import stats
from scipy.special import expit

HERE = Path(__file__).parent
LETTER = dict(A=0.9, B=0.75, C=0.6, D=0.4, E=0.2, F=0.3)
CREDIBILITY = {1: 1, 2: 0.9, 3: 0.75, 4: 0.5, 5: 0.25, 6: 0.6}
WORDS = dict(thousand=1e3, million=1e6, billion=1e9, trillion=1e12)
G = dict(log=np.log, logit=lambda v: np.log(v / (1 - v)), id=lambda v: v)
GINV = dict(log=np.exp, logit=expit, id=lambda v: v)
BASE = {"": 1, "percent": 0.01, "metre": 1, "km": 1000, "USD": 1, "person": 1, "cow": 1, "KRW": 0.00072,
        "USD/cow": 1, "KRW/cow": 0.00072, "USD/person": 1, "USD/year": 1}
PHRASES = {"several hundred million": (3e8, 9e8), "hundreds of millions": (2e8, 9e8), "dozens": (24, 96),
           "tens of thousands": (2e4, 9e4), "a few thousand": (2e3, 5e3)}


def number(text):
    """A number as written, and half a unit of its last significant digit, both after a number word."""
    words = str(text).replace("_", "").split()
    factor = np.prod([WORDS[w] for w in words[1:]]) if words[1:] else 1.0
    mantissa, _, exponent = words[0].lower().partition("e")
    scale = factor * 10.0 ** int(exponent or 0)
    whole, _, decimals = mantissa.lstrip("-").partition(".")
    decimals = decimals.rstrip("0")
    place = -len(decimals) if decimals else len(whole) - len(whole.rstrip("0"))
    return float(mantissa) * scale, 0.5 * 10.0**place * scale


def unit_factor(unit):
    first, _, rest = unit.partition(" ")
    return WORDS[first] * BASE[rest] if first in WORDS else BASE[unit]


class Claim:
    """m and s (or s_left, s_right) on the working scale; kind two, le or ge; k = (1-w)/w; pi of a reading, else 1."""

    pi = 1.0

    def __init__(self, **kw):
        self.__dict__.update(kw)

    @property
    def s_mean(self):
        return (self.sl + self.sr) / 2

    @property
    def two_piece(self):
        return abs(self.sl - self.sr) > 1e-12

    @property
    def two_sided(self):
        return self.kind == "two"


class Case:
    """A case file of this folder by its stem, or another's text."""

    def __init__(self, stem, text=None):
        self.stem = stem
        text = (HERE / "cases" / f"{stem}.yaml").read_text() if text is None else text
        self.raw = yaml.load(text, getattr(yaml, "CBaseLoader", yaml.BaseLoader)) # every scalar a string
        self.settings = {"pooling": "hierarchical", "coverage": "0.90", **self.raw.get("settings", {})}
        self.claims = self.raw["claims"]
        self.superseded = {c["supersedes"] for c in self.claims.values() if "supersedes" in c}

    def of(self, target):
        return {**self.raw["quantities"], **self.raw.get("derived", {})}[target]

    def weight(self, claim):
        """Claim's own weight or letter, else its source's; times its credibility."""
        source = self.raw["sources"][claim["source"]]
        stated = claim if "weight" in claim or "reliability" in claim else source
        w = float(stated["weight"]) if "weight" in stated else LETTER[stated["reliability"]]
        return w * CREDIBILITY[int(claim.get("credibility", 1))]

    def coverage(self, claim):
        source = self.raw["sources"][claim["source"]]
        return float(claim.get("coverage", source.get("coverage", self.settings["coverage"])))

    def read(self, name, scale, target_unit, unit=None, pi=1.0):
        """One statement on a working scale; of a reading, pi is its weight."""
        c = self.claims[name]
        source = self.raw["sources"][c["source"]]
        f = unit_factor(unit or c.get("unit", target_unit)) / unit_factor(target_unit)
        kind = "le" if "at_most" in c else "ge" if "at_least" in c else "two"
        m, sl, sr = says(c, scale, f, stats.norm.ppf((1 + self.coverage(c)) / 2))
        w = self.weight(c)
        delta = (0.0, 0.0)
        if "overstates_by" in source and scale == "log":
            a, b = [math.log(float(v)) for v in source["overstates_by"]]
            delta = ((a + b) / 2, (b - a) / (2 * 1.645))
        return Claim(id=name, m=float(m), sl=float(sl), sr=float(sr), kind=kind, w=w, k=(1 - w) / w if w else None,
                     source=c["source"], root=("group", source["group"]) if "group" in source else c["source"], delta=delta, pi=pi)

    def on(self, target, scale):
        """The claims about one named target, superseded and weightless ones left out."""
        unit = self.of(target)["unit"]
        out = [self.read(n, scale, unit) for n, c in self.claims.items()
               if c.get("about") == target and n not in self.superseded]
        return [c for c in out if c.w > 0]

    def common_error(self, target=None):
        own = self.of(target) if target else {}
        return float(own.get("common_error", self.settings.get("common_error", 0.7)))

    def dark_uncertainty(self, S, scale, target=None):
        """tau's own prior, else (log and logit) the settings', else HalfNormal(S_t)."""
        own = self.of(target) if target else {}
        default = self.settings.get("dark_uncertainty") if scale != "id" else None
        return own.get("dark_uncertainty") or default or f"HalfNormal({S!r})"


def says(c, scale, f, z):
    """m, s_left and s_right of a claim's entry; f turns its unit into the target's, z is the normal quantile of its coverage."""
    g = G[scale]
    if "between" in c or "magnitude" in c:
        L, U = [number(v)[0] * f for v in c["between"]] if "between" in c else [v * f for v in PHRASES[c["magnitude"]]]
        m, s = (g(L) + g(U)) / 2, (g(U) - g(L)) / (2 * z)
    elif "estimate" in c:
        v, s = number(c["estimate"])[0] * f, number(c["standard_error"])[0] * f
        m, s = g(v), s / dict(log=v, logit=v * (1 - v), id=1.0)[scale]
    elif "counted" in c:
        k, n = [int(v) for v in c["counted"].split(" of ")]
        p = (k + 0.5) / (n + 1)
        m, s = g(p), math.sqrt(1 / (k + 0.5) + (1 / (n - k + 0.5) if scale == "logit" else -1 / (n + 1)))
    elif "quantiles" in c:
        q = sorted((float(a), g(number(b)[0] * f)) for a, b in c["quantiles"].items())
        if len(q) == 3:
            m = q[1][1]
            return m, (q[0][1] - m) / stats.norm.ppf(q[0][0]), (q[2][1] - m) / stats.norm.ppf(q[2][0])
        (za, a), (zb, b) = [(stats.norm.ppf(p), v) for p, v in q]
        s = (b - a) / (zb - za)
        m = a - za * s
    else:                                                  # around, or a bound with around's precision: m is the figure itself
        v, half = number(c.get("around") or c.get("at_most") or c["at_least"])
        half = min(half, abs(v) / 4)
        if "within" in c:
            stated = c["within"]
            half = float(stated) if v == 0 else abs(v) * float(stated.rstrip("%")) / 100
        m, s = g(v * f), (g((v + half) * f) - g((v - half) * f)) / (2 * z)
    return m, s, s
