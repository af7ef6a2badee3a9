"""A page or a PDF to plain text, read by a process of its own: a file made to harm takes that with it, and nothing else.

That process prints JSON: the text with what the file says of itself, or what is wrong.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

PAGES, PDF = (".html", ".htm", ".xhtml"), ".pdf"
LARGEST_TEXT = 2_000_000
"""Characters of one text; the finder reads a million in seven seconds."""
_SECONDS, _BYTES, _MOST_PAGES = 120, 3_000_000_000, 2_000
_ROOT = Path(__file__).resolve().parents[2]
_EXTRA = "install them: pip install 'nkestimate[texts]', or uv sync --extra texts; or save the text as .txt"
_NUMBER = re.compile(r"[-–—|\s]*(\d{1,4})[-–—|\s]*")
_PAGE_OF = re.compile(r"[Pp]age\s\d{1,4}(?:\s(?:of|/)\s\d{1,4})?|\d{1,4}\s?/\s?\d{1,4}")
_SAVE = "open it, save the text as .txt in its place, and leave the original out of the folder"


class _Refusal(Exception):
    """A file that gives no text: problem, what was expected, hint."""


def convert(path: Path) -> dict[str, Any]:
    """Return what a page or PDF holds: ``text``, ``title``, ``publisher``, ``published`` (an ISO date) and ``notes``; or ``fault``.

    Parameters
    ----------
    path : path
        The file; it is read, and nothing is fetched.

    Returns
    -------
    dict
        ``fault``, if it is there, holds a problem, what was expected, and a hint.
    """
    # This very package, wherever it stands, and -P: nothing of the folder that happens to be the current one.
    code = f"import sys; sys.path.insert(0, {str(_ROOT)!r}); from nkestimate.drafting.conversion import main; main()"
    try:
        done = subprocess.run([sys.executable, "-P", "-c", code, str(path)], capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {"fault": (f"reading it took more than {_SECONDS} seconds", "a file that is read sooner", _SAVE)}
    try:
        return dict(json.loads(done.stdout))
    except ValueError:
        return {"fault": ("reading it ended without a text: it asks for too much time or memory, or is broken",
                          "a file that can be read", _SAVE)}


def main() -> None:
    """Print the text of the file named on the command line, as JSON."""
    _limit()
    path = Path(sys.argv[1])
    try:
        read = _read_pdf(path) if path.suffix.lower() == PDF else _read_page(path)
    except _Refusal as refusal:
        read = {"fault": refusal.args}
    except ImportError as error:
        problem = f"{error.name or error} is needed to read it and is not installed"
        read = {"fault": (problem, "the libraries that read pages and PDFs", _EXTRA)}
    except RecursionError:
        read = {"fault": ("it is nested too deeply", "a file that can be read", _SAVE)}
    except Exception as error:  # whatever a library raises of a broken file is the file's fault
        read = {"fault": (f"it can't be read ({type(error).__name__}: {' '.join(str(error).split())[:200]})", "a whole file", _SAVE)}
    sys.stdout.buffer.write(json.dumps(read).encode())


def _limit() -> None:
    """Bound the time and memory of this process, where the system can."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))


def _sized(text: str) -> str:
    if len(text) > LARGEST_TEXT:
        raise _Refusal(f"its text has {len(text):,} characters", f"{LARGEST_TEXT:,} at most", "keep the part that you quote, as .txt")
    return text


# ---------------------------------------------------------------- pages


def _read_page(path: Path) -> dict[str, Any]:
    """Return the article of a page, without its menus; the headline stands first."""
    import trafilatura

    page = path.read_bytes()
    if not page.strip():
        raise _Refusal("the file is empty", "a page with a text", "save the page again")
    found: Any = trafilatura.bare_extraction(page, include_comments=False, include_tables=True, favor_recall=True, with_metadata=True,
                                             date_extraction_params={"original_date": True, "extensive_search": False})
    text, notes = _tidied(found.text or "") if found else "", list[str]()
    if not text:
        text = _tidied(trafilatura.html2txt(page))
        notes = ["no article was made out, so that all text of the page stands in it, menus too"]
    if not text:
        raise _Refusal("no text was found in the page", "a page with a text in paragraphs",
                       "pages that scripts fill are empty when saved: copy the text from the browser into a .txt")
    title = " ".join(((found and found.title) or "").split())
    if title and title not in " ".join(text[: 2 * len(title) + 200].split()):
        text = f"{title}\n\n{text}"
    publisher = " ".join(((found and found.sitename) or "").split())
    return {"text": _sized(text + "\n"), "title": title, "publisher": publisher, "published": (found and found.date) or "", "notes": notes}


# ---------------------------------------------------------------- PDFs


