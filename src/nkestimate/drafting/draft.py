"""Texts to a draft case: what was found is filled in, what is an analyst's to decide says TODO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from nkestimate.drafting.proposals import Group, Proposal, Proposed, proposed_for, year_of
from nkestimate.drafting.texts import Text
from nkestimate.errors import CaseError, Fault
from nkestimate.evidence.audit import Row
from nkestimate.evidence.suggest import UNSAID, left_out
from nkestimate.printed.sentences import as_comment, seen
from nkestimate.printed.whitespace import quoted

_MOST_CLAIMS = 3_000
_MOST_LISTED = 6
_HEAD = """\
# yaml-language-server: $schema=case.schema.json
#
# A draft, made of {texts}. What is yours to decide says TODO:
#
#     nkestimate validate case.yaml
#
# lists all that is left, with line and what belongs there;
#
#     nkestimate audit case.yaml --documents texts
#
# sees that every number of the texts stays accounted for.
#
# Each claim has the sentence of its figures above it. For each, either
#  - say who stands behind it (source:) and what it is of (about:), a quantity or
#    a formula such as "visitors * spending"; or
#  - move the line of its report under excluded:, add a reason, delete the claim.
# One figure that several texts tell is one claim with several reports. Where that
# was plain it is done, and said; where it may be, a comment says "told again?":
# then move that claim's report here, and delete that claim.
# The comments quote the texts, which are not yours to publish: delete them before
# you pass the file on.
format: 1
title: TODO
"""

_UNKNOWNS = ("# What is unknown. Figures of one dimension stand together: name each thing that", "# they are of, in place of the TODO.")


def draft(texts: Sequence[Text]) -> str:
    """Return the draft of a case as YAML.

    Parameters
    ----------
    texts : sequence of Text
        In the order of their dates: the first that tells a figure is taken for its root.

    Raises
    ------
    CaseError
        If there is no figure in them, or more than a person can go through.
    """
    proposed = proposed_for(texts)
    if not 0 < len(proposed.claims) <= _MOST_CLAIMS:
        problem = f"{len(proposed.claims):,} figures in the texts" if proposed.claims else "no figure in the texts that a claim could state"
        hint = "choose the texts that bear on one question"
        raise CaseError([Fault(str(texts[0].original.parent), 1, "", problem, f"1 to {_MOST_CLAIMS:,}", hint)])
    by_id = {text.id: text for text in texts}
    lines = [_HEAD.format(texts="one text" if len(texts) == 1 else f"{len(texts)} texts").rstrip("\n")]
    lines += [*_horizon(texts), "", *_units(proposed), "documents:"]
    for text in texts:
        lines += _document(text)
    lines += ["", "# Who stands behind the figures of each text: its publisher, or whom it quotes;", "# several if it quotes several."]
    lines.append("sources:")
    speaking = {row.document for claim in proposed.claims for row in claim.rows[:1]}
    names = {text.id: quoted(f"TODO: whoever speaks in {text.name}") for text in texts if text.id in speaking}
    lines += [f"  {key}: {{name: {name}, weight: TODO}}" for key, name in names.items()]
    lines += ["", *_UNKNOWNS, "quantities:"]
    for group in proposed.groups:
        lines += _quantity(group, [claim for claim in proposed.claims if claim.group is group])
    lines += ["", "# derived: {total: {label: …, unit: …, expr: one * other, headline: true}}     what follows from them", "", "claims:"]
    for claim in proposed.claims:
        lines += _claim(claim, by_id)
    lines += [*_list("excluded", proposed.unsaid, UNSAID), *_list("incidental", proposed.idle, "TODO")]
    return "\n".join(lines).rstrip("\n") + "\n"


def _horizon(texts: Sequence[Text]) -> Iterator[str]:
    dates = [text.head.published for text in texts if text.head.published]
    yield f"horizon: {max(dates)}            # the latest date found; totals are stated at it" if dates else "horizon: TODO"


def _units(proposed: Proposed) -> Iterator[str]:
    if proposed.units:
        yield "# Currencies. One that should convert needs a rate, such as"
        yield "# {is: 0.093 USD, as_of: 2024-09-02, from: central bank}"
        yield "units:"
        yield from (f"  {name}: {{}}" for name in proposed.units)
        yield ""


def _document(text: Text) -> Iterator[str]:
    head = text.head
    yield f"  {text.id}:"
    if text.original_digest:
        yield from as_comment(f"read from {text.original.name}, sha256 {text.original_digest}", "    ")
    for note in text.notes:
        yield from as_comment(note, "    ")
    for key, value, origin in (("publisher", head.publisher, head.publisher_from), ("title", head.title, head.title_from)):
        if value:
            said = f"  # {'its first line' if origin == value else f'from: {seen(origin)}'}"
            yield f"    {key}: {quoted(value)}{said}"
        else:
            perhaps = f"perhaps as in: {seen(origin)}" if origin else "the text does not say it in its first lines"
            yield f"    # {key}: {perhaps}"
    if head.published:
        yield f"    published: {head.published}  # from: {seen(head.published_from)}"
    else:
        found = f"no year with it: {seen(head.published_from)}" if head.published_from else "no date was found"
        yield f"    published: TODO  # {found}"
    yield f"    file: {quoted(text.name)}"
    yield f"    sha256: {quoted(text.digest)}"  # 0b… would be a number in another base


def _quantity(group: Group, claims: Sequence[Proposal]) -> Iterator[str]:
    phrases = [" ".join(claim.rows[0].phrase.split()) for claim in claims]
    more = f" and {len(phrases) - _MOST_LISTED} more" if len(phrases) > _MOST_LISTED else ""
    yield from as_comment("; ".join(phrases[:_MOST_LISTED]) + more, "  ")
    support = f", support: {group.support}" if group.support != "positive" else ""
    prior = ", prior: TODO, rationale: TODO" if group.bounded else ""
    yield f"  {group.key}: {{label: TODO, unit: {quoted(group.unit)}{support}{prior}}}"


def _claim(claim: Proposal, by_id: dict[str, Text]) -> Iterator[str]:
    first, *others = claim.rows
    yield from _told(first, by_id, "  ")
    yield f"  {claim.id}:"
    yield f"    source: {first.document}"
    yield f"    about: {claim.group.key if claim.group else 'TODO'}"
    yield from (f"    {line}" for line in claim.lines)
    yield from _as_of(claim, by_id)
    yield "    reported_in:"
    yield f"      - {_report(first)}"
    for row in others:
        yield from as_comment("the same figure, taken for this one told again:", "      ")
        yield from _told(row, by_id, "      ")
        yield f"      - {_report(row)}"
    for later, kind in claim.echoes:
        row = later.rows[0]
        how = "" if kind == "same" else f", {kind}"
        yield from as_comment(f"told again? {later.id}, {row.phrase}{how}: if it is this figure, move its report here", "    ")
    yield ""


def _as_of(claim: Proposal, by_id: dict[str, Text]) -> Iterator[str]:
    """Date a claim by the past year in its sentence, if there is one; else it is of the day of publication."""
    years = {year for row in claim.rows if (year := year_of(row))}
    dates = [published for row in claim.rows if (published := by_id[row.document].head.published)]
    if len(years) == 1 and dates and (year := years.pop()) < min(dates).year:
        yield f"    as_of: {year}-12-31  # the end of the year in its sentence; of another day, change it"


def _told(row: Row, by_id: dict[str, Text], indent: str) -> list[str]:
    published: date | None = by_id[row.document].head.published
    return as_comment(f"{row.document}{f', {published}' if published else ''}: {row.sentence}", indent)


def _report(row: Row) -> str:
    return f"{{document: {row.document}, figures: {quoted(row.phrase)}, at: {row.at}}}"


def _list(section: str, rows: Sequence[Row], reason: str) -> Iterator[str]:
    if rows:
        yield f"{section}:"
    for row in rows:
        yield from as_comment(row.sentence, "  ")
        yield f"  - {left_out(row, reason)}"


def files_of_draft(folder: Path, texts: Sequence[Text]) -> dict[Path, bytes]:
    """Return what a draft is written to: its texts, then the case itself, so that a case that is there is whole."""
    return {**{folder / "texts" / text.name: text.content for text in texts}, folder / "case.yaml": draft(texts).encode("utf-8")}
