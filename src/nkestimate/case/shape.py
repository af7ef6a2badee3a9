"""Whether a tree has a case's shape: each entry by itself, so that one fault hides no other."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError

from nkestimate.case import schema
from nkestimate.case.fields import describe
from nkestimate.case.tree import Node, Path_
from nkestimate.errors import did_you_mean

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_ID = re.compile(r"\w[\w-]*")
_INNER: dict[str, type[BaseModel]] = {"reported_in": schema.Report, "readings": schema.Reading, "range": schema.UncertainDate}
_MOST_NAMED = 8
_BEARING = {"unit", "expr", "support", "about", "readings", "source", "set"}  # without these, other faults would be guesses


class Known:
    """What was read of one tree, and is so in others: the trees of a case and its scenarios share most nodes and texts.

    Attributes
    ----------
    entries : dict
        Entries that have their shape, by node and place, with their node, so that no other gets its id.
    texts : dict
        What texts were read as, by text and the number of all that its meaning hangs on.
    """

    def __init__(self) -> None:
        self.entries: dict[tuple[int, Path_], tuple[Node, BaseModel]] = {}
        self.texts: dict[tuple[Any, ...], Any] = {}
        self._numbers: dict[Hashable, int] = {}

    def number(self, of: Hashable) -> int:
        """Return the same number for the same thing."""
        return self._numbers.setdefault(of, len(self._numbers))

    def text[T](self, key: tuple[Any, ...], read: Callable[[], T]) -> T:
        """Return what a text was read as; a fault is raised each time."""
        if key not in self.texts:
            self.texts[key] = read()
        found: T = self.texts[key]
        return found


class Shape:
    """Reads the entries of one tree; ``faults`` collects what is wrong.

    Attributes
    ----------
    entries : dict of dict
        By section and id; None where an entry has not the shape it should have.
    lists : dict of list
        The entries of ``excluded`` and ``incidental``; None likewise.
    whole : bool
        Whether the tree is all of a case (False where an included file could not be read).
    known : Known
    """

    def __init__(self, tree: Node, faults: list[Any], whole: bool = True, known: Known | None = None):
        self.tree, self.faults, self.whole, self.known = tree, faults, whole, known or Known()
        self.entries: dict[str, dict[str, Any]] = {section: {} for section in (*schema.SECTIONS, "dates", "weights")}
        self.settings: schema.Settings = schema.Settings.model_validate({})
        self.robustness: schema.Robustness | None = None
        self.title = ""
        self.horizon: date | None = None
        self.lists: dict[str, list[Any]] = {section: [] for section in schema.LISTS}
        self.partial: set[Path_] = set()  # entries of which keys at fault were left out, so that the rest can be checked

    def fault(self, path: Path_, problem: str, expected: str = "", hint: str = "") -> None:
        """Add a fault that stands at ``path``, or at the deepest part of it that exists.

        An entry of which a part was left out is not at fault for that.
        """
        if path in self.partial:
            return
        self.faults.append(self.tree.at(path).fault(path, problem, expected, hint))

    def unknown(self, path: Path_, what: str, word: str, known: Iterable[str]) -> None:
        """Add the fault of a name that nothing bears."""
        known = sorted(known)
        few = ", ".join(known) if 0 < len(known) <= _MOST_NAMED else ""
        self.fault(path, f"unknown {what} '{word}'", f"one of {few}" if few else f"an id that stands under '{what}s:'",
                   did_you_mean(word, known))

    def read_shape(self) -> None:
        """Read all entries."""
        assert isinstance(self.tree.value, dict)
        for key, node in self.tree.value.items():
            if key in self.entries:
                self.entries[key] = self.section(key, node)
        self.settings = self.entry(("settings",), schema.Settings) or self.settings
        self.robustness = self.entry(("robustness",), schema.Robustness)
        self.read_scalars()
        for key in schema.LISTS:
            self.lists[key] = self.list_of(key)

    def read_scalars(self) -> None:
        assert isinstance(self.tree.value, dict)
        for key in ("format", "title", "horizon"):
            node = self.tree.value.get(key)
            read = self.validate((), schema.Top, {key: node.plain()}) if node else None
            if read:
                setattr(self, key, getattr(read, key))
        title = self.tree.value.get("title")
        if (title is None and self.whole) or (title and isinstance(title.value, str) and not title.value.strip()):
            self.fault(("title",) if title else (), "the case has no title", "title: a few words")

    def list_of(self, section: str) -> list[Any]:
        """Read the entries of a section that is a list; None stands for one at fault."""
        node = self.tree.at((section,))
        if node is self.tree:
            return []
        if isinstance(node.value, list):
            return [self.entry((section, i), schema.LISTS[section]) for i in range(len(node.value))]
        self.fault((section,), f"{describe(node.plain())} stands here", "a list of {document: …, figures: …, reason: …}")
        return []

    def section(self, section: str, node: Node) -> dict[str, Any]:
        """Read the entries of a section by id."""
        if not isinstance(node.value, dict):
            self.fault((section,), f"{describe(node.plain())} stands here", "a mapping of ids to entries",
                       "begin each entry with an id and ':', not with '-'" if isinstance(node.value, list) else "")
            return {}
        read: dict[str, Any] = {}
        for key in node.value:
            self.check_id(section, key)
            if section in schema.SECTIONS:
                read[key] = self.entry((section, key), schema.SECTIONS[section])
            else:
                part = self.once((section, key), node.value[key], schema.Top, section, key)
                read[key] = getattr(part, section)[key] if part else None
        return read

    def check_id(self, section: str, key: str) -> None:
        in_expressions = section in ("quantities", "derived", "dates")
        if not (_IDENTIFIER if in_expressions else _ID).fullmatch(key):
            self.fault((section, key), f"'{key}' can't be an id",
                       "letters, digits and underscores, no digit first" if in_expressions else "letters, digits, underscores and hyphens",
                       "it stands in expressions, where '-' is minus" if in_expressions and "-" in key else "")

    def entry(self, path: Path_, shape: type[Any]) -> Any:
        """Read one entry; None where it is absent or at fault."""
        node = self.tree.at(path)
        if node is self.tree:
            return None
        if not (node.value is None or isinstance(node.value, dict)):
            self.fault(path, f"{describe(node.plain())} stands here",
                       "a mapping of keys to values, such as {" + _first_keys(shape) + "}")
            return None
        return self.once(path, node, shape)

    def once(self, path: Path_, node: Node, shape: type[BaseModel], *around: str) -> Any:
        """Validate a node, below the keys that its shape has around it, unless that was done before and nothing was wrong."""
        if (id(node), path) not in self.known.entries:
            plain = node.plain() if around or node.value is not None else {}
            for key in reversed(around):
                plain = {key: plain}
            read = self.validate(() if around else path, shape, plain)
            if read is None:
                return None if around else self.rest(path, shape, plain)
            self.known.entries[id(node), path] = node, read  # with its node, so that no other gets that id
        return self.known.entries[id(node), path][1]

    def rest(self, path: Path_, shape: type[BaseModel], plain: dict[str, Any]) -> Any:
        """Return an entry without its keys at fault, whose rest is then checked; None where the rest hangs on one of them."""
        try:
            shape.model_validate(plain)
        except ValidationError as error:
            wrong = {str(one["loc"][0]) if one["loc"] else "" for one in error.errors()}
            kept = {key: value for key, value in plain.items() if key not in wrong}
            if wrong & _BEARING or len(kept) == len(plain):
                return None
            try:
                read = shape.model_validate(kept)
            except ValidationError:
                return None
            self.partial.add(path)
            return read
        return None

    def validate(self, path: Path_, shape: type[BaseModel], plain: Any) -> Any:
        """Return ``plain`` as ``shape``, or None after telling its faults."""
        try:
            return shape.model_validate(plain)
        except ValidationError as error:
            for one in error.errors():
                said = _say(one, shape)
                if said:
                    self.fault(self.clean((*path, *one["loc"]), one["type"]), *said)
            return None

    def clean(self, path: Path_, kind: str) -> Path_:
        """Drop what pydantic adds to a path to name the branch of a union."""
        kept: list[str | int] = []
        for position, key in enumerate(path):
            node = self.tree.at((*kept, key))
            last = position == len(path) - 1
            if node is not self.tree.at(tuple(kept)) or (last and kind == "missing"):
                kept.append(key)
        return tuple(kept)


def _say(error: Any, shape: type[BaseModel]) -> tuple[str, str, str] | None:
    """Return what one of pydantic's errors says to the author of a case."""
    kind, key = error["type"], error["loc"][-1]
    if kind == "nkestimate":
        return error["ctx"]["said"]
    if kind == "extra_forbidden":
        known = _keys_at(shape, error["loc"][:-1])
        hint = did_you_mean(key, known)
        if not hint and error.get("input") is None:  # a key without a value: what stands behind a comma inside braces
            hint = "if a comma splits a value here, put the value in quotes"
        return f"unknown key '{key}'", "one of " + ", ".join(known), hint
    if kind == "missing":
        return f"'{key}' is missing", f"'{key}: …' here", ""
    if kind == "none_required":  # the other branch of the union says more
        return None
    expected = {"model_type": "a mapping of keys to values", "list_type": "a list", "dict_type": "a mapping of keys to values"}
    return f"{describe(error['input'])} stands here", expected.get(kind, error["msg"]), ""


def _keys_at(shape: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """Return the keys that may stand at a place inside ``shape``."""
    for key in loc:
        shape = _INNER[str(key)] if key in _INNER else shape
    keys = [field.alias or name for name, field in shape.model_fields.items()]
    return sorted(keys, key="note".__eq__)  # what every entry may have comes last


def _first_keys(shape: type[BaseModel]) -> str:
    return ", ".join(f"{name}: …" for name in _keys_at(shape, ())[:2])
