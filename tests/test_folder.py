"""The transaction of a folder: ended at every step, refused at every step, two at a time. Its state is read apart from the package."""

from __future__ import annotations

import errno
import hashlib
import json
import multiprocessing
import os
import threading
from pathlib import Path

import pytest

from folder_checks import MANIFEST, Steps, files, in_child, leftovers
from nkestimate import folder as transaction
from nkestimate.errors import BusyError, ResultFileError
from nkestimate.folder import STALE, changing, read, settle, whole

OLD = {"summary.json": "old", "posterior.nc": "old draws", "figures/a.png": "old a", "figures/b.png": "old b"}
NEW = {"summary.json": "new", "posterior.nc": "new draws", "figures/a.png": "new a", "figures/c.png": "new c"}


def put(folder, contents, of="1", part="fit", **how):
    with changing(folder, f"sha256:{of}", 1, "fit") as change:
        build = change.part(part, of, **how)
        for name, text in contents.items():
            (build / name).parent.mkdir(exist_ok=True)
            (build / name).write_text(text)


def texts(folder):
    return {name: content.decode() for name, content in files(folder).items() if name != MANIFEST}


def is_whole(folder, contents):
    manifest = json.loads((folder / MANIFEST).read_text())
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in contents.items()}
    return texts(folder) == contents and {name: entry["sha256"] for name, entry in manifest["files"].items()} == hashes


def test_what_is_written_replaces_what_was_there_and_touches_nothing_else(tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "thesis.svg").write_text("mine")
    (tmp_path / "case.yaml").write_text("mine too")
    put(tmp_path, OLD)
    put(tmp_path, NEW)
    assert texts(tmp_path) == NEW | {"figures/thesis.svg": "mine", "case.yaml": "mine too"}
    assert not leftovers(tmp_path)


def test_a_change_that_fails_leaves_no_trace(tmp_path):
    put(tmp_path / "run", OLD)
    with pytest.raises(OSError), changing(tmp_path / "run", "", 1) as change:
        (change.part("fit", "2") / "none" / "summary.json").write_text("half")
    assert is_whole(tmp_path / "run", OLD)
    with pytest.raises(ZeroDivisionError), changing(tmp_path / "new" / "deep", "", 1):
        raise ZeroDivisionError
    assert not (tmp_path / "new").exists()


# ---------------------------------------------------------------- at every step


def _ended_at(folder, at):
    Steps(folder, at, lambda: os._exit(9))
    put(folder, NEW, "2")
    os._exit(0)


def _refused_at(folder, at):
    def refuse():
        raise OSError(errno.ENOSPC, "No space left on device")

    steps = Steps(folder, at, refuse)
    try:
        put(folder, NEW, "2")
    except OSError as error:
        os._exit(8 if error.errno == errno.ENOSPC else 7)
    os._exit(0 if steps.count < at else 6)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is copied at one point of its life")
@pytest.mark.parametrize("target, ends", [(_ended_at, {9}), (_refused_at, {8, 6})])
def test_ended_or_refused_at_any_step_the_folder_is_the_old_or_the_new(tmp_path, target, ends):
    seen, at = [], 0
    while True:
        at += 1
        folder = tmp_path / str(at)
        put(folder, OLD)
        status = in_child(target, folder, at)
        settle(folder)
        state = is_whole(folder, OLD), is_whole(folder, NEW)
        assert sum(state) == 1, (at, texts(folder))
        assert not leftovers(folder), at
        put(folder, NEW, "3")  # and it goes on from there
        assert is_whole(folder, NEW)
        seen.append(state[1])
        if status == 0:
            break
        assert status in ends, (at, status)
        assert status != 6 or state[1]  # refused where it did not matter
    assert len(seen) > 20
    assert target is _refused_at or seen == sorted(seen)  # ended: the old up to one step, the new from then on


