"""Records of a run: to the file and back, to a table."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nkestimate.case.model import Notice
from nkestimate.fitting.records import Estimate, Summary

SHIPPED = Path(__file__).parents[2] / "reports" / "north-korea-russia" / "summary.json"


@pytest.fixture
def written():
    return json.loads(SHIPPED.read_text(encoding="utf-8"))


def parted(value, known):
    """Return a value without what is not in another, and what that was."""
    if not isinstance(value, dict):
        return value, []
    pairs = {key: parted(one, known[key]) for key, one in value.items() if key in known}
    added = [one for key, one in value.items() if key not in known] + [one for _, more in pairs.values() for one in more]
    return {key: one for key, (one, _) in pairs.items()}, added


def test_a_file_is_read_and_written_to_the_letter(written):
    kept, added = parted(Summary.of(written).plain(), written)
    assert json.dumps(kept, indent=1, ensure_ascii=False) == json.dumps(written, indent=1, ensure_ascii=False)
    assert not any(added)  # what a later version adds is empty of an earlier run


def test_a_record_is_equal_to_what_its_file_gives_back(written):
    tally = {"ok": True, "faults": 0, "documents": {"d": {"claimed": 1, "excluded": 0, "incidental": 0, "unaccounted": 0}}}
    summary = Summary.of(written | {"audit": tally})
    assert summary.plain()["audit"] == tally
    assert Summary.of(json.loads(json.dumps(summary.plain()))) == summary
    assert "audit" not in replace(summary, audit=None).plain()


def test_what_runs_told_before_notices_were_records_is_kept(written):
    earlier = Summary.of(written | {"notices": ["A sentence."]})
    assert earlier.notices == (Notice("note", text="A sentence."),)
    assert Summary.of(earlier.plain()) == earlier


def test_keys_that_a_later_version_added_are_passed_over(written):
    later = written | {"new": 1, "diagnostics": written["diagnostics"] | {"new": 1}}
    assert Summary.of(later) == Summary.of(written)


@pytest.mark.parametrize("spoil", [
    lambda w: None, lambda w: [], lambda w: {}, lambda w: w | {"derived": 3}, lambda w: {k: v for k, v in w.items() if k != "digest"},
    lambda w: w | {"quantities": {"x": next(iter(w["quantities"].values())) | {"median": "1"}}},
    lambda w: w | {"quantities": {"x": next(iter(w["quantities"].values())) | {"median": True}}},
    lambda w: w | {"quantities": {"x": next(iter(w["quantities"].values())) | {"quantiles": {"0.5": "1"}}}},
    lambda w: w | {"seed": 1.5}, lambda w: w | {"notices": "none"}, lambda w: w | {"diagnostics": w["diagnostics"] | {"ok": 1}},
    lambda w: w | {"questions": {"q": {"probability": 0.5, "mcse": 0.1}}}, lambda w: w | {"questions": []},
])  # fmt: skip
def test_what_is_no_summary_is_refused(written, spoil):
    with pytest.raises(ValueError, match="not a summary"):
        Summary.of(spoil(written))


def test_the_medians_error_is_that_of_a_normal():
    # the standard error of a normal sample's median is √(π/2)·σ/√n; its quartiles stand 1.349 σ apart
    quantiles = {"0.05": -1.645, "0.25": -0.6745, "0.5": 0.0, "0.75": 0.6745, "0.95": None}
    row = Estimate("", 0.0, 1.0, 0.0, quantiles, 400.0, 400.0, 1.0)
    assert row.mcse == pytest.approx(math.sqrt(math.pi / 2) / 20, rel=1e-3)
    assert replace(row, ess_bulk=None).mcse == 0
    assert row.quantile(0.05) == -1.645
    assert math.isnan(row.quantile(0.95))


def test_the_table_has_a_row_a_total(written):
    frame = Summary.of(written).to_frame()
    assert list(frame.index) == [*written["quantities"], *written["derived"]]
    assert list(frame["kind"].unique()) == ["quantity", "derived"]
    for key, row in {**written["quantities"], **written["derived"]}.items():
        assert frame.loc[key, "unit"] == row["unit"]
        for name in ("mean", "sd", "ess_bulk", "ess_tail", "r_hat"):
            np.testing.assert_equal(float(frame.loc[key, name]), math.nan if row[name] is None else row[name])
        assert [frame.loc[key, p] for p in row["quantiles"]] == list(row["quantiles"].values())
