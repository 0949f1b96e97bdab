"""What tables and sentences are made of. Every text that isn't ours goes through :func:`literal`."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from signalcli.text import as_json_value, escape

if TYPE_CHECKING:
    from rich.console import JustifyMethod


def new_table(*headings: str, numbers: Collection[str] = ()) -> Table:
    """A table that folds what doesn't fit, and cuts nothing.

    :param numbers: the headings of columns of numbers.
    """
    table = Table(box=box.ROUNDED, header_style="heading", border_style="detail")
    for heading in headings:
        justify: JustifyMethod = "right" if heading in numbers else "left"
        table.add_column(heading, overflow="fold", justify=justify)
    return table


def literal(text: str, style: str = "") -> Text:
    """What a person typed or a receiver said, shown literally."""
    return Text(escape(text), style)


def plain(value: object) -> str:
    """A value as people write it: text as it is, anything else as Python does."""
    shown = as_json_value(value)
    return shown if isinstance(shown, str) else repr(shown)


def kind(is_async: bool) -> str:
    return "async" if is_async else "sync"
