"""Reference answers for tests/reference/cases, computed from CASE.md alone.

Nothing here imports the package. A statement's numbers are read by `statements.py`; S_t, the covariance of section 4 and one
target's likelihood are in `integrals.py`, two quantities at once in `products.py`. Each case's *density* is written out
below and integrated on grids: x (a quantity on its working scale) on midpoints, tau on midpoints of its prior (or at equal
prior probability for HalfCauchy and LogNormal), all Gaussian errors by exact marginalisation, a bias shared by several
targets on a grid over delta or, where all is Gaussian, exactly.

``python quadrature.py`` writes expected.json (a few minutes), ``python quadrature.py --write CASE...`` the answers of some
in it; ``python quadrature.py CASE...`` prints them;
``python simulation.py`` checks the covariance of section 4 by drawing its paths.
"""
import json
import math
import sys
import time
from pathlib import Path

import numpy as np
from scipy import stats
from scipy.special import expit, logsumexp

sys.path.insert(0, str(Path(__file__).parent))
from integrals import (
    Factor,
    Quantity,
    Target,
    axis,
    describe,
    moments,
    norm_exp,
    of_values,
    on_grid,
    over_tau,
    pool_weights,
    prob,
    reference,
)
from products import Grid, Report, gaussian, mixture, put, two_dim
from statements import GINV, HERE, Case, G, unit_factor


def lone(stem, log=(), logit=(), real=(), coarse=(), priors=None):
    """Quantities that nothing ties together; ``coarse`` ones need a grid over shared errors, so their own are smaller."""
    case = Case(stem)
    out, q = Report(case), {}
    for scale, names in (("log", log), ("logit", logit), ("id", real)):
        for name in names:
            size = dict(n=1000, tau_n=60) if name in coarse else {}
            q[name] = out.add(Quantity(case, name, scale, prior=(priors or {}).get(name), **size))
    return case, out, q


def days(text):
    return float(np.datetime64(text).astype(int))


# ------------------------------------------------------------------------------------- one quantity at a time

def statements_log():
    """p(x) ∝ Normal(x; m̄, b²) ∫ p(tau) E Π_c f(m_c; x + shared error, s_c² + rest) d tau."""
    _, out, q = lone("statements_log", log=["bridge", "crowd", "aid", "depth", "toll", "skew", "twoq", "capped", "floored",
                                            "phrase_a", "phrase_b", "phrase_c"], coarse=["floored"])
    out["questions"] = {"long": 1 - out.less(q["bridge"], 1400.0), "rich": out.less(q["aid"], 2e9)}
    return out


def statements_other():
    """As statements_log with g = logit and g = identity (b = 10 max(max s, range m); tau ~ HalfNormal(S_t) whatever the settings say)."""
    _, out, q = lone("statements_other", logit=["f_range", "f_around", "f_est", "f_skew", "f_bound"],
                     real=["r_range", "r_around", "r_est", "r_bound", "r_unit", "r_skew"], coarse=["f_bound"],
                     priors={"r_skew": stats.norm(0, 20).logpdf})
    out["questions"] = {"majority": 1 - out.less(q["f_est"], 0.5), "negative": out.less(q["r_range"], 0.0)}
    return out


def priors():
    """p(theta) ∝ prior(theta) × Normal(m; g(theta), s²) (w = 1, so k = 0), on the natural scale; a bound with w = 1 is Φ((m - g)/s)."""
    case = Case("priors")
    out = Report(case)
    halves = {"p_range": ("log", 0.9, 10, 40), "p_range_own": ("logit", 0.5, 0.2, 0.6), "p_range_real": ("id", 0.9, -3, 8)}
    dist = {"p_normal": stats.norm(3, 2), "p_lognormal": stats.lognorm(0.5, scale=math.e), "p_halfnormal": stats.halfnorm(scale=10),
            "p_halfcauchy": stats.halfcauchy(scale=3), "p_beta": stats.beta(2, 5), "p_beta_claim": stats.beta(2, 5),
            "p_gamma": stats.gamma(3, scale=2), "p_expon": stats.expon(scale=10), "p_uniform": stats.uniform(2, 8),
            "p_triangular": stats.triang(2 / 7, 0.1, 0.7), "p_student": stats.t(4, 1, 2),
            "p_trunc": stats.truncnorm(-2, 1.5, 50, 20), "p_heavy": stats.halfcauchy(scale=2)}
    scale_of = dict(p_normal="id", p_student="id", p_beta="logit", p_beta_claim="logit", p_triangular="logit", p_logit="logit",
                    p_range_own="logit", p_range_real="id")
    keep = {}
    for name in case.raw["quantities"]:
        scale = scale_of.get(name, "log")
        claims = case.on(name, scale)
        if name in dist:                                   # nodes at the prior's own quantiles: equal prior masses
            u = (np.arange(40000) + 0.5) / 40000
            edges, theta = dist[name].ppf(np.linspace(0, 1, 40001)), dist[name].ppf(u)
            edges[0], edges[-1] = max(edges[0], 2 * theta[0] - theta[1]), min(edges[-1], 2 * theta[-1] - theta[-2])
        else:
            mu, sd = -1, 0.7
            if name in halves:
                g, p, L, U = halves[name]
                mu, sd = (G[g](L) + G[g](U)) / 2, (G[g](U) - G[g](L)) / (2 * stats.norm.ppf((1 + p) / 2))
            u = (np.arange(40000) + 0.5) / 40000
            theta = GINV[scale](stats.norm(mu, sd).ppf(u))
            edges = GINV[scale](stats.norm(mu, sd).ppf(np.linspace(1e-12, 1 - 1e-12, 40001)))
        ll = sum((Factor(c, 0.0)(c.m - G[scale](theta)) for c in claims), np.zeros(len(theta)))
        w = norm_exp(ll)
        mom = moments(theta, w)
        if name == "p_heavy":
            mom = (None, None, None)                       # a half-Cauchy has no mean
        if not claims and name in dist and name != "p_heavy":
            mom = (dist[name].mean(), dist[name].std(), float(dist[name].stats(moments="k")) + 3)
        if name == "p_student":
            mom = (mom[0], mom[1], None if not claims else mom[2])
        out["quantities"][name] = describe(edges, np.concatenate([[0], np.cumsum(w)]), mom)
        keep[name] = theta, w
        out["dark_absent"].append(name)
    (_a, _wa), (b, wb) = keep["p_gamma"], keep["p_lognormal"]
    out["questions"] = {"both": float(wb @ stats.gamma(3, scale=2).sf(b))}
    return out


