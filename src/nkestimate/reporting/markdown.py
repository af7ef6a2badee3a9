"""The brief as Markdown: its blocks, with nothing in a case's words that could be markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from nkestimate.text import in_markdown

Record = dict[str, Any]

_FIRST = re.compile(r"^(\s*)([#>+=-]|\d+(?=[.)]))")  # what makes a heading, a quotation or a list of a line
_IN_ADDRESS = "!#$%&'()*+,/:;=?@[]~-._"


def markdown(blocks: Iterable[Record], picture: str | None) -> str:
    """Return blocks as Markdown with tables (GitHub's).

    Parameters
    ----------
    blocks : iterable of dict
        See `brief_blocks`.
    picture : str or None
        Where the headline's picture stands; without it, its description stands there.

    Examples
    --------
    >>> print(markdown([{"kind": "para", "runs": [["strong", "Who*"], ["text", " said <b>"]]}], None), end="")
    **Who\\*** said &lt;b&gt;
    """
    return "\n\n".join(text for block in blocks for text in _block(block, picture) if text) + "\n"


def _block(block: Record, picture: str | None) -> Iterator[str]:
    kind = block["kind"]
    if kind == "title":
        yield f"*{_escaped(block['over'])}*"
        yield f"# {_escaped(block['text'])}"
        yield _escaped(block["under"])
    elif kind == "heading":
        yield f"## {_escaped(block['text'])}"
    elif kind == "key":
        if block["figure"]:
            alt = _escaped(block["figure"]["alt"])
            yield f"![{alt}]({picture})" if picture else alt
        yield "\n".join(f"- {_escaped(it['label'])}: **{_escaped(it['median'])}**; {_escaped(it['under'])}" for it in block["totals"])
    elif kind == "table":
        yield "\n".join(_table(block))
    else:
        text = _line(block["runs"])
        yield f"> {text}" if kind in ("alert", "headline") else _FIRST.sub(r"\1\\\2", text)
        yield from (f"> {_line(line)}" for line in block.get("below", ()))


def _table(block: Record) -> Iterator[str]:
    yield _row(_escaped(name) for name in block["header"])
    yield _row("---:" if right else "---" for right in block["right"])
    for row in block["rows"]:
        yield _row("<br>".join(map(_line, cell)) for cell in row)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _line(runs: list[list[str]]) -> str:
    return "".join(_run(*run) for run in runs).strip()


def _run(style: str, words: str, address: str = "") -> str:
    text = _escaped(words)
    if style == "code":
        return f"`{words}`"  # ours, never a case's
    if style == "link":
        return f"[{text}](<{quote(address, safe=_IN_ADDRESS)}>)"
    return f"**{text}**" if style == "strong" and text.strip() else text


def _escaped(words: str) -> str:
    head, tail = words[: len(words) - len(words.lstrip(" "))], words[len(words.rstrip(" ")):]
    return head + re.sub(r"[_~]", r"\\\g<0>", in_markdown(words.strip(" "))) + (tail if words.strip(" ") else "")
