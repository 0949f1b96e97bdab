"""Draw what many sends did, and their progress while they run."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Protocol, TextIO

from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.language.phrases import counted, localized, phrase, sentences
from signalcli.render.delivery import draw_delivery, heading
from signalcli.render.parts import FittingTable, literal, own

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from signalcli.values.bulk import Run


def draw_run(run: Run) -> RenderableType:
    parts: list[RenderableType] = [*map(draw_delivery, run.deliveries), _heading(run)]
    if run.remote_only:
        return Group(*parts, *_bad_lines(run))
    if not run.receivers:
        parts.append(
            literal(
                phrase("No receiver was called: {reason}.", reason=sentences(run.no_receivers)),
                "warning",
            )
        )
        return Group(*parts)
    columns = [phrase("called"), phrase("raised"), phrase("skipped")]
    if any(count.not_reached for count in run.receivers):
        columns.append(phrase("not reached"))
    table = FittingTable(phrase("receiver"), *columns, numbers=columns)
    for count in run.receivers:
        numbers = [count.called, count.raised, count.skipped, count.not_reached]
        table.add_row(
            literal(count.receiver, "receiver"),
            *(Text(f"{number:,}") for number in numbers[: len(columns)]),
        )
    parts.append(table)
    parts += _bad_lines(run)
    if not run.called_receiver and not run.interrupted:
        parts.append(own(phrase("No receiver was called."), "warning"))
    return Group(*parts)


def _bad_lines(run: Run) -> list[Text]:
    if not run.bad_lines:
        return []
    bad = counted(
        "{n} line was bad, and not sent.", "{n:,} lines were bad, and not sent.", run.bad_lines
    )
    return [own(bad, "warning")]


def _heading(run: Run) -> Text:
    origin = run.origin
    if origin.kind == "count":
        line = heading(run.signal, origin.sender, origin.payload, ())
    else:
        source = phrase("standard input") if origin.file == "-" else str(origin.file)
        line = literal(run.signal, "signal") + Text(" ← ") + literal(source)
    times = phrase("  {times} in {seconds:.2f} s", times=run.times, seconds=run.seconds)
    if run.seconds and run.sent > 1:
        times = phrase(
            "  {times} in {seconds:.2f} s, {rate:,.0f} a second",
            times=run.times,
            seconds=run.seconds,
            rate=run.sent / run.seconds,
        )
    return line + own(times, "detail")


class MeasuredSource(Protocol):
    """A source of messages that knows its length, in units of its own, and the position in it."""

    @property
    def total(self) -> int | None: ...

    @property
    def position(self) -> int: ...


@contextmanager
def progress(
    source: MeasuredSource, stream: TextIO, width: int, color: bool, redirect: bool
) -> Iterator[Callable[[int], None]]:
    """Draw a progress bar while the block runs, and erase it at the end.

    :param width: in columns.
    :param redirect: whether standard output is the same terminal. What is printed to it then
        appears above the bar.
    :return: a function to call with the number of sends since the last call.
    """
    from rich.file_proxy import FileProxy  # a table of counts needs none of these

    from signalcli.render.draw import new_console

    class LinesAboveBar(FileProxy):
        """Text that is printed while the bar is drawn."""

        def write(self, text: str) -> int:
            with _delayed_interrupt():  # in the middle, Rich would erase a line or write it twice
                return super().write(text)

    console = new_console(stream, width, color, terminal=True)
    bar = _new_bar(console)
    stdout = LinesAboveBar(console, sys.stdout) if redirect else sys.stdout
    sent = 0
    with bar, redirect_stdout(stdout), redirect_stderr(LinesAboveBar(console, sys.stderr)):
        task = bar.add_task("", total=source.total, sent=localized(phrase("{n:,} sent", n=0)))

        def advance(count: int) -> None:
            nonlocal sent
            sent += count
            elapsed = bar.tasks[0].elapsed
            shown = phrase("{n:,} sent", n=sent)
            if elapsed:
                shown = phrase("{n:,} sent, {rate:,.0f}/s", n=sent, rate=sent / elapsed)
            bar.update(task, completed=source.position, sent=localized(shown))

        yield advance


def _new_bar(console: Console) -> Progress:
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn(localized(phrase("Sending"))),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        TextColumn("{task.fields[sent]}", "detail", markup=False),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )


@contextmanager
def _delayed_interrupt() -> Iterator[None]:
    """Run a block whole: a Ctrl-C during it interrupts after it."""
    if threading.current_thread() is not threading.main_thread():  # Ctrl-C interrupts that one
        yield
        return
    pending = False

    def delay(*_: object) -> None:
        nonlocal pending
        pending = True

    before = signal.signal(signal.SIGINT, delay)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pending:
        signal.raise_signal(signal.SIGINT)
