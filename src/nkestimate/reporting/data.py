"""A fit as plain, JSON-able records: everything the template prints, already in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from nkestimate.case.expressions import names_in
from nkestimate.case.model import Appearance, Case, Claim, Derived, Quantity, Question
from nkestimate.density.statements import z_of
from nkestimate.fitting.records import QuestionAnswer
from nkestimate.fitting.records import plain as plain_values
from nkestimate.inference.diagnose import MOST_R_HAT, least_ess
from nkestimate.reporting.evidence import evidence, implied, sized
from nkestimate.reporting.front import findings
from nkestimate.reporting.leads import sentences
from nkestimate.reporting.picture import reckoned
from nkestimate.reporting.story import Story, Total
from nkestimate.sentences.findings import answer_words
from nkestimate.sentences.solidity import check_name, conflict_sentence
from nkestimate.wording.names import dates_named, humanise, target_label, tokens
from nkestimate.wording.notices import notice_words
from nkestimate.wording.numbers import (
    NONE,
    PRINT,
    Display,
    commas,
    count,
    counted,
    day,
    decimals,
    display,
    figures,
    percent,
    plain,
    short_day,
    stated_percent,
    weight,
    with_error,
)
from nkestimate.wording.probability_words import words
from nkestimate.wording.prose import capital, join, listed, sentence
from nkestimate.wording.statements import factor_words, prior_words, said, weight_words

Record = dict[str, Any]

SCALES_OF_WORDS = {"icd203": "ICD 203", "phia": "PHIA"}
_FOOT_PACKAGES = ("nutpie", "pymc", "numpy", "arviz", "typst")
_LONG = 600  # characters of a row beyond which it may break over pages


def report_data(story: Story, lost: list[str] | None = None) -> Record:
    """Return all that the template prints, figures apart.

    Parameters
    ----------
    story : Story
    lost : list of str, optional
        Where to say that a part could not be reckoned; without it, that raises.

    Returns
    -------
    dict
        Strings, numbers, lists and dicts only; no ids.
    """
    case = story.case
    return {
        "title": case.title, "scenario": case.scenarios[case.scenario].label if case.scenario else None, "ok": story.ok,
        "stamp": sentences()["stamp"],
        "reasons": [sentence(str(reason)) for reason in story.summary.diagnostics.reasons],
        "horizon": day(case.horizon), "pooling": case.settings.pooling, "scale": scale_name(story), **provenance(story),
        "headline": headline(story), "key_totals": [_key_total(story, total) for total in story.key_totals],
        "totals": [_total(story, total) for total in story.totals], "questions": [_question(story, q) for q in case.questions.values()],
        "readings": readings(story), "claims": claims(story), "evidence": evidence(story), "excluded": excluded(story),
        "implied": implied(story), "assumptions": assumptions(story),
        "formulas": [{"label": total.label, "tokens": tokens(total.expr, case)} for total in case.derived.values()],
        "dark": dark_uncertainty(story), "diagnostics": diagnostics(story), "documents": documents(story),
        "counts": counts(story), "drivers": _drivers(story, lost),
        "findings": findings(story), "notices": [notice_words(notice, case, PRINT) for notice in story.summary.notices],
    }


# ------------------------------------------------------------------ where it comes from


def provenance(story: Story) -> Record:
    """Return the digest, seed, versions and date."""
    fit, digest = story.fit, story.case.digest
    made = created(story)
    versions = {str(name): str(version) for name, version in fit.versions.items()}
    foot = [f"{name} {versions[name]}" for name in ("nkestimate", *_FOOT_PACKAGES) if name in versions]
    return {
        "digest": digest, "short_digest": digest.removeprefix("sha256:")[:12], "seed": str(fit.seed), "foot": " · ".join(foot),
        "versions": [f"{name} {version}" for name, version in sorted(versions.items())], "sampling": sampling_words(fit.sampling),
        "made": f"{day(made.date())}, {made:%H:%M}{PRINT.space}UTC", "made_on": [made.year, made.month, made.day],
    }


def sampling_words(sampling: Mapping[str, Any]) -> str:
    """Say how many draws were made: ``4 chains of 1,000 draws each, after 1,000 tuning steps``."""
    return (f"{counted(sampling['chains'], 'chain')} of {counted(sampling['draws'], 'draw')} each, after "
            f"{counted(sampling['tune'], 'tuning step')}")


def created(story: Story) -> datetime:
    """Return when the fit was made, in UTC."""
    made = datetime.fromisoformat(str(story.fit.created_at))
    return made.astimezone(UTC) if made.tzinfo else made.replace(tzinfo=UTC)


def scale_name(story: Story) -> str:
    """Name the scale of probability words."""
    words = story.case.settings.words
    return SCALES_OF_WORDS.get(words, words.upper())


# ------------------------------------------------------------------ totals and questions


def counts(story: Story) -> Record:
    """Say how much evidence there is; nothing where there is none."""
    case = story.case
    heard = case.active_claims
    found = {"claims": (len(heard), "claim", "claims"), "sources": (len({claim.source for claim in heard}), "source", "sources"),
             "documents": (len(case.documents), "document", "documents"), "excluded": (len(case.excluded), "figure was", "figures were")}
    return {key: counted(number, *words) if number else "" for key, (number, *words) in found.items()}


def headline(story: Story) -> Record:
    """Return the headline sentence's parts and the questions about it."""
    total = story.case.headline
    q, shown = story.quantiles(total.id), story.displays[total.id]
    about = [question for question in story.case.questions.values() if total.id in names_in(question.comparison)]
    return {
        "label": total.label, **amounts(shown, q),
        "questions": [_question(story, question) for question in about],
    }


