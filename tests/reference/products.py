"""Two quantities on a product grid, and linear Gaussian parts of several: what `quadrature.py` builds its cases of."""
import math

import numpy as np
from integrals import axis, norm_exp, on_grid, over_tau, p_less, tau_result
from scipy import stats
from scipy.special import logsumexp
from statements import GINV


class Report(dict):
    def __init__(self, case):
        super().__init__(case=case.stem, pooling=case.settings["pooling"], horizon=case.raw["horizon"], quantities={}, derived={},
                         dark_uncertainty={}, dark_absent=[], readings={}, questions={})

    def add(self, q):
        """A quantity that nothing else touches, with its tau."""
        self["quantities"][q.name] = q.result()
        self.tau(q.name, q, q.tau_weights() if q.acts else None)
        return q

    def tau(self, name, owner, weights):
        """The posterior of a tau, of a Quantity or Target that has one where weights are given."""
        if weights is None:
            self["dark_absent"].append(name)
        else:
            self["dark_uncertainty"][name] = tau_result(getattr(owner, "target", owner).tau, weights)

    def below(self, kind, name, value):
        t = self[kind][name]["cdf"]
        return float(np.interp(value, t["value"], t["p"], left=0, right=1))

    def less(self, q, value):
        return p_less(q, value)


class Grid:
    """A date that is known to a range, normal over days; claims reach it through derived. Reported in days since its middle day began."""

    acts, scale = False, "id"

    def __init__(self, name, mean, sd, n=3000):
        self.name, self.since = name, math.floor(mean)
        self.edges = mean + sd * np.linspace(-9, 9, n + 1)
        self.x = (self.edges[1:] + self.edges[:-1]) / 2
        self.logp = stats.norm.logpdf(self.x, mean, sd)


def tabled(target, claims, ys, taus):
    """log L[tau, point]; where all claims are at one working value, by a table over it."""
    if any(y is not ys[0] for y in ys) or len(ys[0]) < 3000:
        return target.likelihood(claims, ys, taus)
    y = ys[0]
    grid = np.linspace(y.min() - 1e-9, y.max() + 1e-9, 3000)
    table = target.likelihood(claims, [grid] * len(claims), taus)
    return np.stack([np.interp(y, grid, row) for row in table])


