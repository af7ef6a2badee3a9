"""The report's own sentences, once for every form that it is written in; their templates are in ``templates/sentences.yaml``.

``{headline.median}`` is what stands at that place of the report's data. A template is read before anything of a case's is put in,
so no label can change how it is set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Record = Mapping[str, Any]
Run = list[str]  # how it is set (plain, strong, emph, code or math), its text, and the place it is from or how a sign is read aloud

_SETTING = {"*": "strong", "_": "emph", "`": "code", "$": "math"}
_MARKED = re.compile(r"(?<!\w)(?P<mark>[*_`$])(?P<inner>.+?)(?P=mark)(?!\w)")
_PLACE = re.compile(r"\{([\w.]+)\}")
_EACH, _NUMBER = "{each}", "#"  # what is said of each row, and the row's number in it
_MISSING = (KeyError, TypeError, IndexError)


@cache
def sentences() -> dict[str, str]:
    """Return the templates by name."""
    found: dict[str, str] = yaml.safe_load((Path(__file__).parent / "templates" / "sentences.yaml").read_text(encoding="utf-8"))
    return found


@cache
def titles() -> dict[str, Any]:
    """Return ``titles``, the ``heads`` that paragraphs begin with, and the heads of tables' ``columns``, by name."""
    found: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "templates" / "titles.yaml").read_text(encoding="utf-8"))
    return found


def leads(data: Record) -> dict[str, list[Run]]:
    """Return each sentence, or each paragraph of a few, as runs: how a piece is set, its text, and which place of the data it is.

    Parameters
    ----------
    data : mapping
        What the report prints.

    Returns
    -------
    dict
        By name. What speaks of something that the data lack is not there.

    Examples
    --------
    >>> told = leads({"headline": {"label": "A *bold* total", "median": "7 km", "ninety": "5 to 9 km"}, "horizon": "May 2025"})
    >>> told["headline"][:3]
    [['plain', 'A *bold* total', 'headline.label'], ['plain', ': ', ''], ['strong', '7 km', 'headline.median']]
    """
    found: dict[str, list[Run]] = {}
    for key, write in {**{key: _writer(key) for key in sentences()}, **_WRITERS}.items():
        try:
            found[key] = write(data)
        except _MISSING:
            continue
    return found


def _writer(key: str) -> Callable[[Record], list[Run]]:
    return lambda data: runs(sentences()[key], data)


def runs(template: str, data: Record) -> list[Run]:
    """Return the runs of a template.

    Raises
    ------
    KeyError, TypeError, IndexError
        If the data lack what it speaks of.
    """
    out: list[Run] = []
    begin = 0
    for match in _MARKED.finditer(template):
        inner = match["inner"]
        out += _filled(template[begin : match.start()], "plain", data)
        out += [["math", inner, read_aloud(inner)]] if match["mark"] == "$" else _filled(inner, _SETTING[match["mark"]], data)
        begin = match.end()
    return out + _filled(template[begin:], "plain", data)


def at(data: Any, place: str) -> Any:
    """Return what stands at a place of the data: ``totals.3.median``."""
    for key in place.split("."):
        data = data[int(key)] if isinstance(data, Sequence) and not isinstance(data, str) else data[key]
    return data


def read_aloud(sign: str) -> str:
    """Return how a sign of a formula is read.

    Examples
    --------
    >>> read_aloud("O_(i,t)"), read_aloud("kappa")
    ('O sub i comma t', 'kappa')
    """
    return sign.replace("_(", " sub ").replace("_", " sub ").replace(",", " comma ").rstrip(")")


def _filled(text: str, setting: str, data: Record) -> list[Run]:
    pieces = _PLACE.split(text)  # text, place, text, place, …
    found = [[setting, str(at(data, piece)), piece] if i % 2 else [setting, piece, ""] for i, piece in enumerate(pieces)]
    return [run for run in found if run[1] or run[2]]


# ------------------------------------------------------------------ sentences that depend on what there is


def _joined(data: Record, *keys: str) -> list[Run]:
    """Return sentences one after another; a name that is empty is none."""
    return runs(" ".join(sentences()[key] for key in keys if key), data)


def _for_each(key: str, rows: Sequence[Any], between: str, data: Record) -> list[Run]:
    """Return a sentence in which each row has its say."""
    each = between.join(sentences()[f"{key.partition('_')[0]}_each"].replace(_NUMBER, str(i)) for i in range(len(rows)))
    return runs(sentences()[key].replace(_EACH, each), data) if rows else []


def _has_dagger(rows: Iterable[Record]) -> bool:
    return any(row["assumption"] for row in rows)


def _foot(data: Record) -> list[Run]:
    return _joined(data, "foot", "foot_panels",
                   "foot_words" if data["questions"] else "", "foot_dagger" if _has_dagger(data["key_totals"]) else "",
                   "foot_annex")


def _weighed(data: Record) -> list[Run]:
    counts = data["counts"]
    if not counts["claims"]:
        return []
    return _joined(data, "weighed_documents" if counts["documents"] else "weighed", "weighed_excluded" if counts["excluded"] else "")


def _reading(data: Record) -> list[Run]:
    return _joined(data, "reading", "reading_words" if data["questions"] else "", "reading_curves",
                   "reading_dagger" if _has_dagger(data["totals"]) else "", "reading_digits")


def _parts(data: Record) -> list[Run]:
    return _for_each("parts", data["front"]["parts"]["rows"] if data["front"]["parts"] else (), "; ", data)


def _drivers(data: Record) -> list[Run]:
    top, best = data["drivers"]["top"], data["drivers"]["best"]
    return _joined(data, "drivers", "drivers_top" if top else "", f"drivers_{best['kind']}" if best else "", "drivers_shares")


def _matrix(data: Record) -> list[Run]:
    return _joined(data, "matrix", "matrix_numbered" if data["evidence"]["form"] != "words" else "")


def _coverage(data: Record) -> list[Run]:
    told = data["assumptions"]
    return _for_each("coverage_others" if told["other_coverages"] else "coverage", told["stress"], "; as holding ", data)


def _common(data: Record) -> list[Run]:
    return _joined(data, "common" if data["assumptions"]["common"] else "no_common")


def _panels(data: Record) -> list[Run]:
    return _joined(data, "panels_hierarchical" if data["pooling"] == "hierarchical" else "panels_pooled")


def _pooled(data: Record) -> list[Run]:
    return _joined(data, data["pooling"] if data["pooling"] in sentences() else "")


def _lost(data: Record) -> list[Run]:
    return _for_each("lost", data["lost"], "; ", data)


_WRITERS: dict[str, Callable[[Record], list[Run]]] = {
    "foot": _foot, "weighed": _weighed, "reading": _reading, "parts": _parts, "drivers": _drivers, "matrix": _matrix, "coverage": _coverage,
    "common": _common, "panels": _panels, "pooled": _pooled, "lost": _lost,
}
