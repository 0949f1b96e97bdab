"""What tables and sentences are made of. Every text that isn't ours goes through :func:`literal`."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from signalcli.text import escape, sender_label

if TYPE_CHECKING:
    from rich.console import JustifyMethod

    from signalcli.views import Connection


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


def listens_to(connections: tuple[Connection, ...]) -> Text:
    """The senders that a receiver listens to."""
    if not connections:
        return Text("nobody", "warning")
    return literal(", ".join("ANY" if c.any else sender_label(c.sender) for c in connections))


def kind(is_async: bool | None) -> str:
    """What kind of function a receiver is, where it was loaded."""
    return {True: "async", False: "sync", None: "unknown"}[is_async]
