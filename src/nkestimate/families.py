"""The distributions of priors: all that the package knows of each stands here together, and a new one is added here alone.

Each has its density twice, on purpose: by special functions, for the evaluator, and recorded on a tracer, for the fast engine; the
tests hold both to `scipy.stats`, which takes longer to import than a fit takes. Its twin in PyMC is PyMC's distribution of the same
name. Numerical libraries are imported where they are needed: reading a case takes none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
Parameters = Mapping[str, float]

_INF = math.inf
POSITIVE, REAL, UNIT = (0.0, _INF), (-_INF, _INF), (0.0, 1.0)
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def z_of(coverage: float) -> float:
    """Return the standard normal quantile that a central range of ``coverage`` ends at."""
    return NormalDist().inv_cdf((1 + coverage) / 2)


def normal_of_range(low: float, high: float, coverage: float) -> tuple[float, float]:
    """Return mean and standard deviation of the normal that a range holds ``coverage`` of, with equal tails."""
    return (low + high) / 2, (high - low) / (2 * z_of(coverage))


class Family:
    """A distribution by name. What is asked of it takes its parameters, by name.

    Attributes
    ----------
    parameters, positive : tuple of str
        In PyMC's order; those that must be above zero.
    ends : (float, float) or None
        The interval that holds all of it; None where ``lower`` and ``upper`` say so.
    scales, rates : tuple of str
        Parameters that are multiplied, and divided, where the variable is multiplied by a factor.
    coordinate : str
        ``log`` or ``logit`` where `record` gives the density of log θ, or of the logit of where θ is within its ends.
    normal_in : str
        The coordinate in which it is normal: ``identity``, ``log``, ``logit``, or empty.
    light : bool
        Whether E exp(pθ) is finite for every p.
    pymc_transform : str
        In place of PyMC's own, by its name there.
    """

    parameters: tuple[str, ...]
    positive: tuple[str, ...] = ()
    scales: tuple[str, ...] = ()
    rates: tuple[str, ...] = ()
    ends: tuple[float, float] | None = None
    coordinate = ""
    normal_in = ""
    light = False
    pymc_transform = ""

    @property
    def name(self) -> str:
        """The name in a case, and PyMC's."""
        return type(self).__name__

    def reach(self, p: Parameters) -> tuple[float, float]:
        """Return the interval that holds all of it."""
        return self.ends or (p["lower"], p["upper"])

    def default(self, parameter: str) -> float | None:
        """Return the value of a parameter that need not be stated."""
        return None

    def stretched(self, p: Parameters, factor: float) -> Parameters | None:
        """Return the parameters of ``factor`` times such a variable; None where the family has no scale."""
        if not (self.scales or self.rates):
            return None
        return {key: value * factor if key in self.scales else value / factor if key in self.rates else value for key, value in p.items()}

    def fault(self, p: Parameters) -> tuple[str, str] | None:
        """Return what is wrong with parameters taken together, and what was expected."""
        if self.ends is None and not p["lower"] < p["upper"]:
            return f"{self.name} from {p['lower']:g} to {p['upper']:g}", "lower below upper"
        return None

    def order(self, p: Parameters) -> float:
        """Return the order below which moments exist."""
        return _INF

    def order_at(self, p: Parameters, end: float) -> float:
        """Return the order below which moments of 1/|θ − end| exist: 1 where the density is positive at the end."""
        return 1.0

    def quantile(self, p: Parameters, u: Array) -> Array:
        """Return the quantile at probabilities, by special functions alone."""
        raise NotImplementedError

    def median(self, p: Parameters) -> float:
        """Return the median."""
        import numpy as np

        return float(self.quantile(p, np.array(0.5)))

    def log_density(self, p: Parameters, x: Array) -> Array:
        """Return the log density at x; -inf outside."""
        import numpy as np

        low, high = self.reach(p)
        with np.errstate(all="ignore"):
            return np.where((x < low) | (x > high), -_INF, self.log_within(p, np.asarray(x, float)))

    def log_within(self, p: Parameters, x: Array) -> Array:
        """Return the log density at x, which is within its ends, by special functions alone."""
        raise NotImplementedError

    def log_logit(self, p: Parameters, v: Array) -> Array:
        """Return the log density of the logit v of where θ is: θ itself rounds to an end long before the tail ends."""
        raise NotImplementedError

    def record(self, t: Any, p: Parameters, theta: Any, v: Any) -> Any:
        """Return the log density of θ, or of v where there is a ``coordinate``, recorded on a tracer; constants are kept."""
        raise NotImplementedError

    def inverted(self, t: Any, p: Parameters, u: Any) -> Any | None:
        """Return θ as a function of a standard normal u, recorded on a tracer, where NUTS fares better so."""
        return None


