"""The command that serves a case as a page."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from nkestimate.cli.options import CASE, SEED, command
from nkestimate.cli.shared import echo, shipped


@command(CASE, SEED,
         click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True,
                      help="Port on this machine; 0 takes a free one."),
         click.option("--open", "opens", is_flag=True, help="Open the page in the browser."))
def explore(case: Path | None, seed: int, port: int, opens: bool) -> None:
    """Serve a case as a page on this machine, until Ctrl-C.

    Weights, settings, scenarios, claims, priors and dates can be moved there; the answer is fitted again on letting go. The
    file is never written: what the page shows can be downloaded as YAML. docs/explore.md says how to read it.

    \b
    Example:
      nkestimate explore priors/north-korea-russia.yaml
    """
    from nkestimate.case import load_case
    from nkestimate.errors import CaseError
    from nkestimate.exploring.app import serve

    path = case or shipped()
    try:
        load_case(path)
    except CaseError as error:
        if not path.is_file():
            raise
        echo(f"{error}\nThe page shows these, and reads the file again once it is mended.", err=True)

    def ready(address: str) -> None:
        echo(f"{path} at {address}\nWho has this address can use the page. Ctrl-C ends.")
        if opens:
            click.launch(address)

    try:
        serve(path, seed, port, ready, lambda said: echo(said, err=True))
    except KeyboardInterrupt:
        echo("stopped", err=True)
        sys.stdout.flush()
        sys.stderr.flush()
        # A fit that runs is not waited for, and a process that is taken down below the sampler's threads crashes; nothing is being written.
        os._exit(130)
