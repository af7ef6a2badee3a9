"""Networks of normal differences: integrals, means and covariances against dense Gaussian algebra in fractions."""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from scipy import stats
from scipy.stats import qmc

from nkestimate.engine.kernel import evaluate
from nkestimate.engine.program import Tracer
from nkestimate.inference.network import GROUND, Bound, Network, bounded


def random_links(random, size, loops, low=-12.0, high=6.0):
    """Links of a connected network on nodes 0 to size − 1 and the ground: a tree, and some more."""
    links = []
    for node in range(size):
        other = random.choice([GROUND, *range(node)])
        links.append((node, other))
    for _ in range(loops):
        links.append(tuple(random.sample([GROUND, *range(size)], 2)))
    return [(a, b, random.gauss(0, 1) * 10 ** random.uniform(-2, 2), 10 ** random.uniform(low, high)) for a, b in links]


class Dense:
    """∫ Π Normal(offset; z_a − z_b, variance) dz by a precision matrix, in fractions: no digit is lost."""

    def __init__(self, links, size):
        precision = [[Fraction(0)] * size for _ in range(size)]
        shift, square = [Fraction(0)] * size, Fraction(0)
        for a, b, offset, variance in links:
            offset, variance = Fraction(offset), Fraction(variance)
            square += offset**2 / variance
            ends = [(i, sign) for i, sign in ((a, 1), (b, -1)) if i != GROUND]
            for i, sign in ends:
                shift[i] += sign * offset / variance
                for j, other in ends:
                    precision[i][j] += sign * other / variance
        determinant, self.cov = inverted(precision)
        self.mean = [sum(c * x for c, x in zip(row, shift, strict=True)) for row in self.cov]
        square -= sum(x * m for x, m in zip(shift, self.mean, strict=True))
        logs = math.fsum([*(math.log(variance) for *_, variance in links), math.log(determinant.numerator) - math.log(determinant.denominator)])
        self.log_integral = -((len(links) - size) * math.log(2 * math.pi) + logs + float(square)) / 2
        self.mean.append(Fraction(0))  # the ground, which is −1
        self.cov = [[*row, Fraction(0)] for row in self.cov] + [[Fraction(0)] * (size + 1)]

    def difference(self, a, b):
        return float(self.mean[a] - self.mean[b])

    def covariance(self, i, a, b):
        return float(self.cov[i][a] - self.cov[i][b])

    def variance(self, a, b):
        return float(self.cov[a][a] - 2 * self.cov[a][b] + self.cov[b][b])

    @property
    def arrays(self):
        """Mean and covariance of the nodes as arrays."""
        return np.array([float(m) for m in self.mean[:-1]]), np.array([[float(c) for c in row[:-1]] for row in self.cov[:-1]])


