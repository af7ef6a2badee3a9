"""Where fits run: local processes or a Dask scheduler, both through the executor interface of the standard library."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

from nkestimate.engine.cores import cores
from nkestimate.errors import EngineError

_AHEAD = 1000  # tasks handed over and not done: enough for a large cluster, few enough to hold
_PATIENCE = "20s"  # with a scheduler that does not answer
_MOST_DEATHS = 3  # of a worker with one task alone, before the task counts as failed

Open = Callable[[], Any]
"""Makes a context that gives an executor; entered again where its processes have died."""


def local(workers: int | None = None) -> Open:
    """Return what opens a pool of local processes, one for each core unless told."""

    @contextmanager
    def opened() -> Iterator[Executor]:
        pool = ProcessPoolExecutor(workers or cores(), mp_context=_context(), initializer=_begin)
        try:
            yield pool
        except BaseException:
            # Stopped: what still runs is of no more use, a row is kept when it is done.
            processes = list((pool._processes or {}).values())
            pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.terminate()
            raise
        pool.shutdown()

    return opened


def _context() -> Any:
    """Return how workers begin: on Linux as copies of one process, which has imported what a fit needs and has no threads of its own."""
    from multiprocessing import get_context

    if sys.platform != "linux":
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(["nkestimate.fitting.fits"])
    return context


def dask(address: str) -> Open:
    """Return what connects to a Dask scheduler, such as ``tcp://10.0.0.1:8786``."""

    @contextmanager
    def opened() -> Iterator[Executor]:
        try:
            from distributed import Client
        except ImportError:
            raise EngineError("--dask needs the package 'distributed': install nkestimate[cluster]") from None
        log = logging.getLogger("distributed")
        level = log.level
        log.setLevel(logging.CRITICAL)  # what goes wrong is told once, by what is raised here
        try:
            client = Client(address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            log.setLevel(level)
            raise EngineError(f"{address}: no Dask scheduler answers there ({error}); "
                              "expected an address such as tcp://10.0.0.1:8786") from None
        executor = client.get_executor(pure=False)
        try:
            yield executor
        finally:
            executor.shutdown(wait=False)
            client.close()
            log.setLevel(level)

    return opened


def _begin() -> None:
    """Prepare a local worker: Ctrl-C is the parent's to handle, and a worker whose parent is gone ends too."""
    from multiprocessing import parent_process

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


def results(tasks: Iterable[tuple[str, Any]], do: Callable[[Any], dict[str, Any]],
            open_: Open) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Run tasks and yield what they return, as it comes.

    Parameters
    ----------
    tasks : iterable of (key, task)
    do : callable
        A function of a module, so that workers can import it. What goes wrong in a task is its to return.
    open_ : callable
        From `local` or `dask`.

    Yields
    ------
    (str, dict or None)
        A task's key and its result; None where the workers that took it died each time.

    Raises
    ------
    EngineError
        If the workers or the scheduler are gone.
    """
    waiting = deque(tasks)
    suspects: dict[str, int] = {}  # what ran when a pool broke, with how often it did so alone
    while waiting:
        running: dict[Future[dict[str, Any]], tuple[str, Any]] = {}
        done: SimpleQueue[Future[dict[str, Any]]] = SimpleQueue()
        with open_() as executor:
            while waiting or running:
                while waiting and len(running) < (1 if waiting[0][0] in suspects else _AHEAD):
                    task = waiting.popleft()
                    future = executor.submit(do, task[1])
                    running[future] = task
                    future.add_done_callback(done.put)
                future = done.get()
                error = future.exception() if not future.cancelled() else BrokenExecutor("the task was cancelled")
                if isinstance(error, BrokenExecutor):
                    break
                key, _ = running.pop(future)
                suspects.pop(key, None)
                if error is None:
                    yield key, future.result()
                elif type(error).__name__ == "KilledWorker":  # Dask has tried it on several workers
                    yield key, None
                else:
                    raise EngineError(f"the workers can't go on: {type(error).__name__}: {error}") from error
        if not running:
            continue
        # A process died and took the pool with it. What it may have been at is run again, one task at a time.
        tasks_left = list(running.values())
        if len(tasks_left) == 1:
            key = tasks_left[0][0]
            suspects[key] = suspects.get(key, 0) + 1
            if suspects[key] >= _MOST_DEATHS:
                del suspects[key]
                yield key, None
                continue
        else:
            suspects |= {key: suspects.get(key, 0) for key, _ in tasks_left[: getattr(executor, "_max_workers", 1) + 1]}
        waiting.extendleft(reversed(tasks_left))
