"""Laws of section 4's density over random cases of one quantity, by quadrature written apart from the package and by its fits.

Levels are compared, not values: a quantile q of one answer stands at level F(q) of the other, and errors of levels need no
density. Given tau, errors are Gaussian with the covariance of CASE.md, and "at least" then lowers no quantile. Where tau is
learned, a bound at odds with the claims also says that errors are large, which widens the answer both ways: there the law
is the median's, and holds to about a hundredth. New claims come by sources of their own: a bound of a source that has spoken
may lower that source's K and so change what its other claims share, and a second claim halves the first one's part in S.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import nkestimate as nk
from nkestimate.density.evaluate import Evaluator
from nkestimate.evidence.independence import independence
from random_cases import load

sys.path.insert(0, str(Path(__file__).parent / "reference"))
from integrals import Quantity, Target, norm_exp
from statements import Case

LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
G = {"positive": np.log, "fraction": lambda v: np.log(v / (1 - v)), "real": lambda v: v}
GINV = {"positive": np.exp, "fraction": lambda x: 1 / (1 + np.exp(-x)), "real": lambda x: x}
SCALE = {"positive": "log", "fraction": "logit", "real": "id"}
PINNED = "LogNormal(-1.2, 0.001)"

cheaply = settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
by_fits = settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


class ByQuadrature:
    """The posterior of ``x`` on grids."""

    def __init__(self, plain):
        q = Quantity(Case("law", yaml.safe_dump(plain, sort_keys=False)), "x", SCALE[plain["quantities"]["x"]["support"]], n=900, tau_n=70)
        self.edges, self.cdf = q.edges, np.concatenate([[0], np.cumsum(norm_exp(q.logp))])
        self.error = np.full(len(LEVELS), 1.5e-3)

    def quantiles(self):
        return np.interp(LEVELS, self.cdf, self.edges)

    def levels(self, x):
        return np.interp(x, self.edges, self.cdf)


class ByFit:
    """The posterior of ``x`` by draws, on the working scale."""

    def __init__(self, plain):
        fit = nk.fit(load(plain), draws=4000, seed=1, progress=False)
        x = Evaluator(fit.density).totals(fit.coordinates)["x"].ravel()
        self.draws = np.sort(G[plain["quantities"]["x"]["support"]](x))
        entry = nk.summarize(fit)["quantities"]["x"]
        self.error = 4 * np.sqrt(LEVELS * (1 - LEVELS) / min(entry["ess_bulk"], entry["ess_tail"]))

    def quantiles(self):
        return np.quantile(self.draws, LEVELS)

    def levels(self, x):
        return np.searchsorted(self.draws, x) / len(self.draws)


def moved(before, after):
    """How far each of ``after``'s quantiles stands above ``before``'s, in levels of ``before``, and the error of that."""
    return before.levels(after.quantiles()) - LEVELS, np.hypot(before.error, after.error)


def one_quantity(said, support="positive", **own):
    """A case of ranges on one quantity. said: (source, weight, centre, half width) on the working scale."""
    claims, sources = {}, {}
    for i, (source, weight, centre, half) in enumerate(said):
        sources[source] = {"weight": 0.5}
        ends = [float(f"{GINV[support](v):.9g}") for v in (centre - half, centre + half)]
        claims[f"c{i}"] = {"source": source, "about": "x", "between": ends, "weight": weight}
    return {"format": 1, "title": "A law", "horizon": "2025-06-30", "sources": sources, "claims": claims,
            "quantities": {"x": {"unit": "", "support": support, **own}}}


def joined(plain, claims):
    """The case with more claims, each by a source of its own."""
    return {**plain, "sources": {**plain["sources"], **{f"more_{k}": {"weight": 0.5} for k in claims}},
            "claims": {**plain["claims"], **{k: {"source": f"more_{k}", "about": "x", **c} for k, c in claims.items()}}}


weight = st.floats(0.05, 1).map(lambda w: round(w, 3))
centre = st.floats(-2, 2).map(lambda m: round(m, 3))
half = st.floats(0.05, 0.8).map(lambda h: round(h, 3))
own_sources = st.lists(st.tuples(weight, centre, half), min_size=1, max_size=4).map(lambda rows: [(f"s{i}", *row) for i, row in enumerate(rows)])
trusted = st.lists(st.tuples(st.floats(0.3, 1).map(lambda w: round(w, 3)), centre, half), min_size=1, max_size=4).map(
    lambda rows: [(f"s{i}", *row) for i, row in enumerate(rows)])
any_sources = st.lists(st.tuples(st.sampled_from(["s0", "s1", "s2"]), weight, centre, half), min_size=1, max_size=5)
supports = st.sampled_from(["positive", "fraction", "real"])


def target(plain):
    case = Case("law", yaml.safe_dump(plain, sort_keys=False))
    scale = SCALE[plain["quantities"]["x"]["support"]]
    return Target(case, scale, case.on("x", scale), "x")


def stated_covariance(claims, S, sigma, tau):
    """Section 4's covariance of what claims state, written as its sentence says it."""
    out = np.empty((len(claims),) * 2)
    K = {c.source: min(d.k for d in claims if d.source == c.source) for c in claims}
    for i, c in enumerate(claims):
        for j, d in enumerate(claims):
            k = min(c.k, d.k)
            same = sigma**2 * k + min(k, 1) * tau**2 + max(k - 1, 0) * S**2
            out[i, j] = (same if c.source == d.source else sigma**2 * min(K[c.source], K[d.source])) + (c.sl**2 if i == j else 0)
    return out