def _log_normal(t: Any, x: Any, p: Parameters) -> Any:
    return t.square((x - t.scalar(p["mu"])) / p["sigma"]) * -0.5 - t.log(p["sigma"]) - _HALF_LOG_2PI


class Normal(Family):
    """Normal(mu, sigma)."""

    parameters, positive, scales = ("mu", "sigma"), ("sigma",), ("mu", "sigma")
    ends = REAL
    normal_in, light = "identity", True

    def quantile(self, p: Parameters, u: Array) -> Array:
        from scipy import special

        return p["mu"] + p["sigma"] * special.ndtri(u)

    def log_within(self, p: Parameters, x: Array) -> Array:
        return -0.5 * ((x - p["mu"]) / p["sigma"]) ** 2 - math.log(p["sigma"]) - _HALF_LOG_2PI

    def record(self, t: Any, p: Parameters, theta: Any, v: Any) -> Any:
        return _log_normal(t, theta, p)


class LogNormal(Normal):
    """exp of Normal(mu, sigma)."""

    ends, coordinate, normal_in, light = POSITIVE, "log", "log", False

    def stretched(self, p: Parameters, factor: float) -> Parameters | None:
        return {**p, "mu": p["mu"] + math.log(factor)}

    def order_at(self, p: Parameters, end: float) -> float:
        return _INF

    def quantile(self, p: Parameters, u: Array) -> Array:
        import numpy as np

        return np.exp(super().quantile(p, u))

    def log_within(self, p: Parameters, x: Array) -> Array:
        import numpy as np

        return np.where(x > 0, Normal.log_within(self, p, np.log(x)) - np.log(x), -_INF)

    def record(self, t: Any, p: Parameters, theta: Any, v: Any) -> Any:
        return _log_normal(t, v, p)


class LogitNormal(LogNormal):
    """expit of Normal(mu, sigma)."""

    ends, coordinate, normal_in, light = UNIT, "logit", "logit", True
    pymc_transform = "logodds"  # PyMC leaves it on (0, 1), where NUTS runs into walls

    def stretched(self, p: Parameters, factor: float) -> Parameters | None:
        return None

    def quantile(self, p: Parameters, u: Array) -> Array:
        from scipy import special

        return special.expit(Normal.quantile(self, p, u))

    def log_within(self, p: Parameters, x: Array) -> Array:
        import numpy as np
        from scipy import special

        return np.where((x > 0) & (x < 1), Normal.log_within(self, p, special.logit(x)) - np.log(x) - np.log1p(-x), -_INF)

    def log_logit(self, p: Parameters, v: Array) -> Array:
        return Normal.log_within(self, p, v)


class HalfNormal(Family):
    """|Normal(0, sigma)|."""

    parameters = positive = scales = ("sigma",)
    ends, light = POSITIVE, True

    def quantile(self, p: Parameters, u: Array) -> Array:
        from scipy import special

        return p["sigma"] * special.ndtri((1 + u) / 2)

    def median(self, p: Parameters) -> float:  # dark uncertainty's, wherever a case states none: reading a case needs no SciPy for it
        return p["sigma"] * NormalDist().inv_cdf(0.75)

    def log_within(self, p: Parameters, x: Array) -> Array:
        return -0.5 * (x / p["sigma"]) ** 2 + 0.5 * math.log(2 / math.pi) - math.log(p["sigma"])

    def record(self, t: Any, p: Parameters, theta: Any, v: Any) -> Any:
        return t.square(theta) * (-0.5 / p["sigma"] ** 2) + (0.5 * math.log(2 / math.pi) - math.log(p["sigma"]))

    def inverted(self, t: Any, p: Parameters, u: Any) -> Any:
        return p["sigma"] * t.operate("half_normal", u)


class HalfCauchy(Family):
    """|Cauchy(0, beta)|."""

    parameters = positive = scales = ("beta",)
    ends, coordinate = POSITIVE, "log"

    def order(self, p: Parameters) -> float:
        return 1.0

    def quantile(self, p: Parameters, u: Array) -> Array:
        import numpy as np

        return p["beta"] * np.tan(math.pi / 2 * u)

    def log_within(self, p: Parameters, x: Array) -> Array:
        import numpy as np

        return math.log(2 / math.pi) - math.log(p["beta"]) - np.log1p((x / p["beta"]) ** 2)

    def record(self, t: Any, p: Parameters, theta: Any, v: Any) -> Any:
        # log(1 + (θ/β)²) with θ = exp(v), so that large v does no harm
        return -t.operate("softplus", 2.0 * (v - math.log(p["beta"]))) + math.log(2 / (math.pi * p["beta"])) + v


