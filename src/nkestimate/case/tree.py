"""YAML as a tree that remembers where everything stands.

PyYAML does the parsing; scalars stay as written, since the precision of a number is a matter of its
spelling, and only ``true``, ``false`` and ``null`` are resolved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from nkestimate.errors import Fault

Path_ = tuple[str | int, ...]

# What some YAML readers take for something else than a text, and how to write it.
_QUOTES = "put it in quotes if it is a text"
_IMPLICIT = tuple(
    (re.compile(pattern, re.IGNORECASE | re.ASCII), problem, expected, hint)
    for pattern, problem, expected, hint in (
        (r"yes|no|on|off", "is read as true or false by some YAML readers", "true or false", _QUOTES),
        (r"[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.\d*)?", "is read as a number in base 60 by some YAML readers", "a plain number or a date",
         _QUOTES),
        (r"[-+]?0[0-7_]+", "is read as an octal number by some YAML readers", "a number without leading zeros",
         "put it in quotes if it is a text, and write thousands as 1_000"),
        (r"[-+]?0[xbo][\da-f_]+", "is a number in another base", "a decimal number", _QUOTES),
    )
)
_NUMBERS = {"around", "between", "at_most", "at_least", "estimate", "standard_error", "within", "weight", "came_true", "coverage"}
NO_TEXT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_PLAIN = {word: value for value, words in ((True, "true True TRUE"), (False, "false False FALSE"), (None, "null Null NULL ~"))
          for word in words.split()} | {"": None}
# Far above any case (the shipped one has 1,200); aliases can write a page of these into billions.
_MOST_NODES = 200_000
_DEEPEST = 50
_LARGEST = 10_000_000  # bytes
_LONG = 300_000  # characters that PyYAML's own reader takes minutes for: libyaml reads these alone
_Quick: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True)
class Node:
    """A YAML value and the place where it stands (1-based line)."""

    value: dict[str, Node] | list[Node] | str | bool | None
    file: str
    line: int

    def plain(self) -> Any:
        """Return the value without places, scalars as written."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it."""
        yield self
        children = self.value.values() if isinstance(self.value, dict) else self.value if isinstance(self.value, list) else ()
        for child in children:
            yield from child.walk()

    def at(self, path: Path_) -> Node:
        """Return the node at ``path``, or the deepest one on the way to it."""
        node = self
        for key in path:
            child = None
            if isinstance(node.value, dict):
                child = node.value.get(str(key))
            elif isinstance(node.value, list) and isinstance(key, int) and key < len(node.value):
                child = node.value[key]
            if child is None:
                break
            node = child
        return node

    def fault(self, path: Path_, problem: str, expected: str = "", hint: str = "") -> Fault:
        """Return a fault standing at this node."""
        return Fault(self.file, self.line, show_path(path), problem, expected, hint)


def show_path(path: Path_) -> str:
    """Write a path as ``claims.one.reported_in[0].at``."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def from_plain(value: Any, file: str, line: int) -> Node:
    """Make a tree of Python values, all standing at one place (for values set from outside)."""
    if isinstance(value, Mapping):
        return Node({str(k): from_plain(v, file, line) for k, v in value.items()}, file, line)
    if isinstance(value, list | tuple):
        return Node([from_plain(v, file, line) for v in value], file, line)
    return Node(value if value is None or isinstance(value, bool | str) else str(value), file, line)


def read_tree(path: Path, name: str, faults: list[Fault]) -> Node | None:
    """Parse one YAML file; put its faults into ``faults``; return None where it can't be read at all."""
    content = read_bytes(path, name, faults, "a case in YAML")
    if content is None:
        return None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        faults.append(Fault(name, 1, "", f"byte {error.start} is not UTF-8", "a text in UTF-8", "save the file as UTF-8"))
        return None
    return _parse(text.replace("\r\n", "\n").replace("\r", "\n"), name, faults)