def best_linear(covariance):
    a = np.linalg.solve(covariance, np.ones(len(covariance)))
    return a / a.sum()


@settings(cheaply, max_examples=150)
@given(any_sources, supports, st.floats(0, 3))
def test_best_linear_weights_are_never_negative(said, support, tau):
    t = target(one_quantity(said, support))
    covariance = stated_covariance(t.claims, t.S, t.sigma, tau * t.S)
    written = [[t.shared(c, d, tau * t.S) + (c.sl**2 if c is d else 0) for d in t.claims] for c in t.claims]
    np.testing.assert_allclose(written, covariance, rtol=1e-12)
    assert best_linear(covariance).min() > -1e-9


@cheaply
@given(any_sources, supports, st.floats(0.1, 2))
def test_the_shares_of_sources_are_their_best_linear_weights(said, support, tau):
    plain = one_quantity(said, support)
    t = target(plain)
    assume(t.acts)
    found = independence(load(plain), {"x": tau * t.S})["x"]
    weights = best_linear(stated_covariance(t.claims, t.S, t.sigma, tau * t.S))
    shares = {s: sum(w for w, c in zip(weights, t.claims) if c.source == s) for s in found.sources}
    assert found.S == pytest.approx(t.S, rel=1e-9)
    assert dict(found.shares) == pytest.approx(shares, abs=1e-5)


def hold_the_median_in_the_hull(answer, said, support):
    middles = [m for _, _, m, _ in said]
    at = answer(one_quantity(said, support))
    low, high = at.levels(min(middles) - 1e-6), at.levels(max(middles) + 1e-6)
    assert low <= 0.5 + at.error[2], (low, middles)
    assert high >= 0.5 - at.error[2], (high, middles)


@cheaply
@given(any_sources, supports)
def test_the_median_is_in_the_hull_by_quadrature(said, support):
    hold_the_median_in_the_hull(ByQuadrature, said, support)


@pytest.mark.slow
@by_fits
@given(any_sources, supports)
def test_the_median_is_in_the_hull_by_fits(said, support):
    hold_the_median_in_the_hull(ByFit, said, support)


def bounded(plain, kind, trust, at, support):
    return joined(plain, {"bound": {kind: float(f"{GINV[support](at):.9g}"), "within": "5%", "weight": trust}})


def bound_moves_one_way(answer, said, support, kind, trust, at, **own):
    """Levels by which a bound moves the quantiles its own way, and their error."""
    plain = one_quantity(said, support, **own)
    shift, error = moved(answer(plain), answer(bounded(plain, kind, trust, at, support)))
    return (shift if kind == "at_least" else -shift), error


kinds = st.sampled_from(["at_least", "at_most"])
bound_at = st.floats(-3, 3).map(lambda m: round(m, 3) or 0.1)
bound_supports = st.sampled_from(["positive", "real"])


@cheaply
@given(own_sources, bound_supports, kinds, weight, bound_at)
def test_a_bound_moves_every_quantile_its_own_way_given_tau_by_quadrature(said, support, kind, trust, at):
    shift, error = bound_moves_one_way(ByQuadrature, said, support, kind, trust, at, dark_uncertainty=PINNED)
    assert (shift > -error).all(), shift


@pytest.mark.slow
@by_fits
@given(own_sources, bound_supports, kinds, weight, bound_at)
def test_a_bound_moves_every_quantile_its_own_way_given_tau_by_fits(said, support, kind, trust, at):
    shift, error = bound_moves_one_way(ByFit, said, support, kind, trust, at, dark_uncertainty=PINNED)
    assert (shift > -error).all(), shift


@cheaply
@given(own_sources, bound_supports, kinds, weight, bound_at)
def test_a_bound_moves_the_median_its_own_way_by_quadrature(said, support, kind, trust, at):
    shift, _ = bound_moves_one_way(ByQuadrature, said, support, kind, trust, at)
    assert shift[2] > -0.01, shift


@pytest.mark.slow
@by_fits
@given(own_sources, bound_supports, kinds, weight, bound_at)
def test_a_bound_moves_the_median_its_own_way_by_fits(said, support, kind, trust, at):
    shift, error = bound_moves_one_way(ByFit, said, support, kind, trust, at)
    assert shift[2] > -0.01 - error[2], shift