class Beta(Family):
    """Beta(alpha, beta)."""

    parameters = positive = ("alpha", "beta")
    ends, coordinate, light = UNIT, "logit", True

    def order_at(self, p: Parameters, end: float) -> float:
        return p["alpha"] if end == 0 else p["beta"]

    def quantile(self, p: Parameters, u: Array) -> Array:
        from scipy import special

        return special.betaincinv(p["alpha"], p["beta"], u)

    def log_within(self, p: Parameters, x: Array) -> Array:
        from scipy import special

        a, b = p["alpha"], p["beta"]
        return special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b)

    def log_logit(self, p: Parameters, v: Array) -> Array:
        from scipy import special

        return p["alpha"] * special.log_expit(v) + p["beta"] * special.log_expit(-v) - special.betaln(p["alpha"], p["beta"])

    def record(self, t: Any, p: Parameters, theta: Any, v: Any) -> Any:
        a, b = p["alpha"], p["beta"]
        constant = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
        return constant - a * t.operate("softplus", -v) - b * t.operate("softplus", v)


class Gamma(Family):
    """Gamma of shape alpha and rate beta."""

    parameters = positive = ("alpha", "beta")
    rates, ends, coordinate = ("beta",), POSITIVE, "log"

    def order_at(self, p: Parameters, end: float) -> float:
        return p["alpha"]

    def quantile(self, p: Parameters, u: Array) -> Array:
        from scipy import special

        return special.gammaincinv(p["alpha"], u) / p["beta"]

    def log_within(self, p: Parameters, x: Array) -> Array:
        from scipy import special

        a, b = p["alpha"], p["beta"]
        return special.xlogy(a - 1, b * x) - b * x + math.log(b) - special.gammaln(a)

    def record(self, t: Any, p: Parameters, theta: Any, v: Any) -> Any:
        a, b = p["alpha"], p["beta"]
        return a * v - b * theta + a * math.log(b) - math.lgamma(a)


class Exponential(Family):
    """Exponential of rate lam."""

    parameters = positive = rates = ("lam",)
    ends = POSITIVE

    def quantile(self, p: Parameters, u: Array) -> Array:
        import numpy as np

        return -np.log1p(-u) / p["lam"]

    def log_within(self, p: Parameters, x: Array) -> Array:
        return math.log(p["lam"]) - p["lam"] * x

    def record(self, t: Any, p: Parameters, theta: Any, v: Any) -> Any:
        return -p["lam"] * theta + math.log(p["lam"])


class Uniform(Family):
    """Uniform from lower to upper."""

    parameters = scales = ("lower", "upper")
    light = True

    def quantile(self, p: Parameters, u: Array) -> Array:
        return p["lower"] + (p["upper"] - p["lower"]) * u

    def log_within(self, p: Parameters, x: Array) -> Array:
        import numpy as np

        return np.full_like(x, -math.log(p["upper"] - p["lower"]))

    def record(self, t: Any, p: Parameters, theta: Any, v: Any) -> Any:
        return -math.log(p["upper"] - p["lower"])


class Triangular(Family):
    """Triangular from lower to upper, its mode at c."""

    parameters = scales = ("lower", "c", "upper")
    coordinate, light = "logit", True

    def fault(self, p: Parameters) -> tuple[str, str] | None:
        if not p["lower"] <= p["c"] <= p["upper"]:
            return super().fault(p) or (f"Triangular with its mode at {p['c']:g}", "c between lower and upper")
        return super().fault(p)

    def order_at(self, p: Parameters, end: float) -> float:
        return 1.0 if p["c"] == end else 2.0

    def quantile(self, p: Parameters, u: Array) -> Array:
        import numpy as np

        low, c, high = p["lower"], p["c"], p["upper"]
        width = high - low
        rising = low + np.sqrt(u * width * (c - low))
        return np.where(u < (c - low) / width, rising, high - np.sqrt((1 - u) * width * (high - c)))

    def log_within(self, p: Parameters, x: Array) -> Array:
        import numpy as np

        low, c, high = p["lower"], p["c"], p["upper"]
        height = np.where(x < c, (x - low) / ((c - low) or 1.0), (high - x) / ((high - c) or 1.0))
        return math.log(2) - math.log(high - low) + np.log(np.where(x == c, 1.0, height))

    def log_logit(self, p: Parameters, v: Array) -> Array:
        import numpy as np
        from scipy import special

        low, c, high = p["lower"], p["c"], p["upper"]
        up = special.log_expit(v) + math.log((high - low) / (c - low)) if c > low else np.inf
        down = special.log_expit(-v) + math.log((high - low) / (high - c)) if high > c else np.inf
        return math.log(2) + np.minimum(up, down) + special.log_expit(v) + special.log_expit(-v)

    def record(self, t: Any, p: Parameters, theta: Any, v: Any) -> Any:
        low, c, high = p["lower"], p["c"], p["upper"]
        # 2 min((θ − low)/(c − low), (high − θ)/(high − c))/(high − low); a side of no width does not bind.
        above, below = t.operate("softplus", -v), t.operate("softplus", v)
        width = math.log(high - low)
        sides = ([width - above - math.log(c - low)] if c > low else []) + ([width - below - math.log(high - c)] if high > c else [])
        return (t.operate("min", *sides) if len(sides) == 2 else sides[0]) + math.log(2) - above - below


