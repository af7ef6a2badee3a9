"""The gallery: each case is free of faults, converges, and the page says of it what comes out; pictures are small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import nkestimate

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
OWN = sorted((ROOT / "docs" / "gallery").glob("*.yaml"))
TRUTH = 2753  # the medical examiner's list, as the page cites it


@pytest.fixture(scope="module")
def fits():
    return {path.stem: nkestimate.fit(nkestimate.load_case(path), progress=False) for path in OWN}


def test_four_cases_each_with_a_small_picture():
    run = re.findall(r"^nkestimate run (\S+)$", PAGE, re.MULTILINE)
    pictures = re.findall(r"^!\[.+\]\((\S+)\)$", PAGE, re.MULTILINE)
    assert len(run) == len(pictures) == 4
    for case, picture in zip(run, pictures, strict=True):
        assert (ROOT / case).is_file()
        assert Path(picture).stem == Path(case).stem
        assert (ROOT / "docs" / picture).stat().st_size < 150_000
        assert f"<!-- report {Path(case).stem} -->" in PAGE


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_each_case_converges_in_every_scenario(path, fits):
    assert fits[path.stem].ok
    for scenario in fits[path.stem].case.scenarios:
        nkestimate.load_case(path, scenario=scenario)


def numbers(pattern):
    return [float(number.replace(",", "")) for number in re.search(pattern, PAGE).groups()]


def test_the_page_says_what_is_known_now_and_what_was_thought(fits):
    row = fits["world-trade-center"].summary.quantities["killed"]
    median, over, low, high = numbers(r"The median of ([\d,]+) is (\d+)% above it; the 90% interval, ([\d,]+) to ([\d,]+), holds it")
    assert [row.median, row.quantile(0.05), row.quantile(0.95)] == pytest.approx([median, low, high], rel=0.05)
    assert over == pytest.approx(100 * (row.median / TRUTH - 1), abs=4)
    assert row.quantile(0.05) < TRUTH < row.quantile(0.95)
    half = numbers(r"the 50% interval, ([\d,]+) to ([\d,]+), does\nnot")
    assert [row.quantile(0.25), row.quantile(0.75)] == pytest.approx(half, rel=0.05)
    assert row.quantile(0.25) > TRUTH
    (official,) = numbers(r"The official figure of that day was (\d+)% above it")
    assert official == pytest.approx(100 * (4764 / TRUTH - 1), abs=0.5)
    alone = nkestimate.fit(nkestimate.load_case(OWN[1], scenario="official"), progress=False).summary.quantities["killed"]
    assert [alone.quantile(0.05), alone.quantile(0.95)] == pytest.approx(numbers(r"it runs from ([\d,]+) to ([\d,]+)\."), rel=0.05)


def test_nothing_in_that_case_is_later_than_its_day(fits):
    case = fits["world-trade-center"].case
    assert all(document.published is None or document.published <= case.horizon for document in case.documents.values())
    assert {case.sources[claim.source].weight for claim in case.claims.values()} == {0.5}
