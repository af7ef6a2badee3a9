"""Notebooks run from top to bottom, and are stored with all that they show, small, or with nothing; never with what is of a machine or a day."""

import base64
import re
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
IMAGES = {"01-one-case": 2, "02-how-solid": 5, "03-your-own-case": 1, "04-beyond-yaml": 0}
SAYS = {"01-one-case": "Payments a year relative", "02-how-solid": "Payments a year relative", "03-your-own-case": "Parcels lost a year",
        "04-beyond-yaml": "Income a day"}  # fmt: skip


def test_there_are_notebooks():
    assert [path.stem for path in NOTEBOOKS] == list(IMAGES)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_without_noise(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata == {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                                 "language_info": {"name": "python"}}
    assert path.stat().st_size < 600_000
    for cell in notebook.cells:
        assert not cell.metadata, cell.id
    shown, counts = outputs_of(notebook), [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    if set(counts) == {None}:
        assert shown == []
        return
    assert counts == list(range(1, len(counts) + 1))  # run once, in order
    assert SAYS[path.stem] in text_of(shown)
    assert not re.search(r"/(home|tmp|root|Users)/|0x[0-9a-f]{6}", text_of(shown))
    assert [output for output in shown if output.output_type == "error" or output.get("name") == "stderr"] == []
    pictures = [output.data["image/png"] for output in shown if "image/png" in output.get("data", {})]
    assert len(pictures) == IMAGES[path.stem]
    assert all(len(base64.b64decode(picture)) < 150_000 for picture in pictures)


def outputs_of(notebook):
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def text_of(outputs):
    return "".join(output.get("text", "") + output.get("data", {}).get("text/plain", "") for output in outputs)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_has_no_logic_of_its_own(path):
    logic = ("def ", "class ", "if ", "while ", "try:")
    for cell in nbformat.read(path, as_version=4).cells:
        lines = cell.source.splitlines() if cell.cell_type == "code" else []
        assert not any(line.lstrip().startswith(logic) for line in lines), cell.id


@pytest.fixture(scope="module")
def kernel():
    """One kernel for all: it imports once what each of them imports."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3", cwd=str(FOLDER))
    client.stop_channels()
    yield manager
    manager.shutdown_kernel(now=True)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs(path, kernel):
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("%reset_selective -f ."))  # the next one finds no name of this one
    # A cell that raises makes execute() raise.
    client = NotebookClient(notebook, timeout=600, km=kernel)
    client.execute()
    client.kc.stop_channels()
    outputs = outputs_of(notebook)
    assert SAYS[path.stem] in text_of(outputs)
    assert sum("image/png" in output.get("data", {}) for output in outputs) == IMAGES[path.stem]
    assert not [output for output in outputs if output.get("name") == "stderr"]
