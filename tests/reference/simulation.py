"""The covariance of section 4 checked by drawing it: paths of H and O step by step, claims weighed by their own spread alone.

Nothing of `integrals.Target.shared`, `expect` or the closed forms is used: given a drawn truth, tau, delta, H and O, each
claim's likelihood is one factor in m. Importance sampling, so it suits quantities with few, not too sharp claims.
Likewise, a two-piece claim's factor is widened by the rest of its O, which is not drawn, as CASE.md says.
``python simulation.py`` compares quantiles with the grids' and fails beyond five standard errors.
"""
import math
import sys
from pathlib import Path

import numpy as np
from scipy import stats
from scipy.special import log_ndtr

sys.path.insert(0, str(Path(__file__).parent))
from integrals import Quantity, norm_exp, reference
from statements import Case


def path(rng, variance, at, size):
    """Values at the points ``at`` of a path with independent increments and Var(kappa) = variance(kappa), [point, draw]."""
    out, last, value = {}, 0.0, np.zeros(size)
    for k in sorted(set(at)):
        var = variance(k)
        value = value + np.sqrt(np.maximum(var - last, 0)) * rng.standard_normal(size)
        out[k], last = value, var
    return out


def draws(case, name, scale, size, rng):
    """Draws of x and tau from the prior, and the log weight of each."""
    claims = case.on(name, scale)
    q = Quantity(case, name, scale, n=400, tau_n=20)        # S_t, sigma_t, the reference and where to draw
    S, sigma = q.target.S, q.target.sigma
    ref = reference([c for c in claims if c.two_sided], scale, S)
    mass = norm_exp(q.logp)
    near = stats.norm(mass @ q.x, 1.5 * math.sqrt(mass @ (q.x - mass @ q.x) ** 2))      # where to draw; the weights undo it
    x = near.rvs(size, random_state=rng)
    logw = ref.logpdf(x) - near.logpdf(x)
    tau = np.abs(rng.standard_normal(size)) * float(case.dark_uncertainty(S, scale, name).split("(")[1].rstrip(")"))
    K = {c.root: min(d.k for d in claims if d.root == c.root) for c in claims}
    H = path(rng, lambda k: k, list(K.values()), size)
    bias = {c.source: c.delta[0] + c.delta[1] * rng.standard_normal(size) for c in claims}
    for root in K:
        mine = [c for c in claims if c.root == root]
        var = lambda k, root=root: np.minimum(k, 1) * tau**2 + max(k - 1, 0) * S**2 + sigma**2 * (k - K[root])
        drawn = path(rng, var, [c.k for c in mine], size)
        for c in mine:
            others = [d.k for d in mine if d is not c]
            upto = min(c.k, max(others)) if others else None  # the part of O that is given
            rest = 0.0
            own = drawn[c.k]
            if c.two_piece:
                own = drawn[upto] if others else 0.0
                rest = var(c.k) - (var(upto) if others else 0.0)
            y = x + bias[c.source] + sigma * H[K[root]] + own
            sl, sr = np.sqrt(c.sl**2 + rest), np.sqrt(c.sr**2 + rest)
            if c.two_sided:
                logw = logw - 0.5 * ((c.m - y) / np.where(y > c.m, sr, sl)) ** 2 + np.log(2 / (sl + sr))
            else:
                logw = logw + log_ndtr((c.m - y) / sl * (1 if c.kind == "le" else -1))
    return x, tau, logw


def compare(stem, name, scale, size=400_000, seed=1):
    """Largest deviation of P(x < grid quantile) in standard errors, and the effective size."""
    case, rng = Case(stem), np.random.default_rng(seed)
    q = Quantity(case, name, scale, n=1000, tau_n=60)
    x, tau, logw = draws(case, name, scale, size, rng)
    w = norm_exp(logw)
    ess = 1 / (w**2).sum()
    cdf = np.concatenate([[0], np.cumsum(norm_exp(q.logp))])
    worst = 0.0
    for p in (0.05, 0.25, 0.5, 0.75, 0.95):
        at = np.interp(p, cdf, q.edges)
        z = (w @ (x < at) - p) / math.sqrt(p * (1 - p) / ess)
        worst = max(worst, abs(z))
    tw = np.concatenate([[0], np.cumsum(q.tau_weights())])
    for p in (0.25, 0.5, 0.75):
        at = np.interp(p, tw, q.target.tau.edges)
        worst = max(worst, abs(w @ (tau < at) - p) / math.sqrt(p * (1 - p) / ess))
    return worst, ess


CHECKED = [("unequal", "below", "log"), ("unequal", "ladder", "log"), ("unequal", "skewed", "log"), ("one_source", "thrice", "log"),
           ("one_source", "capped", "log"), ("one_source", "ringed", "log"), ("one_source", "skewed", "log"), ("one_source", "skewed_twice", "log"),
           ("one_source", "fraction", "logit"), ("groups", "mixed", "log"), ("groups", "slanted", "log"), ("groups", "real", "id"),
           ("bounds", "tripled", "log"), ("bounds", "skewed", "log"), ("at_its_word", "same", "log"), ("common_errors", "again", "log")]


def main():
    worst = 0.0
    for stem, name, scale in CHECKED:
        z, ess = compare(stem, name, scale)
        print(f"{stem:14s} {name:14s} worst {z:4.1f} standard errors, effective size {ess:,.0f}")
        worst = max(worst, z if ess > 200 else 0)
    assert worst < 5, worst


if __name__ == "__main__":
    main()