def _key_total(story: Story, total: Total) -> Record:
    q, shown = story.quantiles(total.id), story.displays[total.id]
    return {"label": total.label, **amounts(shown, q), "assumption": story.is_assumption(total)}


def amounts(shown: Display, q: Mapping[float, float]) -> Record:
    """Write a total's median and 90 % interval, with their unit."""
    return {"median": shown.value(q[0.5]), "ninety": shown.range(q[0.05], q[0.95])}


def bare_amounts(shown: Display, q: Mapping[float, float]) -> Record:
    """Write a total's median and intervals for a table that has a column of units."""
    return {"median": shown.number(q[0.5]), "fifty": shown.bare_range(q[0.25], q[0.75]),
            "ninety": shown.bare_range(q[0.05], q[0.95])}


def _total(story: Story, total: Total) -> Record:
    q, shown, row = story.quantiles(total.id), story.displays[total.id], story.summary.totals[total.id]
    return {
        "label": total.label, **bare_amounts(shown, q), "unit": shown.cell,
        "kind": "derived" if isinstance(total, Derived) else "quantity",
        "assumption": story.is_assumption(total), "headline": total.id == story.case.headline.id,
        "r_hat": decimals(row.r_hat, 3), "ess": count(row.ess_bulk),
    }


def _question(story: Story, question: Question) -> Record:
    return {"label": question.label, **answered(story.summary.questions[question.id], story.case.settings.words)}


def answered(answer: QuestionAnswer, scale: str) -> Record:
    """Write how probable a yes is: in percent, with its error where that matters, in words; and as a share for a bar."""
    p, mcse = answer.probability, answer.mcse
    told = with_error(p, mcse, PRINT) if p is not None and mcse and error_matters(p, mcse, scale) else percent(p, PRINT)
    return {"probability": percent(p, PRINT), "with_error": told, "words": answer_words(answer, PRINT),
            "share": None if p is None else round(p, 4)}


def error_matters(p: float, mcse: float, scale: str) -> bool:
    """Return whether two Monte Carlo standard errors reach another word, or three percentage points."""
    low, high = max(0.0, p - 2 * mcse), min(1.0, p + 2 * mcse)
    return 2 * mcse >= 0.03 or len({words(low, scale), words(p, scale), words(high, scale)}) > 1


