"""Commands in processes of their own that begin at once: copies of one that has imported what commands import."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from pathlib import Path

FORKED = "forkserver" in multiprocessing.get_all_start_methods()
_IMPORTED = ["served", "nkestimate.cli", "nkestimate.fitting.fits", "nkestimate.fitting.posterior", "nkestimate.reporting", "nkestimate.reporting.slides",
             "nkestimate.solidity.refits.grid", "nkestimate.solidity.conflict", "nkestimate.tables.run", "typst", "matplotlib.backends.backend_svg", "matplotlib.backends.backend_agg"]


class Command:
    """`nkestimate`, called in a folder with what it says kept; ``largest`` is what no file may exceed there, in bytes."""

    def __init__(self, work: Path, *arguments: str, largest: int | None = None):
        # Copied from a server of forks, which runs no threads, and not from this process, which may.
        context = multiprocessing.get_context("forkserver" if FORKED else "spawn")
        if FORKED:
            context.set_forkserver_preload(_IMPORTED)
        self.said, its = context.Pipe(duplex=False)
        self.process = context.Process(target=_called, args=(work, its, arguments, largest))
        self.process.start()
        its.close()

    def wait(self, seconds: float) -> None:
        """Wait for its end, for so long at most."""
        self.process.join(seconds)

    def kill(self) -> None:
        """End it by force."""
        self.process.kill()
        self.process.join()

    def interrupt(self) -> None:
        """Send what Ctrl-C sends."""
        os.kill(self.process.pid or 0, signal.SIGINT)

    def done(self, seconds: float = 300) -> tuple[int | None, str]:
        """Wait for its end; return its status and what it said."""
        with os.fdopen(os.dup(self.said.fileno()), encoding="utf-8") as pipe:
            told = pipe.read()
        self.process.join(seconds)
        assert "Traceback" not in told, told
        return self.process.exitcode, told


def _called(work: Path, its, arguments: tuple[str, ...], largest: int | None) -> None:
    os.chdir(work)
    for number in (1, 2):
        os.dup2(its.fileno(), number)
    its.close()
    sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a server of forks ignores it
    if largest is not None:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    from nkestimate.cli import main

    try:
        main(list(arguments), prog_name="nkestimate")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
