"""The report's figures: records of a fit unpacked, and handed to the charts as plain arrays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from nkestimate.case.model import Claim, Derived, Target
from nkestimate.fitting.breakdown import quantiles_of
from nkestimate.fitting.fits import over_time as over_time_draws
from nkestimate.fitting.records import QUANTILES
from nkestimate.reporting import drivers_figures as own
from nkestimate.reporting.charts import Fan, Mark, Panel, chains_chart, fan_chart, headline_chart, panels_chart
from nkestimate.reporting.forest import Row, forest_chart, pages, row_range
from nkestimate.reporting.picture import Picture, drawn_by
from nkestimate.reporting.story import Array, Story, Total, said_by
from nkestimate.reporting.style import stamp, style
from nkestimate.wording.names import target_label
from nkestimate.wording.numbers import PRINT, Display, count, counted, decimals, percent, short_day
from nkestimate.wording.statements import said, weight_words

PER_FIGURE = 3  # small multiples: a row, so that pages may break between any two
_STEPS = 90
_ABREAST = 2  # totals over time in a picture


def pictures(story: Story, lost: list[str] | None = None) -> list[Picture]:
    """Draw every figure of the report, stamped where the fit has not converged.

    What can't be drawn is left out where there is a list, ``lost``, to say so in; else it raises.
    """
    makers: dict[str, Callable[[], Iterable[Picture]]] = {
        "the headline": lambda: [headline(story)], "the totals": lambda: totals(story), "the claims": lambda: forests(story),
        "totals over time": lambda: over_time(story), **drivers(story), "the chains": lambda: [chains(story)],
    }
    with style():
        drawn = drawn_by(makers, lost)
        if not story.ok:
            for picture in drawn:
                stamp(picture.figure)
    return drawn


def drivers(story: Story) -> dict[str, Callable[[], Iterable[Picture]]]:
    """Return what draws what drives the headline and what conflicts, as far as the fit itself tells: nothing is fitted again."""
    return {
        "what drives the headline": lambda: [own.drivers(story.explanation)],
        "how claims bear on the headline": lambda: own.influence(story.fit, story.explanation),
        "what checking would be worth": lambda: own.checks(story.case, story.explanation),
        "each claim against the rest": lambda: own.dots(story.case, story.conflicts, trusted=True),
        "what the headline is sensitive to": lambda: own.sensitivities(story.conflicts),
    }


# ------------------------------------------------------------------ headline and totals


def panel(story: Story, total: Total, log: bool | None = None) -> Panel:
    """Return one total's panel."""
    q = story.quantiles(total.id)
    prior = story.prior_quantiles(total.id)
    return Panel(
        total.label, story.prior_name(total), story.prior(total.id), story.draws(total.id), q, prior, story.displays[total.id],
        log=_log_totals(total, q, prior) if log is None else log, fraction=_is_share(total),
        scale=total.scale if total.scale != "logit" or _is_share(total) else "identity")


def _is_share(total: Total) -> bool:
    return total.support == "fraction" and total.unit.factor == 1.0


def _log_totals(total: Total, q: dict[float, float], prior: dict[float, float]) -> bool:
    if total.scale != "log" or total.support != "positive" or q[0.05] <= 0 or prior[0.05] <= 0:
        return False
    return q[0.95] / q[0.05] > 5 or prior[0.95] / prior[0.05] > 8


def log_headline(story: Story) -> bool:
    """Return whether the headline is so wide that its axis is logarithmic."""
    total = story.case.headline
    q = story.quantiles(total.id)
    return total.support == "positive" and total.scale == "log" and q[0.05] > 0 and q[0.95] / q[0.05] > 14


def headline(story: Story) -> Picture:
    """Draw the headline."""
    total = story.case.headline
    q = story.quantiles(total.id)
    drawn = panel(story, total, log_headline(story))
    shown = drawn.display
    alt = (f"Density curve of {total.label}: median {shown.value(q[0.5])}, 50% interval {shown.range(q[0.25], q[0.75])}, 90% interval "
           f"{shown.range(q[0.05], q[0.95])}. Behind it, faint: {drawn.tag}.")
    return Picture("headline", "headline", headline_chart(drawn), alt, f"{total.label}, as of {short_day(story.case.horizon)}")