def tables(qa, qb, xa, xb, targets, few, cut):
    A, B = np.meshgrid(xa, xb, indexing="ij")
    lp = np.interp(xa, qa.x, qa.logp)[:, None] + np.interp(xb, qb.x, qb.logp)[None, :]
    if cut is not None:
        lp = np.where(cut(A, B), lp, -np.inf)
    tabs = {}
    for name, (target, f) in targets.items():
        with np.errstate(invalid="ignore", divide="ignore"):
            ys = f(A, B)
        ys = [np.ravel(y) for y in ys] if isinstance(ys, list) else [np.ravel(ys)] * len(target.claims)
        ok = np.all([np.isfinite(y) for y in {id(y): y for y in ys}.values()], axis=0) & (np.ravel(lp) > lp.max() - 30)
        step = max(1, len(target.taus) // 12) if few else 1
        t = np.full((len(target.taus[::step]), A.size), -np.inf)
        kept = {id(y): y[ok] for y in ys}
        t[:, ok] = tabled(target, target.claims, [kept[id(y)] for y in ys], target.taus[::step])
        tabs[name] = (target, t, target.mass[::step])
    return lp, tabs


def two_dim(qa, qb, targets, coarse=300, cut=None):
    """log p on a product grid: (own evidence of a) + (of b) + Σ over targets of log ∫ p(tau) L_t(y_t(a, b), tau) d tau.

    targets: name -> (target, function of A and B: one array of working values, or a list of one for each claim); cut tells
    where the density is not 0.
    """
    window = [(q.edges[0], q.edges[-1]) for q in (qa, qb)]
    for last, size in ((False, 120), (False, 160), (True, coarse)):     # find where the joint density matters, then fill it
        (ea, xa), (eb, xb) = [axis(lambda t, q=q: np.interp(t, q.x, q.logp), *at, size, -24) for q, at in zip((qa, qb), window)]
        lp, tabs = tables(qa, qb, xa, xb, targets, not last, cut)
        total = lp + sum((over_tau(t, mass) for _, t, mass in tabs.values()), np.zeros(lp.size)).reshape(lp.shape)
        window = []
        for axis_, e in ((1, ea), (0, eb)):
            on = np.flatnonzero((m := logsumexp(total, axis=axis_)) > m.max() - 26)
            window.append((e[max(on[0] - 1, 0)], e[min(on[-1] + 2, size)]))
    A, B = np.meshgrid(xa, xb, indexing="ij")
    w = norm_exp(total.ravel()).reshape(lp.shape)
    taus = {}
    for name, (target, t, mass) in tabs.items():
        if target.acts:
            rest = np.ravel(w) > 0
            cond = t[:, rest] + np.log(mass)[:, None]
            cond = np.exp(cond - logsumexp(cond, axis=0))
            taus[name] = tau_result(target.tau, cond @ np.ravel(w)[rest])
    for q, x, m in ((qa, xa, w.sum(1)), (qb, xb, w.sum(0))):
        if q.acts:                                          # p(tau | x) averaged over the posterior of x
            rows = q.table + np.log(q.mass)[:, None]
            rows = np.exp(rows - logsumexp(rows, axis=0))
            taus[q.name] = tau_result(q.target.tau, np.array([np.interp(x, q.x, r) @ m for r in rows]))
    return dict(A=A, B=B, w=w, ea=ea, eb=eb, taus=taus, targets=targets)


def put(out, r, qa, qb, err=1e-3):
    """Marginals of a product grid, and every tau of it; a date has none of its own."""
    for q, e, m in ((qa, r["ea"], r["w"].sum(1)), (qb, r["eb"], r["w"].sum(0))):
        if isinstance(q, Grid):
            out["quantities"][q.name] = on_grid(e - q.since, m, GINV[q.scale], err)
        else:
            out["quantities"][q.name] = on_grid(e, m, GINV[q.scale], err)
            out["dark_absent"] += [] if q.acts else [q.name]
    out["dark_uncertainty"].update(r["taus"])
    out["dark_absent"] += [n for n, (t, _) in r["targets"].items() if not t.acts]


def gaussian(prior, targets, totals):
    """Jointly Gaussian unknowns given every tau: a mixture over the product of the tau grids, exact.

    prior: (mean, variance) for each unknown; targets: list of (target, design rows [claim, unknown]); totals: name ->
    coefficients of the unknowns. Returns for each total its mixture (mass, mean, sd), and for each target its tau's weights.
    """
    mean, P = np.array([m for m, _ in prior]), np.diag([v for _, v in prior])
    shape = tuple(len(t.taus) for t, _ in targets)
    H = np.concatenate([h for _, h in targets]).astype(float)
    m = np.array([c.m for t, _ in targets for c in t.claims]) - H @ mean
    noise = [[np.array([[t.shared(c, d, tau) for d in t.claims] for c in t.claims]) + np.diag([c.sl**2 for c in t.claims]) for tau in t.taus]
             for t, _ in targets]
    base, cross = H @ P @ H.T, P @ H.T
    logw, parts = np.empty(shape), {n: (np.empty(shape), np.empty(shape)) for n in totals}
    for index in np.ndindex(shape):
        C, at = base.copy(), 0
        for i, blocks in zip(index, noise):
            size = len(blocks[i])
            C[at:at + size, at:at + size] += blocks[i]
            at += size
        inv = np.linalg.inv(C)
        logw[index] = -0.5 * (m @ inv @ m + np.linalg.slogdet(C)[1]) + sum(math.log(t.mass[i]) for i, (t, _) in zip(index, targets))
        gain = cross @ inv
        mu, V = mean + gain @ m, P - gain @ cross.T
        for n, a in totals.items():
            parts[n][0][index], parts[n][1][index] = np.dot(a, mu), math.sqrt(np.dot(a, V @ a))
    w = norm_exp(logw)
    taus = [w.sum(tuple(j for j in range(len(shape)) if j != i)) for i in range(len(shape))]
    return {n: (w.ravel(), a.ravel(), b.ravel()) for n, (a, b) in parts.items()}, taus


def mixture(parts, inv=np.exp, n=6000):
    """A mixture of normals on a working scale, as stored."""
    w, mean, sd = (v[parts[0] > 1e-12] for v in parts)
    edges = np.linspace((mean - 9 * sd).min(), (mean + 9 * sd).max(), n + 1)
    cdf = np.zeros(n + 1)
    for a, m, s in zip(w, mean, sd):
        cdf += a * stats.norm.cdf(edges, m, s)
    return on_grid(edges, np.diff(cdf), inv)
