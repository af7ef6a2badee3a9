"""Echoes of a claim, each beside its root: what a retelling kept of the figures, and what it did to them.

The **root** is the report that stands nearest to the source: the earliest in a document of the source's own, else the
earliest published; but where that one merely shortens another (rounds it, keeps one end of its range, gives its order of
magnitude), the other is the root: retelling loses figures and does not find them. A document is the source's own where
its publisher and the source have one name (`is_own`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

from nkestimate.case.model import Appearance, Case, Claim, Document, Source
from nkestimate.case.units import Unit, UnitFault, Units
from nkestimate.printed.figures import Figure, figure_of
from nkestimate.printed.notation import SCALES
from nkestimate.printed.phrases import find_phrases
from nkestimate.wording.numbers import percent

ROOT, SAME, ROUNDED, UPPER, LOWER = "root", "same", "rounded", "upper end only", "lower end only"
WIDENED, NARROWED, MAGNITUDE = "range widened", "range narrowed", "order of magnitude"
CHANGED, PART, OTHER, CONTRADICTS, NONE = "unit or period changed", "part of the root", "another figure", "contradicts", "no figures"
KINDS = (ROOT, SAME, ROUNDED, UPPER, LOWER, WIDENED, NARROWED, MAGNITUDE, CHANGED, PART, OTHER, CONTRADICTS, NONE)
"""What an echo may be, in the order in which they are listed."""
_LOSSES = (ROUNDED, UPPER, LOWER, MAGNITUDE)
_FINER = "finer"
_FINE = 0.05  # how far from it, relative to it, a figure with more digits may lie: 5.2 for "5", but not 5.5, and not 8,000 for "10,000"
_WORD_FRACTION = 0.1  # "a third" is told to a tenth
_RATES = 0.05
_CUT = 0.1  # "5 billion" for 5.5: how far below, relative to it, a coarser figure may lie as cut off


@dataclass(frozen=True)
class Echo:
    """One report of a claim beside its root.

    Attributes
    ----------
    document : str
    figures : str or None
        As printed.
    at : int or None
        Their offset.
    published : date or None
        Of the document.
    kind : str
        One of `KINDS`.
    detail : str
        What else there is to say, in words; often empty.
    """

    document: str
    figures: str | None
    at: int | None
    published: date | None
    kind: str
    detail: str = ""

    @property
    def is_root(self) -> bool:
        """Whether this is the claim's root."""
        return self.kind == ROOT


@dataclass(frozen=True)
class Printed:
    """What printed figures say.

    Attributes
    ----------
    kind : str
        ``point``, ``range``, ``at_most``, ``at_least`` or ``magnitude`` (an order of magnitude: its range is a convention).
    low, high : float
        In ``unit``. Both the same for a point; a bound has −inf or inf at its open end.
    low_step, high_step : float
        One unit of the last significant digit of each; 0 for a magnitude.
    unit : Unit or None
        None where none is printed, which goes with any.
    """

    kind: str
    low: float
    high: float
    low_step: float = 0.0
    high_step: float = 0.0
    unit: Unit | None = None

    def scaled(self, factor: float) -> Printed:
        """Return the same figures in a unit ``1/factor`` times as large."""
        return replace(self, low=factor * self.low, high=factor * self.high,
                       low_step=factor * self.low_step, high_step=factor * self.high_step)


# ------------------------------------------------------------------ one echo beside the root


def compare(root: Printed, echo: Printed) -> tuple[str, str]:
    """Return what an echo is to its root, one of `KINDS`, and a detail in words.

    An end agrees with the root's where it is the same figure, or the root's rounded to the echo's own precision (to the
    nearest, or cut off below it by no more than a tenth). Units that convert are converted, with the rates of the case; figures in a
    unit that does not are ``unit or period changed``.

    Examples
    --------
    >>> root = Printed("range", 1.72, 5.5, 0.01, 0.1)
    >>> compare(root, Printed("range", 1.7, 5.5, 0.1, 0.1))[0], compare(root, Printed("at_most", -math.inf, 5.5, 0.0, 0.1))[0]
    ('rounded', 'upper end only')
    """
    if root.unit == echo.unit:
        return _COMPARISONS[root.kind](root, echo)
    ways = [_COMPARISONS[root.kind](root, echo)] if root.unit is None or echo.unit is None else []
    one, other = _share(root), _share(echo)
    if one and other:  # "a third" and "30 percent"
        ways.append(_COMPARISONS[root.kind](one, other))
    if ways or root.unit is None or echo.unit is None:
        return min(ways, key=lambda way: _NEARNESS.index(way[0]))
    words = f"{echo.unit.text or 'a number'} for {root.unit.text or 'a number'}"
    if root.unit.dimension != echo.unit.dimension:
        return CHANGED, words
    its = echo.scaled(echo.unit.factor / root.unit.factor)
    kind, detail = _COMPARISONS[root.kind](root, its)
    if kind == CONTRADICTS and _nearly(root, its):
        kind, detail = ROUNDED, ""
    return (CHANGED, _with(words, kind, detail)) if kind != CONTRADICTS else (CONTRADICTS, words)