def totals(story: Story) -> Iterator[Picture]:
    """Draw prior against posterior for all totals, a row of three to a figure."""
    chunks = [story.totals[i : i + PER_FIGURE] for i in range(0, len(story.totals), PER_FIGURE)]
    for number, chunk in enumerate(chunks, 1):
        alt = "Prior and posterior of each total. " + " ".join(_total_alt(story, total) for total in chunk)
        name = "totals" if len(chunks) == 1 else f"totals-{number}"
        caption = "Posterior (blue) against prior or reference (grey, dashed), each with its median, 50% and 90% interval"
        yield Picture("totals", name, panels_chart([panel(story, total) for total in chunk]), alt, caption)


def _total_alt(story: Story, total: Total) -> str:
    q, prior, shown = story.quantiles(total.id), story.prior_quantiles(total.id), story.displays[total.id]
    return (f"{total.label}: median {shown.value(q[0.5])}, 90% interval {shown.range(q[0.05], q[0.95])}; "
            f"before the claims {shown.range(prior[0.05], prior[0.95])}.")


# ------------------------------------------------------------------ claims


def forests(story: Story) -> list[Picture]:
    """Draw the claims on each target."""
    drawn: list[Picture] = []
    names: set[str] = set()
    for key in story.targets:
        target, shown = story.target(key), story.target_display(key)
        label = target_label(target, story.case, PRINT)
        rows = forest_rows(story, key, shown)
        log, ends = forest_axis(target, rows)
        split = pages(rows)
        for number, part in enumerate(split, 1):
            stem = _unique(f"claims-{_slug(key)}" + (f"-{number}" if len(split) > 1 else ""), names)
            figure = forest_chart(label, part, shown, log=log, bounds=ends)
            drawn.append(Picture("claims", stem, figure, _forest_alt(label, part), f"Claims about: {label}"))
    return drawn


def forest_axis(target: Target, rows: list[Row]) -> tuple[bool, tuple[float, float]]:
    """Return whether a forest's axis is logarithmic, and its ends."""
    positive = target.scale == "log" and all(row.centre > 0 for row in rows)
    low, high = row_range(rows, positive)
    log = positive and low > 0 and high / low > 4
    return log, row_range(rows, log)


def forest_rows(story: Story, key: str, shown: Display) -> list[Row]:
    """Return a target's rows: its claims by source in the order of the case, then the posterior at each date that matters."""
    rows = [_claim_row(story, claim, i, shown) for claim, i in claims_on(story, key)]
    return rows + _posterior_rows(story, key, shown)


def claims_on(story: Story, key: str) -> list[tuple[Claim, int]]:
    """Return the claims on a target, with the number of their reading, by source in the order of the case."""
    sources = list(story.case.sources)
    return sorted(story.targets[key], key=lambda pair: sources.index(pair[0].source))


def _posterior_rows(story: Story, key: str, shown: Display) -> list[Row]:
    """Return the posterior at the horizon, and at the claims' dates where it reads differently."""
    days = story.posterior_dates(key)
    rows = [_posterior_row(story, key, day, shown) for day in days]
    last = rows[-1]
    rows = [row for row in rows[:-1] if (row.value, row.details) != (last.value, last.details)] + [last]
    return rows if len(rows) > 1 else [replace(last, title="Posterior")]


def _claim_row(story: Story, claim: Claim, i: int, shown: Display) -> Row:
    reading = claim.readings[i]
    interval = said_by(reading)
    printed = tuple(f"“{a.figures}”" for a in claim.reported_in if a.figures)
    details = [short_day(reading.as_of), weight_words(claim, PRINT)]
    if claim.has_readings and claim.active and len(claim.readings) > 1:
        details.append(_reading_words(story, claim, i))
    return Row(story.case.sources[claim.source].name, tuple(dict.fromkeys(printed)), _value_words(claim, i, interval.bound, shown),
               tuple(details), interval.low, interval.centre, interval.high, bound=interval.bound,
               muted=not claim.active or reading.weight == 0)


def _value_words(claim: Claim, i: int, bound: str | None, shown: Display) -> str:
    """Write what a claim says in the unit of its forest, so that rows compare."""
    statement, interval = claim.readings[i].statement, said_by(claim.readings[i])
    if bound:
        return ("up to " if bound == "at_most" else "at least ") + shown.stated(statement.value)
    if statement.kind == "around":
        return f"about {shown.stated(interval.centre if np.isnan(statement.value) else statement.value)}"
    if statement.kind in ("estimate", "quantiles"):
        return f"{shown.number(interval.centre)} ({shown.bare_range(interval.low, interval.high)})"
    if statement.kind == "magnitude":
        return f"{said(claim, PRINT)}: {shown.stated_bare_range(interval.low, interval.high)}"
    return shown.stated_bare_range(interval.low, interval.high)


