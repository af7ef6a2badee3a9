"""The density of CASE.md section 4 on grids, and distributions as they are stored.

One target's likelihood given tau is Gaussian in everything but bounds and two-piece claims. For claims c, d it needs the
covariance of section 4 alone (`Target.shared`). A bound or a two-piece claim is a factor f(m - y - u) with u the Gaussian
error it shares with others: one such factor is integrated in closed form, of several all but the last on a grid.
"""
import math
import re

import numpy as np
from scipy import stats
from scipy.special import log_ndtr, logsumexp
from statements import GINV, G

LEVELS = stats.norm.cdf(np.linspace(-3.3, 3.3, 101))
S_0 = dict(log=0.5, logit=0.5, id=0.0)


# ------------------------------------------------------------------------- scales and weights

def entries(claims):
    """omega_c: w (times pi) over the number of its source's entries, a group being one source."""
    return np.array([c.w * c.pi / sum(d.root == c.root for d in claims) for c in claims])


def scale_of(claims, scale):
    """S_t² = V (1 + 1/n) + S_0²/(n + 1), V the variance of the linear pool and n how many sources; of bounds alone without the spread of m."""
    two = [c for c in claims if c.two_sided]
    used = two or claims
    om = entries(used)
    W = {}
    for c, o in zip(used, om):
        W[c.root] = W.get(c.root, 0) + o
    n = sum(W.values()) ** 2 / sum(v**2 for v in W.values())
    om = om / om.sum()
    m = np.array([c.m for c in used])
    V = om @ np.array([c.s_mean for c in used]) ** 2 + (om @ (m - om @ m) ** 2 if two else 0.0)
    return math.sqrt(V * (1 + 1 / n) + S_0[scale] ** 2 / (n + 1))


def pool_weights(claims):
    w = entries(claims)
    return w / w.sum()


class Tau:
    """Nodes, prior masses and cell edges of a dark uncertainty."""

    def __init__(self, text, n):
        name, args = re.match(r"(\w+)\((.*)\)", text).groups()
        a = [float(v.split("=")[-1]) for v in args.split(",")]
        u_edges = np.linspace(0, 1, n + 1)
        if name == "HalfNormal":
            self.edges = u_edges * 7 * a[0]
            dist = stats.halfnorm(scale=a[0])
        elif name == "Exponential":
            self.edges = u_edges**2 * 30 / a[0]
            dist = stats.expon(scale=1 / a[0])
        elif name == "HalfCauchy":
            self.edges = a[0] * np.tan(np.pi / 2 * np.minimum(u_edges, 1 - 1e-9))
            dist = None
            self.nodes, self.mass = a[0] * np.tan(np.pi / 2 * (u_edges[1:] + u_edges[:-1]) / 2), np.full(n, 1 / n)
        elif name == "LogNormal":
            le = a[0] + a[1] * np.linspace(-6, 6, n + 1)
            self.edges, dist = np.exp(le), stats.lognorm(a[1], scale=math.exp(a[0]))
        if dist is not None:
            self.nodes = (self.edges[1:] + self.edges[:-1]) / 2
            self.mass = np.diff(dist.cdf(self.edges))
            if name == "HalfNormal":   # even in tau: midpoints of the density converge spectrally
                self.mass = dist.pdf(self.nodes) * np.diff(self.edges)


# ------------------------------------------------------------------------- the likelihood of one target