def _share(printed: Printed) -> Printed | None:
    """Return figures as plain numbers where their unit is a share of one or none; else None."""
    if printed.unit is None:
        return printed
    return replace(printed.scaled(printed.unit.factor), unit=None) if not printed.unit.dimension else None


def _nearly(root: Printed, echo: Printed) -> bool:
    """Return whether amounts of money differ by no more than rates do from one day to another."""
    assert root.unit is not None
    money = any(name == "[currency]" for name, _ in root.unit.dimension)
    ends = ((root.low, echo.low), (root.high, echo.high))
    return money and root.kind == echo.kind and all(a == b or math.isclose(a, b, rel_tol=_RATES) for a, b in ends)


def _with(*words: str) -> str:
    return "; ".join(filter(None, words))


def _from_range(root: Printed, echo: Printed) -> tuple[str, str]:
    top, bottom = _agree(root.high, root.high_step, echo.high, echo.high_step), _agree(root.low, root.low_step, echo.low, echo.low_step)
    if echo.kind == "range":
        if top and bottom:
            return _figures(top, bottom)
        if (bottom or echo.low < root.low) and (top or echo.high > root.high):
            return WIDENED, ""
        if (bottom or echo.low > root.low) and (top or echo.high < root.high):
            return NARROWED, ""
        return CONTRADICTS, "the ranges overlap" if echo.low < root.high and echo.high > root.low else ""
    if echo.kind == "magnitude":
        return _to_magnitude(root, echo)
    if echo.kind == "at_most":
        if top:
            return UPPER, "rounded" if top == ROUNDED else ""
        if echo.high > root.high:
            return WIDENED, "its end raised, the other dropped"
        return (NARROWED, "an end inside the range") if echo.high > root.low else (CONTRADICTS, "")
    if echo.kind == "at_least":
        up = _agree(root.high, root.high_step, echo.low, echo.low_step)
        if bottom and up != SAME:
            return LOWER, "rounded" if bottom == ROUNDED else ""
        if up:
            return UPPER, "turned into a floor"
        if echo.low < root.low:
            return WIDENED, "its end lowered, the other dropped"
        return (NARROWED, "the upper part alone") if echo.low < root.high else (CONTRADICTS, "")
    up = _agree(root.high, root.high_step, echo.low, echo.low_step)
    if up and bottom and SAME not in (up, bottom):
        return ROUNDED, "to one figure"
    if up or bottom:
        return (UPPER if up == SAME or not bottom else LOWER), "as the figure itself"
    return (NARROWED, "one figure inside the range") if root.low < echo.low < root.high else (CONTRADICTS, "")


def _from_point(root: Printed, echo: Printed) -> tuple[str, str]:
    value, step = root.low, root.low_step
    if echo.kind == "magnitude":
        return _to_magnitude(root, echo)
    if echo.kind == "point":
        found = _agree(value, step, echo.low, echo.low_step)
        off = abs(echo.low / value - 1) if value else 0.0
        if found == ROUNDED and off > _CUT:
            return ROUNDED, f"by {percent(off)}"
        return _figures(found) if found else (CONTRADICTS, "")
    if echo.kind == "range":
        ends = ((echo.low, echo.low_step), (echo.high, echo.high_step))
        inside = echo.low <= value <= echo.high or any(_agree(value, step, *end) for end in ends)
        return (WIDENED, "one figure turned into a range") if inside else (CONTRADICTS, "")
    ceiling = echo.kind == "at_most"
    end, its_step = (echo.high, echo.high_step) if ceiling else (echo.low, echo.low_step)
    held = _agree(value, step, end, its_step) or (value < end if ceiling else value > end)
    return (WIDENED, f"turned into a {'ceiling' if ceiling else 'floor'}") if held else (CONTRADICTS, "")


