"""Lowered programs: the evaluator's density in v, tails included; in u the same measure, absorbed bounds and all."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest
from scipy import integrate, special, stats
from scipy.stats import qmc

from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator
from nkestimate.engine.instructions import CODES
from nkestimate.engine.kernel import evaluate, gradient, operate_one
from nkestimate.engine.nuts import Effort
from nkestimate.inference.choices import configurations, count_configurations, restricted
from nkestimate.inference.lower import lower
from nkestimate.inference.sampling import sample_density
from random_cases import load, random_case

CASES = 120


def points_of(density, seed, size=20):
    """Points of the prior, points far out, and points beyond all reason."""
    rng = np.random.default_rng(seed)
    v = Evaluator(density).prior_draws(size, rng)
    return np.concatenate([v, v + 10 * rng.standard_normal(v.shape), 8 * rng.standard_normal(v.shape), 60 * rng.standard_normal((5, v.shape[1]))])


def assert_same(got, expected):
    np.testing.assert_array_less(np.abs(got - expected), 1e-9 * (1 + np.abs(expected)))


@pytest.mark.parametrize("seed", range(CASES))
def test_program_is_the_evaluator(seed):
    density = compile_case(load(random_case(Random(seed))))
    lowered = lower(density, {}, standardise=False)
    v = points_of(density, seed)
    expected = Evaluator(density).log_density(v)
    got, outputs = evaluate(lowered.program, v)
    np.testing.assert_array_equal(outputs, v)
    assert not lowered.walls
    finite = np.isfinite(expected)
    assert finite[:20].all()
    assert_same(got[finite], expected[finite])
    # beyond what a float can hold the two may part (one under-, the other overflows), but never where there is mass
    assert np.isfinite(got[:20]).all()


@pytest.mark.parametrize("seed", range(CASES, CASES + 40))
def test_program_is_the_evaluator_with_walls(seed):
    """Where every positive target is well above 0 there is no difference; at or below 0 the evaluator has density 0."""
    density = compile_case(load(random_case(Random(seed), walls=True)))
    lowered = lower(density, {}, standardise=False)
    v = points_of(density, seed)
    expected = Evaluator(density).log_density(v)
    got, _ = evaluate(lowered.program, v)
    # a wall is a slope of 20 times what is missing: where the program falls short of the density the target is near 0
    finite = np.isfinite(expected)
    if not lowered.walls:
        assert_same(got[finite], expected[finite])
    elif finite[:20].any():
        assert (np.abs(got[finite] - expected[finite]) <= 1e-9 * (1 + np.abs(expected[finite]))).any()


@pytest.mark.parametrize("seed", range(200, 230))
def test_program_of_each_configuration_is_the_restricted_density(seed):
    density = compile_case(load(random_case(Random(seed))))
    if count_configurations(density) > 30:
        pytest.skip("many configurations")
    v = points_of(density, seed, 5)
    for configuration in configurations(density):
        expected = Evaluator(restricted(density, configuration)).log_density(v)
        got, _ = evaluate(lower(density, configuration, standardise=False).program, v)
        finite = np.isfinite(expected)
        assert_same(got[finite], expected[finite])


def complex_run(program, point):
    """Run a program in complex numbers, by NumPy: the imaginary part carries an exact derivative."""
    by_code = {code: name for name, code in CODES.items()}

    def first_order(value, slope, z):
        return complex(value, slope * z.imag)

    def mills(x):
        return math.sqrt(2 / math.pi) / special.erfcx(-x / math.sqrt(2))

    def truncated(a, b):
        w = operate_one(CODES["truncated"], a.real, b.real)[0]
        return complex(w, (mills(a.real) * a.imag + mills(b.real) * b.imag) / mills(w))

    def half_normal(a, b):
        tau = operate_one(CODES["half_normal"], a.real, a.real)[0]
        return complex(tau, stats.norm.pdf(a.real) / stats.halfnorm.pdf(tau) * a.imag)

    functions = {
        "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": lambda a, b: a / b, "pow": lambda a, b: a**b,
        "min": lambda a, b: a if a.real <= b.real else b, "max": lambda a, b: a if a.real >= b.real else b, "neg": lambda a, b: -a,
        "square": lambda a, b: a * a, "exp": lambda a, b: np.exp(a), "log": lambda a, b: np.log(a), "sqrt": lambda a, b: np.sqrt(a),
        "sigmoid": lambda a, b: first_order(special.expit(a.real), special.expit(a.real) * special.expit(-a.real), a),
        "softplus": lambda a, b: first_order(np.logaddexp(0, a.real), special.expit(a.real), a),
        "log_ndtr": lambda a, b: first_order(special.log_ndtr(a.real), mills(a.real), a),
        "logaddexp": lambda a, b: a * special.expit(a.real - b.real) + b * special.expit(b.real - a.real)
        + np.logaddexp(a.real, b.real) - a.real * special.expit(a.real - b.real) - b.real * special.expit(b.real - a.real),
        "truncated": truncated,
        "half_normal": half_normal,
    }  # fmt: skip
    registers = [complex(c) for c in program.constants] + [complex(x) for x in point]
    for code, left, right, third in zip(program.code, program.left, program.right, program.third, strict=True):
        a, b, name = registers[left], registers[right], by_code[int(code)]
        registers.append(complex(a * b + registers[third] if name == "fma" else functions[name](a, b)))
    return registers[program.result]


@pytest.mark.parametrize("standardise", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_gradients_are_complex_step_derivatives(seed, standardise):
    density = compile_case(load(random_case(Random(seed))))
    program = lower(density, {}, standardise=standardise).program
    rng = np.random.default_rng(seed)
    near = [rng.standard_normal(program.inputs) if standardise else Evaluator(density).prior_draws(1, rng)[0] for _ in range(2)]
    for at in [*near, near[0] + 5 * rng.standard_normal(program.inputs)]:
        value, slope = gradient(program, at[program.active])
        for k, i in enumerate(program.active):
            with np.errstate(all="ignore"):
                exact = complex_run(program, at + 1e-150j * np.eye(program.inputs)[i])
            if math.isfinite(value):
                assert exact.real == pytest.approx(value, rel=1e-9, abs=1e-9)
                # far out in u, conditioning on claims far sharper than τ leaves some ten digits to cancel
                tolerance = 1e-5 if standardise else 1e-8
                assert slope[k] == pytest.approx(exact.imag / 1e-150, rel=tolerance, abs=tolerance)


# ---------------------------------------------------------------- the map u → v


def absorbed(density, program):
    """The inputs that bounds add: two each, and where there are any, one for each quantity."""
    more = program.inputs - density.size
    return more - sum(p.role == "quantity" for p in density.parameters) if more else 0


def evaluate_all(program, u):
    """Log density of all inputs: those that the program's does not depend on are standard normal."""
    log_density, v = evaluate(program, u)
    rest = np.delete(u, program.active, axis=-1)
    return log_density + stats.norm.logpdf(rest).sum(axis=-1), v


