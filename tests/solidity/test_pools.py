"""Processes that do the work: whatever dies, each task comes back once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from engine_tasks import die_always, die_once, double, raise_

from nkestimate.errors import EngineError
from nkestimate.solidity.refits.pools import dask, local, results


def threads():
    return ThreadPoolExecutor(2)


def test_every_task_comes_back_once():
    found = list(results([(str(i), i) for i in range(2500)], double, threads))
    assert sorted(int(key) for key, _ in found) == list(range(2500))
    assert all(row == {"value": 2 * int(key)} for key, row in found)


def test_no_tasks_need_no_workers():
    def never():
        raise AssertionError

    assert list(results([], double, never)) == []


def test_what_workers_cannot_do_stops_the_run():
    with pytest.raises(EngineError, match="RuntimeError: no task does this"):
        list(results([("a", 1)], raise_, threads))


class KilledWorker(Exception):
    """As Dask names what killed several of its workers."""


def kill(task):
    if task == 3:
        raise KilledWorker
    return {"value": task}


def test_what_dask_gives_up_on_is_told():
    assert dict(results([(str(i), i) for i in range(5)], kill, threads)) == {str(i): None if i == 3 else {"value": i} for i in range(5)}


@pytest.mark.slow
def test_a_worker_that_dies_loses_nothing(tmp_path):
    found = dict(results([(str(i), (i, str(tmp_path / "mark"))) for i in range(8)], die_once, local(2)))
    assert found == {str(i): {"value": i} for i in range(8)}


@pytest.mark.slow
def test_a_task_that_kills_each_worker_is_told_and_the_others_are_done():
    found = dict(results([(str(i), i) for i in range(8)], die_always, local(2)))
    assert found == {str(i): None if i == 3 else {"value": i} for i in range(8)}


def test_a_scheduler_that_is_not_there():
    with pytest.raises(EngineError, match="no Dask scheduler answers there"):
        list(results([("a", 1)], double, dask("nowhere")))
