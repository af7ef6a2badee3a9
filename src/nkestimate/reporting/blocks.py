"""The brief as a list of blocks, each of runs of words: said once, for the PDF, Word and Markdown alike.

A block is a dict with its ``kind``. A run is a list of a style (``text``, ``strong``, ``note``, ``code`` or ``link``, which has its
address third) and its words. A cell of a table is a list of lines, a line a list of runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from nkestimate.reporting.leads import leads, titles
from nkestimate.wording.prose import capital

Record = dict[str, Any]
Run = list[str]
Runs = list[Run]

_ASSUMED = "\u00a0†"
_LINKED = ("http://", "https://")
_STYLES = {"plain": "text", "emph": "text", "math": "text", "strong": "strong", "code": "code"}


def brief_blocks(data: Record) -> list[Record]:
    """Return the blocks of the brief, in their order.

    Parameters
    ----------
    data : dict
        What the templates print: `report_data`, ``front``, ``brief``, ``solid``, ``figures`` and ``lost``.

    Returns
    -------
    list of dict
        Kinds: ``title``, ``alert``, ``headline``, ``key`` (the headline's picture and the key totals), ``heading``, ``para``,
        ``lead`` (a paragraph that belongs to what follows), ``note``, ``over`` (how many are left for the annex) and ``table``.
    """
    data = data | {"words": leads(data)}
    parts = (_opening, _why, _believed, _carried, _changes, _checks, _doubts, _documents, _how_to_read)
    return [block for part in parts for block in part(data)]


def _block(kind: str, *parts: str | Run) -> Record:
    return {"kind": kind, "runs": _runs(*parts)}


def _alert(place: str, *parts: str | Run) -> Record:
    """Return what must not be overlooked; ``place`` says where in the annex it stands, too."""
    return {**_block("alert", *parts), "place": place}


def _runs(*parts: str | Run) -> Runs:
    """Return words as runs: what has no style is text."""
    return [["text", part] if isinstance(part, str) else part for part in parts if part]


def _strong(words: str) -> Run:
    return ["strong", words]


def _head(key: str) -> Run:
    return _strong(titles()["heads"][key])


def _note(words: str) -> Run:
    return ["note", words]


def _told(data: Record, key: str) -> Runs:
    """Return one of the report's own sentences."""
    return [[_STYLES[setting], words] for setting, words, _ in data["words"].get(key, ())]


def _heading(key: str, room: bool = False) -> Record:
    """Return a heading; with ``room`` it begins a page where little is left of one, so that the table that follows leaves no row behind."""
    return {"kind": "heading", "text": titles()["titles"][key], "room": room}


def _over(words: str) -> Iterator[Record]:
    if words:
        yield _block("over", _note(f"And {words}: see the annex."))


def _table(widths: Sequence[str], header: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Sequence[int] = (), together: int = 3,
           halved: bool = False) -> Record:
    """Return a table; a cell is a text, a run or a list of lines."""
    return {"kind": "table", "widths": list(widths), "right": [i in right for i in range(len(header))], "header": list(header),
            "rows": [[_cell(cell) for cell in row] for row in rows], "together": together, "halved": halved}


def _cell(cell: Any) -> list[Runs]:
    if isinstance(cell, str):
        return [_runs(cell)]
    return [_runs(cell)] if cell and isinstance(cell[0], str) else [_runs(*line) for line in cell]


# ------------------------------------------------------------------ the first page


def _opening(data: Record) -> Iterator[Record]:
    yield {"kind": "title", "over": "".join(words for _, words in _told(data, "kind_brief")), "text": data["title"],
           "under": f"Scenario: {data['scenario']}" if data["scenario"] else ""}
    if not data["ok"]:
        yield _alert("converged", *_told(data, "not_converged"), " " + " ".join(data["reasons"]))
    head = data["headline"]
    below = [_runs(f"{asked['label']} ", _strong(capital(asked["words"])), f": {asked['with_error']}.")
             for asked in head["questions"][:3]]
    below += [_runs(f"{told[0]}: {'; '.join(told[1:])}.") for told in data["front"]["mixture"]]
    yield {**_block("headline", *_told(data, "headline")), "below": below}
    totals = [{"label": total["label"] + (_ASSUMED if total["assumption"] else ""), "median": total["median"],
               "under": f"90% interval: {total['ninety']}"} for total in data["key_totals"]]
    yield {"kind": "key", "figure": next((it for it in data["figures"] if it["section"] == "headline"), None), "totals": totals}
    if data["lost"]:
        yield _alert("lost", *_told(data, "lost"))


def _why(data: Record) -> Iterator[Record]:
    front = data["front"]
    parts, scenarios = front["parts"], front["scenarios"]
    if parts or front["left_out"]["note"] or front["notes"] or scenarios["rows"]:
        yield _heading("why")
    if parts:
        yield _block("para", *_told(data, "parts"))
    if front["left_out"]["note"]:
        yield _block("para", _head("left_out"), f" {front['left_out']['note']}")
    yield from (_block("para", _head("note"), f" {it}") for it in front["notes"])
    if scenarios["rows"]:
        yield _block("lead", *_told(data, "what_if"))
        rows = [(label, _strong(median), interval) for label, median, interval in scenarios["rows"]]
        yield _table(("1fr", "auto", "auto"), titles()["columns"]["scenarios"], rows, right=(1, 2), halved=True)
    elif scenarios["unknown"]:
        yield _block("note", *(_note(words) for _, words in _told(data, "scenarios_unknown")))


# ------------------------------------------------------------------ who was believed, what carries it


def _believed(data: Record) -> Iterator[Record]:
    told, left_out = data["brief"]["believed"], data["front"]["left_out"]
    if told is None:
        return
    yield _heading("believed", room=True)
    if told["rows"]:
        yield _block("lead", *_told(data, "believed"))
        rows = [(_strong(it["name"]), it["weight"], _sayings(it), it["moves"]) for it in told["rows"]]
        yield _table(("0.9fr", "0.45fr", "2.1fr", "auto"), titles()["columns"]["believed"], rows, right=(3,), together=0)
    else:
        yield _block("para", *_told(data, "nobody"))
    yield from _over(told["more"])
    if told["unheard"]:
        yield _block("para", _head("unheard"), f" {told['unheard']}.")
    if left_out["figures"]:
        yield _block("para", _head("excluded"), f" {left_out['figures']} The annex gives each with its reason.")


def _sayings(it: Record) -> list[Any]:
    lines: list[Any] = [[f"{one['about']}: ", _strong(one["said"])] for one in it["said"]]
    return [*lines, [_note(f"and {it['more']}")]] if it["more"] else lines


def _carried(data: Record) -> Iterator[Record]:
    told = data["brief"]["carried"]
    if told:
        yield _heading("carried")
        yield _block("lead", *_told(data, "carried"))
        rows = [(_strong(it["label"]), it["rests_on"], _strong(it["share"]), " / ".join(it["swing"]) or "–") for it in told]
        yield _table(("1.1fr", "1.5fr", "auto", "auto"), titles()["columns"]["carried"], rows,
                     right=(2, 3))


# ------------------------------------------------------------------ what would change it


def _changes(data: Record) -> Iterator[Record]:
    yield _heading("change")
    brief, solid = data["brief"], data["solid"]
    if solid is None:
        yield _block("para", *_told(data, "omitted"))
    else:
        yield from _solid(data, brief, solid)
    if brief["conflict"] is not None:
        yield from _conflict(data, brief["conflict"])
    if brief["scenarios"]:
        yield _block("para", _head("scenarios"), f" {brief['scenarios']} Page 1 has them all.")


def _solid(data: Record, brief: Record, solid: Record) -> Iterator[Record]:
    if solid["stale"]:
        yield _alert("stale", *_told(data, "stale"))
    yield _block("para", _head("choices"), f" {solid['counted']} {solid['headline']}")
    if solid["answers"]:
        columns = solid["columns"]
        rows = [(it["label"], _strong(it["base"]), *it["counts"][: len(columns) - 2]) for it in solid["answers"][: brief["questions"]]]
        yield _table(("1fr", *(["auto"] * (len(columns) - 1))), columns, rows, right=range(1, len(columns)), together=12)
        yield from _over(brief["more_questions"])
        yield _block("para", solid["answers"][0]["sentence"])
    if brief["taken_away"]:
        yield _block("para", f"{brief['taken_away']} The annex says which answers.")


def _conflict(data: Record, told: Record) -> Iterator[Record]:
    words: list[str | Run] = [_head("conflict"), f" {told['sentence']}".rstrip()]
    if told["unknown"]:
        words += [" ", *_told(data, "conflict_unknown")]
    yield _block("para", *words)
    if told["rows"]:
        yield _table(("1.3fr", "1fr", "1fr", "auto", "auto"), titles()["columns"]["conflict"],
                     told["rows"], right=(3,))
        yield from _over(told["more"])


# ------------------------------------------------------------------ what to check, the documents


def _checks(data: Record) -> Iterator[Record]:
    told = data["brief"]["checks"]
    if told and told["rows"]:
        yield _heading("checks")
        yield _block("lead", *_told(data, "checks"))
        rows = [(_strong(it[0]), *it[1:]) for it in told["rows"]]
        yield _table(("2fr", "1fr", "auto", "auto"), titles()["columns"]["checks"], rows, right=(2, 3))
        yield from _over(told["more"])


def _doubts(data: Record) -> Iterator[Record]:
    if told := data["brief"]["doubts"]:
        yield _heading("doubts")
        yield _block("lead", *_told(data, "doubts"))
        yield from (_block("para", f"– {point}") for point in told)


def _documents(data: Record) -> Iterator[Record]:
    if data["documents"]:
        yield _heading("documents")
        rows = [(_strong(it["publisher"]), _titled(it), it["date"]) for it in data["documents"][: data["brief"]["documents"]]]
        yield _table(("0.9fr", "1.6fr", "21mm"), titles()["columns"]["documents"][:3], rows, together=2)
        yield from _over(data["brief"]["more_documents"])


def _titled(it: Record) -> list[Any]:
    """Return a document's title, and its address below; as links where the address is one of the web."""
    linked = it["url"].startswith(_LINKED)
    title = ["link", it["title"], it["url"]] if linked and it["title"] else it["title"]
    below = [[["link", it["url"], it["url"]] if linked else _note(it["url"])]] if it["url"] else []
    return [[title], *below]


def _how_to_read(data: Record) -> Iterator[Record]:
    yield _block("note", *(run if run[0] in ("strong", "code") else _note(run[1]) for run in _told(data, "foot")))