class StudentT(Family):
    """Student's t of nu degrees of freedom."""

    parameters, positive, scales = ("nu", "mu", "sigma"), ("nu", "sigma"), ("mu", "sigma")
    ends = REAL

    def order(self, p: Parameters) -> float:
        return p["nu"]

    def quantile(self, p: Parameters, u: Array) -> Array:
        from scipy import special

        return p["mu"] + p["sigma"] * special.stdtrit(p["nu"], u)

    def log_within(self, p: Parameters, x: Array) -> Array:
        import numpy as np
        from scipy import special

        nu = p["nu"]
        constant = -0.5 * math.log(nu) - special.betaln(0.5, nu / 2) - math.log(p["sigma"])
        return constant - (nu + 1) / 2 * np.log1p(((x - p["mu"]) / p["sigma"]) ** 2 / nu)

    def record(self, t: Any, p: Parameters, theta: Any, v: Any) -> Any:
        nu = p["nu"]
        constant = math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) - 0.5 * math.log(nu * math.pi) - math.log(p["sigma"])
        return constant - (nu + 1) / 2 * t.log(1.0 + t.square((theta - p["mu"]) / p["sigma"]) / nu)


class TruncatedNormal(Family):
    """Normal(mu, sigma) between lower and upper."""

    parameters, positive = ("mu", "sigma", "lower", "upper"), ("sigma",)
    scales, light = parameters, True

    def default(self, parameter: str) -> float | None:
        return {"lower": -_INF, "upper": _INF}.get(parameter)

    @staticmethod
    def _standard(p: Parameters) -> tuple[float, float]:
        return (p["lower"] - p["mu"]) / p["sigma"], (p["upper"] - p["mu"]) / p["sigma"]

    def quantile(self, p: Parameters, u: Array) -> Array:
        import numpy as np
        from scipy import special

        a, b = self._standard(p)
        sign = 1.0
        if a > 0:  # work in the lower tail, where probabilities keep their digits
            a, b, u, sign = -b, -a, 1 - u, -1.0
        low, high = special.log_ndtr(a), special.log_ndtr(b)
        with np.errstate(divide="ignore"):  # log of Φ(a) + u (Φ(b) − Φ(a))
            inside = np.logaddexp(low + np.log1p(-u), high + np.log(u))
        return p["mu"] + sign * p["sigma"] * np.clip(special.ndtri_exp(inside), a, b)

    def log_within(self, p: Parameters, x: Array) -> Array:
        return FAMILIES["Normal"].log_within(p, x) - self._log_mass(p)

    def _log_mass(self, p: Parameters) -> float:
        from scipy import special

        ends = self._standard(p)
        low, high = ends if ends[0] < 0 else (-ends[1], -ends[0])  # in the tail where probabilities keep their digits
        return float(special.log_ndtr(high)) + math.log(-math.expm1(float(special.log_ndtr(low) - special.log_ndtr(high))))

    def record(self, t: Any, p: Parameters, theta: Any, v: Any) -> Any:
        return _log_normal(t, theta, p) - self._log_mass(p)


FAMILIES: dict[str, Family] = {family.name: family for family in (
    Normal(), LogNormal(), HalfNormal(), HalfCauchy(), Beta(), Gamma(), Exponential(), Uniform(), Triangular(), StudentT(), LogitNormal(),
    TruncatedNormal())}  # fmt: skip
"""The distributions that a case may name, in the order in which they are told."""