def inverted(matrix):
    """Determinant and inverse of a positive matrix of fractions, by elimination."""
    size = len(matrix)
    rows = [[*row, *(Fraction(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    determinant = Fraction(1)
    for i in range(size):
        pivot = rows[i][i]
        determinant *= pivot
        rows[i] = [x / pivot for x in rows[i]]
        for j in range(size):
            if j != i and rows[j][i]:
                rows[j] = [x - rows[j][i] * y for x, y in zip(rows[j], rows[i], strict=True)]
    return determinant, [row[size:] for row in rows]


def integrated(links, inputs=0):
    network = Network(Tracer(inputs))
    for link in links:
        network.connect(*link)
    network.integrate()
    return network


def numbers(t, values):
    """The values of what was recorded, where nothing is an input."""
    return [t.known(value) for value in values]


def log_integral(network):
    return math.fsum(numbers(network.t, network.parts)) - math.fsum(numbers(network.t, network.halves)) / 2


NETWORKS = [pytest.param(seed, size, loops, id=f"{size} nodes, {loops} loops, {seed}")
            for size, loops in [(1, 0), (1, 3), (3, 0), (5, 1), (6, 4), (8, 12)] for seed in range(12)]


@pytest.mark.parametrize(("seed", "size", "loops"), NETWORKS)
def test_integral_means_and_covariances_are_those_of_dense_algebra(seed, size, loops):
    random = Random(f"{seed} {size} {loops}")
    links = random_links(random, size, loops)
    dense, network = Dense(links, size), integrated(links)
    assert log_integral(network) == pytest.approx(dense.log_integral, rel=1e-10, abs=1e-9)
    means, differences = network.values(None)
    offsets = max(abs(offset) for _, _, offset, _ in links)
    assert numbers(network.t, [means[i] for i in range(size)]) == pytest.approx([dense.difference(i, GROUND) for i in range(size)], rel=1e-10,
                                                                                 abs=1e-14 * offsets)
    for (a, b), value in differences.items():
        assert network.t.known(value) == pytest.approx(dense.difference(a, b), rel=1e-10, abs=1e-14 * offsets)
    nodes = [GROUND, *range(size)]
    for _ in range(6):
        a, b = random.sample(nodes, 2)
        response = network.response(a, b)
        sd = math.sqrt(dense.variance(a, b))
        for i, own in enumerate(math.sqrt(x) for x in np.diag(dense.arrays[1])):
            assert network.t.known(response[i]) == pytest.approx(dense.covariance(i, a, b), rel=1e-9, abs=1e-9 * own * sd)


@pytest.mark.parametrize("seed", range(8))
def test_noise_makes_draws_of_the_posterior(seed):
    """z is linear in standard normal noise: its columns times themselves are the covariance."""
    size, random = 6, Random(seed)
    links = random_links(random, size, 4, low=-2, high=2)
    dense, network = Dense(links, size), integrated(links, size)
    values, differences = network.values(dict(enumerate(network.t.inputs)))
    pairs = list(differences)
    program = network.t.program(network.t.scalar(0.0), [*(values[i] for i in range(size)), *(differences[pair] for pair in pairs)])
    _, at = evaluate(program, np.concatenate([np.zeros((1, size)), np.eye(size)]))
    mean, columns = at[0], (at[1:] - at[0])
    np.testing.assert_allclose(mean[:size], [dense.difference(i, GROUND) for i in range(size)], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(columns[:, :size].T @ columns[:, :size], dense.arrays[1], rtol=1e-8, atol=1e-10)
    for column, (a, b) in zip(columns[:, size:].T, pairs, strict=True):
        assert column @ column == pytest.approx(dense.variance(a, b), rel=1e-8)


# ---------------------------------------------------------------- nothing cancels


def test_a_sharp_claim_beside_a_vague_prior_is_exact():
    """x ~ Normal(0, 1e6²), m = x + ε ± 1e-9 with ε of variance 1e6: ε + x is known to 1e-9, and a precision matrix would lose it."""
    b, own, s, m = 1e6, 1e3, 1e-9, 0.7
    links = [(0, GROUND, 0.0, b**2), (1, 0, 0.0, own**2), (1, GROUND, m, s**2)]
    network = integrated(links)
    # m is Normal(0, b² + own² + s²)
    assert log_integral(network) == pytest.approx(stats.norm.logpdf(m, 0, math.sqrt(b**2 + own**2 + s**2)), rel=1e-14)
    whole = Fraction(b) ** 2 + Fraction(own) ** 2 + Fraction(s) ** 2
    x, end = (float(Fraction(m) * v / whole) for v in (Fraction(b) ** 2, Fraction(b) ** 2 + Fraction(own) ** 2))
    residual = float(Fraction(s) ** 2 * (whole - Fraction(s) ** 2) / whole)
    means, differences = network.values(None)
    assert numbers(network.t, [means[0], means[1]]) == pytest.approx([x, end], rel=1e-14)
    assert network.t.known(differences[1, 0]) == pytest.approx(m * own**2 / float(whole), rel=1e-14)
    assert network.t.known(network.response(1, GROUND)[1]) == pytest.approx(residual, rel=1e-12)
    # A precision matrix in doubles: beside 1e18 the other's 1e-6 is lost, and with it what the end says of x.
    precision = np.array([[b**-2 + own**-2, -(own**-2)], [-(own**-2), own**-2 + s**-2]])
    assert precision[1, 1] == s**-2


def test_sharp_claims_that_agree_on_a_doubted_quantity_keep_their_digits():
    """Ten claims of s = 1e-9, each with an error of variance 1: their mean, and its variance (1 + s²)/10, to the last digits."""
    s2, said = 1e-18, [1 + k / 10 for k in range(10)]
    links = [(0, GROUND, 0.0, 1e12)]
    for k, m in enumerate(said):
        links += [(k + 1, 0, 0.0, 1.0), (k + 1, GROUND, m, s2)]
    network = integrated(links)
    one, prior = 1 + s2, 1e12
    precision = 10 / one + 1 / prior
    mean = math.fsum(said) / one / precision
    means, differences = network.values(None)
    assert network.t.known(means[0]) == pytest.approx(mean, rel=1e-14)
    assert network.t.known(network.response(0, GROUND)[0]) == pytest.approx(1 / precision, rel=1e-14)
    for k, m in enumerate(said):
        assert network.t.known(differences[k + 1, 0]) == pytest.approx((m - mean) / one, rel=1e-12, abs=1e-14)
    exact = -0.5 * (10 * math.log(2 * math.pi) + math.log(1 + 10 * prior)) - 0.5 * math.fsum((m - np.mean(said)) ** 2 for m in said) \
        - 0.5 * 10 * np.mean(said) ** 2 / (1 + 10 * prior)  # fmt: skip
    assert log_integral(network) == pytest.approx(exact, rel=1e-13)


# ---------------------------------------------------------------- bounds


def bounded_case(random, size, loops, number):
    links = random_links(random, size, loops, low=-2, high=1)
    links = [(a, b, math.copysign(min(abs(offset), 3.0), offset), variance) for a, b, offset, variance in links]
    dense = Dense(links, size)
    limits = []
    for _ in range(number):
        a, b = random.sample([GROUND, *range(size)], 2)
        variance, sign = 10 ** random.uniform(-2, 0.5), random.choice([1.0, -1.0])
        at = dense.difference(a, b) + random.uniform(-1.5, 1.5) * math.sqrt(dense.variance(a, b) + variance)
        limits.append((a, b, at, variance, sign))
    return links, dense, limits


def joint(dense, size, limits):
    """Mean and covariance of the nodes and of what the bounds limit, with its own error."""
    h = np.zeros((size + len(limits), size))
    h[:size] = np.eye(size)
    for row, (a, b, *_) in zip(h[size:], limits, strict=True):
        for i, sign in ((a, 1.0), (b, -1.0)):
            if i != GROUND:
                row[i] += sign
    cov = h @ dense.arrays[1] @ h.T
    cov[size:, size:] += np.diag([variance for *_, variance, _ in limits])
    return h @ dense.arrays[0], cov


@pytest.mark.parametrize(("seed", "number"), [(seed, number) for number in (1, 2, 3) for seed in range(6)])
def test_bounds_leave_their_probability_and_the_truncated_normal(seed, number):
    """The mean of exp(parts) is the probability that all bounds hold, and of the values their moments given that they do."""
    size, random = 4, Random(f"{seed} {number}")
    links, dense, limits = bounded_case(random, size, 2, number)
    network = integrated(links, size + 2 * number)
    inputs = network.t.inputs
    bounds = [Bound(*one, extra, slack) for one, extra, slack in zip(limits, inputs[size::2], inputs[size + 1 :: 2], strict=True)]
    values, parts = bounded(network, bounds, dict(enumerate(inputs[:size])))
    program = network.t.program(network.t.total(parts), [values[i] for i in range(size)])
    u = stats.norm.ppf(qmc.Sobol(program.inputs, seed=seed).random_base2(15))
    logs, drawn = evaluate(program, u)
    weight = np.exp(logs)
    mean, cov = joint(dense, size, limits)
    signs = np.array([sign for *_, sign in limits])
    at = np.array([limit for _, _, limit, _, _ in limits])
    flipped = cov[size:, size:] * np.outer(signs, signs)
    probability = stats.multivariate_normal.cdf(signs * at, signs * mean[size:], flipped, abseps=1e-6, releps=1e-6, maxpts=2_000_000)
    assert weight.mean() == pytest.approx(probability, rel=3e-3)
    # Given the bounds: quasi-Monte Carlo of the joint normal, of which only what keeps to the bounds is counted.
    root = np.linalg.cholesky(cov + 1e-14 * np.diag(np.diag(cov)))
    z = mean + stats.norm.ppf(qmc.Sobol(len(mean), seed=seed + 100).random_base2(17)) @ root.T
    kept = z[(signs * z[:, size:] <= signs * at).all(axis=1), :size]
    got_mean = weight @ drawn / weight.sum()
    got_cov = (drawn - got_mean).T @ (weight[:, None] * (drawn - got_mean)) / weight.sum()
    sd = kept.std(axis=0)
    error = 5 * (len(kept) ** -0.5 + (weight.sum() ** 2 / (weight @ weight)) ** -0.5)
    assert (np.abs(got_mean - kept.mean(axis=0)) < error * sd).all()
    assert (np.abs(got_cov - np.cov(kept.T)) < 2 * error * np.outer(sd, sd)).all()


def test_one_bound_on_one_unknown_is_exact():
    """x ~ Normal(0, 1), x + Normal(0, 0.5²) ≤ −1: Φ(−1/√1.25), whatever is drawn, and by w = Φ⁻¹(Φ(u) Φ(c)) at the bound's own draw."""
    t = Tracer(3)
    network = Network(t)
    network.connect(0, GROUND, 0.0, 1.0)
    network.integrate()
    values, parts = bounded(network, [Bound(0, GROUND, -1.0, 0.25, 1.0, t.inputs[1], t.inputs[2])], {0: t.inputs[0]})
    u = np.random.default_rng(1).standard_normal((50, 3))
    logs, x = evaluate(t.program(t.total(parts), [values[0]]), u)
    c = -1 / math.sqrt(1.25)
    np.testing.assert_allclose(logs, stats.norm.logcdf(c), rtol=1e-12)
    w = stats.norm.ppf(stats.norm.cdf(u[:, 1]) * stats.norm.cdf(c))
    # What the bound limits is √1.25 w; x given it has mean t/1.25 and variance 0.2, of which a draw is its error less the share that is explained.
    expected = w / math.sqrt(1.25) + u[:, 0] - (u[:, 0] + 0.5 * u[:, 2]) / 1.25
    np.testing.assert_allclose(x[:, 0], expected, rtol=1e-9, atol=1e-12)