def weights():
    """tau ~ HalfNormal(S_t) by default, Exponential(2) where stated; common error 0.7, 0.3, 0."""
    return lone("weights", log=["w_zero", "w_full", "w_letters", "w_credible", "w_own", "ce_zero", "ce_some", "ce_default", "du_own",
                                "du_default", "cov", "news"])[1]


def repeats():
    """Claims of one source share O up to the smaller kappa, and delta."""
    return lone("repeats", log=["plain", "bounded", "unequal", "slanted"])[1]


def unequal():
    """Unequal weights: the shared path is sigma² min(K, K'), so the less trusted share no more than the more trusted contain."""
    _, out, q = lone("unequal", log=["alone", "junk", "crowd", "below", "above", "ladder", "skewed"], coarse=["skewed"])
    out["questions"]["more"] = 1 - out.less(q["junk"], 20000)
    return out


def one_source():
    return lone("one_source", log=["twice", "thrice", "alone", "capped", "ringed", "skewed", "skewed_twice"], logit=["fraction"],
                coarse=["ringed", "skewed_twice"])[1]


def groups():
    """A group is one source with several claims; each of its members has a bias of its own."""
    return lone("groups", log=["pair", "mixed", "slanted", "capped", "whole"], real=["real"])[1]


def worthless():
    return lone("worthless", log=["plain", "beset", "alone", "floored"], logit=["share"], real=["level"])[1]


def scales():
    _, out, q = lone("scales", real=["lone", "unequal", "zero", "agreed", "sharp", "apart"], logit=["f_lone", "f_unequal", "f_own"])
    out["questions"]["negative"] = out.less(q["zero"], 0.0)
    return out


def limits():
    """The same density, 0 outside the limits: the grid ends there."""
    prior = lambda x: stats.lognorm(0.6, scale=math.exp(3)).logpdf(np.exp(x)) + x
    return lone("limits", log=["both", "floor", "top", "sharp"], logit=["share"], real=["level"], priors={"top": prior})[1]


def limits_linear():
    return lone("limits_linear", log=["both"], logit=["share"], real=["level"])[1]


def common_errors():
    return lone("common_errors", log=["large", "none", "own_dark", "heavy_dark", "capped", "capped_none", "again"])[1]


def at_its_word():
    """kappa = 0: that source's K is 0, so it shares nothing with others, nor with what it says elsewhere on the target."""
    return lone("at_its_word", log=["one", "two", "same", "capped", "skewed"], real=["level"])[1]


def published():
    """No common error and kappa = 1: m_c ~ Normal(mu, s_c² + tau²). Published answers reproduced: posteriordb eight_schools_noncentered
    (mu ~ N(0, 5), tau ~ HalfCauchy(5)): E mu = 4.4105 ± 0.033, E tau = 3.602 ± 0.032; BCG log risk ratio, DerSimonian-Laird
    (tau² = 0.3088): -0.7141, se 0.1787; fixed effect (w = 1): -0.4303, se 0.0405 (metafor, dat.bcg)."""
    case = Case("published")
    out = Report(case)
    out.add(Quantity(case, "effect", "id", prior=stats.norm(0, 5).logpdf, tau_n=1500, n=1500))
    flat = stats.norm(0, 10).logpdf
    q = {n: out.add(Quantity(case, n, "log", prior=flat)) for n in ("risk", "fixed")}
    E, t = out["quantities"]["effect"], out["dark_uncertainty"]["effect"]
    assert abs(E["mean"] - 4.41051833695493) < 4 * 0.0330374705950917, E["mean"]
    assert abs(t["mean"] - 3.60205952364059) < 4 * 0.0318615135640706, t["mean"]
    for n, m, s in (("risk", -0.7141, 0.1787), ("fixed", -0.4303, 0.0405)):
        w = norm_exp(q[n].logp)
        mean = w @ q[n].x
        sd = math.sqrt(w @ (q[n].x - mean) ** 2)
        assert abs(mean - m) < 4e-4 and abs(sd - s) < 1e-4, (n, mean, sd)
    return out