def _from_bound(root: Printed, echo: Printed) -> tuple[str, str]:
    ceiling = root.kind == "at_most"
    end, step, side = (root.high, root.high_step, 1.0) if ceiling else (root.low, root.low_step, -1.0)
    name = "ceiling" if ceiling else "floor"
    if echo.kind == "magnitude":
        near = echo.low if ceiling else echo.high
        return (MAGNITUDE, "") if side * near <= side * end else (CONTRADICTS, "")
    if echo.kind == root.kind:
        its, its_step = (echo.high, echo.high_step) if ceiling else (echo.low, echo.low_step)
        found = _agree(end, step, its, its_step)
        if found:
            return _figures(found)
        return (WIDENED, f"the {name} moved out") if side * its > side * end else (NARROWED, f"the {name} moved in")
    if echo.kind in ("at_most", "at_least"):
        return CONTRADICTS, f"a {name} turned into a {'floor' if ceiling else 'ceiling'}"
    far, far_step = (echo.high, echo.high_step) if ceiling else (echo.low, echo.low_step)
    if not (_agree(end, step, far, far_step) or side * far < side * end):
        return CONTRADICTS, ""
    return NARROWED, f"a {name} turned into a {'figure' if echo.kind == 'point' else 'range'}"


def _from_magnitude(root: Printed, echo: Printed) -> tuple[str, str]:
    if (echo.low, echo.high) == (root.low, root.high):
        return SAME, ""
    if echo.low > root.high or echo.high < root.low:
        return CONTRADICTS, ""
    if echo.kind in ("at_most", "at_least", "point"):
        return NARROWED, "an order of magnitude turned into a figure"
    # The ends of a magnitude are a convention: what counts is which is the wider, as a factor.
    wider = echo.low <= 0 or math.log(echo.high / echo.low) > math.log(root.high / root.low)
    return (WIDENED if wider else NARROWED), ""


def _to_magnitude(root: Printed, echo: Printed) -> tuple[str, str]:
    return (MAGNITUDE, "") if root.low <= echo.high and root.high >= echo.low else (CONTRADICTS, "")


_COMPARISONS = {"range": _from_range, "point": _from_point, "at_most": _from_bound, "at_least": _from_bound, "magnitude": _from_magnitude}


def _figures(*found: str) -> tuple[str, str]:
    """Return what figures are that agree with the root's one by one."""
    return (ROUNDED, "") if ROUNDED in found else (SAME, "with more digits" if _FINER in found else "")


def _agree(value: float, step: float, echo: float, echo_step: float) -> str:
    """Return ``same``, ``rounded``, ``finer`` (the root is the rounded one) or, where two figures are not the same one, nothing."""
    if not math.isfinite(value) or not math.isfinite(echo):
        return ""
    if math.isclose(value, echo, rel_tol=1e-9, abs_tol=1e-12):
        return SAME
    off = value - echo
    if echo_step > step * (1 - 1e-9):
        cut = echo_step > step * (1 + 1e-9) and 0 < off * math.copysign(1, value) < echo_step and abs(off) <= _CUT * abs(value)
        return ROUNDED if abs(off) <= echo_step / 2 * (1 + 1e-9) or cut else ""
    finer = echo_step < step * (1 - 1e-9) and abs(off) <= min(step / 2 * (1 + 1e-9), _FINE * abs(value))
    return _FINER if finer else ""


# ------------------------------------------------------------------ figures as printed


def units_of(case: Case) -> Units:
    """Return the units of a case, its own rates included."""
    units = Units()
    declared = case.resolved.get("units") or {}
    units.define_all({name: (entry or {}).get("is") for name, entry in declared.items()})
    return units


def printed(figures: str, units: Units) -> tuple[Printed, ...]:
    """Return what figures say as printed, one record a unit: several in one unit are the ends of a range.

    Empty where no number is read in them; "doubled" and the like say none of their own.
    """
    found: list[Printed] = []
    for phrase in find_phrases(figures):
        figure = None if phrase.rule else figure_of(phrase)
        kinds = {numeral.kind for numeral in phrase.numerals}
        if figure is None or kinds == {"multiple"}:
            continue
        scale, _, rest = figure.unit.partition(" ")  # a thousand tonnes are tonnes
        text, factor = (rest, SCALES[scale]) if scale in SCALES and rest else (figure.unit, 1.0)
        # Half of the troops are no half a person.
        one = _printed(figure, kinds, _unit(text, units) if text and kinds != {"fraction"} else None)
        if one is None:
            continue
        one = one.scaled(factor)
        same = next((i for i, other in enumerate(found) if other.unit == one.unit), None)
        if same is None:
            found.append(one)
        elif one != found[same]:
            found[same] = _joined(found[same], one)
    return tuple(found)