def readings(story: Story) -> list[Record]:
    """Return each ambiguous claim with the probability of its readings before and after."""
    out = []
    for key, answers in story.summary.readings.items():
        claim = story.case.claims[key]
        meanings = [
            {"about": target_label(reading.target, story.case, PRINT), "prior": percent(answer.prior, PRINT),
             "posterior": percent(answer.posterior, PRINT)}
            for reading, answer in zip(claim.readings, answers, strict=False)
        ]
        out.append({"source": story.case.sources[claim.source].name, "said": said(claim, PRINT), "readings": meanings})
    return out


# ------------------------------------------------------------------ evidence


def claims(story: Story) -> list[Record]:
    """Return the claims in the order of what they are about."""
    return [_claim(story, claim) for claim in claims_in_order(story)]


def claims_in_order(story: Story) -> list[Claim]:
    """Return the claims in the order of what they are about."""
    ordered = dict.fromkeys(claim.id for members in story.targets.values() for claim, _ in members)
    return [story.case.claims[key] for key in ordered]


def _claim(story: Story, claim: Claim) -> Record:
    case = story.case
    about = claim_about(claim, case)
    days = list(dict.fromkeys(short_day(reading.as_of) for reading in claim.readings))
    return {
        "source": case.sources[claim.source].name, "said": said(claim, PRINT), "about": about, "as_of": days,
        "weight": weight_words(claim, PRINT).removeprefix("weight "), "muted": not claim.active, "note": sentence(claim.note or ""),
        "read_in": _reports(story, claim),
        "long": sum(map(len, about)) + len(claim.note or "") + 80 * len(claim.reported_in) > _LONG,
    }


def claim_about(claim: Claim, case: Case) -> list[str]:
    """Name what a claim is about, each of its readings with its probability."""
    about = [target_label(reading.target, case, PRINT) for reading in claim.readings]
    if len(about) == 1:
        return about
    return [f"{label} ({percent(reading.weight, PRINT)})" for label, reading in zip(about, claim.readings, strict=True)]


def _reports(story: Story, claim: Claim) -> list[Record]:
    """Return where a claim was read, one entry a document."""
    out: dict[str, Record] = {}
    for appearance in claim.reported_in:
        place = _appearance(story, appearance)
        entry = out.setdefault(appearance.document, {"publisher": place["publisher"], "date": place["date"], "printed": []})
        if place["figures"]:
            entry["printed"].append([place["figures"], place["at"]])
    return list(out.values())


def _appearance(story: Story, appearance: Appearance) -> Record:
    document = story.case.documents[appearance.document]
    return {"publisher": document.publisher, "date": short_day(document.published), "figures": appearance.figures or "",
            "at": count(appearance.at) if appearance.at is not None else ""}


def excluded(story: Story) -> list[Record]:
    """Return the figures that were read and left out."""
    out = []
    for entry in story.case.excluded:
        place = _appearance(story, Appearance(entry.document, entry.figures, entry.at))
        named = " " not in entry.reason.strip()  # a word of a closed list, not a sentence
        out.append({**place, "reason": sentence(humanise(entry.reason)), "named": named, "why": sentence(entry.why or ""),
                    "long": len(entry.reason) + len(entry.why or "") > _LONG})
    return out


def documents(story: Story) -> list[Record]:
    """Return the documents that were read."""
    return [
        {"publisher": d.publisher, "title": d.title, "date": short_day(d.published), "note": sentence(d.note or ""), "url": d.url or "",
         "sha256": (d.sha256 or "")[:16]}
        for d in story.case.documents.values()
    ]


# ------------------------------------------------------------------ assumptions