def _reading_words(story: Story, claim: Claim, i: int) -> str:
    answer = story.summary.readings.get(claim.id)
    after = f" before, {percent(answer[i].posterior, PRINT)} after" if answer else ""
    return f"read so: {percent(claim.readings[i].weight, PRINT)}{after}"


def _posterior_row(story: Story, key: str, day: date, shown: Display) -> Row:
    draws = story.values(story.target(key), day)
    q = story.quantiles(key) if key in story.case.totals and day == story.case.horizon else quantiles_of(draws)
    value, details = posterior_words(shown, q)
    return Row(f"Posterior, {short_day(day)}", (), value, details, q[0.05], q[0.5], q[0.95], inner=(q[0.25], q[0.75]))


def posterior_words(shown: Display, q: Mapping[float, float]) -> tuple[str, tuple[str, str]]:
    """Write a posterior's median, and its intervals below it."""
    return shown.number(q[0.5]), (f"50%: {shown.bare_range(q[0.25], q[0.75])}", f"90%: {shown.bare_range(q[0.05], q[0.95])}")


def _forest_alt(label: str, rows: list[Row]) -> str:
    return f"Claims about {label}. " + " ".join(f"{row.title}: {row.value} ({', '.join(row.details)})." for row in rows)


def _slug(key: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", key).strip("-").lower()[:60] or "target"


def _unique(stem: str, taken: set[str]) -> str:
    number, name = 1, stem
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add(name)
    return name


# ------------------------------------------------------------------ time and chains


def time_grid(story: Story, totals: list[Derived]) -> list[date]:
    """Return days from the first date that the totals know of to the horizon, the same for all."""
    horizon = story.case.horizon
    known = [story.day_of(name) for total in totals for call in story.case.date_calls(total.expr) for name in call.dates]
    first = min([day for day in known if day < horizon], default=horizon - timedelta(days=365))
    days = (horizon - first).days
    return sorted({first + timedelta(days=round(days * i / _STEPS)) for i in range(_STEPS + 1)})


def over_time(story: Story) -> Iterator[Picture]:
    """Draw the totals that depend on the date as fans, if there are any."""
    if story.moving:
        dates = time_grid(story, story.moving)
        draws = over_time_draws(story.fit, [total.id for total in story.moving], dates)
        fans = [_fan(story, total, dates, np.quantile(draws[total.id], QUANTILES, axis=0)) for total in story.moving]
        for number, i in enumerate(range(0, len(fans), _ABREAST), 1):
            row = fans[i : i + _ABREAST]
            alt = "Median, 50% and 90% bands over time. " + " ".join(_fan_alt(fan) for fan in row)
            name = "over-time" if len(fans) <= _ABREAST else f"over-time-{number}"
            yield Picture("time", name, fan_chart(row), alt, "Totals over time, with the claims about them")


def _fan(story: Story, total: Derived, dates: list[date], quantiles: Array) -> Fan:
    marks = [Mark(claim.readings[i].as_of, said_.low, said_.high, said_.centre, said_.bound)
             for claim, i in story.targets.get(total.id, []) if claim.active and claim.readings[i].weight > 0
             and dates[0] <= claim.readings[i].as_of <= dates[-1] for said_ in [said_by(claim.readings[i])]]
    return Fan(total.label, story.displays[total.id], dates, quantiles, marks)


def _fan_alt(fan: Fan) -> str:
    q05, _, q50, _, q95 = fan.quantiles[:, -1]
    begin = f"{fan.display.value(fan.quantiles[2, 0])} on {short_day(fan.dates[0])}"
    return f"{fan.title}: median from {begin} to {fan.display.value(q50)} ({fan.display.range(q05, q95)}) on {short_day(fan.dates[-1])}."


def chains(story: Story) -> Picture:
    """Draw the headline's trace and ranks."""
    total = story.case.headline
    draws = story.chains(total.id)
    log = total.scale == "log" and total.support == "positive" and bool(np.nanmin(draws) > 0)
    row = story.summary.totals[total.id]
    alt = (f"Trace of {total.label} over {count(draws.shape[1])} draws of {counted(draws.shape[0], 'chain')}, and the ranks of each "
           f"chain's draws. R-hat {decimals(row.r_hat, 3)}, bulk effective sample size {count(row.ess_bulk)}.")
    figure = chains_chart(draws, story.displays[total.id], log=log)
    return Picture("chains", "chains", figure, alt, f"Chains of the headline: {total.label}")
