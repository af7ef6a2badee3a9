"""What the figures of some texts may state: claims, the unknowns that they may be of, and which tell one figure again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from nkestimate.case.units import Unit, UnitFault, Units
from nkestimate.drafting.texts import Text
from nkestimate.evidence import echoes
from nkestimate.evidence.audit import Row
from nkestimate.evidence.suggest import Sorted, sort_out, statement
from nkestimate.printed.figures import Figure
from nkestimate.printed.phrases import find_phrases
from nkestimate.printed.sentences import sentence_at
from nkestimate.printed.vocabulary import CURRENCIES

_RETOLD = (echoes.SAME, echoes.ROUNDED, echoes.UPPER, echoes.LOWER)
_YEAR = re.compile(r"(?<![\d.,])(?:19|20)\d\d(?![\d.,]*\d)")
_IN_A_YEAR = re.compile(rf"(?<!than )(?<!as )\b(?:[Ii]n|[Dd]uring|[Tt]hroughout) ({_YEAR.pattern})(?! (?:prices|dollars|[A-Z]{{3}}\b)|-\d)")
_APART = re.compile(r"[,;:()–—](?!\d)|\b(?:and|or|but|which|that|who|since|before|after|when)\b")
_NAMELESS = {"share": "share", "ratio": "ratio", "number": "number"}


@dataclass(frozen=True)
class Group:
    """Figures of one dimension, which may be of one unknown or of several.

    Attributes
    ----------
    key : str
        The id that stands for it in a draft.
    unit : str
    support : str
        ``positive``, ``fraction`` or ``real``.
    bounded : bool
        Whether bounds are all that is stated, so that it needs a prior.
    """

    key: str
    unit: str
    support: str
    bounded: bool


@dataclass
class Proposal:
    """A claim that may be made of printed figures.

    Attributes
    ----------
    rows : list of Row
        Where they stand: the first, and each place that prints the same figure.
    figure : Figure
    lines : list of str
        Its statement in a case file, the unit last.
    unit : Unit
    group : Group or None
        None until all are known.
    echoes : list of (Proposal, str)
        Claims elsewhere that may tell this one again, and how.
    """

    rows: list[Row]
    figure: Figure
    lines: list[str]
    unit: Unit
    group: Group | None = None
    echoes: list[tuple[Proposal, str]] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The claim's id in a draft."""
        return f"{self.rows[0].document}-{self.rows[0].at}"


@dataclass(frozen=True)
class Proposed:
    """What is proposed for some texts.

    Attributes
    ----------
    claims : tuple of Proposal
    groups : tuple of Group
        The unknowns that they may be of.
    unsaid, idle : tuple of Row
        Figures that no claim can state, and numbers that are none.
    units : tuple of str
        Names that a case has to declare, currencies.
    """

    claims: tuple[Proposal, ...]
    groups: tuple[Group, ...]
    unsaid: tuple[Row, ...]
    idle: tuple[Row, ...]
    units: tuple[str, ...]


def proposed_for(texts: Sequence[Text]) -> Proposed:
    """Return what is proposed for each figure of some texts, the root of what is told again first."""
    found = sort_out(row for text in texts for row in _rows(text))
    declared = _currencies(found)
    units = Units()
    units.define_all(dict.fromkeys(declared))
    claims: list[Proposal] = []
    for row, figure in found.claims:
        proposal = _proposal(row, figure, units)
        if not _joins(proposal, claims):
            claims.append(proposal)
    groups = _grouped(claims)
    _find_echoes(claims, units)
    return Proposed(tuple(claims), groups, found.unsaid, found.idle, declared)


def _rows(text: Text) -> Iterator[Row]:
    for phrase in find_phrases(text.text):
        if not phrase.rule:
            said = sentence_at(text.text, phrase.start, phrase.end)
            yield Row(text.id, phrase.start, phrase.text, "unaccounted", found=phrase, sentence=said)


def _currencies(found: Sorted) -> tuple[str, ...]:
    names = {name for _, figure in found.claims for name in re.findall(r"[A-Za-z_]\w*", figure.unit)}
    return tuple(sorted(name for name in names if (name[:3] in CURRENCIES and name[:3] != "USD") or name.startswith("USD_")))


def _proposal(row: Row, figure: Figure, units: Units) -> Proposal:
    try:
        unit = units.unit("" if figure.unit == "1" else figure.unit)
    except UnitFault:  # in a unit that no case knows it is a number of whatever was counted
        unit = Unit("", 1.0, ())
    lines = [line for line in statement(figure) if not line.startswith("unit:")]
    return Proposal([row], figure, [*lines, *([] if figure.kind == "counted" else [f'unit: "{unit.text}"'])], unit)


def year_of(row: Row) -> int | None:
    """Return the year that a figure's sentence gives it: "in 2024", if that is the only year there, and in the figure's own clause."""
    sentence, figure = re.sub(r"^(In \d{4}),", r"\1", " ".join(row.sentence.split())), " ".join(row.phrase.split())
    named, at = _IN_A_YEAR.search(sentence), sentence.find(figure)
    if not named or at < 0 or len(_YEAR.findall(sentence)) != 1:
        return None
    between = sentence[named.end() : at] or sentence[at + len(figure) : named.start()]
    return None if _APART.search(between) else int(named[1])


