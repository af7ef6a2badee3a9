"""What is learned from a track record, against closed forms, quadrature written apart, and simulated records."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import trapezoid

from nkestimate import fit
from nkestimate.case import changed
from nkestimate.density import compile_case, record, weighed
from nkestimate.density.record import records_of
from random_cases import load

SOURCES = {"a": {"weight": "learned"}, "b": {"weight": {"stated": 0.4, "record": "true"}}, "c": {"weight": 0.3}}


def case_with(entries, sources=SOURCES, **more):
    plain = {
        "format": 1, "title": "A record", "horizon": "2025-06-30", "sources": sources, "quantities": {"x": {"unit": ""}},
        "claims": {key: {"source": key, "about": "x", "between": [2, 5]} for key in sources},
    }
    return load(plain | ({"track_record": entries} if entries else {}) | more)


def said(value, truth, source="a", error=0.1, **more):
    """An entry whose spread on the log scale is ``error``."""
    return {"source": source, "estimate": repr(float(value)), "standard_error": repr(value * error), "came_true": repr(float(truth)), "from": "me"} | more


def test_a_gaussian_record_at_a_known_kappa_has_the_conjugate_posterior_of_its_bias(monkeypatch):
    monkeypatch.setattr(record, "SOURCES_DIFFER", 1e-9)  # κ is 1
    errors = [0.1, 0.3, 0.2]
    ratios = [1.5, 2.0, 0.9]
    found = records_of(case_with({f"e{i}": said(100 * r, 100, error=s) for i, (r, s) in enumerate(zip(ratios, errors, strict=True))}))["a"]
    # One source speaks of each thing: V = s², n = 1, S² = 2 s² + 0.5²/2, Var = (0.7² + 1) S² + s²; prior of the bias: Normal(0, 0.5²).
    variances = [1.49 * (2 * s**2 + 0.125) + s**2 for s in errors]
    precision = 1 / 0.5**2 + sum(1 / v for v in variances)
    mean = sum(math.log(r) / v for r, v in zip(ratios, variances, strict=True)) / precision
    assert found.bias == pytest.approx((mean, precision**-0.5), rel=1e-5)
    assert found.weight == pytest.approx(0.5, abs=1e-6)


def by_quadrature(entries, kappa0, omega=0.33, lam=0.5):
    """Mean and sd of the bias and quantiles of κ; entries are (m, left, right, y, doubt, S, hard, counts, kind)."""
    u = np.linspace(-6, 6, 481)[:, None]
    d = np.linspace(-7, 7, 1201)[None, :] * lam
    kappa = kappa0 * np.exp(omega * u)
    log = stats.norm.logpdf(u) + stats.norm.logpdf(d / lam)
    for m, left, right, y, doubt, S, hard, counts, kind in entries:
        sides = [np.sqrt(hard * (1.49 * kappa * S**2 + s**2 + doubt**2)) for s in (left, right)]
        off = m - y - d
        if kind == "two_sided":
            part = -0.5 * (off / np.where(off < 0, sides[1], sides[0])) ** 2 - np.log(sides[0] + sides[1])
        else:
            part = stats.norm.logcdf((off if kind == "at_most" else -off) / sides[0])
        log = log + counts * part
    p = np.exp(log - log.max())
    over_d, over_u = trapezoid(p, u[:, 0], axis=0), trapezoid(p, d[0], axis=1)
    mass = trapezoid(over_d, d[0])
    mean = trapezoid(over_d * d[0], d[0]) / mass
    sd = math.sqrt(trapezoid(over_d * (d[0] - mean) ** 2, d[0]) / mass)
    cdf = np.concatenate([[0], np.cumsum((over_u[1:] + over_u[:-1]) / 2 * np.diff(u[:, 0]))])
    return mean, sd, [kappa0 * math.exp(omega * float(np.interp(q * cdf[-1], cdf, u[:, 0]))) for q in (0.05, 0.75, 0.95)]


def test_all_kinds_together_are_what_quadrature_written_apart_makes_of_them():
    entries = {
        # 'flood': a and b speak of it; what came true is a range
        "e1": said(300, 0, about="flood", error=0.2) | {"came_true": [100, 200]},
        "e2": said(120, 0, "b", about="flood", error=0.1) | {"came_true": [100, 200]},
        # three quantiles, and two entries on one occasion
        "e3": {"source": "a", "quantiles": {0.05: 50, 0.5: 100, 0.95: 400}, "came_true": 80, "from": "me", "occasion": "one"},
        "e4": {"source": "a", "at_most": 70, "within": "10%", "came_true": 90, "from": "me", "occasion": "one"},
        "e5": {"source": "a", "at_least": 30, "within": "10%", "came_true": 20, "from": "me"},
    }
    z = stats.norm.ppf(0.95)
    y, doubt = (math.log(100) + math.log(200)) / 2, math.log(2) / (2 * z)
    m = np.log([300, 120])
    S2 = ((0.04 + 0.01) / 2 + ((m - m.mean()) ** 2).mean()) * 1.5 + 0.25 / 3
    others = (m[1] - y) ** 2 / (1.49 * S2 + 0.01 + doubt**2)
    alone = lambda s: math.sqrt(2 * s**2 + 0.125)
    left, right = math.log(2) / z, math.log(4) / z
    bound = math.log(1.1 / 0.9) / (2 * z)
    apart = [
        (m[0], 0.2, 0.2, y, doubt, math.sqrt(S2), (2 + others) / 3, 1, "two_sided"),
        (math.log(100), left, right, math.log(80), 0, alone((left + right) / 2), 1, 0.5, "two_sided"),
        (math.log(70), bound, bound, math.log(90), 0, alone(bound), 1, 0.5, "at_most"),
        (math.log(30), bound, bound, math.log(20), 0, alone(bound), 1, 1, "at_least"),
    ]
    mean, sd, kappas = by_quadrature(apart, 1.0)
    found = records_of(case_with(entries))["a"]
    assert (found.entries, found.occasions) == (4, 3)
    assert found.bias == pytest.approx((mean, sd), abs=2e-4)
    assert [found.weights[1], found.weight, found.weights[0]] == pytest.approx([1 / (1 + k) for k in kappas], abs=6e-4)


def test_a_source_that_was_always_right_gains_weight_and_one_that_never_was_loses_it():
    right = {f"r{i}": said(100, 100) for i in range(12)}
    wrong = {f"w{i}": said(100 * f, 100, "b", error=0.1) for i, f in enumerate([5, 0.2] * 6)}
    found = records_of(case_with(right | wrong))
    assert found["a"].weight > 0.55 > found["a"].before
    assert found["b"].weight < 0.25 < found["b"].before == 0.4


def test_one_that_was_always_three_times_too_high_is_corrected_by_about_three():
    ratios = [2.7, 3.3, 3, 2.9, 3.1, 3, 3.2, 2.8] * 2
    case = case_with({f"e{i}": said(100 * r, 100) for i, r in enumerate(ratios)})
    middle, low, high = records_of(case)["a"].factor
    assert 2.7 < middle < 3.05 and low < 3 < high
    # ... and so is what it says now: without its bias the answer is a third
    alone = replace(weighed(case), claims={"a": weighed(case).claims["a"]})
    untaught = replace(case, claims={"a": case.claims["a"]}, sources={"a": replace(case.sources["a"], learns=False)})
    medians = [fit(one, draws=500, chains=2, progress=False, seed=1).summary.totals["x"].median for one in (alone, untaught)]
    assert medians[1] / medians[0] == pytest.approx(middle, rel=0.12)


def test_two_entries_move_little():
    two = records_of(case_with({"e1": said(300, 100), "e2": said(310, 100)}))["a"]
    none = records_of(case_with(None))["a"]
    assert two.factor[0] < 2.5 and two.factor[1] < 1.6
    assert abs(two.weight - none.weight) < 0.05
    assert none.weight == pytest.approx(1 / (1 + math.exp(0.33 * stats.norm.ppf(0.75))), abs=5e-4)
    assert (none.bias, none.factor) == (None, None)


@pytest.mark.parametrize(("value", "error", "truth"), [("1e99", "1e-99", "1"), ("1", "1e-99", "1e99"), ("1e99", "1e-90", "-1e99")])
def test_what_is_off_beyond_all_measure_gives_numbers(value, error, truth):
    entry = {"about": "thing", "support": "real", "estimate": value, "standard_error": error, "came_true": truth, "from": "me"}
    found = records_of(case_with({key: {"source": key, **entry} for key in "ab"}))["a"]
    assert 0 < found.weight < 0.5 and all(map(math.isfinite, (*found.weights, *found.shift)))


def test_several_entries_on_one_occasion_count_as_one():
    once = records_of(case_with({"e1": said(300, 100)}))["a"]
    often = records_of(case_with({f"e{i}": said(300, 100, occasion="day") for i in range(20)}))["a"]
    assert often.bias == pytest.approx(once.bias, rel=1e-9)
    assert (often.entries, often.occasions) == (20, 1)


def test_a_stated_range_of_overstatement_is_where_its_bias_begins():
    sources = {"a": {"weight": "learned", "overstates_by": [2, 4]}}
    middle, low, high = records_of(case_with({"e": said(100, 100, error=3)}, sources))["a"].factor  # which says next to nothing
    assert (middle, low, high) == pytest.approx((math.sqrt(8), 2, 4), rel=0.02)


@given(st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_the_order_of_entries_does_not_matter(random: Random):
    entries = {f"e{i}": said(100 + 40 * i, 120 + 5 * (i // 2), "abc"[i % 3], about=f"thing {i // 2}") for i in range(8)}
    shuffled = list(entries.items())
    random.shuffle(shuffled)
    assert records_of(case_with(dict(shuffled))) == records_of(case_with(entries))


def test_without_a_source_that_learns_nothing_changes():
    sources = {"a": {"weight": 0.5}, "b": {"weight": 0.4, "overstates_by": [1, 2]}}
    plain = case_with(None, sources)
    recorded = case_with({"e": said(300, 100)}, sources)
    assert weighed(recorded) is recorded
    assert compile_case(recorded) == compile_case(plain)
    assert records_of(recorded)["a"].acts is False  # but shown


def test_weights_reach_claims_but_for_those_that_state_their_own():
    case = case_with({f"e{i}": said(100, 100) for i in range(9)})
    case = changed(case, {"claims.a.credibility": "2", "claims.b.weight": "0.9"})
    learned = weighed(case)
    assert learned.claims["a"].weight == pytest.approx(0.9 * learned.sources["a"].weight)
    assert learned.claims["b"].weight == 0.9
    assert learned.claims["c"] is case.claims["c"]
    assert weighed(learned) is learned
    assert records_of(learned) == records_of(case)  # as the record stands beside what it made of a source


def test_on_identity_scales_a_bias_is_in_units_of_the_spread_of_what_was_said():
    sources = {"a": {"weight": "learned"}, "b": {"weight": 0.5}}
    entries = {}
    for i in range(10):
        thing = {"about": f"t{i}", "support": "real", "came_true": repr(10.0 * i), "from": "me"}
        entries[f"a{i}"] = {"source": "a", "estimate": repr(10.0 * i + 40), "standard_error": "10", **thing}
        entries[f"b{i}"] = {"source": "b", "estimate": repr(10.0 * i - 2), "standard_error": "10", **thing}
    case = case_with(entries, sources, quantities={"x": {"unit": "", "support": "real"}})
    found = records_of(case)["a"]
    S = math.sqrt((100 + 21**2) * 1.5)  # two sources, 42 apart
    assert found.bias is None and 0.4 < found.shift[0] * S / 40 < 1
    density = compile_case(case)
    parameter = next(p for p in density.parameters if p.role == "delta")
    assert parameter.name == "delta[a, x]"
    assert parameter.prior["mu"] == pytest.approx(found.shift[0] * density.targets["x"].S)
    assert parameter.prior["sigma"] == pytest.approx(found.shift[1] * density.targets["x"].S)


def test_a_learned_bias_on_identity_acts_as_quadrature_says():
    entries = {f"e{i}": {"source": "a", "estimate": repr(60.0 + i), "standard_error": "10", "support": "real", "came_true": repr(30.0 + i), "from": "me"}
               for i in range(9)}
    case = weighed(case_with(entries, {"a": {"weight": "learned"}}, quantities={"x": {"unit": "", "support": "real"}},
                             claims={"a": {"source": "a", "about": "x", "estimate": "100", "standard_error": "8"}}))  # fmt: skip
    (mean, sd), kappa = case.sources["a"].shift, (1 - case.sources["a"].weight) / case.sources["a"].weight
    S = 8 * math.sqrt(2)  # one source: V = 8²
    x, tau = np.linspace(-60, 260, 3201)[:, None], np.linspace(0, 6 * S, 601)[None, :]
    variance = 64 + (0.7 * S) ** 2 * kappa + min(kappa, 1) * tau**2 + max(kappa - 1, 0) * S**2 + (sd * S) ** 2
    p = stats.norm.pdf(x, 100, 80) * (stats.norm.pdf(100, x + mean * S, np.sqrt(variance)) * stats.halfnorm.pdf(tau, scale=S)).sum(axis=1, keepdims=True)
    wanted = np.interp((0.05, 0.5, 0.95), np.cumsum(p) / p.sum(), x[:, 0])
    found = fit(case, chains=4, draws=2000, progress=False, seed=3).summary.totals["x"]
    assert mean * S > 3
    assert [found.quantile(q) for q in (0.05, 0.5, 0.95)] == pytest.approx(wanted, abs=0.7)


def test_intervals_of_weights_hold_the_truth_where_records_are_drawn_from_the_density():
    """Sources of a thing share an error, which the likelihood, one source at a time, does not know: 90 % still hold about 90 %."""
    rng, held, biases = np.random.default_rng(4), [], []
    names = [f"s{i}" for i in range(6)]
    for _ in range(12):
        kappa, bias = np.exp(0.33 * rng.standard_normal(6)), 0.5 * rng.standard_normal(6)
        entries = {}
        for i in range(12):
            S, s = rng.uniform(0.4, 0.9), 0.15
            tau = abs(rng.standard_normal()) * S
            order, path, at, last = np.argsort(kappa), np.zeros(6), 0.0, 0.0
            for k in order:
                at += 0.7 * S * math.sqrt(kappa[k] - last) * rng.standard_normal()
                path[k], last = at, kappa[k]
            own = np.sqrt(np.minimum(kappa, 1) * tau**2 + np.maximum(kappa - 1, 0) * S**2) * rng.standard_normal(6)
            m = bias + path + own + s * rng.standard_normal(6)
            entries |= {f"{n}-{i}": said(float(100 * math.exp(m[j])), 100, n, error=s, about=f"t{i}") for j, n in enumerate(names)}
        found = records_of(case_with(entries, {n: {"weight": "learned"} for n in names}))
        for j, n in enumerate(names):
            low, high = found[n].weights
            held.append(low <= 1 / (1 + kappa[j]) <= high)
            biases.append(abs(found[n].bias[0] - bias[j]) < 1.645 * found[n].bias[1])
    assert 0.8 <= np.mean(held) <= 0.98, np.mean(held)
    assert 0.8 <= np.mean(biases) <= 0.98, np.mean(biases)
