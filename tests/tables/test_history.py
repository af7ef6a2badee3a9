"""The table of runs, and the lines of `watch`."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nkestimate.fitting.history import Line
from nkestimate.fitting.records import Diagnostics, Estimate, Summary
from nkestimate.tables.history import headline_words, history_csv, history_table, recent_lines

FINE = Diagnostics(ok=True, max_r_hat=1.0, min_ess_bulk=4000, min_ess_tail=4000, divergences=0, max_mode_error=None, modes=1, reasons=())


def line(i, median, **how):
    quantiles = {"0.05": median / 2, "0.25": median / 1.3, "0.5": median, "0.75": median * 1.3, "0.95": median * 2}
    estimate = Estimate("million USD", median, median / 3, median, quantiles, 4000.0, 4000.0, 1.0)
    summary = Summary("bridge", 1, "A bridge", how.pop("scenario", None), "sha256:" + f"{i:x}" * 64, i, {}, "", "", "hierarchical", "2025-06-30",
                      how.pop("diagnostics", FINE), {}, {"cost": estimate}, {}, {}, {}, ())  # fmt: skip
    return replace(Line(datetime(2025, 6, 30, 23, 58, tzinfo=UTC) + timedelta(minutes=i), "cost", "Total cost", "positive", None, summary), **how)


LINES = (line(5, 52.0, scenario="low-pay"), line(4, 80.0, diagnostics=replace(FINE, ok=False)), line(3, 40.6), line(2, 39.9), line(1, 39.9))


def test_a_row_for_each_run_with_its_change_since_the_one_before():
    table = history_table(LINES)
    rows = [row for row in table.splitlines() if "2025-0" in row]
    assert max(map(len, table.splitlines())) <= 80
    assert "Total cost" in table
    assert [row.split()[0] for row in rows] == ["0", "1", "2", "3", "4"]
    assert "2025-07-01 00:03" in rows[0]
    assert "555555555555" in rows[0]
    assert "52 million USD (26 to 104);" in rows[0]
    assert "scenario low-pay" in table
    assert "NOT CONVERGED" in table
    assert [row.split()[-1] for row in rows[2:]] == ["≈", "=", "80)"]
    assert history_table(()) == "no runs"


def test_another_headline_has_no_change():
    other = line(2, 10.0)
    other = replace(other, headline="length", summary=replace(other.summary, derived={"length": other.estimate}))
    assert recent_lines((line(3, 39.9), other)).splitlines()[-1].rstrip().endswith(")")


def test_lines_of_watch_are_the_earliest_first():
    first, *_, last = recent_lines(LINES).splitlines()
    assert first.startswith("2025-06-30 23:59 UTC")
    assert last.startswith("2025-07-01 00:03 UTC")
    assert "-28" in last
    assert len(recent_lines(LINES).splitlines()) == len(LINES)
    assert headline_words(LINES[-1]) in first


def test_csv_has_the_quantiles_as_they_are():
    rows = list(csv.DictReader(history_csv(LINES).splitlines()))
    assert [float(row["q50"]) for row in rows] == [52.0, 80.0, 40.6, 39.9, 39.9]
    assert rows[0]["scenario"] == "low-pay"
    assert rows[1]["converged"] == "False"


@pytest.mark.parametrize("median", [float("nan"), None])
def test_a_headline_without_a_value(median):
    broken = line(1, 40.0)
    row = replace(broken.estimate, median=None, quantiles=dict.fromkeys(broken.estimate.quantiles))
    assert "–" in history_table((replace(broken, summary=replace(broken.summary, derived={"cost": row})), broken))