@pytest.mark.parametrize("seed", range(60))
def test_u_is_a_change_of_variables(seed):
    """Where no bound is taken in: log p(u) = log p(v(u)) + log |det dv/du|, the determinant by differences."""
    density = compile_case(load(random_case(Random(seed))))
    if absorbed(density, lower(density, {}).program):
        pytest.skip("bounds are taken in")
    assert_change_of_variables(density, seed)


def assert_change_of_variables(density, seed):
    program = lower(density, {}).program
    rng = np.random.default_rng(seed)
    for u in rng.standard_normal((5, density.size)):
        h = 1e-5
        steps = np.concatenate([u + h * np.eye(density.size), u - h * np.eye(density.size)])
        _, v = evaluate(program, steps)
        jacobian = (v[: density.size] - v[density.size :]) / (2 * h)
        log_density, at = evaluate_all(program, u)
        expected = Evaluator(density).log_density(at) + np.linalg.slogdet(jacobian)[1]
        assert float(log_density) == pytest.approx(float(expected), abs=1e-5 * (1 + abs(float(expected))))


@pytest.mark.parametrize("common_error", [0, 0.7])
@pytest.mark.parametrize("about", ["x", "x + y", "x * y"])
def test_an_error_shared_with_a_bound_is_set_last(make, about, common_error):
    """A source's range and its bound on one target share ε: set from the range once all else is known, the density is the same."""
    said = {"range": {"source": "s", "about": about, "estimate": 3, "standard_error": 0.3}, "bound": {"source": "s", "about": about, "at_most": 4}}
    other = {"other": {"source": "t", "about": "x", "estimate": 1, "standard_error": 0.5}}
    quantities = {"x": {"unit": ""}, "y": {"unit": "", "prior": "LogNormal(0, 1)", "rationale": "r"}}
    density = compile_case(make(settings={"common_error": common_error}, sources={"s": {"weight": 0.2}, "t": {"weight": 0.6}},
                                quantities=quantities, claims={**said, **other}))
    assert sum(p.role == "epsilon" for p in density.parameters) == 1
    if not absorbed(density, lower(density, {}).program):
        assert_change_of_variables(density, 1)
        free = density.size - lower(density, {}).program.active.size
        assert free == 0  # the bound reads it
    sampled = sample_density(density, Effort(500, 400, 4), 1)
    assert sampled.divergences == 0


