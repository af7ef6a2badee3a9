"""Which means and standard deviations there are: known cases, and integrals that converge or do not."""

from __future__ import annotations

import math

import pytest

from nkestimate.density import compile_case
from nkestimate.density.moments import moment_orders, tau_orders

PRIORS = {
    "ln": ("positive", "LogNormal(0, 1)"), "hc": ("positive", "HalfCauchy(1)"), "hn": ("positive", "HalfNormal(1)"), "ga": ("positive", "Gamma(1.5, 1)"),
    "un": ("positive", "Uniform(1, 2)"), "u0": ("positive", "Uniform(0, 2)"), "t3": ("real", "StudentT(3, 0, 1)"), "no": ("real", "Normal(0, 1)"),
    "be": ("fraction", "Beta(3, 0.5)"), "lo": ("fraction", "LogitNormal(0, 1)"), "tr": ("fraction", "Triangular(0, 0, 1)"),
    "ts": ("fraction", "Triangular(0, 0.5, 1)"), "be2": ("fraction", "Beta(2, 1.5)"), "bt": ("positive", {"between": [1, 2]}),
}  # fmt: skip
CASES = {  # expression: (mean exists, standard deviation exists)
    "ln": (True, True), "hc": (False, False), "t3": (True, True), "t3 * t3": (True, False), "t3 * t3 * t3": (False, False),
    "1 / ln": (True, True), "1 / hn": (False, False), "1 / ga": (True, False), "1 / un": (True, True), "1 / u0": (False, False),
    "1 / no": (False, False), "ln / no": (False, False), "sqrt(hc)": (True, False), "hc**0.4": (True, True), "ln * hc": (False, False),
    "ln * hn / ga": (True, False), "1 / be": (True, True), "be / (1 - be)": (False, False), "ln / (1 - lo)": (True, True),
    "ln / (1 - be2)": (True, False), "1 / tr": (False, False), "1 / ts": (True, False), "1 / (1 - tr)": (True, False), "1 / (1 + no)": (False, False),
    "ln / (1 + hc)": (True, True), "1 / (hn + ln)": (True, True), "ln / (ln - hn)": (False, False), "exp(no)": (True, True), "exp(ln)": (False, False),
    "exp(-ln)": (True, True), "exp(-hc)": (True, True), "exp(t3)": (False, False), "exp(hn)": (True, True), "exp(2 * no)": (True, True),
    "exp(no * no)": (False, False), "exp(lo * no)": (True, True), "exp(un * 3)": (True, True), "ln * exp(-0.1 * hc)": (True, True), "exp(no / un)": (True, True),
    "exp(log(ln))": (True, True), "exp(hn / 2)": (True, True), "exp(bt)": (False, False), "log(hc)": (True, True), "min(hc, 5)": (True, True),
    "min(hc, ln)": (True, True), "max(hc, ln)": (False, False), "1 / max(hn, 0.1)": (True, True), "1 / max(hn, ln)": (True, True),
    "1 / min(hn, ln)": (False, False), "ln - hc": (False, False), "-hc": (False, False), "ln**-2": (True, True), "hn**-0.4": (True, True),
    "hn**-0.6": (True, False), "(1 - be2)**-1.4": (True, False), "exp(min(hc, 2))": (True, True), "exp(max(no, hn))": (True, True), "exp(no - hc)": (True, True),
}  # fmt: skip


def exists(orders):
    return orders.up > 1, orders.up > 2


@pytest.fixture
def orders(make):
    def orders(derived, claims=(), settings=None, **quantities):
        entries = {key: {"unit": "", "support": s, "prior": prior, "rationale": "r"} for key, (s, prior) in PRIORS.items()} | quantities
        names = {f"d{i}": {"unit": "", "support": "real", "expr": expr} for i, expr in enumerate(derived)}
        claims = {f"c{i}": {"source": "a", **claim} for i, claim in enumerate(claims)}
        sources = {"a": {"weight": 1}, "b": {"weight": 0.5}, "c": {"weight": 0.5}}
        return compile_case(make(quantities=entries, derived=names, claims=claims, sources=sources, settings=settings or {}))

    return orders


def test_known_cases(orders):
    found = moment_orders(orders(CASES))
    wrong = {expr: exists(found[f"d{i}"]) for i, expr in enumerate(CASES) if exists(found[f"d{i}"]) != CASES[expr]}
    assert not wrong


def test_a_statement_cuts_off_a_power_tail(orders):
    found = moment_orders(orders(["1 / hn"], [{"about": "hc", "between": [1, 2]}, {"about": "hn", "between": [1, 2]}, {"about": "t3", "between": [1, 2]}]))
    assert exists(found["hc"]) == exists(found["d0"]) == exists(found["t3"]) == (True, True)
    bound = moment_orders(orders([], [{"about": "hc", "at_least": 2}]))
    assert exists(bound["hc"]) == (False, False)


@pytest.mark.parametrize(
    ("claims", "settings", "expected"),
    [
        ([], {}, None),
        ([("b", "at_most")], {}, (False, False)),  # a bound does not thin the tail of τ
        ([("b", "between")], {}, (True, False)),
        ([("b", "between"), ("c", "between")], {}, (True, True)),
        ([("b", "between"), ("b", "between")], {}, (True, False)),  # one error, shared
        ([("b", "between"), ("c", "between")], {"common_error": 2}, (True, True)),  # each has one of its own whatever they share
        ([("b", "between"), ("b", "between", 0.25)], {}, (True, False)),  # what the worse claim errs by more is S's, not τ's
        ([("b", "between"), ("b", "between", 0.8)], {}, (True, True)),  # of τ, too: the better claim has a part of it alone
        ([("a", "between"), ("b", "between")], {}, (True, False)),  # at its word: τ does not enter
    ],
)
def test_half_cauchy_tau(make, claims, settings, expected):
    plain = {"base": {"source": "a", "about": "x", "between": [1, 2]}}
    plain |= {f"c{i}": {"source": s, "about": "x", kind: [1, 3] if kind == "between" else 3, **({"weight": w[0]} if w else {})}
              for i, (s, kind, *w) in enumerate(claims)}
    case = make(sources={"a": {"weight": 1}, "b": {"weight": 0.5}, "c": {"weight": 0.4}}, claims=plain, settings=settings,
                quantities={"x": {"unit": "", "dark_uncertainty": "HalfCauchy(1)"}})  # fmt: skip
    density = compile_case(case)
    if expected is None:
        assert density.targets["x"].tau is None
    else:
        assert exists(tau_orders(density, "x")) == expected


def test_light_priors_of_tau_have_all_moments(make):
    for prior in ("HalfNormal(1)", "Exponential(1)", "Gamma(2, 1)", "LogNormal(0, 1)", "Uniform(0.1, 2)"):
        entry = {"source": "a", "about": "x", "between": [1, 2]}
        case = make(sources={"a": {"weight": 0.5}}, quantities={"x": {"unit": "", "dark_uncertainty": prior}}, claims={"c": entry})
        assert tau_orders(compile_case(case), "x").up == math.inf