# ---------------------------------------------------------------- one figure, printed twice


def _joins(new: Proposal, claims: Iterable[Proposal]) -> bool:
    """Add a figure to the claim of the same one, if it is told by its digits: a range, or two digits that count; say so."""
    if not _is_distinct(new.figure):
        return False
    for old in claims:
        if old.lines[0].partition("#")[0] == new.lines[0].partition("#")[0] and old.unit == new.unit:
            old.rows += new.rows
            return True
    return False


def _is_distinct(figure: Figure) -> bool:
    plain = [number.text.partition(" ")[0].partition("e")[0] for number in figure.numbers if "/" not in number.text]
    return figure.kind == "between" or any(len(re.sub(r"\D", "", digits).strip("0")) > 1 for digits in plain)


def _find_echoes(claims: Sequence[Proposal], units: Units) -> None:
    """Note with each claim which later ones may tell it again: the same, rounded, one end of its range, a bound as a value."""
    by_dimension: dict[object, list[tuple[Proposal, echoes.Printed]]] = {}
    for claim in claims:
        for printed in echoes.printed(claim.rows[0].phrase, units)[:1]:
            bare = _of_a_year(printed, units)
            by_dimension.setdefault(bare.unit.dimension if bare.unit else (), []).append((claim, bare))
    for known in by_dimension.values():
        for i, (later, its) in enumerate(known):
            for root, first in known[:i]:
                kind, detail = echoes.compare(first, its)
                turned = _is_turned(first, its)
                if kind == echoes.SAME or turned or (kind in _RETOLD and not _is_loose(root, later)):
                    root.echoes.append((later, detail if turned else kind))
                    break


def _is_turned(one: echoes.Printed, other: echoes.Printed) -> bool:
    """Whether one is a bound and the other its number as a value."""
    bound, point = (other, one) if one.kind == "point" else (one, other)
    return point.kind == "point" and bound.kind in ("at_most", "at_least") and point.low in (bound.low, bound.high)


def _of_a_year(printed: echoes.Printed, units: Units) -> echoes.Printed:
    """Return figures a year as if they were of one: that it is a year's is often left out in telling it again."""
    stem, slash, per = printed.unit.text.rpartition("/") if printed.unit else ("", "", "")
    return replace(printed, unit=units.unit(stem)) if slash and per == "year" and stem not in ("1", "") else printed


def _is_loose(root: Proposal, later: Proposal) -> bool:
    """Whether two figures that are not the same are one of them rounded by chance: in one text, or where one is a fraction in words."""
    fractions = any("/" in number.text for claim in (root, later) for number in claim.figure.numbers)
    return fractions or root.rows[0].document == later.rows[0].document


# ---------------------------------------------------------------- unknowns


def _grouped(claims: Sequence[Proposal]) -> tuple[Group, ...]:
    """Put each claim into a group of its dimension; pure numbers are shares, ratios or numbers of what is counted."""
    kinds: dict[object, list[Proposal]] = {}
    for claim in claims:
        kinds.setdefault(claim.unit.dimension or _nameless(claim), []).append(claim)
    taken: set[str] = set()
    groups = []
    for kind, members in kinds.items():
        commonest = Counter(claim.unit.text for claim in members).most_common(1)[0][0]
        name = kind if isinstance(kind, str) else re.sub(r"\W+", "_", commonest.replace("/", " per ").replace("**", "")).strip("_")
        key = f"TODO_{name}"
        while key in taken:
            key += "_"
        taken.add(key)
        below = any(number.value < 0 or claim.unit.offset for claim in members for number in claim.figure.numbers)
        bounded = all(claim.lines[0].startswith(("at_most", "at_least")) for claim in members)
        support = "real" if below else "fraction" if kind == "share" else "positive"
        group = Group(key, "" if isinstance(kind, str) else commonest, support, bounded)
        groups.append(group)
        for claim in members:
            claim.group = group
    return tuple(groups)


def _nameless(claim: Proposal) -> str:
    """Return what a pure number may be: a share of a whole, a ratio, or how many there are of something."""
    figure, factor = claim.figure, claim.unit.factor
    if figure.kind == "counted":
        return _NAMELESS["share"]
    ends = [factor * end for end in (figure.low, figure.high) if abs(end) < float("inf")]
    relative = claim.unit.text == "percent" or figure.unit == "times" or any("/" in number.text for number in figure.numbers)
    if relative and ends and all(0 < end < 1 for end in ends):
        return _NAMELESS["share"]
    return _NAMELESS["ratio"] if relative or _multiple(claim) else _NAMELESS["number"]


def _multiple(claim: Proposal) -> bool:
    found = claim.rows[0].found
    return bool(found and found.numerals[-1].kind == "multiple")