def _printed(figure: Figure, kinds: set[str], unit: Unit | None) -> Printed | None:
    if figure.kind == "magnitude":
        return Printed("magnitude", figure.low, figure.high, unit=unit) if math.isfinite(figure.low) else None
    steps = [max(2 * (number.half_unit or 0.0), _WORD_FRACTION * (kinds == {"fraction"})) for number in figure.numbers]
    value, step = figure.numbers[0].value, steps[0]
    if figure.kind == "at_most":
        return Printed("at_most", -math.inf, value, high_step=step, unit=unit)
    if figure.kind == "at_least":
        return Printed("at_least", value, math.inf, low_step=step, unit=unit)
    if figure.kind == "estimate":
        error, coarse = figure.numbers[1].value, max(steps)
        return Printed("range", value - error, value + error, coarse, coarse, unit)
    if figure.kind == "between":
        (low, low_step), (high, high_step) = sorted(zip((number.value for number in figure.numbers), steps, strict=True))
        return Printed("range", low, high, low_step, high_step, unit)
    value, step = figure.numbers[-1].value, steps[-1]  # of a change, what it is now
    value = float(f"{value:.2g}") if kinds == {"fraction"} else value  # one in three is 33 percent
    return Printed("point", value, value, step, step, unit)


def _unit(text: str, units: Units) -> Unit:
    """Return a printed unit; one that neither the case nor pint knows, such as a currency without a rate, converts to none but itself."""
    try:
        return units.unit(text)
    except UnitFault:
        return Unit(text, 1.0, ((f"[{text}]", 1.0),))


def _joined(one: Printed, other: Printed) -> Printed:
    """Return the range that two figures of one phrase span; where it is open at both ends, the first."""
    low, low_step = min((p.low, p.low_step) for p in (one, other) if math.isfinite(p.low)) if any(
        math.isfinite(p.low) for p in (one, other)) else (-math.inf, 0.0)
    high, high_step = max((p.high, p.high_step) for p in (one, other) if math.isfinite(p.high)) if any(
        math.isfinite(p.high) for p in (one, other)) else (math.inf, 0.0)
    if math.isinf(low) or math.isinf(high):
        return one
    kind = "point" if low == high else "range"
    return Printed(kind, low, high, low_step, high_step, one.unit)


# ------------------------------------------------------------------ the root


def is_own(document: Document, source: Source) -> bool:
    """Return whether a document is the source's own: whether publisher and source have one name.

    Compared are the words before a comma and those in brackets, "the" left out; one may go on where the other ends.

    Examples
    --------
    >>> from nkestimate.case.model import Document, Source
    >>> agency = Source("a", "Yonhap, in its own voice", "media", 0.5, None, None)
    >>> is_own(Document("d", "Korea Bizwire (Yonhap)", "", None, None, None, None, None), agency)
    True
    >>> is_own(Document("d", "Digest of Yonhap", "", None, None, None, None, None), agency)
    False
    """
    pairs = product(_names(document.publisher), _names(source.name))
    return any(a[: len(b)] == b or b[: len(a)] == a for a, b in pairs)


def _names(text: str) -> list[list[str]]:
    bracketed = re.findall(r"\(([^()]*)\)", text)
    parts = [re.sub(r"\([^()]*\)", " ", text).split(",")[0], *bracketed]
    names = [[word for word in re.findall(r"\w+", part.casefold()) if word != "the"] for part in parts]
    return [name for name in names if name]


def earliest(claim: Claim, case: Case) -> int | None:
    """Return the number of a claim's earliest report; undated documents come last, ties in the order of the file."""
    days = [_day(report, case) for report in claim.reported_in]
    return days.index(min(days)) if days else None


def root_of(claim: Claim, case: Case) -> int | None:
    """Return the number of the report that is a claim's root, or None where it has no reports."""
    return _root(claim, case, _readings(claim, case))[0]


def _day(report: Appearance, case: Case) -> date:
    return case.documents[report.document].published or date.max


def _readings(claim: Claim, case: Case) -> list[tuple[Printed, ...]]:
    units = units_of(case)
    return [printed(report.figures, units) if report.figures else () for report in claim.reported_in]


