"""How far many sends have come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from signalcli.render import console


class Measured(Protocol):
    """Something to get through, of which it is known how far that came."""

    @property
    def total(self) -> int | None: ...

    @property
    def position(self) -> int: ...


class RateColumn(ProgressColumn):
    """The sends so far, and how many a second."""

    def render(self, task: Task) -> Text:
        sent, elapsed = task.fields["sent"], task.elapsed
        rate = f", {sent / elapsed:,.0f}/s" if elapsed else ""
        return Text(f"{sent:,} sent{rate}", "detail")


@contextmanager
def progress(
    source: Measured, stream: TextIO, width: int, color: bool, redirect: bool
) -> Iterator[Callable[[int], None]]:
    """Draw a bar while the block lasts, and leave nothing of it behind.

    :param width: in columns.
    :param redirect: whether standard output is the same terminal, so that what is printed to it
        goes above the bar.
    :return: a function to call with the number of sends since the last call.
    """
    sent = 0
    with Progress(
        TextColumn("Sending"),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        RateColumn(),
        TimeRemainingColumn(),
        console=console(stream, width, color, terminal=True),
        transient=True,
        redirect_stdout=redirect,
        redirect_stderr=True,
    ) as bar:
        task = bar.add_task("", total=source.total, sent=0)

        def advance(count: int) -> None:
            nonlocal sent
            sent += count
            bar.update(task, completed=source.position, sent=sent)

        yield advance