@pytest.mark.parametrize("prior", ["LogNormal(0.3, 0.5)", {"between": [1, 3]}, "Gamma(2, 1)", None])
@pytest.mark.parametrize("pooling", ["linear", "log", "hierarchical"])
def test_a_prior_beside_a_pool_is_counted_once(make, pooling, prior):
    """One quantity, with and without a prior of its own beside its claims: ∫ p(u) du is ∫ p(v) dv, and so is the median."""
    stated = {"prior": prior, "rationale": "r"} if prior else {}
    claims = {f"c{i}": {"source": "a", "about": "x", "estimate": e, "standard_error": 0.4} for i, e in enumerate([1, 2])}
    density = compile_case(make(settings={"pooling": pooling}, sources={"a": {"weight": 1}}, quantities={"x": {"unit": "", **stated}}, claims=claims))
    assert density.size == 1
    u = np.linspace(-9, 9, 20_001)[:, None]
    log_u, v = evaluate_all(lower(density, {}).program, u)
    grid = np.linspace(-8, 8, 20_001)[:, None]
    with np.errstate(all="ignore"):
        p = np.exp(Evaluator(density).log_density(grid))
    mass_u, mass_v = np.exp(log_u) * (u[1, 0] - u[0, 0]), p * (grid[1, 0] - grid[0, 0])
    assert mass_u.sum() == pytest.approx(mass_v.sum(), rel=2e-3)
    medians = [x[np.searchsorted(np.cumsum(m) / m.sum(), 0.5), 0] for x, m in ((v, mass_u), (grid, mass_v))]
    assert medians[0] == pytest.approx(medians[1], abs=3e-3)


# ---------------------------------------------------------------- bounds: ∫ p(u) over what G adds is p(v)


def importance(program, seed, power=16):
    """Points of p(u) by quasi-Monte Carlo from a standard normal: v, and weights whose mean is ∫ p(u) du."""
    u = stats.norm.ppf(qmc.Sobol(program.inputs, seed=seed).random_base2(power))
    log_density, v = evaluate(program, u)
    return np.exp(log_density - stats.norm.logpdf(u[:, program.active]).sum(axis=1)), v


def error_of(weight, values):
    """Five standard errors of a weighted mean."""
    share = weight / weight.sum()
    return 5 * math.sqrt(np.sum((share * (values - share @ values)) ** 2))


def size_of(weight):
    return weight.sum() ** 2 / (weight @ weight)


BOUNDED = {
    "at its word": ([{"source": "b", "about": "x", "at_most": 3}], "x"),
    "two of them": ([{"source": "b", "about": "x", "at_most": 3}, {"source": "b", "about": "x", "at_least": "1"}], "x"),
    "hopeless": ([{"source": "b", "about": "x", "at_most": "0.1"}], "x"),
    "a prior of its own": ([{"source": "b", "about": "p", "at_least": 3}], "p"),
}


