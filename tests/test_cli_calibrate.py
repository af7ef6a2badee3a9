"""`nkestimate calibrate`: what is printed and written, its pictures, the exit statuses."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from command_line import BRIDGE, call
from nkestimate import Calibration
from nkestimate.reporting.calibration_figures import calibration_pictures
from nkestimate.solidity.calibrating.record import ClaimPlace, Ranked
from nkestimate.tables.calibration import text

CASE = BRIDGE + "  e: {source: rival, about: length, between: [1.0, 1.9], unit: km}\n"


@pytest.mark.slow
def test_it_prints_and_writes_what_it_found(bridge):
    brief = ["calibrate", bridge, "--simulations", "6", "--draws", "200", "--tune", "200", "--workers", "1"]
    done = call(*brief)
    assert done.exit_code in (0, 3), done.output  # so few draws may not converge
    folder = Path("reports/bridge/calibration")
    assert {path.name for path in folder.iterdir()} - {".rows.lock"} == {
        "rows.jsonl", "nkestimate-manifest.json", "calibration.json", "calibration.csv", "ranks.png", "ranks.svg"}  # fmt: skip
    assert "6 truths and statements about each" in " ".join(done.output.split())
    assert "Ministry: 1.2 to 1.5 km" in done.output
    found = Calibration.load(folder / "calibration.json")
    table = list(csv.DictReader(io.StringIO((folder / "calibration.csv").read_text())))
    assert [row["name"] for row in table] == [one.name for one in found.ranked] + ["a", "d", "e"]
    assert float(table[0]["p"]) == found.ranked[0].uniformity.p
    assert float(table[-1]["pit"]) == found.claims[-1].pit
    assert call(*brief, "--format", "json", "--no-figures").output == (folder / "calibration.json").read_text()


@pytest.mark.parametrize("arguments, status, said", [
    (["nowhere.yaml"], 1, "does not exist"), (["bridge.yaml", "--simulations", "0"], 2, "0 is not in the range"),
    (["bridge.yaml", "--scenario", "none"], 1, "unknown scenario")])  # fmt: skip
def test_a_users_mistakes_are_told(bridge, arguments, status, said):
    done = call("calibrate", *arguments)
    assert (done.exit_code, said in done.output) == (status, True), done.output


def made(u, failures=(), unconverged=0):
    ranked = (Ranked("total:x", "Length", tuple(u), 99), Ranked("reading:r", "which reading is true: r", tuple(np.linspace(0.01, 0.99, len(u))), 0))
    claims = tuple(ClaimPlace(f"c{i}", f"Claim {i}", "two_sided", p, None, "psis", True) for i, p in enumerate((0.1, 0.3, 0.4, 0.8, 0.9)))
    return Calibration("case", "A case", None, "sha256:0", 1, {}, "", 200, unconverged, tuple(failures), ranked, claims)


def test_verdicts_follow_from_ranks_and_failures():
    even, low = (np.arange(200) + 0.5) / 200, np.linspace(0, 0.5, 200)
    assert "Uniform, as far as 200 simulations can tell" in text(made(even))
    assert "Not uniform: the smallest p, times the 2 that were looked at, is <1 % (Length)" in " ".join(text(made(low)).split())
    told = " ".join(text(made(even[:198], ["NoTruthError: none", "NoTruthError: none"], 3)).split())
    assert "3 fits did not converge; their ranks are counted with the others." in told
    assert "2 simulations failed and gave no rank: NoTruthError: none." in told
    assert (made(even).ok, made(even, ["x"]).ok, made(even, (), 10).ok, made(even, (), 11).ok) == (True, False, True, False)
    assert all(len(line) <= 80 for line in text(made(low)).splitlines())


def test_pictures_show_each_ecdf_in_its_band_and_the_claims():
    result = made(np.linspace(0, 0.5, 200))
    drawn = {picture.name: picture for picture in calibration_pictures(result)}
    assert set(drawn) == {"ranks", "claims"}
    assert "Outside it: Length." in drawn["ranks"].alt
    assert "5 claims" in drawn["claims"].alt
    panels = drawn["ranks"].figure.axes
    assert len(panels) == 2
    line = next(line for line in panels[0].get_lines() if line.get_gid() == "ecdf")
    x, y = line.get_data()
    assert y[np.argmin(np.abs(x - 0.5))] == pytest.approx(0.5, abs=0.02)  # all ranks lie below a half
    few = replace(result, claims=result.claims[:3])
    assert [picture.name for picture in calibration_pictures(few)] == ["ranks"]
    svg = io.BytesIO()
    drawn["ranks"].figure.savefig(svg, format="svg")
    assert ET.fromstring(svg.getvalue()).tag.endswith("svg")
