"""``python -m nkestimate``, and what the command `nkestimate` calls."""

from __future__ import annotations

import sys


def main() -> None:
    """Call the command line; Ctrl-C while it is imported ends as it does within a command, with 130 and no traceback."""
    try:
        from nkestimate.cli import main as commands

        commands()
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
