"""Progress of long work: a rich bar on standard error where there is a terminal, nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[str, float], None]


@contextmanager
def shown(progress: bool | Tell) -> Iterator[Tell | None]:
    """Give a function to report progress to, or None where nobody looks."""
    if callable(progress):
        yield progress
        return
    from rich.console import Console

    console = Console(stderr=True)
    if not progress or not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("sampling"), BarColumn(bar_width=24), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn(),
               TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def tell(text: str, share: float) -> None:
            room = max(console.width - 62, 0)
            bar.update(task, completed=share, description=text if len(text) <= room else text[: max(room - 1, 0)] + "…")

        yield tell
