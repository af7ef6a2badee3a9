"""Calibrations as a whole: kept and gone on with, failures counted, the record read back, the claims' places."""

from __future__ import annotations

import json
import zlib

import pytest

from nkestimate import Calibration, ResultFileError, calibrate, conflicts, fit
from nkestimate.fitting.runs import code_digest
from nkestimate.solidity.calibrating.record import joined
from nkestimate.solidity.calibrating.simulations import places, simulated
from random_cases import load

PLAIN = {"format": 1, "title": "A test", "horizon": "2025-06-30", "sources": {"a": {"weight": 0.8}, "b": {"weight": 0.5, "overstates_by": [1, 2]}},
         "quantities": {"x": {"unit": "", "label": "Length"}}, "questions": {"q": {"ask": "x > 100", "label": "Is it long?"}},
         "claims": {"c": {"source": "a", "about": "x", "between": [90, 130]}, "d": {"source": "b", "about": "x", "between": [110, 200]},
                    "e": {"source": "b", "about": "x", "at_most": 300}}}  # fmt: skip
BRIEF = {"draws": 200, "tune": 200, "chains": 2}


def task(plain, number, code=None):
    packed = zlib.compress(json.dumps([plain, "test", None]).encode())
    return packed, number, 1, BRIEF, code or code_digest()


@pytest.mark.slow
def test_a_run_goes_on_from_what_is_kept_and_its_record_is_read_back(tmp_path):
    case = load(PLAIN)
    first = calibrate(case, simulations=6, out=tmp_path, workers=1, progress=False, **BRIEF)
    lines = (tmp_path / "rows.jsonl").read_text().splitlines()
    assert len(lines) == 7
    (tmp_path / "rows.jsonl").write_text("\n".join(lines[:5]) + "\n" + lines[5][:40])  # stopped in the middle of a line
    told = []
    again = calibrate(case, simulations=8, out=tmp_path, workers=1, progress=lambda text, share: told.append(text), **BRIEF)
    assert told == [f"simulation {n} of 8" for n in (5, 6, 7, 8)]
    assert [one.u[:6] for one in again.ranked] == [one.u for one in first.ranked]  # by its number each, whoever fits it and when
    assert {one.label for one in again.ranked} == {"Length", "Is it long?", "dark uncertainty: Length", "bias: B", "log likelihood of all statements"}
    path = tmp_path / "calibration.json"
    path.write_text(again.json())
    assert Calibration.load(path) == again
    path.write_text("{}")
    with pytest.raises(ResultFileError, match="not a result of `nkestimate calibrate`"):
        Calibration.load(path)


def test_what_fails_is_counted_and_other_code_refused():
    row = simulated(task(PLAIN, 1))
    assert set(row["ranks"]) == {"total:x", "question:q", "tau[x]", "delta[b]", "log likelihood"}
    assert simulated(task(PLAIN, 1)) | {"seconds": 0} == row | {"seconds": 0}
    impossible = PLAIN | {"derived": {"d": {"unit": "", "support": "positive", "expr": "0 - x"}}}
    failed = simulated(task(impossible, 1))
    assert (failed["status"], failed["reason"].split(":")[0]) == ("failed", "NoTruthError")
    assert "refused" in simulated(task(PLAIN, 1, "sha256:other"))
    found = joined([row, failed, row], {})
    assert all(len(one.u) == 2 for one in found)


@pytest.mark.slow
def test_a_claims_place_is_the_tail_that_conflict_found():
    fitted = fit(load(PLAIN), draws=300, tune=200, chains=2, progress=False)
    found = {one.claim: one for one in places(fitted)}
    for one in conflicts(fitted, progress=False).claims:
        place = found[one.claim]
        if one.kind == "two_sided" and one.probability is not None:
            assert 2 * min(place.pit, 1 - place.pit) == pytest.approx(one.probability)
            assert (place.pit > 0.5) == (one.side == "high")
    assert found["e"].pit is None
    assert 0.5 < found["e"].holds <= 1