def _root(claim: Claim, case: Case, read: Sequence[tuple[Printed, ...]]) -> tuple[int | None, str]:
    """Return the number of the root and why it is the root."""
    reports = claim.reported_in
    readable = [i for i, said in enumerate(read) if said]
    if not readable:
        return earliest(claim, case), "no figures"
    if len(readable) == 1:
        return readable[0], "the only one with figures" if len(reports) > 1 else ""
    own = [i for i in readable if is_own(case.documents[reports[i].document], case.sources[claim.source])]
    pool = own or readable
    about = {reading.unit.dimension for reading in claim.readings}
    fits = {i: any(said.unit is not None and said.unit.dimension in about for said in read[i]) for i in pool}
    root = min(pool, key=lambda i: (_day(reports[i], case), not fits[i], i))
    why = "the source's own document" if own else "the earliest"
    passed = {root}
    while fuller := [i for i in pool if i not in passed and _shortens(read[i], read[root])]:
        root = fuller[0]
        passed.add(root)
        why = "the fullest in the source's own documents" if own else "the fullest"
    return root, why


def _shortens(full: tuple[Printed, ...], short: tuple[Printed, ...]) -> bool:
    """Return whether figures merely shorten others."""
    return _beside(full, short)[0] in _LOSSES and _beside(short, full)[0] not in _LOSSES


def _beside(root: tuple[Printed, ...], echo: tuple[Printed, ...]) -> tuple[str, str]:
    """Compare what two printed strings say: the figures that are nearest each other."""
    found = [compare(a, b) for a, b in product(root, echo)]
    return min(found, key=lambda one: _NEARNESS.index(one[0]))


_NEARNESS = (SAME, ROUNDED, UPPER, LOWER, NARROWED, WIDENED, MAGNITUDE, CONTRADICTS, CHANGED)

# ------------------------------------------------------------------ all echoes of a claim


def echoes(claim: Claim, case: Case) -> tuple[Echo, ...]:
    """Return every report of a claim beside its root, in the order of the case.

    Parameters
    ----------
    claim : Claim
    case : Case
        Whose documents, sources and rates are used.

    Returns
    -------
    tuple of Echo
        One is the root, unless the claim has no reports.
    """
    read = _readings(claim, case)
    root, why = _root(claim, case, read)
    verdicts: list[tuple[str, str]] = []
    for i, said in enumerate(read):
        if i == root:
            verdicts.append((ROOT, why))
        elif not said or root is None or not read[root]:
            verdicts.append((NONE, "" if claim.reported_in[i].figures is None or said else "none that could be read"))
        else:
            verdicts.append(_beside(read[root], said))
    _find_parts(claim, read, root, verdicts)
    _find_others(claim, verdicts)
    return tuple(
        Echo(report.document, report.figures, report.at, case.documents[report.document].published, *verdict)
        for report, verdict in zip(claim.reported_in, verdicts, strict=True)
    )


def _find_parts(claim: Claim, read: Sequence[tuple[Printed, ...]], root: int | None, verdicts: list[tuple[str, str]]) -> None:
    """Mark figures of one document that contradict the root one by one and together make it up."""
    for members in _by_document(claim):
        apart = [i for i in members if verdicts[i][0] == CONTRADICTS and len(read[i]) == 1 and read[i][0].kind == "point"]
        if len(apart) < 2 or root is None or len({read[i][0].unit for i in apart}) > 1:
            continue
        first = read[apart[0]][0]
        value, step = sum(read[i][0].low for i in apart), max(read[i][0].low_step for i in apart)
        if _beside(read[root], (replace(first, low=value, high=value, low_step=step, high_step=step),))[0] in (SAME, ROUNDED):
            for i in apart:
                verdicts[i] = PART, f"one of {len(apart)} that add up to it"


def _find_others(claim: Claim, verdicts: list[tuple[str, str]]) -> None:
    """Mark figures in another unit that stand beside one in the root's: they add to it and do not replace it."""
    for members in _by_document(claim):
        if any(verdicts[i][0] not in (CHANGED, NONE) for i in members):
            for i in members:
                if verdicts[i][0] == CHANGED:
                    verdicts[i] = OTHER, verdicts[i][1]


def _by_document(claim: Claim) -> Iterator[list[int]]:
    for document in dict.fromkeys(report.document for report in claim.reported_in):
        yield [i for i, report in enumerate(claim.reported_in) if report.document == document]
