"""Recovery where `reference` does not look: closed forms, many modes, too many modes, walls at a difference near zero."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

import nkestimate
from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator
from nkestimate.engine.nuts import Chains, Effort, Running
from nkestimate.inference.lower import lower
from nkestimate.inference.sampling import MOST_CONFIGURATIONS, sample_density

Z90 = 1.6448536269514722
SIGMAS = 4.5


def run(case, **how):
    return nkestimate.fit(case, progress=False, **how)


def close(p, truth, ess, error=0.0):
    return abs(p - truth) <= SIGMAS * math.sqrt(truth * (1 - truth) / ess) + SIGMAS * error


def assert_law(row, law, tail):
    """Every reported quantile of a row is where a law has it, within Monte Carlo error."""
    for level, value in row["quantiles"].items():
        ess = row["ess_bulk"] if level == "0.5" else min(row["ess_bulk"], tail)
        assert close(law.cdf(value), float(level), ess), (level, value, law.ppf(float(level)))


@pytest.mark.slow
def test_linear_gaussian_case_has_its_closed_form(make):
    """Two real quantities, claims on each, on their sum and on a difference, all at their word: one linear regression."""
    quantities = {"x": {"unit": "", "support": "real", "prior": "Normal(1, 3)", "rationale": "r"},
                  "y": {"unit": "", "support": "real", "prior": "Normal(-2, 5)", "rationale": "r"}}  # fmt: skip
    derived = {"sum": {"unit": "", "support": "real", "expr": "x + y"}, "gap": {"unit": "", "support": "real", "expr": "2 * x - y"}}
    rows = [([1, 0], 2.0, 1.0), ([0, 1], 1.0, 2.0), ([1, 1], 4.0, 0.5), ([2, -1], -1.0, 0.2)]
    claims = {f"c{i}": {"source": "a", "about": about, "estimate": m, "standard_error": s}
              for i, (about, (_, m, s)) in enumerate(zip(["x", "y", "sum", "gap"], rows, strict=True))}  # fmt: skip
    precision = np.diag([1 / 9, 1 / 25]) + sum(np.outer(h, h) / s**2 for h, _, s in rows)
    shift = np.array([1 / 9, -2 / 25]) + sum(np.array(h) * m / s**2 for h, m, s in rows)
    cov = np.linalg.inv(precision)
    mean = cov @ shift
    summary = run(make(quantities=quantities, derived=derived, claims=claims)).summary.plain()
    assert summary["diagnostics"]["ok"], summary["diagnostics"]
    for name, h in (("x", [1, 0]), ("y", [0, 1]), ("sum", [1, 1]), ("gap", [2, -1])):
        row = {**summary["quantities"], **summary["derived"]}[name]
        assert_law(row, stats.norm(np.dot(h, mean), math.sqrt(h @ cov @ np.array(h))), summary["diagnostics"]["min_ess_tail"])


def test_what_is_learned_of_one_of_two_correlated_quantities_moves_the_other(make):
    """Two lognormal priors of correlation r and a claim on one, at its word: jointly normal logs, in closed form."""
    sx, sy, r, s = 0.8, 0.5, 0.9, (math.log(9) - math.log(3)) / (2 * Z90)
    case = make(quantities={"x": {"unit": "", "prior": f"LogNormal(1, {sx})"}, "y": {"unit": "", "prior": f"LogNormal(2, {sy})", "rationale": "r"},
                            "z": {"unit": "", "prior": f"LogNormal(0, {sy})", "rationale": "r"}},
                claims={"c": {"source": "a", "about": "x", "between": [3, 9]}},
                derived={"product": {"unit": "", "expr": "x * y"}},
                correlations={"k": {"between": ["x", "y"], "log": r, "rationale": "both follow the market"}})  # fmt: skip
    gain = sx**2 / (sx**2 + s**2)
    shift, left = gain * ((math.log(3) + math.log(9)) / 2 - 1), sx**2 * (1 - gain)
    slope = r * sy / sx
    summary = run(case).summary.plain()
    assert summary["diagnostics"]["ok"], summary["diagnostics"]
    tail, rows = summary["diagnostics"]["min_ess_tail"], {**summary["quantities"], **summary["derived"]}
    own = sy**2 * (1 - r**2)
    for key, mean, variance in (("x", 1 + shift, left), ("y", 2 + slope * shift, slope**2 * left + own), ("z", 0, sy**2),
                                ("product", 3 + (1 + slope) * shift, (1 + slope) ** 2 * left + own)):  # fmt: skip
        assert_law(rows[key], stats.lognorm(math.sqrt(variance), scale=math.exp(mean)), tail)


@pytest.mark.slow
def test_modes_of_a_pool_that_a_likelihood_touches(make):
    """6,000 ± 100 against 25,000–30,000, reweighted by a third voice on twice the number: masses in closed form."""
    g = math.log
    parts = [(0.8 / 1.2, (g(5900) + g(6100)) / 2, (g(6100) - g(5900)) / (2 * Z90)), (0.4 / 1.2, (g(25e3) + g(30e3)) / 2, (g(30e3) - g(25e3)) / (2 * Z90))]
    m, s = (g(10e3) + g(50e3)) / 2 - g(2), (g(50e3) - g(10e3)) / (2 * Z90)
    evidence = np.array([w * stats.norm.pdf(m, mu, math.hypot(sd, s)) for w, mu, sd in parts])
    large = float(evidence[1] / evidence.sum())
    case = make(
        settings={"pooling": "linear"}, sources={"small": {"weight": 0.8}, "large": {"weight": 0.4}, "word": {"weight": 1}},
        quantities={"troops": {"unit": "person"}}, questions={"large": {"ask": "troops > 15000 person"}},
        claims={"one": {"source": "small", "about": "troops", "between": [5900, 6100]}, "two": {"source": "large", "about": "troops", "between": [25e3, 30e3]},
                "pairs": {"source": "word", "about": "2 * troops", "between": [10e3, 50e3]}},
    )  # fmt: skip
    summary = run(case).summary.plain()
    assert summary["diagnostics"]["ok"], summary["diagnostics"]
    answer = summary["questions"]["large"]
    assert 0.05 < large < 0.95
    assert close(answer["probability"], large, 4000, summary["diagnostics"]["max_mode_error"])


@pytest.mark.slow
def test_readings_known_in_closed_form(make):
    """A statement read three ways, one of them at another date: π_k times a normal density each."""
    readings = [{"about": "x", "weight": 0.5}, {"about": "y", "weight": 0.3}, {"about": "paid", "weight": 0.2, "as_of": "2024-06-30"}]
    case = make(
        dates={"begin": "2023-06-30"}, quantities={"x": {"unit": ""}, "y": {"unit": ""}},
        derived={"paid": {"unit": "", "expr": "y * years_since(begin) / (1 year)"}},
        claims={"x0": {"source": "a", "about": "x", "between": [10, 20]}, "y0": {"source": "a", "about": "y", "between": [30, 50]},
                "r": {"source": "a", "readings": readings, "between": [22, 40]}},
    )  # fmt: skip

    def posterior(low, high):
        """x given its reference prior and its claim; b is max(2, 5 S)."""
        m, s = (math.log(low) + math.log(high)) / 2, (math.log(high) - math.log(low)) / (2 * Z90)
        # The reading counts in S: with ω = π/2 beside the claim's 1/2 for x, of one source, and for y alike.
        omega = {10: 0.5, 30: 0.3}[low]
        share = np.array([1, omega]) / (1 + omega)
        V = share @ np.array([s, sr]) ** 2 + share @ (np.array([m, mr]) - share @ np.array([m, mr])) ** 2
        b = max(2, 5 * math.sqrt(2 * V + 0.125))
        return m, 1 / (1 / s**2 + 1 / b**2)

    mr, sr = (math.log(22) + math.log(40)) / 2, (math.log(40) - math.log(22)) / (2 * Z90)
    m, s = mr, sr
    (mx, vx), (my, vy) = posterior(10, 20), posterior(30, 50)
    shift = math.log(366 / 365.25)
    raw = np.array([w * stats.norm.pdf(m, mu, math.sqrt(s**2 + v)) for w, mu, v in [(0.5, mx, vx), (0.3, my, vy), (0.2, my + shift, vy)]])
    truth = raw / raw.sum()
    summary = run(case).summary.plain()
    assert summary["diagnostics"]["ok"], summary["diagnostics"]
    got = [r["posterior"] for r in summary["readings"]["r"]]
    np.testing.assert_allclose(got, truth, atol=SIGMAS * summary["diagnostics"]["max_mode_error"] + 1e-4)
    assert summary["diagnostics"]["max_mode_error"] < 0.02


def many_modes(make, places, tie):
    """Bimodal quantities under a linear pool, tied by one claim on their sum."""
    quantities = {f"q{i}": {"unit": "", "support": "real"} for i in range(places)}
    claims = {}
    for i in range(places):
        claims |= {f"low{i}": {"source": "a", "about": f"q{i}", "estimate": 0, "standard_error": 0.1},
                   f"high{i}": {"source": "b", "about": f"q{i}", "estimate": 2**i, "standard_error": 0.1}}  # fmt: skip
    derived = {"all": {"unit": "", "support": "real", "expr": " + ".join(quantities)}}
    claims["tie"] = {"source": "a", "about": "all", "estimate": tie[0], "standard_error": tie[1]}
    asked = {f"high{i}": {"ask": f"q{i} > {2**i / 2}"} for i in range(places)}
    sources = {"a": {"weight": 1}, "b": {"weight": 0.5}}
    return make(settings={"pooling": "linear"}, sources=sources, quantities=quantities, derived=derived, claims=claims, questions=asked)


@pytest.mark.slow
def test_sixteen_modes_in_two_stages(make):
    """2⁴ configurations, most of them negligible: their masses are products of weights times one normal each."""
    mean, error = 6.0, 0.9
    truth = np.zeros(4)
    total = 0.0
    for chosen in itertools.product([0, 1], repeat=4):
        weight = np.prod([(1 / 3) if c else (2 / 3) for c in chosen])
        mass = weight * stats.norm.pdf(mean, sum(2**i * c for i, c in enumerate(chosen)), math.sqrt(error**2 + 4 * 0.01))
        total += mass
        truth += mass * np.array(chosen)
    truth /= total
    fit = run(many_modes(make, 4, (mean, error)))
    diagnostics = fit.summary.plain()["diagnostics"]
    assert diagnostics["ok"], diagnostics
    assert 3 < diagnostics["modes"] < 16  # some are kept, some are negligible
    for i, p in enumerate(truth):
        answer = fit.summary.plain()["questions"][f"high{i}"]
        assert close(answer["probability"], float(p), 4000, answer["mcse"]), (i, answer, p)


@pytest.mark.slow
def test_more_modes_than_can_be_weighed_are_owned_up_to(make):
    """2⁹ configurations: draws and readings are written all the same, and the diagnostics fail."""
    places = math.ceil(math.log2(MOST_CONFIGURATIONS + 1))
    summary = run(many_modes(make, places, (6.0, 0.9)), draws=60, tune=200, chains=2).summary.plain()
    assert not summary["diagnostics"]["ok"]
    assert any("cannot be vouched for" in reason for reason in summary["diagnostics"]["reasons"])
    assert len(summary["quantities"]) == places


@pytest.mark.slow
def test_readings_that_are_too_many_still_have_probabilities(make):
    readings = [{"about": "x", "weight": 0.5}, {"about": "y", "weight": 0.5}]
    claims = {"x0": {"source": "a", "about": "x", "between": [10, 12]}, "y0": {"source": "a", "about": "y", "between": [20, 24]}}
    claims |= {f"r{i}": {"source": "a", "readings": readings, "between": [10, 12] if i % 2 else [20, 24]} for i in range(9)}
    summary = run(make(quantities={"x": {"unit": ""}, "y": {"unit": ""}}, claims=claims), draws=100, tune=300, chains=2).summary.plain()
    assert not summary["diagnostics"]["ok"]
    for i in range(9):
        got = [r["posterior"] for r in summary["readings"][f"r{i}"]]
        assert sum(got) == pytest.approx(1)
        assert got[0] > 0.99 if i % 2 else got[0] < 0.01


# ---------------------------------------------------------------- walls


def wall_grid(density, size=801):
    """Posterior of two quantities by the evaluator on a grid, for a case whose only unknowns they are: where what is said of them is."""
    said = [f for term in density.terms for option in term.options for f in option.factors if f.target in ("x", "y")]
    axes = []
    for name in ("x", "y"):
        spreads = [f.spread for f in said if f.target == name]
        axes.append(np.linspace(min(s.m - 7 * s.s for s in spreads), max(s.m + 7 * s.s for s in spreads), size))
    a, b = axes
    x, y = np.meshgrid(a, b, indexing="ij")
    with np.errstate(all="ignore"):
        logs = Evaluator(density).log_density(np.stack([x, y], axis=-1))
    mass = np.exp(logs - logs.max())
    mass /= mass.sum()
    shares = {}
    for name, options in Evaluator(density).log_options(np.stack([x, y], axis=-1)).items():
        whole = np.logaddexp.reduce(options)
        shares[name] = [float(np.sum(mass * np.exp(np.where(np.isfinite(whole), option - whole, -np.inf)))) for option in options]
    return np.exp(x), np.exp(y), mass, shares


WALLS = {
    "a bound far away": {"c": {"source": "a", "about": "x - y", "at_most": 1000}},
    "a bound near zero": {"c": {"source": "a", "about": "x - y", "at_most": "0.5", "within": 0.2}},
    "a value near zero": {"c": {"source": "a", "about": "x - y", "between": [0.2, 1]}},
    "a value that the rest denies": {"c": {"source": "a", "about": "x - y", "between": [0.2, 1]},
                                     "x1": {"source": "a", "about": "x", "between": [8.2, 8.8]}, "y1": {"source": "a", "about": "y", "between": [10, 10.6]}},
    "a bound that one reading can't meet": {"c": {"source": "a", "at_most": 40, "readings": [{"about": "x - y", "weight": 0.5}, {"about": "y", "weight": 0.5}]}},
    "a reading that may not be": {"c": {"source": "a", "between": [0.5, 4], "readings": [{"about": "x - y", "weight": 0.5}, {"about": "y - x", "weight": 0.5}]}},
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", WALLS)
def test_a_difference_near_zero(make, name):
    """No draw beyond the wall, and the rest where quadrature has it; or the diagnostics say that it is not."""
    claims = {"x0": {"source": "a", "about": "x", "between": [8, 14]}, "y0": {"source": "a", "about": "y", "between": [7, 13]}, **WALLS[name]}
    fit = run(make(quantities={"x": {"unit": ""}, "y": {"unit": ""}}, derived={"gap": {"unit": "", "support": "real", "expr": "x - y"}}, claims=claims))
    x, y, mass, shares = wall_grid(fit.density)
    summary = fit.summary.plain()
    assert summary["diagnostics"]["ok"], summary["diagnostics"]
    drawn = Evaluator(fit.density).totals(fit.coordinates)["gap"]
    if not shares:
        assert (drawn > 0).all()
    for claim, expected in shares.items():
        got = [r["posterior"] for r in summary["readings"][claim]]
        np.testing.assert_allclose(got, expected, atol=SIGMAS * summary["diagnostics"]["max_mode_error"] + 0.01)
    gap = (x - y).ravel()
    order = np.argsort(gap)
    cdf = np.cumsum(mass.ravel()[order])
    row = summary["derived"]["gap"]
    for level, value in row["quantiles"].items():
        error = summary["diagnostics"]["max_mode_error"] or 0
        ess = min(row["ess_bulk"], summary["diagnostics"]["min_ess_tail"])
        assert close(float(np.interp(value, gap[order], cdf)), float(level), ess, error), (level, value)


@pytest.mark.slow
def test_a_target_that_is_never_positive_is_said_not_to_converge(make):
    """A density that is 0 everywhere: no traceback, and no answer that passes."""
    case = make(quantities={"x": {"unit": ""}}, derived={"d": {"unit": "", "expr": "x - x - 1"}},
                claims={"x0": {"source": "a", "about": "x", "between": [8, 14]}, "c": {"source": "a", "about": "d", "between": [1, 2]}})  # fmt: skip
    assert not run(case, draws=50, tune=100, chains=2).ok


def test_impossible_draws_never_pass(make):
    """A sampler that stays where the density is 0: whatever its chains look like, the run says so."""
    claims = {"x0": {"source": "a", "about": "x", "between": [0.9, 1.1]}, "y0": {"source": "a", "about": "y", "between": [1.8, 2.2]},
              "c": {"source": "a", "about": "gap", "between": [1, 2]}}  # fmt: skip
    density = compile_case(make(sources={"a": {"weight": 1}}, quantities={"x": {"unit": ""}, "y": {"unit": ""}},
                                derived={"gap": {"unit": "", "expr": "x - y"}}, claims=claims))
    rng = np.random.default_rng(1)

    def runner(density, cores):
        def draw(configuration, effort, seed, progress):
            lowered = lower(density, configuration)
            shape = (effort.chains, effort.draws)
            points = 0.1 * rng.standard_normal((*shape, lowered.program.active.size))
            return Running(lambda: Chains(points, np.zeros(shape, bool), np.ones(shape)), lambda: None), lowered

        return draw

    sampled = sample_density(density, Effort(500, 100, 4), 1, engine=runner)
    assert any("lost" in reason for reason in sampled.reasons)


def test_what_was_begun_ahead_is_given_up_where_a_run_fails(make):
    """Each configuration is begun before the one before it is judged; nothing goes on when that one raises."""
    readings = [{"about": "x", "weight": 0.5}, {"about": "y", "weight": 0.5}]
    claims = {"x0": {"source": "a", "about": "x", "around": 3}, "y0": {"source": "a", "about": "y", "around": 5},
              "c": {"source": "a", "readings": readings, "around": 4}}  # fmt: skip
    density = compile_case(make(quantities={"x": {"unit": ""}, "y": {"unit": ""}}, claims=claims))
    told = []

    def runner(density, cores):
        def begin(configuration, effort, seed, progress):
            told.append("begun")

            def chains():
                raise KeyboardInterrupt

            return Running(chains, lambda: told.append("given up")), lower(density, configuration)

        return begin

    with pytest.raises(KeyboardInterrupt):
        sample_density(density, Effort(500, 100, 4), 1, engine=runner)
    assert told == ["begun", "begun", "given up", "given up"]


def test_a_bound_at_a_wall_is_not_taken_in(make):
    """There u would be of another density than the one that draws are thinned by."""
    claims = {"x0": {"source": "a", "about": "x", "between": [1.2, 1.7]}, "low": {"source": "b", "about": "gap", "at_least": 2}}
    case = make(sources={"a": {"weight": 1}, "b": {"weight": 0.5}}, quantities={"x": {"unit": ""}},
                derived={"gap": {"unit": "", "expr": "x - 1"}, "sum": {"unit": "", "expr": "x + 1"}}, claims=claims)  # fmt: skip
    density = compile_case(case)
    assert lower(density, {}).program.inputs == density.size
    claims["low"]["about"] = "sum"
    density = compile_case(make(sources={"a": {"weight": 1}, "b": {"weight": 0.5}}, quantities={"x": {"unit": ""}},
                                derived={"sum": {"unit": "", "expr": "x + 1"}}, claims=claims))  # fmt: skip
    assert lower(density, {}).program.inputs == density.size + 3  # a draw below the limit, its own error, and the quantity given these


@pytest.mark.slow
def test_parts_without_likelihood_are_drawn_exactly(make):
    case = make(quantities={"x": {"unit": "", "prior": "Gamma(3, 0.5)", "rationale": "r"}, "y": {"unit": ""}},
                claims={"y0": {"source": "a", "about": "y", "between": [1, 2]}})  # fmt: skip
    summary = run(case).summary.plain()
    assert_law(summary["quantities"]["x"], stats.gamma(3, scale=2), 4000)
    assert summary["quantities"]["x"]["ess_bulk"] > 3000


@pytest.mark.slow
@pytest.mark.parametrize("weight", [1, 0.5])
def test_a_lopsided_claim_is_where_quadrature_has_it(make, weight):
    """3, 5 and 2,500: one side a thousand times steeper than the other. Over x and, where it is doubted, η and τ."""
    case = make(sources={"a": {"weight": weight}}, quantities={"x": {"unit": "", "support": "real"}},
                claims={"c": {"source": "a", "about": "x", "quantiles": {0.05: 3, 0.5: 5, 0.95: 2500}}})  # fmt: skip
    left, right = 2 / Z90, 2495 / Z90
    s = (left + right) / 2
    b, S = 10 * s, math.sqrt(2 * s**2)
    kappa = (1 - weight) / weight
    nodes, shares = np.polynomial.hermite_e.hermegauss(41) if kappa else (np.zeros(1), np.ones(1))
    taus = S * stats.halfnorm.ppf((np.arange(60) + 0.5) / 60) if kappa else np.zeros(1)
    x = np.concatenate([np.linspace(-8 * b, 5 - 40 * left, 4000), np.linspace(5 - 40 * left, 5 + 40 * left, 4001), np.linspace(5 + 40 * left, 8 * b, 8000)])
    density = np.zeros_like(x)
    for eta, share in zip(nodes, shares, strict=True):
        y = x + 0.7 * S * math.sqrt(kappa) * eta
        for tau in taus:
            sides = [math.hypot(side, math.sqrt(kappa) * tau) for side in (left, right)]
            side = np.where(y > 5, sides[1], sides[0])
            density += share * np.exp(-0.5 * ((5 - y) / side) ** 2) * 2 / sum(sides)
    density *= stats.norm.pdf(x, 5, b)
    cdf = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(x))])
    row = run(case).summary
    assert row.diagnostics.ok, row.diagnostics
    for level, value in row.quantities["x"].quantiles.items():
        assert close(float(np.interp(value, x, cdf / cdf[-1])), float(level), min(row.quantities["x"].ess_bulk, row.diagnostics.min_ess_tail), 0.003)
