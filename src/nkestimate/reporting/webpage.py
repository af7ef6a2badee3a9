"""The report as one page for a browser: it holds all it needs, asks the network for nothing, can be switched to each fit of a grid."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from fontTools import subset
from fontTools.ttLib import TTFont

from nkestimate.reporting.leads import at, leads, titles
from nkestimate.reporting.letters import without_unseen
from nkestimate.reporting.states import Drawn, as_json
from nkestimate.reporting.story import Story
from nkestimate.reporting.style import FONTS
from nkestimate.reporting.trace import Rests, Trace
from nkestimate.solidity.refits.record import Robustness
from nkestimate.wording.numbers import count

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).with_name("templates")
_FACES = {400: "OpenSans-Regular.ttf", 600: "OpenSans-Semibold.ttf"}
_LISTED = 12  # claims that a figure's note names one by one
_SVG = "http://www.w3.org/2000/svg"
_LINK = "{http://www.w3.org/1999/xlink}href"
_LETTERS = {"kappa": "κ", "sigma": "σ", "tau": "τ", "delta": "δ", "xi": "ξ"}
_DRAWN = ("d", "x", "y", "points", "transform")  # attributes in which a hundredth of a point is fine enough
_FINE = re.compile(r"(\d+\.\d\d)\d+")


def page(story: Story, data: Mapping[str, Any], solid: Robustness | None = None, figures: Mapping[str, str] | None = None) -> str:
    """Return the report as HTML.

    Parameters
    ----------
    story : Story
    data : mapping
        What the report prints: of `report_data`, with ``front``, ``brief``, ``solid``, ``figures`` and ``lost``.
    solid : Robustness or None
        What `robustness` found: each of its fits is a state of the page. One of an earlier state of the case is not.
    figures : mapping of str to str, optional
        By file name, as ``data["figures"]`` has it, the SVG of each picture.

    Returns
    -------
    str
        The same for the same fit, whenever it is made.
    """
    current = solid if solid is not None and solid.digest == story.case.digest else None
    drawn = Drawn(story, current)
    told = without_unseen({**data, "forests": drawn.forests, "picture": drawn.picture, "replaced": ""})
    told["words"] = leads(told)
    trace = Trace(story, told, current)
    states = drawn.states()
    notes = _Notes(story, trace)
    shown = {
        "data": told, "at": lambda place: at(told, place), "notes": notes, "present": _present(told),
        "figures": _inlined(told["figures"], figures or {}),
        "states": without_unseen(states), "stale": solid is not None and current is None,
        "follows": set(states["places"] if states else ()), **titles(), **{name: _text(f"report.{name}") for name in ("css", "js")}}
    body = _environment().get_template("report.html").render(shown)
    return _with_fonts(body)


def _present(told: Mapping[str, Any]) -> set[str]:
    """Return the sections that a page has."""
    front, brief, drawn = told["front"], told["brief"], {it["section"] for it in told["figures"]}
    there = {
        "why": front["parts"] or front["left_out"]["note"] or front["notes"] or any(front["scenarios"].values()),
        "believed": brief["believed"], "carried": brief["carried"], "checks": brief["checks"] and brief["checks"]["rows"],
        "doubts": brief["doubts"], "documents": told["documents"],
        "forests": told["forests"], "questions": told["questions"], "claims": told["claims"],
        "solid": told["solid"] or "drivers" in drawn, "evidence": told["evidence"]["form"] != "none" or told["evidence"]["worth"]}
    always = {"change", "totals", "assumptions", "method", "diagnostics", "provenance"}
    return always | {name for name, found in there.items() if found}


def trace_of(story: Story, data: Mapping[str, Any], solid: Robustness | None = None) -> str:
    """Return as JSON what each figure and sentence of the page rests on."""
    current = solid if solid is not None and solid.digest == story.case.digest else None
    told = {**data, "forests": Drawn(story, current).forests}
    return Trace(story, told, current).json(leads(told))


def _text(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True,
                       undefined=StrictUndefined)
    made.filters |= {"json": lambda told: Markup(as_json(told)), "sha256": _sha256, "formula": lambda sign: Markup(_formula(sign)),
                     "polygon": _polygon, "raw": Markup}
    return made


def _sha256(text: str) -> str:
    """Return the hash by which a page's policy knows its script."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _formula(sign: str) -> str:
    """Return a sign of a formula as HTML.

    Examples
    --------
    >>> _formula("O_(i,t)"), _formula("kappa")
    ('<i>O</i><sub>i,t</sub>', '<i>κ</i>')
    """
    name, _, index = sign.partition("_")
    below = f"<sub>{index.strip('()')}</sub>" if index else ""
    return f"<i>{_LETTERS.get(name, name)}</i>{below}"


