"""Run notebooks and store them with their outputs, small: ``python notebooks/store.py [STEM …]``; without stems, all of them."""

import base64
import io
import os
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from PIL import Image

FOLDER = Path(__file__).parent
WIDTH, COLOURS = 1000, 64  # of a stored picture


def small(png: str) -> str:
    """Return a picture, in base64, no wider than a page shows it and with few colours."""
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    if picture.width > WIDTH:
        picture = picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)), Image.Resampling.LANCZOS)
    content = io.BytesIO()
    picture.quantize(COLOURS).save(content, "PNG", optimize=True)
    return base64.b64encode(content.getvalue()).decode()


def store(path: Path) -> None:
    """Run a notebook from top to bottom and write it again with what it shows, and with nothing of this machine or day."""
    notebook: Any = nbformat.read(path, as_version=4)
    kept = dict(notebook.metadata)
    NotebookClient(notebook, timeout=1800, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}).execute()
    notebook.metadata = kept
    for cell in notebook.cells:
        cell.metadata = {}
        for output in cell.get("outputs", ()):
            output.get("metadata", {}).pop("execution", None)
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = small(output.data["image/png"])
    aside = path.with_suffix(".part")
    nbformat.write(notebook, aside)
    os.replace(aside, path)


if __name__ == "__main__":
    for stem in sys.argv[1:] or sorted(path.stem for path in FOLDER.glob("*.ipynb")):
        store(FOLDER / f"{stem}.ipynb")
        print(stem, flush=True)