# ------------------------------------------------------------------------------------- biases over several targets

def bias():
    """p(x, delta) ∝ φ(delta) Π_t p(x_t) L_t(x_t, delta), delta shared by rival's claims on toll, crowd and part (log scales)."""
    case = Case("bias")
    out = Report(case)
    for name, scale in (("level", "id"), ("lone", "log")):
        out.add(Quantity(case, name, scale))
    mu, sd = (0 + math.log(3)) / 2, math.log(3) / (2 * 1.645)
    delta = mu + sd * ((np.arange(120) + 0.5) / 120 * 12 - 6)
    prior = norm_exp(stats.norm(mu, sd).logpdf(delta))
    qs = {n: Quantity(case, n, "log", n=700, tau_n=60, bias=False) for n in ("toll", "crowd")}
    shares = [Quantity(case, n, "logit", n=1500) for n in ("share_a", "share_b")]
    tab = {n: np.stack([q.like(q.likely, [d * (c.source == "rival") for c in q.likely]) for d in delta]) for n, q in qs.items()}
    full = {n: tab[n] + np.log(q.mass)[None, :, None] + q.base(q.x)[None, None, :] for n, q in qs.items()}   # [delta, tau, x]
    (ea, xa), (eb, xb) = [axis(lambda t, q=q: np.interp(t, q.x, q.logp), q.edges[0], q.edges[-1], 260, -24) for q in shares]
    lp2 = np.interp(xa, shares[0].x, shares[0].logp)[:, None] + np.interp(xb, shares[1].x, shares[1].logp)[None, :]
    logpart = np.log(expit(xa))[:, None] + np.log(expit(xb))[None, :]
    part = Target(case, "log", case.on("part", "log"), "part", 60)
    ygrid = np.linspace(logpart.min() + delta[0], logpart.max() + delta[-1], 1500)
    lpart = part.likelihood(part.claims, [ygrid], bias=False)                        # [tau, y]
    mean_part = over_tau(lpart, part.mass)
    z = {n: logsumexp(full[n], axis=(1, 2)) for n in full}
    part_d = np.stack([np.interp(logpart + d, ygrid, mean_part) for d in delta])     # [delta, a, b]
    z["part"] = logsumexp(part_d + lp2, axis=(1, 2))
    other = lambda n: np.log(prior) + sum(v for m, v in z.items() if m != n)
    for n, q in qs.items():
        w = norm_exp((full[n] + other(n)[:, None, None]).ravel()).reshape(full[n].shape)
        px = w.sum((0, 1))
        out["quantities"][n] = on_grid(q.edges, px, np.exp)
        out.tau(n, q, w.sum((0, 2)))
        if n == "crowd":
            out["questions"]["many"] = 1 - float(np.interp(math.log(6000), q.edges, np.concatenate([[0], np.cumsum(px)])))
    w2 = norm_exp((logsumexp(part_d + other("part")[:, None, None], axis=0) + lp2).ravel()).reshape(lp2.shape)
    out["quantities"]["share_a"] = on_grid(ea, w2.sum(1), expit, 1e-3)
    out["quantities"]["share_b"] = on_grid(eb, w2.sum(0), expit, 1e-3)
    out["derived"]["part"] = of_values(np.exp(logpart), w2)
    h, e = np.histogram(logpart, bins=600, weights=norm_exp(lp2.ravel()).reshape(lp2.shape))   # for part's tau: over y only
    y = (e[1:] + e[:-1]) / 2
    on = h > 0
    lt = np.stack([[logsumexp(np.interp(y[on] + d, ygrid, row) + np.log(h[on])) for d in delta] for row in lpart])
    out.tau("part", part, norm_exp((lt + np.log(part.mass)[:, None] + other("part")[None, :]).ravel()).reshape(lt.shape).sum(1))
    out["dark_absent"].append("share_b")
    return out