class Target:
    """What the claims on one target share. ``claims`` holds its readings too, which count in S_t and K_s whichever is true."""

    def __init__(self, case, scale, claims, name=None, tau_n=160):
        self.scale, self.claims = scale, claims
        self.S = scale_of(claims, scale)
        self.sigma = case.common_error(name) * self.S
        self.K = {c.root: min(d.k for d in claims if d.root == c.root) for c in claims}
        self.acts = self.S > 0 and any(c.k for c in claims)
        self.tau = Tau(case.dark_uncertainty(self.S, scale, name), tau_n)
        self.taus = self.tau.nodes if self.acts else np.zeros(1)
        self.mass = self.tau.mass if self.acts else np.ones(1)

    def own(self, k, root, tau):
        """Var O_{s,t}(kappa)."""
        return min(k, 1) * tau**2 + max(k - 1, 0) * self.S**2 + self.sigma**2 * (k - self.K[root])

    def shared(self, c, d, tau):
        """Covariance of sigma H(K) + O of two claims, or of one with itself."""
        path = self.sigma**2 * min(self.K[c.root], self.K[d.root])
        return path + (self.own(min(c.k, d.k), c.root, tau) if c.root == d.root else 0.0)

    def rest(self, c, tau):
        """The variance of that part of O which c shares with no other claim, bound or reading on the target."""
        others = [d.k for d in self.claims if d.root == c.root and d is not c]
        return self.own(c.k, c.root, tau) - (self.own(min(c.k, max(others)), c.root, tau) if others else 0.0)

    def likelihood(self, claims, ys, taus=None, bias=True):
        """log L[tau, point] of some of the claims at ys, one array of working values for each."""
        taus = self.taus if taus is None else taus
        if not claims:
            return np.zeros((len(taus), 1))
        plain = [i for i, c in enumerate(claims) if c.two_sided and not c.two_piece]
        rest = [i for i in range(len(claims)) if i not in plain]
        claims, ys = [claims[i] for i in plain + rest], [ys[i] for i in plain + rest]
        g = len(plain)
        mean, vard = np.zeros(len(claims)), np.zeros((len(claims),) * 2)
        if bias:                                            # exact where delta acts on this target alone
            mean = np.array([c.delta[0] for c in claims])
            vard = np.array([[c.delta[1] ** 2 * (c.source == d.source) for d in claims] for c in claims])
        r = np.stack(np.broadcast_arrays(*[c.m - y - d for c, y, d in zip(claims, ys, mean)]), -1)      # [N, claim]
        out = np.empty((len(taus), len(r)))
        for i, tau in enumerate(taus):
            C = vard + [[self.shared(c, d, tau) for d in claims] for c in claims]
            apart = np.array([self.rest(c, tau) for c in claims[g:]])
            C[range(g, len(C)), range(g, len(C))] -= apart
            A = C[:g, :g] + np.diag([c.sl**2 for c in claims[:g]])
            inv = np.linalg.inv(A) if g else A
            ll = -0.5 * (np.einsum("ni,ij,nj->n", r[:, :g], inv, r[:, :g]) + (np.linalg.slogdet(A)[1] if g else 0) + g * math.log(2 * math.pi))
            back = C[g:, :g] @ inv
            out[i] = ll + expect([Factor(c, v) for c, v in zip(claims[g:], apart)], r[:, g:] - r[:, :g] @ back.T, C[g:, g:] - back @ C[:g, g:])
        return out


class Factor:
    """A bound or a two-piece claim at d = m - y, its own part of the variance included."""

    def __init__(self, c, extra):
        self.c, self.sl, self.sr = c, math.sqrt(c.sl**2 + extra), math.sqrt(c.sr**2 + extra)

    def __call__(self, d):
        return self.smeared(d, 0.0)

    def smeared(self, d, V):
        """log of the mean of f(d - v) over v ~ Normal(0, V); of two-piece claims each side is a cut-off Gaussian."""
        if not self.c.two_sided:
            u = d / math.sqrt(self.sl**2 + V)
            return log_ndtr(u if self.c.kind == "le" else -u)
        height = math.log(2 / ((self.sl + self.sr) * math.sqrt(2 * math.pi)))
        if V < 1e-14:
            return height - 0.5 * (d / np.where(d < 0, self.sr, self.sl)) ** 2
        side = lambda s, sign: (-0.5 * d**2 / (V + s**2) + math.log(s / math.sqrt(V + s**2))
                                + log_ndtr(sign * d * s / math.sqrt(V * (V + s**2))))
        return height + np.logaddexp(side(self.sr, -1), side(self.sl, 1))


def expect(factors, d, V):
    """log E Π f_i(d_i - v_i), v ~ Normal(0, V): the last in closed form given the others, which are on grids."""
    if not factors:
        return 0.0
    f, v = factors[0], max(float(V[0, 0]), 0.0)
    if len(factors) == 1:
        return f.smeared(d[:, 0], v)
    if v < 1e-14:
        return f(d[:, 0]) + expect(factors[1:], d[:, 1:], V[1:, 1:])
    slope = V[1:, 0] / v
    left = V[1:, 1:] - np.outer(slope, V[0, 1:])
    size = int(np.clip(14 * math.sqrt(v) / (0.45 * min(f.sl, f.sr)), 40, 260))
    z = (np.arange(size) + 0.5) / size * 14 - 7
    parts = []
    for weight, u in zip(stats.norm.logpdf(z) + math.log(14 / size), z * math.sqrt(v)):
        parts.append(weight + f(d[:, 0] - u) + expect(factors[1:], d[:, 1:] - slope * u, left))
    return logsumexp(parts, axis=0)