@pytest.mark.parametrize("name", BOUNDED)
def test_what_a_bound_adds_integrates_out(make, name):
    """∫∫ p(u, extra, slack), carried to v, is p(v): the marginal over what the map adds is the density itself, by quadrature in v."""
    claims, about = BOUNDED[name]
    quantity = {"unit": "", "prior": "LogNormal(1, 0.6)", "rationale": "r"}
    density = compile_case(make(sources={"b": {"weight": 1}}, quantities={about: quantity}, claims={f"c{i}": claim for i, claim in enumerate(claims)}))
    program = lower(density, {}).program
    assert absorbed(density, program) == 2 * len(claims)
    assert density.size == 1
    weight, v = importance(program, 1)

    def p(x):
        return float(np.exp(Evaluator(density).log_density(np.array([x]))))

    z, _ = integrate.quad(p, -25, 25, points=[-3, -2, 0, 1, 2], limit=500)
    assert weight.mean() == pytest.approx(z, rel=1e-6 + 5 * weight.std() / weight.mean() / math.sqrt(weight.size))
    for level in (0.1, 0.5, 0.9):
        order = np.argsort(v[:, 0])
        at = v[order[np.searchsorted(np.cumsum(weight[order]), level * weight.sum())], 0]
        below, _ = integrate.quad(p, -25, at, points=[min(at, x) - 1e-9 for x in (-3, -2, 0, 1)], limit=500)
        assert below / z == pytest.approx(level, abs=5 * math.sqrt(level * (1 - level) / size_of(weight)))


@pytest.mark.parametrize("target", ["x", "x * 1"])
@pytest.mark.parametrize("said", [{"at_most": "2", "within": 0.3}, {"at_least": "5", "within": 0.3}], ids=str)
def test_a_doubted_bound_and_its_shared_errors_integrate_out(make, target, said):
    """With τ pinned: ∫ p(u) du is ∫ p(v) dv over x, η and ε by quadrature, and so are their means and variances."""
    sources = {"a": {"weight": 1}, "b": {"weight": 0.4}}
    claims = {"base": {"source": "a", "about": "x", "between": [2, 9]}, "low": {"source": "b", "about": target, **said},
              "two": {"source": "b", "about": target, "between": [1, 3]}}  # fmt: skip
    settings = {"dark_uncertainty": "Uniform(0.399999, 0.400001)"}
    density = compile_case(make(settings=settings, sources=sources, quantities={"x": {"unit": ""}}, claims=claims))
    index = [density.index[name] for name in ("x", f"eta[{target}]", f"epsilon[b, {target}]")]
    (tau,) = set(range(density.size)) - set(index)
    program = lower(density, {}).program
    assert absorbed(density, program) == 2
    weight, v = importance(program, 2)
    axes = [np.linspace(-3, 6, 101), np.linspace(-7, 7, 81), np.linspace(-7, 7, 81)]
    points = np.zeros((*(axis.size for axis in axes), density.size))
    for i, grid in zip(index, np.meshgrid(*axes, indexing="ij"), strict=True):
        points[..., i] = grid
    # τ is known: its own density integrates to 1, wherever it is taken
    evaluator = Evaluator(density)
    logs = evaluator.log_density(points) - evaluator.log_prior(points)[density.parameters[tau].name]
    mass = np.exp(logs) * math.prod(axis[1] - axis[0] for axis in axes)
    assert weight.mean() == pytest.approx(mass.sum(), rel=1e-4 + 5 * weight.std() / weight.mean() / math.sqrt(weight.size))
    for i in index:
        expected = np.sum(mass * points[..., i]) / mass.sum()
        assert weight @ v[:, i] / weight.sum() == pytest.approx(expected, abs=1e-4 + error_of(weight, v[:, i]))
        square = (v[:, i] - expected) ** 2
        spread = np.sum(mass * (points[..., i] - expected) ** 2) / mass.sum()
        assert weight @ square / weight.sum() == pytest.approx(spread, abs=1e-4 + error_of(weight, square))