def two_biases():
    """(ln tanks, ln crews, delta_rival, delta_shy) jointly Gaussian given both taus: claims are rows of a design. Exact."""
    case = Case("two_biases")
    out = Report(case)
    targets = {n: Target(case, "log", case.on(n, "log"), n, 80) for n in ("tanks", "crews")}
    prior, rows, delta = [], [], {}
    for j, t in enumerate(targets.values()):
        n = reference(t.claims, "log", t.S)
        prior.append((n.mean(), n.var()))
        delta |= {c.source: c.delta for c in t.claims if c.delta[1]}
        rows.append((t, [[j == 0, j == 1, c.source == "rival", c.source == "shy"] for c in t.claims]))
    prior += [(delta[s][0], delta[s][1] ** 2) for s in ("rival", "shy")]
    parts, taus = gaussian(prior, rows, {"tanks": [1, 0, 0, 0], "crews": [0, 1, 0, 0], "product": [1, 1, 0, 0]})
    out["quantities"] = {n: mixture(parts[n]) for n in targets}
    out["derived"]["product"] = mixture(parts["product"])
    for (n, t), w in zip(targets.items(), taus):
        out.tau(n, t, w)
    w, mean, sd = parts["tanks"]
    out["questions"]["many"] = float(w @ stats.norm.sf(math.log(120), mean, sd))
    return out


# ------------------------------------------------------------------------------------- two quantities and what is made of them

def dates_units():
    """L_paid = ∫ p(tau) N(residuals; 0, Σ(tau)) with e_c = pledge × months(start, as_of)/months(start, finish) at each claim's date,
    one tau and H; stock likewise with ramp; the product grid is (pledge, base) and, apart, (herd, price)."""
    case = Case("dates_units")
    out = Report(case)
    q = {n: Quantity(case, n, "log") for n in ("pledge", "base", "herd", "price")}
    out.add(Quantity(case, "march", "log"))
    share = lambda text: (days(text) - days("2020-01-01")) / (days("2027-01-01") - days("2020-01-01"))
    at = lambda target: [share(case.claims[c.id]["as_of"]) for c in target.claims]
    t = {n: Target(case, "log", case.on(n, "log"), n, 110) for n in ("paid", "stock", "worth")}
    per = unit_factor("million USD") / unit_factor("billion KRW")
    r = two_dim(q["pledge"], q["base"], {
        "paid": (t["paid"], lambda P, B: [P + math.log(h) for h in at(t["paid"])]),
        "stock": (t["stock"], lambda P, B: [np.log((np.exp(B) + np.exp(P) * h) * per) for h in at(t["stock"])])})
    put(out, r, q["pledge"], q["base"])
    now, P, B = share("2025-06-30"), np.exp(r["A"]), np.exp(r["B"])
    scaled = lambda by: on_grid(r["ea"], r["w"].sum(1), lambda x: by * np.exp(x), 1e-3)     # functions of pledge alone
    out["derived"]["paid"], out["derived"]["odd"] = scaled(now), scaled(1.0)
    out["derived"]["stock"] = of_values((B + P * now) * per, r["w"])
    out["questions"]["half-paid"] = 1 - out.below("derived", "paid", 80)
    r = two_dim(q["herd"], q["price"], {"worth": (t["worth"], lambda H, C: H + C - math.log(1e6))})
    put(out, r, q["herd"], q["price"])
    W = np.exp(r["A"] + r["B"]) / 1e6
    out["derived"]["worth"] = of_values(W, r["w"])
    out["questions"]["dear"] = 1 - prob(W, r["w"], 10e9 * 0.00072 / 1e6)
    return out


def targets():
    """p(l, r) ∝ p(l) p(r) L_gap(l - r) L_portion(ln l/(l+r)) L_whole(ln(l+r)) L_bare(ln(l+r)); whole and the bare expression
    (written in two ways) are two targets, each with its own tau and H; gap is on the identity, tau ~ HalfNormal(S_gap)."""
    case = Case("targets")
    out = Report(case)
    ql, qr = Quantity(case, "left", "log"), Quantity(case, "right", "log")
    tot = lambda L, R: np.log(np.exp(L) + np.exp(R))
    bare = Target(case, "log", [case.read(n, "log", "") for n in ("bare-1", "bare-2")], None, 110)
    own = lambda n, scale: Target(case, scale, case.on(n, scale), n, 110)
    r = two_dim(ql, qr, {"gap": (own("gap", "id"), lambda L, R: np.exp(L) - np.exp(R)), "portion": (own("portion", "log"), lambda L, R: L - tot(L, R)),
                         "whole": (own("whole", "log"), tot), "bare": (bare, tot)})
    r["taus"].pop("bare")                     # the key of a bare expression is not fixed by CASE.md
    put(out, r, ql, qr)
    L, R, w = np.exp(r["A"]), np.exp(r["B"]), r["w"]
    out["derived"] = {"gap": of_values(L - R, w, log=False), "portion": of_values(L / (L + R), w), "whole": of_values(L + R, w),
                      "medley": of_values(np.sqrt(L * R) + np.minimum(L, R) * np.exp(1 - L / R) + np.log(1 + L**2), w)}
    out["questions"] = {"above": prob(L / R, w, 1.5), "excess": prob(L - R, w, 10)}
    return out


