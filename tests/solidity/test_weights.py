"""Effective weights against the algebra of linear Gaussian models, written apart from the package."""

from __future__ import annotations

import numpy as np
import pytest

from nkestimate import fit
from nkestimate.solidity.explaining.weights import effective_weights

BRIEF = {"draws": 200, "tune": 300, "chains": 2, "progress": False}
Z90 = 1.6448536269514722


def normal(m, s):
    """A claim with centre m and standard deviation s on the identity scale."""
    return {"estimate": m, "standard_error": s}


def weights_of(case, total="x"):
    return effective_weights(fit(case, **BRIEF), total)


def test_claims_at_their_word_weigh_as_their_precisions(make):
    case = make(quantities={"x": {"unit": "", "support": "real", "prior": "Normal(0, 2)", "rationale": "r"}},
                claims={"c": {"source": "a", "about": "x", **normal(1, 0.5)}, "d": {"source": "a", "about": "x", **normal(3, 1)}})  # fmt: skip
    found = weights_of(case)
    precision = np.array([1 / 0.5**2, 1.0, 1 / 2**2])
    assert [c.weight for c in found.claims] == pytest.approx((precision / precision.sum())[:2], abs=1e-6)
    (target,) = found.targets
    assert target.claims + target.rest == 1
    assert target.rest == pytest.approx(precision[2] / precision.sum(), abs=1e-6)
    assert [c.on_total for c in found.claims] == pytest.approx([c.weight for c in found.claims])


def test_shared_and_own_errors_weigh_as_in_generalised_least_squares(make):
    """Given τ the claims share σ² times the smaller κ, and each has an error of its own; no weight is negative."""
    tau, common = 0.7, 0.6
    case = make(sources={"a": {"weight": 0.7}, "b": {"weight": 0.25}}, settings={"common_error": common},
                quantities={"x": {"unit": "", "support": "real", "prior": "Normal(0, 2)", "rationale": "r",
                                  "dark_uncertainty": f"TruncatedNormal({tau}, 0.0001, 0)"}},
                claims={"c": {"source": "a", "about": "x", **normal(1, 0.5)}, "d": {"source": "b", "about": "x", **normal(2, 0.4)}})  # fmt: skip
    result = fit(case, **BRIEF)
    omega, kappa, m, s = np.array([0.7, 0.25]), np.array([0.3 / 0.7, 3]), np.array([1, 2]), np.array([0.5, 0.4])
    share = omega / omega.sum()
    S2 = (share @ s**2 + share @ (m - share @ m) ** 2) * (1 + share @ share)
    own = np.minimum(kappa, 1) * tau**2 + np.maximum(kappa - 1, 0) * S2
    covariance = np.diag(s**2 + own) + common**2 * S2 * np.minimum.outer(kappa, kappa)
    precision = np.linalg.inv(covariance).sum(axis=0)
    known = precision / (precision.sum() + 1 / 4)
    assert (known > 0).all()
    found = effective_weights(result, "x")
    assert [c.weight for c in found.claims] == pytest.approx(known, abs=2e-3)


def test_two_claims_of_one_source_share_their_error(make):
    tau = 0.7
    case = make(sources={"a": {"weight": 0.5}, "b": {"weight": 0.5}}, settings={"common_error": 0},
                quantities={"x": {"unit": "", "support": "real", "prior": "Normal(0, 2)", "rationale": "r",
                                  "dark_uncertainty": f"TruncatedNormal({tau}, 0.0001, 0)"}},
                claims={key: {"source": source, "about": "x", **normal(1, 0.3)} for key, source in (("c", "a"), ("d", "a"), ("e", "b"))})  # fmt: skip
    same = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    precision = np.linalg.inv(0.3**2 * np.eye(3) + tau**2 * same).sum(axis=0)
    assert [c.weight for c in weights_of(case).claims] == pytest.approx(precision / (precision.sum() + 1 / 4), abs=2e-3)


def test_a_claim_on_a_sum_weighs_on_its_parts(make):
    """t = x + y with x, y ~ N(0, 1), N(0, 2²), and one claim on t: the posterior mean of y moves by 4/(1 + 4 + s²)."""
    quantities = {key: {"unit": "", "support": "real", "prior": f"Normal(0, {sd})", "rationale": "r"} for key, sd in (("x", 1), ("y", 2))}
    case = make(quantities=quantities, derived={"t": {"unit": "", "support": "real", "expr": "x + y"}},
                claims={"c": {"source": "a", "about": "t", **normal(1, 0.5)}})  # fmt: skip
    found = effective_weights(fit(case, **BRIEF), "y")
    assert found.claims[0].weight == pytest.approx(5 / 5.25, abs=1e-6)
    assert found.claims[0].on_total == pytest.approx(4 / 5.25, abs=1e-6)
    assert found.links["t", "y"] == pytest.approx(4 / 5.25, abs=1e-6)
    assert found.links["t", "x"] == pytest.approx(1 / 5.25, abs=1e-6)


