"""A ledger loses nothing and doubles nothing: torn lines, killed writers, two at once."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nkestimate.errors import ResultFileError
from nkestimate.scoring.ledger import Entry, append, read_ledger, withdraw
from scored import entry

WRITER = """\
import os, sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from scored import entry
from nkestimate.scoring.ledger import append

real, slow = os.write, float(sys.argv[5])

def piecemeal(file, line):
    # A disk that takes a line in two parts, so that a kill between them leaves it torn.
    done = real(file, line[: len(line) // 2])
    time.sleep(slow)
    return done + real(file, line[len(line) // 2 :])

if slow:
    os.write = piecemeal
print("begun", flush=True)
for i in range(int(sys.argv[3]), int(sys.argv[4])):
    append(Path(sys.argv[2]), [entry(i)])
"""


def writer(path, first, last, slow=0.0):
    return subprocess.Popen([sys.executable, "-c", WRITER, str(Path(__file__).parents[1]), str(path), str(first), str(last), str(slow)],
                            stdout=subprocess.PIPE, text=True)


def cases(path):
    return [one.case for one in read_ledger(path).entries]


def test_what_is_appended_is_read_and_entered_once(tmp_path):
    path = tmp_path / "new" / "ledger.jsonl"
    assert [one.case for one in append(path, [entry(0), entry(1)]).new] == ["case-0", "case-1"]
    before = path.read_bytes()
    again = append(path, [entry(1), entry(2)])
    assert ([one.case for one in again.new], [one.case for one in again.there]) == (["case-2"], ["case-1"])
    assert path.read_bytes().startswith(before)
    assert cases(path) == ["case-0", "case-1", "case-2"]
    assert [path.name for path in path.parent.iterdir()] == ["ledger.jsonl"]
    line = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    assert (line["nkestimate"], line["format"], line["from"]) == ("outcome", 1, "survey")
    assert line["id"].startswith("sha256:")


def test_an_outcome_with_another_truth_is_not_rewritten(tmp_path):
    path = tmp_path / "ledger.jsonl"
    append(path, [entry(0)])
    done = append(path, [entry(0).model_copy(update={"stated": "another"})])
    assert (done.new, [one.stated for one in done.there]) == ((), [entry(0).stated])


def test_a_line_torn_anywhere_is_told_and_taken_away(tmp_path):
    path = tmp_path / "ledger.jsonl"
    append(path, [entry(0), entry(1)])
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for cut in {first + 1, len(whole) - 2, *range(first + 1, len(whole) - 1, 97)}:
        path.write_bytes(whole[:cut])
        read = read_ledger(path)
        assert ([one.case for one in read.entries], read.torn) == (["case-0"], cut - first)
        assert append(path, [entry(1)]).torn == cut - first
        assert cases(path) == ["case-0", "case-1"]
    path.write_bytes(whole[:-1])  # whole but for its end, as an editor may leave it
    assert (len(read_ledger(path).entries), read_ledger(path).torn) == (2, 0)
    append(path, [entry(2)])
    assert cases(path) == ["case-0", "case-1", "case-2"]


def test_a_writer_that_is_killed_loses_nothing_and_doubles_nothing(tmp_path):
    """Processes are killed at random moments, most of them within a line; what was entered stays, and the next goes on."""
    path, rng, torn, entered = tmp_path / "ledger.jsonl", random.Random(7), 0, 0
    for _ in range(9):
        running = writer(path, 0, 60, slow=0.02)
        assert running.stdout.readline() == "begun\n"
        time.sleep(rng.uniform(0.0, 0.15))
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        if path.exists():
            read = read_ledger(path)
            torn += read.torn > 0
            assert len(read.entries) >= entered
            entered = len(read.entries)
    assert torn >= 2  # else nothing was tried
    assert writer(path, 0, 60).wait() == 0
    assert cases(path) == [f"case-{i}" for i in range(60)]
    assert read_ledger(path).torn == 0


def test_two_processes_append_at_once(tmp_path):
    path = tmp_path / "ledger.jsonl"
    both = [writer(path, 0, 50), writer(path, 40, 90)]  # ten of them both want to enter
    assert [one.wait() for one in both] == [0, 0]
    assert sorted(cases(path)) == sorted(f"case-{i}" for i in range(90))


@pytest.mark.parametrize("spoil, said", [
    (lambda line: line.replace('"outcome": "length"', '"outcom": "length"'), ":2: outcome: no entry of a ledger (Field required)"),
    (lambda line: line.replace('"median": 1300.0', '"median": "much"'), ":2: total.median: no entry of a ledger"),
    (lambda line: line.replace('"median": 1300.0', '"median": NaN'), ":2: "),
    (lambda line: line.replace('"median": 1300.0', '"median": 1400.0'), ":2: the entry is not as it was written"),
    (lambda line: "<<<<<<< ours", ":2: "),
    (lambda line: json.dumps(json.loads(line) | {"format": 2}), ":2: format: no entry"),
])  # fmt: skip
def test_a_line_at_fault_is_named_and_nothing_is_appended(tmp_path, spoil, said):
    path = tmp_path / "ledger.jsonl"
    append(path, [entry(0), entry(1), entry(2)])
    lines = path.read_text(encoding="utf-8").splitlines()
    changed = spoil(lines[1])
    assert changed != lines[1]
    path.write_text("\n".join([lines[0], changed, lines[2]]) + "\n", encoding="utf-8")
    before = path.read_bytes()
    for attempt in (lambda: read_ledger(path), lambda: append(path, [entry(3)])):
        with pytest.raises(ResultFileError) as caught:
            attempt()
        assert str(caught.value).startswith(f"{path}{said}")
    assert path.read_bytes() == before


def test_lines_that_stand_twice_after_a_merge_count_once_and_others_are_told(tmp_path):
    path = tmp_path / "ledger.jsonl"
    append(path, [entry(0), entry(1)])
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, "", lines[0]]) + "\n", encoding="utf-8")
    assert cases(path) == ["case-0", "case-1"]
    other = entry(0).model_copy(update={"stated": "another"})
    named = Entry.model_validate(other.plain() | {"id": other.name()})
    with path.open("ab") as file:
        file.write(named.line())
    with pytest.raises(ResultFileError, match=r"ledger.jsonl:5: 'length' of sha256:0{12}… stands on line 1 too"):
        read_ledger(path)


def test_a_full_disk_leaves_no_part_of_a_line(tmp_path, monkeypatch):
    path = tmp_path / "ledger.jsonl"
    append(path, [entry(0)])
    before, real = path.read_bytes(), os.write
    monkeypatch.setattr(os, "write", lambda file, line: real(file, line[:40]))
    with pytest.raises(OSError, match="No space left"):
        append(path, [entry(1)])
    assert path.read_bytes() == before


def test_a_missing_ledger_is_told(tmp_path):
    with pytest.raises(ResultFileError, match="no such file; expected a ledger"):
        read_ledger(tmp_path / "ledger.jsonl")


def test_what_is_withdrawn_stays_in_the_file_and_its_outcome_may_be_entered_anew(tmp_path):
    path = tmp_path / "ledger.jsonl"
    append(path, [entry(0), entry(1)])
    before = path.read_bytes()
    taken = withdraw(path, read_ledger(path).entries[0].id[:19], "Ann", "metres for km")
    assert taken.case == "case-0"
    assert path.read_bytes().startswith(before)
    line = json.loads(path.read_bytes().splitlines()[2])
    assert (line["nkestimate"], line["of"], line["by"], line["why"]) == ("withdrawal", taken.id, "Ann", "metres for km")
    assert line["entered"][:2] == "20"
    read = read_ledger(path)
    assert ([one.case for one in read.entries], [(one.id, line.by) for one, line in read.withdrawn]) == (["case-1"], [(taken.id, "Ann")])

    again = append(path, [entry(0)])  # the same once more: it was a mistake and is one
    assert (again.new, again.there, [one.id for one, _ in again.withdrawn]) == ((), (), [taken.id])
    right = entry(0).model_copy(update={"stated": "1.4 km", "low": 1400.0, "high": 1400.0})
    assert [one.stated for one in append(path, [right]).new] == ["1.4 km"]
    assert sorted(one.stated for one in read_ledger(path).entries) == ["1.35 km", "1.4 km"]
    withdraw(path, append(path, [right]).there[0].id, "Bob", "1.35 km was right")  # of two that were entered for one outcome
    assert [(one.stated, line.by) for one, line in read_ledger(path).withdrawn] == [("1.35 km", "Ann"), ("1.4 km", "Bob")]

    # Two copies of the file, merged line by line: each withdrawal counts once, wherever it stands.
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*reversed(lines), *lines]))
    assert cases(path) == ["case-1"]
    assert len(read_ledger(path).withdrawn) == 2


def test_one_entry_is_withdrawn_or_none(tmp_path):
    path = tmp_path / "ledger.jsonl"
    with pytest.raises(ResultFileError, match="no such file; expected a ledger"):
        withdraw(path, "length", "Ann", "why")
    append(path, [entry(0), entry(1)])
    before = path.read_bytes()
    for what, said in (("lenght", "no entry is of 'lenght'.*did you mean 'length'"), ("sha256:", "no entry is of"), ("", "no entry is of"),
                       ("length", r"'length' may be one of several entries; expected one; name it by its id:\n  sha256:\w{12}  1.35 km, of case-0")):
        with pytest.raises(ResultFileError, match=said):
            withdraw(path, what, "Ann", "why")
    assert path.read_bytes() == before
    withdraw(path, read_ledger(path).entries[0].id, "Ann", "why")
    withdraw(path, "length", "Ann", "why")  # one is left
    with pytest.raises(ResultFileError, match=r"no entry is of 'length'; one was withdrawn on 20\d\d-\d\d-\d\d by Ann"):
        withdraw(path, "length", "Ann", "why")


def test_a_withdrawal_torn_anywhere_is_none(tmp_path):
    path = tmp_path / "ledger.jsonl"
    append(path, [entry(0)])
    first = len(path.read_bytes())
    withdraw(path, "length", "Ann", "why")
    whole = path.read_bytes()
    for cut in {first + 1, len(whole) - 2, *range(first + 1, len(whole) - 1, 29)}:
        path.write_bytes(whole[:cut])
        assert (cases(path), read_ledger(path).torn) == (["case-0"], cut - first)
        withdraw(path, "length", "Ann", "why")
        assert (cases(path), len(path.read_bytes().splitlines())) == ([], 2)
    path.write_bytes(whole[first:])
    with pytest.raises(ResultFileError, match=r"ledger.jsonl:1: this withdraws an entry that is not here"):
        read_ledger(path)
    path.write_bytes(whole.replace(b'"Ann"', b'"Eve"'))
    with pytest.raises(ResultFileError, match=r"ledger.jsonl:2: the entry is not as it was written"):
        read_ledger(path)
