"""Progress bars for long work.

Invariant: a bar is shown only where stderr is a terminal, and never on stdout, which belongs to the answer.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Give a function that takes how much is done so far."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        step, shown = max(1, (total or 0) // 500), 0  # to draw costs more than to check a record

        def show(done: int) -> None:
            nonlocal shown
            if done - shown >= step or done == total or done < shown:
                shown = done
                bar.update(task, completed=done)

        yield show
