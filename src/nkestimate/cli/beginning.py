"""The command that begins a case: from a small one to change, or from texts."""

from __future__ import annotations

from pathlib import Path

import click

from nkestimate.cli.options import FOLDER, THERE, command
from nkestimate.cli.shared import echo, tell
from nkestimate.wording.numbers import counted

SCHEMA = Path(__file__).parents[1] / "case.schema.json"


@command(click.argument("folder", metavar="DIR", type=FOLDER),
         click.option("--from-documents", "documents", type=THERE,
                      help="Folder with texts (.txt, .md), pages (.html) and PDFs: write a draft of all their figures instead."))
def init(folder: Path, documents: Path | None) -> int:
    """Write a small commented case to DIR that runs as it is; or a draft made of your texts.

    A draft has every figure that was found in the texts as a claim, with its sentence; what is yours to decide says TODO, and
    `validate` lists it (docs/from-texts.md). Copies of the texts stand in DIR/texts; the originals are left as they are. Nothing
    that is there is overwritten.

    \b
    Examples:
      nkestimate init my-case && nkestimate run my-case/case.yaml --out my-case
      nkestimate init my-case --from-documents my-texts
    """
    from nkestimate.case import STARTER

    notes: tuple[str, ...] = ()
    if documents is None:
        files = {folder / "case.yaml": STARTER.read_bytes()}
    else:
        from nkestimate.drafting.draft import files_of_draft
        from nkestimate.drafting.texts import read_texts

        texts, notes = read_texts(documents)
        files = files_of_draft(folder, texts)
    files = {folder / "case.schema.json": SCHEMA.read_bytes(), **files}
    taken = [str(path) for path, content in files.items() if path.exists() and (path.name == "case.yaml" or path.read_bytes() != content)]
    if taken:
        echo(f"{', '.join(taken)}: exists already; expected a folder without it; choose another", err=True)
        return 1
    _write(files)
    tell(notes)
    case = folder / "case.yaml"
    if documents is None:
        echo(f"Written: {case}. Next: nkestimate run {case} --out {folder}")
        return 0
    converted = [f"{text.original.name} as {text.name}" for text in texts if text.original_digest]
    tell([f"read as text, which is now the evidence: {', '.join(converted)}"] if converted else [])
    echo(f"Written: {case}, a draft of {counted(len(texts), 'text')}; the texts are in {folder / 'texts'}.\n"
         f"Next: nkestimate validate {case}, which lists what is left to do.")
    return 0


def _write(files: dict[Path, bytes]) -> None:
    """Write all files or none: what was written before one fails is taken away again."""
    from nkestimate.fitting.runs import write_bytes

    done: list[Path] = []
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                write_bytes(path, content)
                done.append(path)
    except OSError:
        for path in done:
            path.unlink(missing_ok=True)
        raise