def difference():
    """p(a, b) ∝ p(a) p(b) [a > b] ∫ p(tau) Φ((m - ln(a-b))/sd(tau)) d tau; the claims on a and b have w = 1."""
    case = Case("difference")
    out = Report(case)
    qa, qb = Quantity(case, "earned", "log"), Quantity(case, "spent", "log")
    t = Target(case, "log", case.on("surplus", "log"), "surplus", 110)
    r = two_dim(qa, qb, {"surplus": (t, lambda A, B: np.log(np.exp(A) - np.exp(B)))}, coarse=600)
    put(out, r, qa, qb, err=1.5e-3)
    d = np.exp(r["A"]) - np.exp(r["B"])
    out["derived"]["surplus"] = of_values(d, r["w"], log=False, err=3e-3)
    return out


def held():
    """p(a, b) ∝ p(a) p(b) [0 < a/b < 1] and, where the share is claimed, its likelihood on the log scale; a difference held above 0."""
    case = Case("held")
    out = Report(case)
    pairs = {"share": ("part", "whole", lambda A, B: A < B), "used": ("spent", "budget", lambda A, B: A < B),
             "profit": ("income", "cost", lambda A, B: A > B)}
    for name, (a, b, cut) in pairs.items():
        qa, qb = Quantity(case, a, "log"), Quantity(case, b, "log")
        t = {"used": (Target(case, "log", case.on("used", "log"), "used", 90), lambda A, B: A - B + math.log(100))} if name == "used" else {}
        r = two_dim(qa, qb, t, coarse=480, cut=cut)
        put(out, r, qa, qb, err=2e-3)
        if name == "profit":
            out["derived"][name] = of_values(np.exp(r["A"]) - np.exp(r["B"]), r["w"], log=False, err=3e-3)
        else:
            out["derived"][name] = of_values(np.exp(r["A"] - r["B"]) * (100 if name == "used" else 1), r["w"], err=3e-3)
        if name == "share":
            out["questions"]["most"] = prob(np.exp(r["A"] - r["B"]), r["w"], 0.9)
    return out


def uncertain_dates():
    """A date is normal over days; p(rate, day) ∝ p(rate) p(day) L_sent(ln rate + ln(years since the day, at each claim's date)).

    ramp(a, b) at a date d is (d - a)/max(b - a, one day) between 0 and 1; a length below 0 is 0, where a positive target has density 0."""
    case = Case("uncertain_dates")
    out = Report(case)

    def day(name):
        lo, hi = [days(v) for v in case.raw["dates"][name]["between"]]
        return Grid(name, (lo + hi) / 2, (hi - lo) / (2 * stats.norm.ppf(0.95)))

    def ready(name):
        t = Target(case, "log", case.on(name, "log"), name, 110)
        return t, [days(case.claims[c.id]["as_of"]) for c in t.claims]

    now, year = days("2025-06-30"), 365.25
    full, origin = days(case.raw["dates"]["full"]), days(case.raw["dates"]["origin"])
    rate, start = Quantity(case, "rate", "log"), day("start")
    sent, at = ready("sent")
    r = two_dim(rate, start, {"sent": (sent, lambda R, D: [R + np.log(np.maximum(a - D, 0) / year) for a in at])})
    put(out, r, rate, start)
    out["derived"]["sent"] = of_values(np.exp(r["A"]) * (now - r["B"]) / year, r["w"])
    out["questions"]["early"] = float(np.interp(origin - year / 2, r["eb"], np.concatenate([[0], np.cumsum(r["w"].sum(0))])))
    stock, begin = Quantity(case, "stock", "log"), day("begin")
    built, at_built = ready("built")
    ramp = lambda d, a: np.clip((d - a) / np.maximum(full - a, 1), 0, 1)
    r = two_dim(stock, begin, {"built": (built, lambda S, D: [S + np.log(ramp(a, D)) for a in at_built])})
    put(out, r, stock, begin)
    out["derived"]["built"] = out["quantities"]["stock"]              # the ramp is 1 at the horizon
    fee, late = Quantity(case, "fee", "log"), day("late")
    r = two_dim(fee, late, {})
    put(out, r, fee, late)
    owed = np.exp(r["A"]) * (1 + np.maximum(r["B"] - origin, 0) / year)
    out["derived"]["owed"] = of_values(owed, r["w"])
    out["questions"]["long"] = prob(owed, r["w"], 35)
    return out


