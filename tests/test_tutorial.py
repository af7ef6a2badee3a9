"""The tutorial, done as it says: its texts and blocks make the case, and every command of it runs."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from nkestimate.cli import main

PAGE = (Path(__file__).parents[1] / "docs" / "tutorial.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("frost")
    for name, text in zip(("herald.txt", "bulletin.txt"), blocks("text"), strict=True):
        assert f"`{name}`" in PAGE
        (folder / name).write_text(text, encoding="utf-8", newline="")
    (folder / "frost.yaml").write_text("\n".join(blocks("yaml")), encoding="utf-8")
    return folder


@pytest.mark.slow
def test_every_command_runs_and_the_page_says_what_comes_out(folder, monkeypatch):
    monkeypatch.chdir(folder)
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    assert [shlex.split(line)[:2] for line in commands] == [["nkestimate", name] for name in (
        "validate", "audit", "run", "run", "compare", "explain", "conflict")]
    printed = {}
    for line in commands:
        done = CliRunner().invoke(main, shlex.split(line)[1:])
        assert done.exit_code == 0, (line, done.output)
        printed.setdefault(line.split()[1], done.output)
    assert re.search(r"^total +6 +0 +1 +0 +7$", printed["audit"], re.MULTILINE)
    assert "no faults" in printed["validate"]
    assert "Note:" not in printed["validate"]
    assert "Price of apples" in printed["run"].split("Note:")[1]
    for name in ("report.pdf", "annex.pdf", "figures"):
        assert f"`report/{name}" in PAGE
        assert (folder / "report" / name).exists()
    row = json.loads((folder / "report" / "summary.json").read_text())["derived"]["loss"]
    said = re.search(r"median of ([\d.]+) million crowns and a 90% interval from ([\d.]+) to ([\d.]+),", PAGE)
    for number, level in zip(said.groups(), ("0.5", "0.05", "0.95"), strict=True):
        assert row["quantiles"][level] == pytest.approx(float(number), rel=0.04)
