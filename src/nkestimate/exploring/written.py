"""What is on the page as YAML: the case's own text, comments kept, with one more scenario."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SCENARIO = "explored"
_PLAIN = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?|[A-Za-z][\w ().*/+-]*[\w)]|[A-Za-z]|\d{4}-\d\d-\d\d")
_MEANT_OTHERWISE = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


@dataclass(frozen=True)
class Written:
    """A case file to save.

    Attributes
    ----------
    name : str
        For the file.
    scenario : str
        The scenario that makes what is on the page.
    text : str
    entry : str
        Its part that is new.
    """

    name: str
    scenario: str
    text: str
    entry: str


def with_scenario(path: Path, taken: Iterable[str], label: str, changes: Mapping[str, Any]) -> Written:
    """Return the text of a case file with a scenario of changes.

    Parameters
    ----------
    path : Path
    taken : iterable of str
        Ids of scenarios that the case has, its included files' among them.
    label : str
    changes : mapping
        Paths with new values.

    Returns
    -------
    Written
        Where an entry can't be put into the text (all of it may be written between braces), a file that includes it.
    """
    name = SCENARIO
    while name in taken:
        head, _, number = name.rpartition("-")
        name = f"{head}-{int(number) + 1}" if head == SCENARIO else f"{SCENARIO}-2"
    text = path.read_text(encoding="utf-8")
    entry = _entry(name, label, changes, 2)
    found = _put(text, name, label, changes)
    if found is None:
        found = f"include: {_scalar(path.name)}\nscenarios:\n{entry}"
    return Written(f"{path.stem}-{name}.yaml", name, found, f"scenarios:\n{entry}")


def _entry(name: str, label: str, changes: Mapping[str, Any], indent: int) -> str:
    pad = " " * indent
    lines = [f"{pad}{name}:", f"{pad}  label: {_scalar(label)}", f"{pad}  set:" + ("" if changes else " {}")]
    lines += [f"{pad}    {_scalar(path)}: {spelled(value)}" for path, value in changes.items()]
    return "\n".join(lines) + "\n"


def spelled(value: Any) -> str:
    """Write a value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {spelled(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(spelled, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    text = str(value)
    plain = _PLAIN.fullmatch(text) and text.casefold() not in _MEANT_OTHERWISE
    return text if plain else json.dumps(text, ensure_ascii=False)


# ------------------------------------------------------------ into the text


def _put(text: str, name: str, label: str, changes: Mapping[str, Any]) -> str | None:
    """Return the text with the entry, None where it would not be what it was with that entry alone."""
    root = _composed(text)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        return None
    scenarios = next((value for key, value in root.value if key.value == "scenarios"), None)
    margin = root.value[0][0].start_mark.column if root.value else 0
    if scenarios is None:
        new = f"\n{' ' * margin}scenarios:\n" + _entry(name, label, changes, margin + 2)
        at = len(text)
    elif isinstance(scenarios, yaml.MappingNode) and not scenarios.flow_style and scenarios.value:
        at = _line_after(text, _end(scenarios))
        new = _entry(name, label, changes, scenarios.value[0][0].start_mark.column)
    else:
        return None
    before = text[:at] + ("" if text[:at].endswith("\n") else "\n")
    found = before + new + text[at:]
    return found if _same_but(root, _composed(found), name) else None


def _composed(text: str) -> yaml.Node | None:
    loader = yaml.BaseLoader(text)
    try:
        return loader.get_single_node()
    except yaml.YAMLError:
        return None
    finally:
        loader.dispose()


def _end(node: yaml.Node) -> int:
    """Return where the last thing written in a node ends; the comments behind it are no part of it."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return max(_end(part) for pair in node.value for part in pair)
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return max(map(_end, node.value))
    return int(node.end_mark.index)


def _line_after(text: str, at: int) -> int:
    if text[:at].endswith("\n"):  # a block of text ends with its line
        return at
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _same_but(before: yaml.Node, after: yaml.Node | None, name: str) -> bool:
    """Return whether two texts hold the same but for a scenario of that name, which the second has."""
    old, new = _plain(before), _plain(after)
    if not isinstance(new, dict) or not isinstance(new.get("scenarios"), dict) or name not in new["scenarios"]:
        return False
    rest = {key: value for key, value in new["scenarios"].items() if key != name}
    return {**new, "scenarios": rest} == {**old, "scenarios": old.get("scenarios", {})}


def _plain(node: yaml.Node | None) -> Any:
    """Return the values of a tree as they are spelled."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value) for value in node.value]
    return node and node.value


__all__ = ["SCENARIO", "Written", "spelled", "with_scenario"]