def bounds():
    """Bounds are events of the same Gaussian errors: one in closed form, of several all but one on a grid."""
    case, out, _ = lone("bounds", log=["topped", "ringed", "doubled", "tripled", "skewed"], logit=["share"], real=["level"],
                        coarse=["ringed", "doubled", "tripled", "skewed"])
    prior = lambda x: stats.norm.logpdf(x, 3, 1)
    fenced, partner = Quantity(case, "fenced", "log", prior=prior, n=1500, tau_n=80), Quantity(case, "partner", "log")
    own = lambda n: Target(case, "log", case.on(n, "log"), n, 80)
    r = two_dim(fenced, partner, {"product": (own("product"), lambda F, P: F + P)})
    put(out, r, fenced, partner)
    out["derived"]["product"] = of_values(np.exp(r["A"] + r["B"]), r["w"])
    left, right = Quantity(case, "left", "log"), Quantity(case, "right", "log")
    r = two_dim(left, right, {"total": (own("total"), lambda L, R: np.log(np.exp(L) + np.exp(R)))}, coarse=400)
    put(out, r, left, right)
    total = np.exp(r["A"]) + np.exp(r["B"])
    out["derived"]["total"] = of_values(total, r["w"])
    out["questions"]["low-total"] = 1 - prob(total, r["w"], 50)
    return out


def counted():
    """m = logit((k+½)/(n+1)), s² = 1/(k+½) + 1/(n-k+½); on a derived fraction, on the log scale, s² = 1/(k+½) - 1/(n+1)."""
    case, out, q = lone("counted", logit=["rare", "none", "every", "both"])
    out["quantities"]["every"] = on_grid(q["every"].edges, norm_exp(q["every"].logp), lambda x: 100 * expit(x))    # in percent
    out["questions"]["majority"] = 1 - out.less(q["both"], 0.5)
    qa, qb = Quantity(case, "first", "logit"), Quantity(case, "second", "logit")
    part = Target(case, "log", case.on("part", "log"), "part", 110)
    assert abs(part.claims[0].m - math.log(9.5 / 41)) < 1e-12 and abs(part.claims[0].sl ** 2 - (1 / 9.5 - 1 / 41)) < 1e-12
    r = two_dim(qa, qb, {"part": (part, lambda A, B: np.log(expit(A)) + np.log(expit(B)))}, coarse=400)
    put(out, r, qa, qb)
    out["derived"]["part"] = of_values(expit(r["A"]) * expit(r["B"]), r["w"])
    return out


# ------------------------------------------------------------------------------------- readings

def settle(case, out, readings, priors):
    """p ∝ Σ_k π_k Π_t (target t's claims with reading k's factor, under t's own H and tau); posterior ∝ π_k Z_k.

    readings: reading k -> {quantity: the claims that it puts there}. For every target A(x) = its own claims, B(x) = its own
    and the reading's, both × p(x); a pair's Z_1 = ΣB_1 ΣA_2."""
    qs = {q.name: q for k in readings for q in k}
    here = {q.name: q.like(q.likely + claims) for k in readings for q, claims in k.items()}
    za = {n: logsumexp(q.logp) for n, q in qs.items()}
    zb = {n: logsumexp(q.base(q.x) + q.mean_tau(here[n])) for n, q in qs.items()}
    inside = [{q.name for q in k} for k in readings]
    post = norm_exp(np.array([math.log(p) + sum(zb[n] if n in k else za[n] for n in qs) for p, k in zip(priors, inside)]))
    for n, q in qs.items():
        pb = sum(p for p, k in zip(post, inside) if n in k)
        part = lambda t, q=q: norm_exp((t + np.log(q.mass)[:, None] + q.base(q.x)).ravel()).reshape(t.shape)
        w = (1 - pb) * part(q.table) + pb * part(here[n])
        out["quantities"][n] = on_grid(q.edges, w.sum(0), GINV[q.scale])
        out.tau(n, q, w.sum(1) if q.acts else None)
    for claim in {c.id for k in readings for claims in k.values() for c in claims}:
        out["readings"][claim] = [{"about": r["about"], "prior": float(r["weight"]), "posterior": float(p)}
                                  for r, p in zip(case.claims[claim]["readings"], post)]
    return post


def pair(case, out, claim, names, scale="log", units=(None, None), **size):
    """One claim with two readings on two quantities."""
    pi = [float(r["weight"]) for r in case.claims[claim]["readings"]]
    said = [case.read(claim, scale, case.of(n)["unit"], u, p) for n, u, p in zip(names, units, pi)]
    qs = [Quantity(case, n, scale, readings=[c], **size) for n, c in zip(names, said)]
    return settle(case, out, [{q: [c]} for q, c in zip(qs, said)], pi)


def two_pairs(case, out, claims, names):
    """Two claims of one reading group: reading k puts the first on names[0][k] and the second on names[1][k]."""
    pi = [float(r["weight"]) for r in case.claims[claims[0]]["readings"]]
    chosen = []
    for k, p in enumerate(pi):
        said = [(n[k], case.read(c, "log", case.of(n[k])["unit"], None, p)) for c, n in zip(claims, names)]
        chosen.append({Quantity(case, n, "log", readings=[c], tau_n=100): [c] for n, c in said})
    return settle(case, out, chosen, pi)