def over_tau(ll, mass):
    """log of the tau-average of exp(ll[tau, point])."""
    return logsumexp(ll + np.log(mass)[:, None], axis=0)


# ------------------------------------------------------------------------------------- results

def describe(v_edges, cdf, moments, err=5e-4):
    """A distribution as stored: moments, quantiles, and a table of its distribution function."""
    cdf = np.clip(cdf / cdf[-1], 0, 1)
    keep = np.concatenate([[True], np.diff(cdf) > 0])
    v, p = np.asarray(v_edges)[keep], cdf[keep]
    q = lambda a: np.interp(a, p, v)
    lo, hi = q(LEVELS[0]), q(LEVELS[-1])
    grid = np.geomspace(lo, hi, 40) if lo > 0 and hi / lo > 50 else np.linspace(lo, hi, 40)
    values = np.unique(np.concatenate([q(LEVELS), grid]))
    mean, sd, kurt = moments
    r = lambda a: None if a is None or not np.isfinite(a) else float(f"{a:.9g}")
    return {"mean": r(mean), "sd": r(sd), "kurtosis": r(kurt), "err": err,
            "quantiles": {str(a): r(q(a)) for a in (0.05, 0.25, 0.5, 0.75, 0.95)},
            "cdf": {"value": [float(f"{a:.7g}") for a in values], "p": [round(float(a), 6) for a in np.interp(values, v, p)]}}


def moments(v, w):
    w = w / w.sum()
    mean = w @ v
    d = v - mean
    var = w @ d**2
    return mean, math.sqrt(var), w @ d**4 / var**2


def on_grid(edges, mass, inv, err=5e-4):
    """From masses of cells of the working scale."""
    mid = (edges[1:] + edges[:-1]) / 2
    return describe(inv(edges), np.concatenate([[0], np.cumsum(mass)]), moments(inv(mid), mass), err)


def of_values(v, w, log=True, err=1.5e-3):
    """From weighted values on a product grid [A, B]: every cell is split into 7 x 7 by linear interpolation, then binned."""
    t = np.log(v) if log else v
    dt, dw = np.gradient(t), np.gradient(w)
    keep = w > w.max() * 1e-13
    w0, t0 = w[keep], t[keep]
    offsets = (np.arange(7) - 3) / 7
    lo, hi = t0.min(), t0.max()
    h = 0.0
    for i in offsets:
        for j in offsets:
            part = np.maximum(w0 + i * dw[0][keep] + j * dw[1][keep], 0)
            h = h + np.histogram(t0 + i * dt[0][keep] + j * dt[1][keep], bins=2000, range=(lo, hi), weights=part)[0]
    e = np.linspace(lo, hi, 2001)
    return describe(np.exp(e) if log else e, np.concatenate([[0], np.cumsum(h)]), moments(v[keep], w0), err)


def prob(v, w, at):
    """P(v > at), the steps of the grid smoothed by interpolating a binned distribution function."""
    d = of_values(v, w, log=bool(np.min(v) > 0))["cdf"]
    return 1 - float(np.interp(at, d["value"], d["p"], left=0, right=1))


def tau_result(tau, mass):
    mid, w = tau.nodes, mass / mass.sum()
    return describe(tau.edges, np.concatenate([[0], np.cumsum(w)]), moments(mid, w), 2e-3)


def axis(logf, lo, hi, n=3000, floor=-45):
    """A uniform grid over the part of [lo, hi] where exp(logf) matters; returns edges, midpoints."""
    for last, size in ((False, 1501), (True, n)):
        edges = np.linspace(lo, hi, size + 1)
        x = (edges[1:] + edges[:-1]) / 2
        if last:
            return edges, x
        f = logf(x)
        on = np.flatnonzero(f > f.max() + floor)
        lo, hi = edges[max(on[0] - 1, 0)], edges[min(on[-1] + 2, size)]
    return None


def norm_exp(ll):
    w = np.exp(ll - ll.max())
    return w / w.sum()


# ------------------------------------------------------------------------------------- one quantity