def read_bytes(path: Path, name: str, faults: list[Fault], what: str) -> bytes | None:
    """Read a regular file of a limited size; put what is wrong with it into ``faults``; ``what`` says what was expected."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            faults.append(Fault(name, 1, "", "this is a device or a pipe", what, "name a file"))
            return None
        if path.is_file() and path.stat().st_size > _LARGEST:
            faults.append(Fault(name, 1, "", f"the file has {path.stat().st_size:,} bytes", f"{_LARGEST:,} at most", f"name {what}"))
            return None
        return path.read_bytes()
    except FileNotFoundError:
        faults.append(Fault(name, 1, "", "the file does not exist", what, "look at the path"))
    except IsADirectoryError:
        faults.append(Fault(name, 1, "", "this is a folder", what, "name the file in it"))
    except OSError as error:
        faults.append(Fault(name, 1, "", f"the file can't be read ({error.strerror})", "a readable file", "look at its permissions"))
    except ValueError:  # a zero byte in the path
        faults.append(Fault(name, 1, "", "this can't be the path of a file", what, "look at the path"))
    return None


def _parse(text: str, name: str, faults: list[Fault]) -> Node | None:
    try:
        if len(text) > _LONG:
            _check_size(text)
        root = _compose(text)
        if root is not None:
            return _Builder(name, faults).build(root, ())
        faults.append(Fault(name, 1, "", "the file is empty", "a YAML mapping", "'nkestimate init DIR' writes a starter case"))
    except yaml.MarkedYAMLError as error:
        faults.append(_explain(error, name))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        faults.append(Fault(name, line, "", f"the character U+{int(error.character):04X} can't stand in YAML", "printable text",
                            "delete the character"))
    except _LoopError as error:
        line, path = error.args
        faults.append(Fault(name, line, path, "an alias stands inside the part that it stands for", "a tree", "write the part out"))
    except (RecursionError, _TooMuchError):
        faults.append(Fault(name, 1, "", "the file is nested too deeply, or its aliases write out to too much",
                            f"at most {_DEEPEST} levels and {_MOST_NODES:_} values", "write the parts out, without aliases"))
    except (ValueError, OverflowError):  # escapes that are no characters: PyYAML lets chr() fail
        faults.append(Fault(name, 1, "", "an escape in double quotes that is no character", "escapes such as \\n or \\u00e9",
                            "write the character itself"))
    return None


def _check_size(text: str) -> None:
    """Raise where a long text holds more than any case does, before it is read into a tree; what is no YAML is told later."""
    depth, count = 0, 0
    with suppress(yaml.YAMLError):
        for event in yaml.parse(text, Loader=_Quick):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            count += isinstance(event, yaml.NodeEvent)
            if depth > _DEEPEST or count > _MOST_NODES:
                raise _TooMuchError


@lru_cache(maxsize=16)  # an unchanged file of a case that is read again and again, in variants or by `watch`
def _compose(text: str) -> yaml.Node | None:
    if _Quick is not yaml.BaseLoader:
        try:
            return _composed_by(_Quick, text)
        except yaml.YAMLError:
            if len(text) > _LONG:
                raise
    return _composed_by(yaml.BaseLoader, text)  # reads a few texts more, and tells faults in the words that are explained below


def _composed_by(reader: Any, text: str) -> yaml.Node | None:
    loader = reader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


# What PyYAML says, in parts, and what an author should hear; the first that fits counts.
_SYNTAX = (
    ("found character '\\t'", "a tab stands where YAML wants spaces", "spaces", "replace the tab by spaces"),
    ("mapping values are not allowed here", "a ':' where no key can stand", "one 'key: value' on a line",
     "put a text that holds ': ' in quotes, and look at the indentation"),
    ("but found another document", "a second document begins ('---')", "one document in a file", "delete the line"),
    ("could not find expected ':'", "a key without its ':'", "'key: value'", "look at this line and the one above"),
    ("found unexpected end of stream", "a quote that is opened and never closed", "a closing quote", "look here and above"),
    ("expected ',' or '}'", "a '{' whose part is not separated or closed", "',' between the parts and '}' at the end",
     "put a text that holds , : ? { } [ ] in quotes"),
    ("expected ',' or ']'", "a '[' whose part is not separated or closed", "',' between the parts and ']' at the end",
     "put a text that holds , : ? { } [ ] in quotes"),
    ("expected <block end>", "a line that does not fit the ones above it", "the indentation of its neighbours",
     "look at the indentation, and put a text that begins with a quote wholly in quotes"),
    ("unknown escape character", "a backslash in double quotes that escapes nothing", "\\\\ for a backslash",
     "or use single quotes"),
    ("found undefined alias", "a '*' with a name that no '&' has given", "a value", "put a text that begins with * in quotes"),
    ("expected alphabetic or numeric character", "a '*' or '&' without a name", "a value", "put a text that begins so in quotes"),
    ("found character '%'", "a value that begins with '%'", "a number before the %", "put the text in quotes"),
    ("found character", "a value that begins with a character YAML keeps for itself", "a plain value", "put the text in quotes"),
)


_SHOWN_WHERE_BEGUN = ("found unexpected end of stream", "could not find expected ':'")


def _explain(error: yaml.MarkedYAMLError, name: str) -> Fault:
    told = f"{error.problem or ''} {error.context or ''}"
    noticed, begun = (mark.line + 1 if mark else 1 for mark in (error.problem_mark, error.context_mark))
    for part, problem, expected, hint in _SYNTAX:
        if part in told:
            if part in _SHOWN_WHERE_BEGUN:
                noticed = begun
            elif "'{'" in problem or "'['" in problem:
                problem += f" (it opens on line {begun})" if begun != noticed else ""
            return Fault(name, noticed, "", f"this is not YAML: {problem}", expected, hint)
    return Fault(name, noticed, "", f"this is not YAML: {error.problem or error.context}", "a YAML mapping",
                 "look at the indentation, colons and quotes here and above")


class _LoopError(Exception):
    """An alias stands inside what it stands for."""


class _TooMuchError(Exception):
    """The tree is larger than any case can be."""


class _Builder:
    def __init__(self, name: str, faults: list[Fault]):
        self.name, self.faults = name, faults
        self.count = 0

    def fault(self, node: yaml.Node, path: Path_, *said: str) -> None:
        self.faults.append(Fault(self.name, node.start_mark.line + 1, show_path(path), *said))

    def build(self, node: yaml.Node, path: Path_, above: tuple[int, ...] = ()) -> Node:
        line = node.start_mark.line + 1
        self.count += 1
        if self.count > _MOST_NODES or len(above) > _DEEPEST:
            raise _TooMuchError
        if id(node) in above:
            raise _LoopError(line, show_path(path))
        above = (*above, id(node))
        if isinstance(node, yaml.ScalarNode):
            return Node(self.scalar(node, path), self.name, line)
        self.check_tag(node, path)
        if isinstance(node, yaml.MappingNode):
            return Node(dict(self.items(node, path, above)), self.name, line)
        return Node([self.build(child, (*path, i), above) for i, child in enumerate(node.value)], self.name, line)

    def check_tag(self, node: yaml.Node, path: Path_) -> None:
        if node.tag not in _PLAIN_TAGS:
            self.fault(node, path, f"the tag '{node.tag}'", "a plain value", "delete the tag")

    def items(self, node: yaml.MappingNode, path: Path_, above: tuple[int, ...]) -> Iterator[tuple[str, Node]]:
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.fault(key_node, path, "a key that is no plain word", "a word", "write the key as a word")
                continue
            key = str(key_node.value)
            if self.scalar(key_node, (*path, key)) is None:
                self.fault(key_node, path, "a key that is empty", "a word", "write the key before the ':'")
                continue
            if key in seen:
                self.fault(key_node, (*path, key), f"the key '{key}' stands twice",
                           f"one; the first is on line {seen[key]}", "delete or rename one of them")
                continue
            seen[key] = key_node.start_mark.line + 1
            child = self.build(value_node, (*path, key), above)
            # A fault of an entry is best shown where its key stands.
            yield key, Node(child.value, child.file, key_node.start_mark.line + 1)

    def scalar(self, node: yaml.ScalarNode, path: Path_) -> str | bool | None:
        text = str(node.value)
        self.check_tag(node, path)
        if odd := NO_TEXT.search(text):
            self.fault(node, path, f"the character U+{ord(odd[0]):04X} is no text", "printable text", "delete its escape")
            return ""
        if node.style:  # quoted or a block: a text, whatever it looks like
            return text
        for pattern, *said in _IMPLICIT:
            if pattern.fullmatch(text):
                if said[1] == "true or false" and _NUMBERS & set(path[-2:]):
                    said[1:] = "a number", "write it in digits"
                self.fault(node, path, f"'{text}' {said[0]}", said[1], said[2])
        return _PLAIN.get(text, text)


_PLAIN_TAGS = ("!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