def bounded_panel(make, random):
    """Bounds and others of sources that repeat themselves at several weights, on a quantity, a product and a sum; priors that they do not outdo."""
    sources = {f"s{i}": {"weight": 1, **({"overstates_by": [1.0, 2.0]} if random.random() < 0.3 else {})} for i in range(3)}
    claims = {}
    for i in range(random.randint(3, 6)):
        value = round(math.exp(random.gauss(0, 0.7)), 3)
        said = random.choice([{"at_most": value, "within": 0.4}, {"at_least": value, "within": 0.4}, {"estimate": value, "standard_error": value / 2}])
        weight = random.choice([1, 0.9, 0.5, 0.5, 0.3, 0.05, 0.001])
        claims[f"c{i}"] = {"source": random.choice(list(sources)), "weight": weight, "about": random.choice(["x", "x", "x * y", "x + y"]), **said}
    used = {claim["source"] for claim in claims.values()}
    quantities = {key: {"unit": "", "prior": "LogNormal(0, 0.8)", "rationale": "r"} for key in "xy"}
    return compile_case(make(sources={key: sources[key] for key in sorted(used)}, quantities=quantities, claims=claims,
                             settings={"common_error": random.choice([0, 0.7, 2])}))


@pytest.mark.parametrize("seed", range(40))
def test_bounds_of_random_panels_integrate_out(make, seed):
    """By importance from the prior in v and from a standard normal in u: the same integral and the same means."""
    density = bounded_panel(make, Random(seed))
    weight, v = importance(lower(density, {}).program, seed, power=15)
    evaluator = Evaluator(density)
    prior = evaluator.prior_draws(120_000, np.random.default_rng(seed))
    by_prior = np.exp(sum(evaluator.log_likelihood(prior).values()))
    if min(size_of(weight), size_of(by_prior)) < 300:
        pytest.skip("importance sampling says little here")
    error = 5 * math.hypot(size_of(weight) ** -0.5, size_of(by_prior) ** -0.5)
    assert math.log(weight.mean()) == pytest.approx(math.log(by_prior.mean()), abs=error)
    for i in range(density.size):
        centre, spread = np.median(prior[:, i]), np.std(prior[:, i])
        got, wanted = (np.tanh((x - centre) / spread) for x in (v[:, i], prior[:, i]))
        error = 1.2 * math.hypot(error_of(weight, got), error_of(by_prior, wanted))
        assert weight @ got / weight.sum() == pytest.approx(by_prior @ wanted / by_prior.sum(), abs=error)


def test_a_gaussian_posterior_is_standard_in_u(make):
    """With all claims at their word the map is exact: p(u) is the evidence times a standard normal, and nothing is left to sample."""
    claims = {f"c{i}": {"source": "a", "about": "x", "estimate": e, "standard_error": s} for i, (e, s) in enumerate([(1, 0.01), (1.2, 0.5), (0, 3)])}
    density = compile_case(make(quantities={"x": {"unit": "", "support": "real"}}, claims=claims))
    program = lower(density, {}).program
    assert program.active.size == 0
    u = np.linspace(-6, 6, 25)[:, None]
    log_density, v = evaluate(program, u)
    # conjugate: the claims' joint normal has this log density, prior variance b² shared by all
    (prior,) = [p.prior for p in density.parameters]
    m, noise = np.array([1, 1.2, 0]), np.diag([0.01, 0.5, 3]) ** 2
    evidence = stats.multivariate_normal.logpdf(m, np.full(3, prior["mu"]), noise + prior["sigma"] ** 2)
    np.testing.assert_allclose(log_density, evidence, rtol=1e-12)
    precision = 1 / prior["sigma"] ** 2 + np.sum(1 / np.diag(noise))
    mean = (prior["mu"] / prior["sigma"] ** 2 + np.sum(m / np.diag(noise))) / precision
    np.testing.assert_allclose(v[:, 0], mean + u[:, 0] / math.sqrt(precision), rtol=1e-12)
