"""The file of rows: whole lines survive anything, and one run at a time writes."""

from __future__ import annotations

import json

import pytest

from nkestimate.errors import BusyError
from nkestimate.solidity.refits.rows import EARLIER, ROWS, opened

HEADER = {"digest": "sha256:1", "seed": 1}


def write(folder, *names, header=HEADER, **how):
    with opened(folder, header, **how) as rows:
        known = list(rows.known)
        for name in names:
            rows.add({"variant": name, "value": 0.1})
    return known


def lines(folder, name=ROWS):
    rows = [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]
    assert all(len(row.pop("sha256")) == 64 for row in rows)
    return rows


def test_rows_are_found_again(tmp_path):
    assert write(tmp_path, "a", "b") == []
    assert write(tmp_path, "c") == ["a", "b"]
    assert lines(tmp_path) == [HEADER, *({"variant": name, "value": 0.1} for name in "abc")]


def test_a_torn_end_is_cut_off_wherever_it_was_torn(tmp_path):
    write(tmp_path, "a", "b")
    whole = (tmp_path / ROWS).read_bytes()
    starts = [i + 1 for i, byte in enumerate(whole) if byte == ord("\n")]
    for end in range(starts[0], len(whole) + 1):
        (tmp_path / ROWS).write_bytes(whole[:end])
        kept = [name for name, start in zip("ab", starts[1:]) if start <= end]
        assert write(tmp_path) == kept
        assert write(tmp_path, "z") == kept
        assert [row["variant"] for row in lines(tmp_path)[1:]] == [*kept, "z"]


def test_a_line_that_was_changed_is_not_believed(tmp_path):
    write(tmp_path, "a", "b")
    before = (tmp_path / ROWS).read_text(encoding="utf-8")
    (tmp_path / ROWS).write_text(before.replace('"variant": "a", "value": 0.1', '"variant": "a", "value": 0.7'), encoding="utf-8")
    assert write(tmp_path) == ["b"]


def test_a_torn_header_begins_anew(tmp_path):
    write(tmp_path, "a")
    (tmp_path / ROWS).write_bytes((tmp_path / ROWS).read_bytes()[:9])
    assert write(tmp_path, "b") == []
    assert lines(tmp_path) == [HEADER, {"variant": "b", "value": 0.1}]


@pytest.mark.parametrize("header", [{"digest": "sha256:2", "seed": 1}, {"digest": "sha256:1", "seed": 2}, {}])
def test_rows_of_another_run_are_set_aside(tmp_path, header):
    write(tmp_path, "a")
    assert write(tmp_path, "b", header=header) == []
    assert [row.get("variant") for row in lines(tmp_path)] == [None, "b"]
    assert [row.get("variant") for row in lines(tmp_path, EARLIER)] == [None, "a"]


def test_fresh_begins_anew(tmp_path):
    write(tmp_path, "a")
    assert write(tmp_path, "b", fresh=True) == []
    assert [row.get("variant") for row in lines(tmp_path)] == [None, "b"]


def test_two_runs_at_once_are_refused(tmp_path):
    with opened(tmp_path, HEADER) as rows:
        with pytest.raises(BusyError, match="another run writes"):
            write(tmp_path, "b")
        rows.add({"variant": "a"})
    assert write(tmp_path) == ["a"]


def test_without_a_folder_they_are_kept_in_memory(tmp_path):
    with opened(None, HEADER) as rows:
        rows.add({"variant": "a"})
        assert list(rows.known) == ["a"]
    assert not list(tmp_path.iterdir())
