"""What tables and sentences are made of. Every text that isn't ours goes through :func:`literal`."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from rich import box
from rich.cells import cell_len
from rich.containers import Lines
from rich.table import Table
from rich.text import Text

from signalcli.text import escape, sender_label

if TYPE_CHECKING:
    from rich.console import Console, JustifyMethod

    from signalcli.values.inspection import Connection


def new_table(*headings: str, numbers: Collection[str] = ()) -> Table:
    """A table that folds what doesn't fit, and cuts nothing.

    :param numbers: the headings of columns of numbers.
    """
    table = Table(box=box.ROUNDED, header_style="heading", border_style="detail")
    for heading in headings:
        justify: JustifyMethod = "right" if heading in numbers else "left"
        table.add_column(heading, overflow="fold", justify=justify)
    return table


def literal(text: str, style: str = "", keep: str = "") -> Text:
    """What a person typed or a receiver said, shown literally.

    :param keep: unsafe characters that stay as they are, such as newlines.
    """
    return Text(escape(text, keep), style)


_PLACES = {
    "path": re.compile(r"/|[^:](?=:\d)|\s+"),
    "name": re.compile(r"\.(?=[\w<])|\((?=\w)|[^:](?=:)|(?<=[^\W_])_(?=[^\W_])|\s+"),
}
"""Where text of a kind may go on in the next line."""


class _Folding(Text):
    """Text whose long words go on in the next line where a reader would let them."""

    places = _PLACES["name"]

    def wrap(self, console: Console, width: int, *args: Any, **options: Any) -> Lines:
        lines = (part for line in self.split(allow_blank=True) for part in self._parts(line, width))
        return Lines(
            wrapped for line in lines for wrapped in line.wrap(console, width, *args, **options)
        )

    def _parts(self, line: Text, width: int) -> Lines:
        """A line in pieces that fit, as far as there is a place to break it."""
        ends, start, reached = [], 0, 0
        for match in (*self.places.finditer(line.plain), None):
            end = len(line) if match is None else match.end()
            if start < reached and cell_len(line.plain[start:end]) > width:
                ends.append(start := reached)
            reached = end
        return line.divide(ends)


class _FoldingPath(_Folding):
    places = _PLACES["path"]


def folding(text: Text, kind: str = "name") -> Text:
    """The same text, but what is too long for a line goes on where its kind is best broken.

    :param kind: ``"path"`` for a file and line, which go on after a ``/`` or before the ``:``;
        ``"name"`` for that of a function or signal, after a ``.`` or a ``_``.
    """
    return (_FoldingPath if kind == "path" else _Folding)("").append_text(text)


def listens_to(connections: tuple[Connection, ...]) -> Text:
    """The senders that a receiver listens to."""
    if not connections:
        return Text("nobody", "warning")
    return literal(", ".join("ANY" if c.any else sender_label(c.sender) for c in connections))


def kind(is_async: bool | None) -> str:
    """What kind of function a receiver is, where it was loaded."""
    return {True: "async", False: "sync", None: "unknown"}[is_async]