def test_pools_weigh_as_pooled(make):
    sections = {"sources": {"a": {"weight": 0.9}, "b": {"weight": 0.3}}, "quantities": {"x": {"unit": "USD"}},
                "claims": {"c": {"source": "a", "about": "x", "between": [9, 11]}, "d": {"source": "b", "about": "x", "between": [9, 11]}}}  # fmt: skip
    log = weights_of(make(**sections, settings={"pooling": "log"}))
    assert [c.weight for c in log.claims] == pytest.approx([0.75, 0.25], abs=1e-6)
    linear = weights_of(make(**sections, settings={"pooling": "linear"}))  # equal components: each holds as often as its ω
    assert [c.weight for c in linear.claims] == pytest.approx([0.75, 0.25], abs=0.08)


def test_a_bound_far_off_weighs_nothing_and_readings_share(make):
    case = make(quantities={"x": {"unit": "USD", "prior": "LogNormal(0, 0.5)", "rationale": "r"}, "y": {"unit": "USD", "prior": "LogNormal(0, 0.5)", "rationale": "r"}},
                claims={"up": {"source": "a", "about": "x", "at_most": 10_000},
                        "c": {"source": "a", "readings": [{"about": "x", "weight": 0.5}, {"about": "y", "weight": 0.5}], "between": [0.5, 2]}})  # fmt: skip
    found = weights_of(case)
    up, both = found.claims
    assert abs(up.weight) < 1e-6
    assert both.targets == ("x", "y")
    s = np.log(4) / (2 * Z90)
    assert both.weight == pytest.approx(0.25 / (0.25 + s**2), rel=0.02)  # one of them holds, and then weighs so
    assert sum(t.claims for t in found.targets) == pytest.approx(both.weight, rel=1e-6)


def test_within_and_between_sources_add_up_to_the_mixtures_variance(make):
    case = make(sources={"a": {"weight": 0.8}, "b": {"weight": 0.4}}, quantities={"x": {"unit": "", "support": "real"}},
                claims={"c": {"source": "a", "about": "x", **normal(1, 0.5)}, "d": {"source": "a", "about": "x", **normal(2, 0.1)},
                        "e": {"source": "b", "about": "x", **normal(5, 1)}, "up": {"source": "b", "about": "x", "at_most": 9}})  # fmt: skip
    (target,) = weights_of(case).targets
    omega, m, s = np.array([0.4, 0.4, 0.4]) / 1.2, np.array([1, 2, 5]), np.array([0.5, 0.1, 1])
    variance = omega @ (s**2 + m**2) - (omega @ m) ** 2
    assert target.within + target.between == pytest.approx(variance)
    assert target.between == pytest.approx(2 / 9 * (5 - 1.5) ** 2)
    assert target.sources == 2


def test_a_correlated_claim_weighs_on_the_other_quantity_by_regression(make):
    """Two normal priors of correlation r: a claim on one moves the other by r σy/σx times its own gain."""
    r, sx, sy, s = 0.8, 2.0, 3.0, 0.5
    real = {"unit": "", "support": "real", "rationale": "r"}
    case = make(quantities={"x": {**real, "prior": f"Normal(0, {sx})"}, "y": {**real, "prior": f"Normal(1, {sy})"}},
                claims={"c": {"source": "a", "about": "x", **normal(1, s)}},
                correlations={"k": {"between": ["x", "y"], "log": r, "rationale": "one market"}})  # fmt: skip
    (claim,) = weights_of(case, "y").claims
    gain = sx**2 / (sx**2 + s**2)
    assert claim.weight == pytest.approx(gain, abs=1e-6)
    assert claim.on_total == pytest.approx(r * sy / sx * gain, abs=1e-6)


def test_claims_on_a_part_weigh_on_its_log_odds(make):
    """Of two parts, claims on each speak of one log-odds with opposite signs: their weights are as their precisions."""
    parts = {key: {"unit": "", "support": "fraction"} for key in ("ayes", "noes")}
    case = make(quantities=parts, shares={"vote": {"parts": ["ayes", "noes"], "prior": "Dirichlet(20, 20)", "rationale": "none abstained"}},
                claims={"y": {"source": "a", "about": "ayes", "counted": "40 of 100"}, "n": {"source": "a", "about": "noes", "counted": "130 of 200"}})  # fmt: skip
    found = {c.claim: c for c in weights_of(case, "ayes").claims}
    h = np.array([1 / (1 / 40.5 + 1 / 60.5), 1 / (1 / 130.5 + 1 / 70.5)])
    assert found["y"].weight / found["n"].weight == pytest.approx(h[0] / h[1], rel=0.02)
    assert found["n"].on_total == pytest.approx(-found["n"].weight, rel=0.02)
