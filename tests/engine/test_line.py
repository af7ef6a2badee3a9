"""Exact draws of one unknown: laws that SciPy knows, and what is left to NUTS."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from nkestimate.density import compile_case
from nkestimate.engine.line import draw_on_line
from nkestimate.engine.nuts import Effort
from nkestimate.engine.program import Tracer
from nkestimate.inference import sampling
from nkestimate.inference.diagnose import measures

MANY = Effort(2500, 0, 4)


def program(log_density):
    t = Tracer(1)
    return t.program(log_density(t, t.inputs[0]), t.inputs)


LAWS = {
    "normal": (stats.norm(0.4, 1.3), lambda t, u: t.square((u - 0.4) / 1.3) * -0.5),
    "narrow": (stats.norm(3, 0.02), lambda t, u: t.square((u - 3) / 0.02) * -0.5),
    "a needle": (stats.norm(3, 1e-9), lambda t, u: t.square((u - 3) / 1e-9) * -0.5),
    "far": (stats.norm(60, 5), lambda t, u: t.square((u - 60) / 5) * -0.5),
    "skewed": (stats.loggamma(0.7), lambda t, u: 0.7 * u - t.exp(u)),
    "two humps": (None, lambda t, u: t.operate("logaddexp", t.square(u + 3) * -0.5, t.square((u - 2) / 0.3) * -0.5)),
}


@pytest.mark.parametrize("name", [name for name, (law, _) in LAWS.items() if law])
def test_draws_have_their_law(name):
    law, log_density = LAWS[name]
    chains = draw_on_line(program(log_density), MANY, 3)
    assert chains.points.shape == (4, 2500, 1)
    assert not chains.diverging.any()
    assert stats.kstest(chains.points.ravel(), law.cdf).pvalue > 1e-3
    r_hat, bulk, tail = measures(chains.points[..., 0])
    assert r_hat < 1.01
    assert min(bulk, tail) > 0.8 * chains.points.size


def test_humps_have_their_masses():
    drawn = draw_on_line(program(LAWS["two humps"][1]), MANY, 4).points.ravel()
    share = 1 / 1.3  # of equal heights, widths 1 and 0.3
    assert (drawn < 0.5).mean() == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / drawn.size))


def test_a_seed_gives_the_same_draws():
    one, again, other = (draw_on_line(program(LAWS["normal"][1]), MANY, seed).points for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("why", "log_density"),
    [
        ("a tail that no grid reaches", lambda t, u: -t.log(1.0 + t.square(u))),
        ("a spike as thin as a cell", lambda t, u: t.operate("logaddexp", t.square(u) * -0.5, t.square((u - 1.0) / 2e-3) * -0.5 + 5.0)),
        ("two needles", lambda t, u: t.operate("logaddexp", t.square((u + 1) / 1e-4) * -0.5, t.square((u - 1) / 1e-4) * -0.5)),
        ("a top too far down for the digits of its points", lambda t, u: t.square(u) * -0.5 - 1e10),
        ("no density at all", lambda t, u: t.log(-1.0 - t.square(u))),
    ],
)
def test_what_a_grid_cannot_do_is_left_to_nuts(why, log_density):
    assert draw_on_line(program(log_density), MANY, 1) is None


@pytest.mark.parametrize("claims", [1, 3])
def test_a_quantity_by_itself_needs_no_chains(make, monkeypatch, claims):
    """Whatever its sources say of it is integrated out, but for the dark uncertainty."""
    monkeypatch.setattr(sampling, "start", None)  # NUTS must not be called
    sources = {key: {"weight": 0.6} for key in "abc"}
    case = make(sources=sources, quantities={"x": {"unit": "metre"}},
                claims={key: {"source": key, "about": "x", "between": [3 + i, 5 + i]} for i, key in enumerate("abc"[:claims])})  # fmt: skip
    sampled = sampling.sample_density(compile_case(case), Effort(500, 200, 4), 1)
    assert not sampled.reasons
    assert sampled.parts[0].modes[0].gate.least_ess > 1500