def _polygon(heights: Sequence[int], tall: int = 200, wide: int = 1000) -> str:
    """Return a curve as the data of an SVG path, x over the whole width."""
    step = wide / max(len(heights) - 1, 1)
    return "M" + "L".join(f"{i * step:.0f} {tall - y}" for i, y in enumerate(heights))


# ------------------------------------------------------------------ what figures rest on


class _Notes:
    """The notes that figures open: one for all figures that rest on the same."""

    def __init__(self, story: Story, trace: Trace):
        self.cells, self.case = trace.cells, story.case
        self.numbers = {claim: i for i, claim in enumerate(_ids(story))}
        self.found: dict[tuple[tuple[str, ...], str], int] = {}

    def of(self, place: str) -> int | None:
        """Return the number of the note of a place; None where it has none."""
        rests = self.cells.get(place)
        if rests is None:
            return None
        return self.found.setdefault((rests.claims, self._label(rests)), len(self.found))

    def all(self) -> list[dict[str, Any]]:
        """Return the notes that were asked for: a title, the numbers of claims, and how many more there are."""
        return [{"title": title, "claims": [self.numbers[claim] for claim in claims[:_LISTED]],
                 "more": count(len(claims) - _LISTED) if len(claims) > _LISTED else ""} for claims, title in self.found]

    def _label(self, rests: Rests) -> str:
        if rests.question:
            return without_unseen(self.case.questions[rests.question].label)
        return without_unseen(self.case.totals[rests.total].label) if rests.total else ""


def _ids(story: Story) -> list[str]:
    from nkestimate.reporting.data import claims_in_order

    return [claim.id for claim in claims_in_order(story)]


# ------------------------------------------------------------------ pictures and fonts


def _inlined(figures: Sequence[Mapping[str, Any]], svgs: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Return the pictures by section, each as SVG that may stand in a page with others."""
    found: dict[str, list[dict[str, Any]]] = {}
    for i, it in enumerate(figures):
        if it["file"] in svgs and it["section"] not in ("headline", "claims"):  # the page draws those itself
            told = {**it, "svg": inline_svg(svgs[it["file"]], f"f{i}", it["alt"])}
            found.setdefault(it["section"], []).append(told)
    return found


def inline_svg(svg: str, name: str, alt: str) -> str:
    """Return an SVG to stand in a page: without the names, styles and remarks that would touch what stands around it.

    Parameters
    ----------
    name : str
        What ids begin with, as they must differ over the page.
    alt : str
        What it shows, for those who cannot see it.
    """
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.rpartition("}")[2] in ("metadata", "style", "title"):
                parent.remove(child)
    used = set(re.findall(r"#([\w-]+)", svg))
    for node in root.iter():
        link = node.attrib.pop(_LINK, None)
        if link:
            node.set("href", f"#{name}-{link[1:]}")
        for key, value in list(node.attrib.items()):
            if key == "id":
                node.attrib.pop("id")
                if value in used:
                    node.set("id", f"{name}-{value}")
            elif "url(#" in value:
                node.set(key, value.replace("url(#", f"url(#{name}-"))
            elif key in _DRAWN:
                node.set(key, _FINE.sub(r"\1", value))
    wide = float(root.get("viewBox", "0 0 470 0").split()[2])
    root.attrib.update({"role": "img", "aria-label": alt, "style": f"max-width:{wide * 4 / 3:.0f}px"})
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    return ElementTree.tostring(root, encoding="unicode")


def _with_fonts(body: str) -> str:
    """Put in the letters of the report's fonts that a page has."""
    letters = "".join(sorted(set(body)))
    faces = "".join(f"@font-face{{font-family:'Open Sans';font-weight:{weight};src:url(data:font/woff;base64,{_letters_of(file, letters)})"
                    "format('woff')}" for weight, file in _FACES.items())
    return body.replace("/*fonts*/", faces, 1)


@cache
def _letters_of(file: str, letters: str) -> str:
    options = subset.Options(layout_features=["kern", "liga"], hinting=False, name_IDs=[], notdef_outline=True)
    options.flavor = "woff"
    font = TTFont(FONTS / file, recalcTimestamp=False)
    cut = subset.Subsetter(options)
    cut.populate(text=letters)
    cut.subset(font)
    font.flavor = "woff"
    out = io.BytesIO()
    font.save(out)
    return base64.b64encode(out.getvalue()).decode()