def readings():
    """Readings and reading groups; a reading counts in its target's S_t, its omega times pi, and in K_s whichever is true."""
    case = Case("readings")
    out = Report(case)
    pair(case, out, "either", ("yearly", "fleet"))
    pair(case, out, "money", ("cost_a", "cost_b"), units=("million USD", "billion KRW"))
    two_pairs(case, out, ("pair-north", "pair-south"), (("north_total", "north_year"), ("south_total", "south_year")))
    pair(case, out, "warm", ("temp_in", "temp_out"), "id")
    # dated: both readings are functions of stock; built = stock × ramp(start, finish), half way (in days) at 2022-07-01
    dated = case.read("dated", "log", "", None, 0.5)
    s = Quantity(case, "stock", "log", readings=[dated])
    h = (days("2022-07-01") - days("2020-01-01")) / (days("2024-01-01") - days("2020-01-01"))
    built = Target(case, "log", [dated], "built")
    T, here, base = built.likelihood([dated], [s.x + math.log(h)]), s.like([*s.likely, dated]), s.base(s.x)
    one, two = base + s.mean_tau(here), s.logp + over_tau(T, built.mass)
    post = norm_exp(np.array([logsumexp(one), logsumexp(two)]))
    px = post[0] * norm_exp(one) + post[1] * norm_exp(two)
    out["quantities"]["stock"] = on_grid(s.edges, px, np.exp)
    out["derived"]["built"] = out["quantities"]["stock"]              # the ramp is 1 at the horizon
    out["readings"]["dated"] = [{"about": n, "prior": 0.5, "posterior": float(p)} for n, p in zip(("stock", "built"), post)]
    out.tau("stock", s, post[0] * s.tau_weights(here) + post[1] * s.tau_weights(logp=base + over_tau(T, built.mass)))
    t2 = norm_exp((T + np.log(built.mass)[:, None] + s.logp).ravel()).reshape(T.shape).sum(1)
    out.tau("built", built, post[0] * built.mass / built.mass.sum() + post[1] * t2)
    return out


def readings_unequal():
    case = Case("readings_unequal")
    out = Report(case)
    pair(case, out, "either", ("yearly", "fleet"))
    pair(case, out, "skew", ("town", "county"))
    two_pairs(case, out, ("first", "second"), (("killed", "hurt"), ("men", "women")))
    return out


# ------------------------------------------------------------------------------------- linear and log pools

def modes_alone():
    """Linear pool: the posterior is the mixture Σ ω Normal(m, s²), ω ∝ w/n, and its mode masses are ω."""
    _, out, q = lone("modes_alone", log=["troops", "twice"])
    out["questions"] = {"troops-large": 1 - out.less(q["troops"], 15000), "twice-large": 1 - out.less(q["twice"], 15000),
                        "twice-tiny": out.less(q["twice"], 1000)}
    assert abs(out["questions"]["troops-large"] - 1 / 3) < 1e-6            # 0.4/(0.8+0.4)
    assert abs(out["questions"]["twice-large"] - 0.4 / 1.5) < 1e-6         # 0.8/2 + 0.8/2 + 0.4 + 0.3
    assert abs(out["questions"]["twice-tiny"] - 0.3 / 1.5) < 1e-6
    return out


def modes_coupled():
    """troops ~ Σ ω_j N(m_j, s_j²), pay ~ N(m_p, s_p²), bill: N(m_b; x + p, s_b²), w = 1: exact. Component j is reweighted by
    N(m_b; m_j + m_p, s_j² + s_p² + s_b²) and x, p given j are jointly normal."""
    case = Case("modes_coupled")
    out = Report(case)
    comp = case.on("troops", "log")
    (pay,), (bill,) = case.on("pay", "log"), case.on("bill", "log")
    mass = pool_weights(comp) * [stats.norm.pdf(bill.m, c.m + pay.m, math.sqrt(c.sl**2 + pay.sl**2 + bill.sl**2)) for c in comp]
    mass /= mass.sum()
    cond = {"troops": [], "pay": [], "bill": []}
    for c in comp:
        C = np.diag([c.sl**2, pay.sl**2])
        k = C @ np.ones(2) / (C.sum() + bill.sl**2)
        mean = np.array([c.m, pay.m]) + k * (bill.m - c.m - pay.m)
        C = C - np.outer(k, np.ones(2) @ C)
        for name, a in (("troops", [1, 0]), ("pay", [0, 1]), ("bill", [1, 1])):
            cond[name].append((np.dot(a, mean), math.sqrt(np.dot(a, C @ a))))
    for name, parts in cond.items():
        lo, hi = min(m - 8 * s for m, s in parts), max(m + 8 * s for m, s in parts)
        edges = np.linspace(lo, hi, 20001)
        cdf = sum(p * stats.norm.cdf(edges, m, s) for p, (m, s) in zip(mass, parts))
        out["derived" if name == "bill" else "quantities"][name] = on_grid(edges, np.diff(cdf), np.exp)
    out["questions"]["troops-large"] = float(mass[1])
    out["dark_absent"] = ["troops", "pay", "bill"]
    return out


