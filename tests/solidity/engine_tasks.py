"""Tasks for workers, in a module that they can import."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def double(task):
    return {"value": 2 * task}


def die_once(task):
    """Kill this process the first time that task 3 comes by; a file remembers."""
    number, mark = task
    if number == 3 and not Path(mark).exists():
        Path(mark).write_text("died")
        os.kill(os.getpid(), signal.SIGKILL)
    return {"value": number}


def die_always(task):
    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return {"value": task}


def raise_(task):
    raise RuntimeError("no task does this")