def _read_pdf(path: Path) -> dict[str, Any]:
    """Return the text of a PDF, its pages put together."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError

    unlock = "open it in a viewer with its password and print it to a new PDF; or save the text as .txt"
    reader = PdfReader(path)
    try:
        if reader.is_encrypted and not reader.decrypt(""):
            raise _Refusal("it is encrypted, and its password is not known", "a PDF that opens without a password", unlock)
        count = len(reader.pages)
        if count > _MOST_PAGES:
            raise _Refusal(f"it has {count:,} pages", f"{_MOST_PAGES:,} at most", "keep the pages that you quote")
        pages = [page.extract_text() for page in reader.pages]
    except (DependencyError, FileNotDecryptedError):
        raise _Refusal("it is encrypted", "a PDF that opens without a password", unlock) from None
    _sized("".join(pages))
    text = joined(pages)
    if not re.search(r"\w", text):
        raise _Refusal(f"none of its {len(pages)} pages has text: it is a scan", "a PDF with text",
                       "run text recognition on it (ocrmypdf scan.pdf read.pdf) and put the result in its place, or type the text as .txt")
    empty = [i + 1 for i, page in enumerate(pages) if not re.search(r"\w", page)]
    where = ", ".join(map(str, empty[:20])) + (" and more" if len(empty) > 20 else "")
    notes = [f"no text on page {where}: if it is a scan, its figures are missing"]
    return {"text": text + "\n", "title": "", "publisher": "", "published": "", "notes": notes if empty else []}


def joined(pages: Sequence[str]) -> str:
    """Return pages as one text: without page numbers and running heads, words that a line or page breaks put together.

    Examples
    --------
    >>> joined(["Ports\\nThe har\\u00ad\\nbour held 40\\n1", "Ports\\nboats.\\n2", "Ports\\nNobody sank.\\n3"])
    'The harbour held 40\\nboats.\\n\\nNobody sank.'
    """
    bare = _without_running([[line.strip() for line in _tidied(page).splitlines()] for page in pages])
    texts = ["\n".join(lines).strip("\n") for lines in bare]
    texts = [text for text in texts if text.strip()]
    whole = texts[0] if texts else ""
    for before, after in pairwise(texts):
        goes_on = not re.search(r"[.!?:…][\"”’»)\]]*$", before) and not re.match(r"[\"“‘(]?[A-Z]", after)
        whole += ("\n" if goes_on or re.search(r"[^\W\d_]-$", before) else "\n\n") + after
    return _unbroken(whole)


def _tidied(text: str) -> str:
    """Return a text without what only sets type: soft hyphens with the break behind them, ligatures; line ends alike."""
    text = re.sub(r"\u00ad[ \t]*\r?\n[ \t]*|\u00ad|\ufeff|\u200b", "", text.replace("\r\n", "\n").replace("\r", "\n"))
    for sign, letters in (("ﬁ", "fi"), ("ﬂ", "fl"), ("ﬀ", "ff"), ("ﬃ", "ffi"), ("ﬄ", "ffl"), ("\f", "\n\n"), ("\0", "")):
        text = text.replace(sign, letters)
    text = text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair is no text
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip("\n")


def _without_running(pages: list[list[str]]) -> list[list[str]]:
    """Drop page numbers from the ends of pages, and lines that half of the pages begin or end with, digits aside.

    A lone number is a page's only where another page has the number that goes with it: a table may end in a figure.
    """
    edges = [_edges(lines) for lines in pages]
    seen = Counter(re.sub(r"\d+", "#", line) for lines in edges for line in {*lines} if re.search(r"[^\W\d_]", line))
    often = {line for line, times in seen.items() if times >= 3 and 2 * times >= len(pages)}
    numbered = Counter(int(match[1]) - i for i, lines in enumerate(edges) for line in {*lines} if (match := _NUMBER.fullmatch(line)))
    bare = []
    for i, lines in enumerate(pages):
        kept = [line for line in lines if line.strip()] and list(lines)
        for end in (0, -1):
            while kept and (not kept[end].strip() or re.sub(r"\d+", "#", kept[end]) in often or _is_number(kept[end], i, numbered)):
                kept.pop(end)
        bare.append(kept)
    return bare


def _is_number(line: str, page: int, numbered: Counter[int]) -> bool:
    match = _NUMBER.fullmatch(line)
    return bool(_PAGE_OF.fullmatch(line) or (match and numbered[int(match[1]) - page] > 1))


def _edges(lines: list[str]) -> list[str]:
    full = [line for line in lines if line.strip()]
    return [*full[:2], *full[-2:]]


def _unbroken(text: str) -> str:
    """Put words together that a hyphen breaks at the end of a line; one that is written with a hyphen elsewhere keeps it."""
    words = Counter(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower()))

    def whole(match: re.Match[str]) -> str:
        first, second = match.groups()
        hyphened = f"{first}-{second}".lower()
        return f"{first}-{second}" if words[hyphened] > words[f"{first}{second}".lower()] else f"{first}{second}"

    return re.sub(r"([^\W\d_]+)-\n([a-zà-ÿ]+)", whole, text)