statements = st.sampled_from([{"between": [20, 45]}, {"at_most": 0.01}, {"at_least": 90}, {"quantiles": {"0.05": 20, "0.5": 25, "0.95": 90}}])


@cheaply
@given(trusted, statements)
def test_a_claim_whose_weight_vanishes_goes_out_by_quadrature(said, statement):
    plain = one_quantity(said)
    without = ByQuadrature(plain)
    far = [np.abs(moved(without, ByQuadrature(joined(plain, {"junk": {**statement, "weight": w}})))[0]).max() for w in (1e-3, 1e-5, 1e-8)]
    assert far[2] < 1.5e-3, far
    assert far[0] < 0.1, far


@pytest.mark.slow
@by_fits
@given(trusted, statements)
def test_a_claim_whose_weight_vanishes_goes_out_by_fits(said, statement):
    plain = one_quantity(said)
    shift, error = moved(ByFit(plain), ByFit(joined(plain, {"junk": {**statement, "weight": 1e-6}})))
    assert (np.abs(shift) < error).all(), shift


def ten_worthless(plain, places):
    return joined(plain, {f"junk{i}": {"between": [float(f"{np.exp(m):.9g}"), float(f"{1.2 * np.exp(m):.9g}")], "weight": 1e-6}
                          for i, m in enumerate(places)})


ten = st.lists(st.floats(-5, 5), min_size=10, max_size=10)


@cheaply
@given(trusted, ten)
def test_ten_worthless_claims_change_nothing_by_quadrature(said, places):
    plain = one_quantity(said)
    shift, error = moved(ByQuadrature(plain), ByQuadrature(ten_worthless(plain, places)))
    assert (np.abs(shift) < error).all(), shift


@pytest.mark.slow
@by_fits
@given(trusted, ten)
def test_ten_worthless_claims_change_nothing_by_fits(said, places):
    plain = one_quantity(said)
    shift, error = moved(ByFit(plain), ByFit(ten_worthless(plain, places)))
    assert (np.abs(shift) < error).all(), shift


@pytest.mark.slow
@by_fits
@given(st.lists(st.tuples(centre, half), min_size=2, max_size=4), st.randoms())
def test_order_and_split_reports_change_nothing_at_equal_weights(rows, random):
    plain = one_quantity([(f"s{i}", 0.5, *row) for i, row in enumerate(rows)])
    before = ByFit(plain)
    keys = list(plain["claims"])
    random.shuffle(keys)
    shift, error = moved(before, ByFit({**plain, "claims": {k: plain["claims"][k] for k in keys}}))
    assert (np.abs(shift) < error).all(), shift
    documents = {f"d{i}": {"publisher": f"Paper {i}"} for i in range(3)}
    told = [{"document": d, "figures": "some", "at": 0} for d in documents]
    echoed = {**plain, "documents": documents, "claims": {k: {**c, "reported_in": told} for k, c in plain["claims"].items()}}
    np.testing.assert_array_equal(before.draws, ByFit(echoed).draws)


@st.composite
def mixed_cases(draw):
    """One quantity with ranges and up to two bounds or two-piece claims, by sources that repeat themselves, form groups and overstate."""
    support = draw(supports)
    plain = one_quantity(draw(any_sources), support, common_error=draw(st.sampled_from([0, 0.7, 1.5])))
    claims = dict(plain["claims"])
    for i, (kind, at, left, right) in enumerate(draw(st.lists(st.tuples(st.sampled_from(["at_least", "at_most", "quantiles"]), centre, half, half), max_size=2))):
        a, m, b = (float(f"{GINV[support](v):.9g}") for v in (at - left, at, at + right))
        said = {"quantiles": {"0.05": a, "0.5": m, "0.95": b}} if kind == "quantiles" else {kind: m or 0.1, "within": "5%"}
        claims[f"also{i}"] = {"source": draw(st.sampled_from(["s0", "s1", "s2"])), "about": "x", "weight": draw(weight), **said}
    sources = {s: {"weight": 0.5} for s in ("s0", "s1", "s2")}
    if draw(st.booleans()):
        sources["s0"]["overstates_by"] = [0.8, 1.9]
    if draw(st.booleans()):
        sources["s1"]["group"] = sources["s2"]["group"] = "service"
    return {**plain, "sources": sources, "claims": claims, "settings": {"pooling": draw(st.sampled_from(["hierarchical", "hierarchical", "linear", "log"]))}}


@pytest.mark.slow
@settings(by_fits, max_examples=14)
@given(mixed_cases())
def test_fits_are_what_quadrature_gives(plain):
    expected, found = ByQuadrature(plain), ByFit(plain)
    shift, error = moved(expected, found)
    assert (np.abs(shift) < error).all(), (shift, error)