def assumptions(story: Story) -> Record:
    """Return what the analyst put in: priors, weights, dates, rates, and how ranges are read."""
    case = story.case
    quantities = list(case.quantities.values())
    return {
        "coverage": stated_percent(case.settings.coverage, PRINT), "stress": coverage_stress(case.settings.coverage),
        "other_coverages": other_coverages(story), "common_error": plain(case.settings.common_error, PRINT),
        "common": case.settings.common_error > 0,
        "priors": [_prior(story, quantity) for quantity in quantities if quantity.prior is not None],
        "references": listed([quantity.label for quantity in quantities if quantity.prior is None]),
        "joint": _joint(story), "sources": [_source(story, key) for key in case.sources],
        "dates": [[name, day(when)] for name, when in dates_named(case)],
        "units": [_rate(name, entry) for name, entry in (case.resolved.get("units") or {}).items()],
    }


def coverage_stress(coverage: float) -> list[list[str]]:
    """Return by what factor stated ranges would widen or narrow if they held another probability."""
    others = [p for p in (0.5, 0.8, 0.9, 0.95) if abs(p - coverage) > 0.005]
    return [[stated_percent(p, PRINT), figures(z_of(coverage) / z_of(p), 2, PRINT)] for p in others]


def other_coverages(story: Story) -> str:
    """Say which claims are read at another coverage than the case's."""
    other: dict[float, list[str]] = {}
    for claim in story.case.active_claims:
        p = claim.readings[0].statement.coverage
        if abs(p - story.case.settings.coverage) > 1e-9:
            other.setdefault(p, []).append(story.case.sources[claim.source].name)
    return join([f"{stated_percent(p, PRINT)} ({listed(list(dict.fromkeys(names)))})" for p, names in sorted(other.items())])


def _prior(story: Story, quantity: Quantity) -> Record:
    assert quantity.prior is not None
    shown = story.displays[quantity.id]
    return {"label": quantity.label, "prior": prior_words(quantity.prior, shown, quantity.scale),
            "rationale": sentence(quantity.rationale or ""), "assumption": story.is_assumption(quantity)}


def _joint(story: Story) -> list[list[str]]:
    """Return what joins quantities: names, what is held of them, and why."""
    labels = {key: total.label for key, total in story.case.totals.items()}
    rows = []
    for whole in story.case.shares.values():
        prior = (f"prior Dirichlet({', '.join(plain(a, PRINT) for a in whole.concentration)})" if whole.stated
                 else "by default all ways to share are as likely")
        rows.append([listed([labels[part] for part in whole.parts]), f"sum to one; {prior}", sentence(whole.rationale)])
    for one in story.case.correlations.values():
        kind = "rank correlation" if one.kind == "rank" else "correlation on their working scales"
        rows.append([listed([labels[name] for name in one.between]), f"{kind} {plain(one.stated, PRINT)}", sentence(one.rationale)])
    return rows


def _source(story: Story, key: str) -> Record:
    source = story.case.sources[key]
    bias, of = source.overstates_by, None if source.before else source.bias_class  # what was learned since is no class's
    return {"name": source.name, "kind": humanise(source.kind), "weight": weight_of(story.case, key),
            "group": f"group “{humanise(source.group)}”" if source.group else "", "note": sentence(source.note or ""),
            "bias": f"{plain(bias[0], PRINT)} to {plain(bias[1], PRINT)} times{_of_class(of)}" if bias else NONE}


def _of_class(name: str | None) -> str:
    return f" (as {humanise(name).lower()})" if name else ""


def weight_of(case: Case, key: str) -> str:
    """Write a source's weight, and those of its claims that have their own."""
    weighed = case.sources[key].weight
    own = sorted({claim.weight for claim in case.claims.values() if claim.source == key and claim.weight != weighed})
    return weight(weighed) + (f" (single claims: {', '.join(weight(w) for w in own)})" if own else "")