def reference(direct, scale, S):
    """Normal(m̄, b²): b = max(2, 5 S) (log), max(1.5, 5 S) (logit), 10 max(max s, range m) (identity)."""
    m = np.array([c.m for c in direct])
    b = 10 * max(max(c.s_mean for c in direct), m.max() - m.min()) if scale == "id" else max(dict(log=2.0, logit=1.5)[scale], 5 * S)
    return stats.norm(float(pool_weights(direct) @ m), b)


class Quantity:
    """One quantity with its own claims, in any pooling; x, edges, log prior × direct evidence, tau and its table."""

    def __init__(self, case, name, scale, readings=(), prior=None, n=3000, tau_n=160, bias=True):
        self.name, self.scale, self.bias = name, scale, bias
        pooling = case.settings["pooling"]
        claims = case.on(name, scale)
        direct = [c for c in claims if c.two_sided]
        known = claims + list(readings)
        self.target = Target(case, scale, known, name, tau_n) if known else None
        if pooling == "hierarchical":
            self.base = prior or reference(direct, scale, self.target.S).logpdf
            self.likely = claims
        else:
            pool = (linear_pool if pooling == "linear" else log_pool)(direct)
            self.base = (lambda x: pool(x) + prior(x)) if prior else pool
            self.likely = [c for c in claims if not c.two_sided]
        self.acts = bool(known) and self.target.S > 0 and any(c.k for c in [*self.likely, *readings])
        self.taus = self.target.taus if self.acts else np.zeros(1)
        self.mass = self.target.mass if self.acts else np.ones(1)
        c0, s0 = [c.m for c in claims] or [0.0], [c.s_mean for c in claims] or [1.0]
        span = max(25, 40 * self.target.S if known else 0) if scale != "id" else 60 * max(max(s0), max(c0) - min(c0))
        limits = [float(v) if v not in ("null", "") else None for v in case.of(name).get("limits", ["", ""])]
        lo, hi = [g if v is None else float(G[scale](v) if scale != "log" or v > 0 else g)
                  for v, g in zip(limits, (min(c0) - span, max(c0) + span))]
        self.edges, self.x = axis(self.guess, lo, hi, n)    # nothing outside the limits
        self.table = self.like(self.likely)
        self.logp = self.base(self.x) + self.mean_tau(self.table)

    def guess(self, x):
        f = self.base(x)
        if self.likely:
            few = Tau(f"HalfNormal({self.target.S!r})", 6).nodes if self.acts else np.zeros(1)
            f = f + logsumexp(self.target.likelihood(self.likely, [x] * len(self.likely), few, self.bias), axis=0)
        return f

    def like(self, claims, shift=None):
        """log L[tau, x] of some claims on this target; shift, for each claim, is a bias that is given."""
        if not claims:
            return np.zeros((len(self.taus), len(self.x)))
        ys = [self.x + d for d in shift or [0.0] * len(claims)]
        return self.target.likelihood(claims, ys, self.taus, self.bias and shift is None)

    def mean_tau(self, table):
        return over_tau(table, self.mass)

    def result(self, logp=None):
        return on_grid(self.edges, norm_exp(self.logp if logp is None else logp), GINV[self.scale])

    def tau_weights(self, table=None, logp=None):
        """Posterior over the nodes of tau, of the x-density ``logp`` with its tau-integral where given."""
        t = self.table if table is None else table
        return norm_exp((t + np.log(self.mass)[:, None] + (self.base(self.x) if logp is None else logp)).ravel()).reshape(t.shape).sum(1)


def linear_pool(direct):
    """log Σ ω f(x; m, s): two-piece claims with half of the mass on each side."""
    omega = pool_weights(direct)

    def f(x):
        parts = []
        for o, c in zip(omega, direct):
            s = np.where(x > c.m, c.sr, c.sl)
            parts.append(math.log(o) + stats.norm.logpdf(x, c.m, s))
        return logsumexp(parts, axis=0)
    return f


def log_pool(direct):
    """Σ ω log f(x; m, s): two-piece claims as the continuous curve."""
    omega = pool_weights(direct)
    return lambda x: sum(o * Factor(c, 0.0)(c.m - x) for o, c in zip(omega, direct))


def p_less(q, value):
    """P(theta < value) of a lone quantity, from its grid."""
    cdf = np.concatenate([[0], np.cumsum(norm_exp(q.logp))])
    return float(np.interp(G[q.scale](value), q.edges, cdf))
