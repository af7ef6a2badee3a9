"""Scored claims as a track record: YAML that reads as it should, in a file that is never replaced."""

from datetime import date

import pytest
import yaml

from nkestimate.errors import ResultFileError
from nkestimate.fitting.fits import fit
from nkestimate.scoring.entries import entries_of, write_entries
from nkestimate.scoring.outcomes import Outcome
from nkestimate.scoring.resolution import score
from random_cases import load

CASE = {
    "format": 1, "title": "A bridge", "horizon": "2025-06-30", "sources": {"a": {"weight": 0.7}, "on": {"weight": 0.4, "coverage": 0.5}},
    "quantities": {"length": {"unit": "metre"}, "share": {"support": "fraction", "unit": "percent"}, "gain": {"support": "real", "unit": "USD"}},
    "claims": {
        "range": {"source": "on", "about": "length", "between": ["1.2 km", "1.5 km"]},
        "mixed": {"source": "a", "about": "length", "between": ["900 metre", "1.5 km"]},
        "near": {"source": "a", "about": "length", "around": 1.30, "unit": "km", "within": "5%", "as_of": "2024-12-01"},
        "dozens": {"source": "a", "about": "length", "magnitude": "several hundred"},
        "limit": {"source": "a", "about": "length", "at_most": "2_000", "within": "50 metre"},
        "count": {"source": "a", "about": "share", "counted": "2 of 9"},
        "three": {"source": "a", "about": "gain", "quantiles": {0.05: -1, 0.5: 2, 0.95: 3}},
        "measured": {"source": "a", "about": "gain", "estimate": 2, "standard_error": 1},
    },
}  # fmt: skip


def outcome(key, low, high):
    return Outcome(key, low, high, None, "so", "survey: of 2025", date(2025, 9, 1), "https://example.org/a#b", "no", None)


def written():
    case = load(CASE)
    found = fit(case, draws=60, tune=60, chains=1, progress=False)
    return case, entries_of(case, score(found, [outcome("length", 1350, 1400), outcome("share", 25, 25), outcome("gain", 1.5, 1.5)]))


def test_a_claim_becomes_an_entry_in_its_own_unit_and_spelling():
    case, text = written()
    read = yaml.load(text, yaml.BaseLoader)
    assert set(read) == {"track_record"}
    entries = {key.removeprefix(f"{case.id}-"): entry for key, entry in read["track_record"].items()}
    assert set(entries) == set(CASE["claims"]) - {"mixed"}  # its numbers have two units
    truth = {"from": "survey: of 2025", "when": "2025-09-01", "check": "https://example.org/a#b", "class": "no"}
    assert all(truth.items() <= entry.items() for entry in entries.values())
    rest = {key: {name: value for name, value in entry.items() if name not in {*truth, "as_of", "source", "about"}} for key, entry in entries.items()}
    metres = {"unit": "metre", "coverage": "0.9", "came_true": ["1350", "1400"]}
    assert rest == {
        "range": {"between": ["1.2", "1.5"], "unit": "km", "coverage": "0.5", "came_true": ["1.35", "1.4"]},
        "near": {"around": "1.3", "within": "5%", "unit": "km", "coverage": "0.9", "came_true": ["1.35", "1.4"]},
        "dozens": {"magnitude": "several hundred", **metres}, "limit": {"at_most": "2_000", "within": "50 metre", **metres},
        "count": {"counted": "2 of 9", "support": "fraction", "came_true": "0.25"},
        "three": {"quantiles": {"0.05": "-1", "0.5": "2", "0.95": "3"}, "unit": "USD", "support": "real", "coverage": "0.9", "came_true": "1.5"},
        "measured": {"estimate": "2", "standard_error": "1", "unit": "USD", "support": "real", "coverage": "0.9", "came_true": "1.5"},
    }  # fmt: skip
    assert entries["near"]["as_of"] == "2024-12-01"
    assert (entries["range"]["source"], entries["range"]["about"]) == ("on", f"{case.id}-length")
    assert 'source: "on"' in text  # which is no text to every reader of YAML


def test_a_case_reads_them_as_its_track_record():
    case, text = written()
    record = load(CASE | yaml.load(text, yaml.BaseLoader)).track_record
    assert {one.id.removeprefix(f"{case.id}-"): one.truth for one in record.values()} == {
        "range": (1.35, 1.4), "near": (1.35, 1.4), "dozens": pytest.approx((1.35, 1.4)), "limit": pytest.approx((1.35, 1.4)),  # in the unit of the first
        "count": (0.25, 0.25), "three": (1.5, 1.5), "measured": (1.5, 1.5)}  # fmt: skip
    for key, one in record.items():
        claim = case.claims[key.removeprefix(f"{case.id}-")]
        assert (one.source, one.statement.kind, one.statement.coverage) == (claim.source, claim.stated.kind, claim.readings[0].statement.coverage)


def test_nothing_is_replaced(tmp_path):
    path = tmp_path / "new" / "record.yaml"
    write_entries(path, "track_record: {}\n")
    with pytest.raises(ResultFileError, match="exists already"):
        write_entries(path, "other")
    assert path.read_text(encoding="utf-8") == "track_record: {}\n"
    assert [one.name for one in path.parent.iterdir()] == ["record.yaml"]