def _rate(name: str, entry: Any) -> list[str]:
    """Write a declared unit: ``1 LBP = 0.00066335 USD``, its date and where it is from."""
    size = entry.get("is") if isinstance(entry, dict) else None
    when = entry.get("as_of") if isinstance(entry, dict) else None
    name = name.replace("_", " ")
    told = f"{count(1)}{PRINT.space}{name} = {commas(str(size), PRINT)}" if size else f"{name}, a unit of its own"
    origin = sentence(str(entry.get("from") or "")) if isinstance(entry, dict) else ""
    return [told, short_day(date.fromisoformat(str(when))) if when else "", origin]


# ------------------------------------------------------------------ what drives it


def _drivers(story: Story, lost: list[str] | None) -> Record:
    if lost is None:
        return drivers(story)
    none: Record = {"label": story.case.headline.label, "top": None, "best": None, "conflicts": [], "unknown": 0, "judged": 0}
    return reckoned("what drives the headline", lambda: drivers(story), lost) or none


def drivers(story: Story) -> Record:
    """Return in words what drives the headline, what is worth checking, and what conflicts."""
    case, explained, found = story.case, story.explanation, story.conflicts
    top = [item for item in explained.shares if item.role == "quantity"][:1]
    best = next((check for check in explained.checks if not check.itself), None)
    flagged = [conflict for conflict in found.claims if conflict.method == "psis" and conflict.verdict in ("in conflict", "contradicted")]
    unknown = sum(conflict.method == "unreliable psis" for conflict in found.claims)
    return {
        "label": case.headline.label,
        "top": {"label": top[0].label, "share": percent(top[0].share, PRINT)} if top and top[0].share >= 0.01 else None,
        "best": ({"label": check_name(best, case), "kind": best.kind, "shrink": percent(best.shrink, PRINT)}
                 if best and best.shrink >= 0.01 else None),
        "conflicts": [sentence(conflict_sentence(conflict, case, PRINT)) for conflict in flagged],
        "unknown": counted(unknown, "claim") if unknown else "",
    }


# ------------------------------------------------------------------ what is inside


def dark_uncertainty(story: Story) -> list[Record]:
    """Return the dark uncertainty of each target where it acts."""
    out = []
    for key, record in story.summary.dark_uncertainty.items():
        target = story.target(key) if key in story.targets else None
        q = record.known
        scale, unit = (target.scale, target.unit.text) if target else ("log", "")
        shown = display("", "positive", q)
        active = [claim for claim, _ in story.targets.get(key, []) if claim.active]
        out.append({
            "label": target_label(target, story.case, PRINT) if target else humanise(key),
            "claims": count(len({claim.id for claim in active})),
            "sources": count(len({claim.source for claim in active})), "median": shown.number(q[0.5]),
            "ninety": shown.bare_range(q[0.05], q[0.95]), "sized": sized(story.defaults.get(key)),
            "reads": factor_words(q[0.5], scale, unit, PRINT),
        })
    return out


_CHECKS = {
    "max_r_hat": ("Largest R-hat", 3), "min_ess_bulk": ("Smallest bulk effective sample size", 0),
    "min_ess_tail": ("Smallest tail effective sample size", 0), "divergences": ("Divergent transitions", 0),
    "modes": ("Readings and modes sampled apart", 0), "max_mode_error": ("Largest error of the probability of one of them", 3),
}


def diagnostics(story: Story) -> Record:
    """Return the sampler's checks: what was found, what was asked for."""
    found, sampling = plain_values(story.summary.diagnostics), story.fit.sampling
    ess = f"above {decimals(least_ess(sampling['draws'] * sampling['chains']), 0)}"
    wanted = {"max_r_hat": f"below {decimals(MOST_R_HAT, 2)}", "min_ess_bulk": ess, "min_ess_tail": ess, "divergences": "none"}
    rows = [[name, decimals(found[key], places), wanted.get(key, "")] for key, (name, places) in _CHECKS.items()
            if found.get(key) is not None]
    rest = [[capital(humanise(key)), figures(value, 3, PRINT), ""] for key, value in found.items()
            if key not in _CHECKS and isinstance(value, int | float) and not isinstance(value, bool)]
    return {"rows": rows + rest}