def modes_two():
    """p(a, b) ∝ mix(a) mix(b) ∫ p(tau) N(m; ln(a+b), s² + Var O + sigma² K) d tau."""
    case = Case("modes_two")
    out = Report(case)
    qa, qb = Quantity(case, "crew_a", "log"), Quantity(case, "crew_b", "log")
    crews = Target(case, "log", case.on("crews", "log"), "crews", 90)
    r = two_dim(qa, qb, {"crews": (crews, lambda A, B: np.log(np.exp(A) + np.exp(B)))}, coarse=500)
    put(out, r, qa, qb)
    a, b = np.exp(r["A"]), np.exp(r["B"])
    out["derived"]["crews"] = of_values(a + b, r["w"])
    out["questions"] = {"a-large": prob(a, r["w"], 2500), "both-small": 1 - prob(a + b, r["w"], 3500)}
    return out


def product(case, out, x, y):
    """x·y with derived claims."""
    qx, qy = Quantity(case, x, "log"), Quantity(case, y, "log")
    r = two_dim(qx, qy, {"product": (Target(case, "log", case.on("product", "log"), "product", 90), lambda X, Y: X + Y)}, coarse=400)
    put(out, r, qx, qy)
    P = np.exp(r["A"] + r["B"])
    out["derived"]["product"] = of_values(P, r["w"])
    return P, r["w"]


def pools(stem, prefix):
    """The quantities that linear.yaml and logpool.yaml have in common: pool × prior × bounds, and x·y with a derived claim."""
    case = Case(stem)
    out = Report(case)
    names = [(f"{prefix}_real", "id", None), (f"{prefix}_skew", "logit", None), (f"{prefix}_bound", "log", None),
             (f"{prefix}_prior", "id", stats.norm(15, 8).logpdf)]
    for n, s, p in names:
        out.add(Quantity(case, n, s, prior=p))
    return case, out, product(case, out, f"{prefix}_x", f"{prefix}_y")


def linear():
    """Σ ω Normal (two-piece: half of the mass a side) × prior × bounds; checked: mean Σ ω μ, variance Σ ω s² + Σ ω (μ - μ̄)²."""
    case, out, (P, w) = pools("linear", "lin")
    om, mu, s = np.array([0.5, 0.3, 0.2]), np.array([0, 4, 10]), np.array([1, 2, 1])
    d = out["quantities"]["lin_real"]
    assert abs(d["mean"] - om @ mu) < 1e-6 and abs(d["sd"] ** 2 - (om @ s**2 + om @ (mu - om @ mu) ** 2)) < 1e-5
    out["questions"]["big"] = prob(P, w, 150)
    pair(case, out, "pq", ("lin_p", "lin_q"), tau_n=100)    # at_most under either reading
    return out


def linear_unequal():
    """A group is one source in the mixture's weights; a two-sided reading is a likelihood, never a component."""
    case = Case("linear_unequal")
    out = Report(case)
    q = out.add(Quantity(case, "lin_group", "log"))
    assert np.allclose(pool_weights(q.target.claims), np.array([0.25, 0.2, 0.6]) / 1.05)
    P, w = product(case, out, "lin_x", "lin_y")
    out["questions"]["big"] = prob(P, w, 100)
    pair(case, out, "pq", ("lin_p", "lin_q"))
    return out


def logpool():
    """Π Normal^ω; checked: precision Σ ω/s², mean Σ (ω/s²) μ / Σ ω/s²."""
    case, out, _ = pools("logpool", "log")
    out.add(Quantity(case, "log_twice", "log"))
    prec = np.array([0.5, 0.3, 0.2]) / np.array([1, 4, 1])
    d = out["quantities"]["log_real"]
    assert abs(d["mean"] - prec @ [0, 4, 10] / prec.sum()) < 1e-6 and abs(d["sd"] - prec.sum() ** -0.5) < 1e-6
    return out


CASES = {f.__name__: f for f in (
    statements_log, statements_other, priors, weights, repeats, unequal, one_source, groups, worthless, scales, limits, limits_linear,
    common_errors, at_its_word, published, bias, two_biases, dates_units, targets, difference, held, uncertain_dates, bounds, counted,
    readings, readings_unequal, modes_alone, modes_coupled, modes_two, linear, linear_unequal, logpool)}


def main(names):
    write = not names or names[0] == "--write"
    names = [n for n in names if n != "--write"]
    expected = HERE / "expected.json"
    out = json.loads(expected.read_text()) if names and write else {}
    for name in names or CASES:
        start = time.time()
        out[name] = CASES[name]()
        print(f"{name:20s} {time.time() - start:5.1f} s", file=sys.stderr)
    if not write:
        for name in names:
            for kind in ("quantities", "derived", "dark_uncertainty"):
                for k, v in out[name][kind].items():
                    print(name, kind, k, v["mean"], v["sd"], v["kurtosis"], v["quantiles"])
            print(out[name]["questions"], out[name]["readings"], out[name]["dark_absent"])
    else:
        expected.write_text(json.dumps({name: out[name] for name in CASES}, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