def _always(folder, number):
    for i in range(15):
        put(folder, {f"{name}": f"{number} {i}" for name in ("a.txt", "b.txt", f"only-{number}.txt")}, f"{number} {i}")
    os._exit(0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is copied at one point of its life")
def test_of_two_at_once_one_remains_whole(tmp_path):
    context = multiprocessing.get_context("fork")
    both = [context.Process(target=_always, args=(tmp_path, number)) for number in (1, 2)]
    for process in both:
        process.start()
    while any(process.is_alive() for process in both):
        if (tmp_path / MANIFEST).exists():
            read(tmp_path / "a.txt")  # a reader in between is never told that it is damaged
    assert [process.exitcode for process in both] == [0, 0]
    assert len(set(texts(tmp_path).values())) == 1
    assert len(texts(tmp_path)) == 3
    assert not leftovers(tmp_path)


def test_what_another_process_builds_is_left_alone(tmp_path):
    with changing(tmp_path, "", 1, "fit") as change:
        (change.part("fit", "1") / "a.txt").write_text("a")
        done = threading.Thread(target=put, args=(tmp_path, {"b.txt": "b"}, "2", "other"))
        done.start()
        done.join()
    assert texts(tmp_path) == {"a.txt": "a", "b.txt": "b", STALE: (tmp_path / STALE).read_text()}


def test_a_folder_that_is_locked_is_told(tmp_path, monkeypatch):
    from filelock import FileLock

    monkeypatch.setattr(transaction, "_PATIENCE", 0.1)
    with FileLock(tmp_path / ".nkestimate.lock"), pytest.raises(BusyError, match="another run writes to this folder"):
        put(tmp_path, OLD)
    put(tmp_path, OLD)


def test_what_earlier_versions_left_is_cleared(tmp_path):
    (tmp_path / ".report-a1b2c3d4" / "figures").mkdir(parents=True)
    (tmp_path / ".report-mine").mkdir()
    put(tmp_path, OLD)
    assert leftovers(tmp_path) == [".report-mine"]


@pytest.mark.parametrize("obstacle", ["summary.json", "figures"])
def test_what_stands_in_the_way_is_told_before_anything_is_moved(tmp_path, obstacle):
    put(tmp_path, {"first.txt": "1"})
    if obstacle == "figures":
        (tmp_path / "figures").write_text("a file")
    else:
        (tmp_path / obstacle).mkdir()
    with pytest.raises(OSError):
        put(tmp_path, NEW)
    assert (tmp_path / "first.txt").read_text() == "1"
    assert not leftovers(tmp_path)


# ---------------------------------------------------------------- what is stale, what has changed


def test_what_is_of_an_earlier_result_stays_and_is_marked(tmp_path):
    put(tmp_path, {"summary.json": "1"}, "1")
    put(tmp_path, {"report.pdf": "of 1", "figures/solid-x.png": "s"}, "1", "report", keep=("figures/solid-",))
    assert not (tmp_path / STALE).exists()
    put(tmp_path, {"summary.json": "2"}, "2")
    assert (tmp_path / "report.pdf").read_text() == "of 1"
    assert "  report.pdf\n" in (tmp_path / STALE).read_text()
    put(tmp_path, {"report.pdf": "of 2"}, "2", "report", keep=("figures/solid-",))
    assert (tmp_path / STALE).read_text().split("\n\n")[1].split() == ["figures/solid-x.png"]
    put(tmp_path, {"report.pdf": "of 2", "figures/solid-x.png": "t"}, "2", "report")
    assert not (tmp_path / STALE).exists()


def test_what_goes_with_a_commit_is_not_named_as_stale(tmp_path):
    put(tmp_path, {"summary.json": "1"}, "1")
    put(tmp_path, {"figures/over-time.png": "one", "annex.pdf": "a"}, "1", "report")
    put(tmp_path, {"figures/over-time-1.png": "of two", "annex.pdf": "b"}, "1", "report")
    assert texts(tmp_path) == {"summary.json": "1", "figures/over-time-1.png": "of two", "annex.pdf": "b"}


def test_what_a_version_without_a_manifest_wrote_is_marked_too(tmp_path):
    (tmp_path / "figures").mkdir()
    for name in ("report.pdf", "figures/headline.png", "figures/thesis.png"):
        (tmp_path / name).write_text("x")
    put(tmp_path, {"summary.json": "1"})
    assert (tmp_path / STALE).read_text().split("\n\n")[1].split() == ["figures/headline.png", "report.pdf"]


def test_a_file_that_has_changed_is_not_read(tmp_path):
    put(tmp_path, OLD)
    assert read(tmp_path / "posterior.nc") == b"old draws"
    assert whole(tmp_path, "fit")
    (tmp_path / "posterior.nc").write_text("old drawz")
    with pytest.raises(ResultFileError, match="not as it was written"):
        read(tmp_path / "posterior.nc")
    assert not whole(tmp_path, "fit")


@pytest.mark.parametrize("text", [
    "", "[]", "{}", "3", '{"nkestimate": "manifest", "format": 1, "files": 3}', "[" * 100_000,
    '{"nkestimate": "manifest", "format": 1, "digest": "", "seed": 1, "files": {"../x": {"sha256": "", "part": "fit", "of": ""}}}',
    '{"nkestimate": "manifest", "format": 1, "digest": "", "seed": 1, "files": {"a": {"sha256": 3, "part": "fit", "of": ""}}}',
], ids=range(8))  # fmt: skip
def test_a_manifest_that_is_not_ours_leads_nowhere(tmp_path, text):
    (tmp_path.parent / "x").write_text("outside")
    (tmp_path / MANIFEST).write_text(text)
    put(tmp_path, NEW)
    assert is_whole(tmp_path, NEW)
    assert (tmp_path.parent / "x").read_text() == "outside"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_only_regular_files_are_read(tmp_path):
    os.mkfifo(tmp_path / "posterior.nc")
    for name in ("posterior.nc", ".", "none"):
        with pytest.raises(ResultFileError):
            read(Path(tmp_path, name))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_only_be_read_is_told_and_can_be_read(tmp_path):
    put(tmp_path, OLD)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OSError):
            put(tmp_path, NEW)
        assert read(tmp_path / "posterior.nc") == b"old draws"
    finally:
        tmp_path.chmod(0o700)
    assert is_whole(tmp_path, OLD)


def test_a_part_of_this_run_is_whole_whatever_became_of_what_an_earlier_one_left(tmp_path):
    put(tmp_path, {"summary.json": "s"})
    put(tmp_path, {"report.pdf": "of 1", "figures/solid-x.svg": "s"}, "1", "report", keep=("figures/solid-",))
    put(tmp_path, {"report.pdf": "of 2"}, "2", "report", keep=("figures/solid-",))
    (tmp_path / "figures" / "solid-x.svg").unlink()
    assert not whole(tmp_path, "report")
    assert whole(tmp_path, "report", "2")
    (tmp_path / "report.pdf").write_text("another")
    assert not whole(tmp_path, "report", "2")
