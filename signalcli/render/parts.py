"""Build tables and text. Text that signalcli didn't write goes through :func:`literal`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rich import box
from rich.cells import cell_len
from rich.console import Group
from rich.containers import Lines
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from signalcli.language.phrases import Phrase, joined, localized, phrase
from signalcli.text import escape, listed_sender

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType
    from rich.style import Style

    from signalcli.values.inspection import Connection

LONGEST_NAME = 34
"""columns: a longer name may continue on the next line while there is room for a shorter one."""
NARROW = 16
"""columns: the least for text of several words, while a column can still be dropped instead."""
WIDEST = 100
"""columns: wider prose is hard to read."""

# Most tables need none of these patterns, so that the functions of re compile them at their first use.
_WORD = r"(?:\d[\d,.]* (?=[\u4e00-\u9fff]))?\S+\s*|\s+"
"""A word with the space after it. A number stays with the Chinese word that it counts."""
_CHINESE = "[\u4e00-\u9fff]"
_PUNCTUATION = "[，。、；：？！]"


def literal(text: str, style: str = "", keep: str = "") -> Text:
    """Return a text, shown literally: unsafe characters but ``keep`` are escaped. A phrase is translated."""
    return Text(escape(localized(text) if isinstance(text, Phrase) else text, keep), style)


def own(text: str, style: str = "") -> Text:
    """Return a text that signalcli wrote, translated, although it may have been read from JSON."""
    return Text(escape(localized(text)), style)


def prose(text: Text) -> Text:
    """Return sentences, whose lines break between Chinese characters, too."""
    return text if text.plain.isascii() else folding(text)


def styled_parts(text: Text) -> Iterator[tuple[str, list[str | Style]]]:
    """Yield the parts of a text that have the same styles, each with its styles, the innermost last."""
    ends = {0, len(text), *(end for span in text.spans for end in span[:2])}
    for start, end in pairwise(sorted(ends)):
        around = [span.style for span in text.spans if span.start <= start and end <= span.end]
        yield text.plain[start:end], [text.style, *around]


class Heading:
    """A heading of a page in HTML; on a terminal, a line of text.

    :param level: of the heading, from 2.
    :param name: for links to it.
    :param anchor: the id of a part of a page, which has links to the parts before and after it.
    :param drawing: what a terminal shows instead of the text.
    """

    def __init__(
        self,
        text: Text,
        level: int = 2,
        *,
        name: str = "",
        anchor: str = "",
        drawing: RenderableType | None = None,
    ) -> None:
        self.anchor = anchor
        self.text = text
        self.level = level
        self.name = name or text.plain
        self._drawing = drawing or text

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement.get(console, options, self._drawing)

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        yield self._drawing


class _FoldingText(Text):
    """Text that breaks a word that is wider than its column at a separator."""

    places = (
        r"\.(?!py\b)(?<!\d\.(?=\d))(?=[\w<])|\((?=\w)|[^:](?=:)(?!:/)(?<!\d(?=:\d))|(?<=\w)/(?=\w)"
        r"|(?<=\w)-(?<!\d{4}-)(?<!\d{4}-\d\d-)(?=\w)|(?<=[^\W_])_(?=[^\W_])"
        r"|[?&,](?=[^\W\d])|=(?=\w)|(?<=\d)T(?=\d\d:)"
    )
    """Numbers, dates, times, the beginning of a URL and the name of a file stay whole."""

    def wrap(self, console: Console, width: int, *args: Any, **options: Any) -> Lines:
        if options.get("no_wrap") or (self.cell_len <= width and "\n" not in self.plain):
            return super().wrap(console, width, *args, **options)
        lines = (part for line in self.split(allow_blank=True) for part in self._parts(line, width))
        return Lines(
            wrapped for line in lines for wrapped in line.wrap(console, width, *args, **options)
        )

    def pieces(self, longest: int) -> Iterator[str]:
        """Generate the words of the text, and the pieces of those that are wider than ``longest``."""
        for _, piece in self._pieces(self.plain, longest):
            yield piece.rstrip()

    def _pieces(self, text: str, longest: int) -> Iterator[tuple[int, str]]:
        """Generate where each piece ends, and the piece with the space after it."""
        for word in re.finditer(_WORD, text):
            start = word.start()
            is_long = cell_len(word.group().rstrip()) > longest
            if re.search(_PUNCTUATION, word.group()) or (
                is_long and re.search(_CHINESE, word.group())
            ):
                from signalcli.language.wrapping import units

                for unit in units(word.group()):
                    start += len(unit)
                    yield start, unit
            elif is_long:
                for place in re.compile(self.places).finditer(text, start, word.end()):
                    yield place.end(), text[start : place.end()]
                    start = place.end()
            if start < word.end():
                yield word.end(), text[start : word.end()]

    def _parts(self, line: Text, width: int) -> Lines:
        """Divide a line into lines that fit, where there is a place to break it."""
        ends, start, reached = [], 0, 0
        for end, _ in self._pieces(line.plain, width):
            if start < reached and cell_len(line.plain[start:end].rstrip()) > width:
                ends.append(start := reached)
            reached = end
        return line.divide(ends)


class _FoldingPath(_FoldingText):
    places = "/"


def folding(text: Text, kind: str = "name") -> _FoldingText:
    """Return the same text, but a word that is too wide for its column breaks at a separator.

    :param kind: ``"path"`` for a file and line, which breaks after ``/``;
        ``"name"`` for the name of a function or signal, which breaks after ``.``, ``_``, ``-``, ``/``.
    """
    result = (_FoldingPath if kind == "path" else _FoldingText)()
    result.append_text(text)
    return result


Cell = Text | tuple[Text, ...]
"""What a cell shows: one text, or several below each other."""


class FittingTable:
    """A table that fits its width without breaking a name, if any arrangement of its columns does.

    It leaves out columns without content. Where the others don't fit, it moves the column
    ``below`` under the first one, then breaks paths after a slash and long names at their separators,
    then drops the ``optional`` columns, in that order, and then breaks shorter names. No cell is cut.

    :param numbers: the headings of columns of numbers.
    :param whole: the headings of columns whose cells stay on one line.
    :param below: the heading of the column that may move.
    :param optional: the headings of columns that may be dropped.
    :param widest: in columns, where the screen is wider.
    :param keeps_optional: make text of several words narrower before a column is dropped.
    """

    def __init__(
        self,
        *headings: str,
        numbers: Collection[str] = (),
        whole: Collection[str] = (),
        below: str | None = None,
        optional: Sequence[str] = (),
        widest: int | None = None,
        keeps_optional: bool = False,
    ) -> None:
        self._headings = headings
        self.numbers = numbers
        self._whole = {*numbers, *whole}
        self._below = below
        self._optional = optional
        self._widest = widest
        self._keeps_optional = keeps_optional
        self._rows: list[list[tuple[Text, ...]]] = []

    def add_row(self, *cells: Cell) -> None:
        """Add a row, with a cell for each heading."""
        self._rows.append([cell if isinstance(cell, tuple) else (cell,) for cell in cells])

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        columns = self.filled_columns()
        natural = sum(self._natural(*column) for column in columns.items()) + _borders(columns)
        return Measurement(1, min(natural, self._widest or natural, options.max_width))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        width = min(options.max_width, self._widest or options.max_width)
        for limits, columns in self._attempts(width):
            room = width - _borders(columns)
            natural = [self._natural(*column) for column in columns.items()]
            if sum(natural) <= room:
                yield self._table(columns, natural, folds=False)
                return
            widths = self._widths(columns, natural, room, *limits)
            if widths is not None:
                break
        yield self._table(columns, widths or [None] * len(columns), folds=True)

    def filled_columns(self) -> _Columns:
        """Return the cells below each heading, without the columns that are empty in every row."""
        cells = zip(*self._rows, strict=True) if self._rows else ([] for _ in self._headings)
        return {
            heading: list(column)
            for heading, column in zip(self._headings, cells, strict=True)
            if not self._rows or any(text for cell in column for text in cell)
        }

    def kept_columns(self, width: int) -> _Columns:
        """Return the columns without the optional ones that don't fit, and without the one that may move.

        The limits don't depend on the width, so that a wider screen never shows less.
        """
        columns = self.filled_columns()
        if self._below in columns:
            columns = self._moved_below(columns)
        limits = LONGEST_NAME, 0, 0 if self._keeps_optional else NARROW
        for heading in self._optional:
            natural = [self._natural(*column) for column in columns.items()]
            if self._widths(columns, natural, width - _borders(columns), *limits) is not None:
                break
            columns = _without(heading, columns)
        return columns

    def _attempts(self, width: int) -> Iterator[tuple[tuple[int, int, int], _Columns]]:
        """Generate what to try: the limits for :meth:`_widths`, and the columns."""
        columns, kept = self.filled_columns(), self.kept_columns(width)
        moved = self._below in columns
        both = (columns, kept) if len(kept) == len(columns) - moved else (kept,)
        if moved:
            yield from (((WIDEST, LONGEST_NAME, NARROW), attempt) for attempt in both)
            yield (WIDEST, 0, NARROW), kept
        yield from (((LONGEST_NAME, LONGEST_NAME, NARROW), attempt) for attempt in both)
        for limits in ((LONGEST_NAME, 0, NARROW), (LONGEST_NAME, 0, 0), (0, 0, 0)):
            yield limits, kept

    def _moved_below(self, columns: _Columns) -> _Columns:
        """Return the columns with the cells of the column ``below`` in those of the first one."""
        moved = columns[self._below or ""]
        left = _without(self._below, columns)
        first = next(iter(left))
        left[first] = [
            (*cell, *(text for text in below if text))
            for cell, below in zip(left[first], moved, strict=True)
        ]
        return left

    def _widths(
        self, columns: _Columns, natural: list[int], room: int, name: int, path: int, narrow: int
    ) -> list[int] | None:
        """Return the width of each column, or None if they don't fit into the room.

        :param natural: the width of each column if nothing is wrapped.
        :param name: names up to this width are not broken.
        :param path: paths up to this width are not broken.
        :param narrow: the least width for text of several words.
        """
        widths = [
            wanted
            if heading in self._whole
            else max(_least(literal(heading).plain, cells, name, path), min(wanted, narrow))
            for (heading, cells), wanted in zip(columns.items(), natural, strict=True)
        ]
        left = room - sum(widths)
        if left < 0:
            return None
        for _ in range(
            min(left, sum(natural) - sum(widths))
        ):  # the narrowest column that needs more grows first
            growing = [i for i, width in enumerate(widths) if width < natural[i]]
            widths[min(growing, key=widths.__getitem__)] += 1
        return widths

    def _natural(self, heading: str, cells: _Cells) -> int:
        lines = (line for cell in cells for text in cell for line in text.plain.split("\n"))
        return max(map(cell_len, (literal(heading).plain, *lines)))

    def _table(self, columns: _Columns, widths: Sequence[int | None], *, folds: bool) -> Table:
        table = Table(box=box.ROUNDED, header_style="heading", border_style="detail")
        for heading, width in zip(columns, widths, strict=True):
            justify: JustifyMethod = "right" if heading in self.numbers else "left"
            whole = not folds or heading in self._whole
            shown = folding(literal(heading))
            table.add_column(shown, overflow="fold", justify=justify, width=width, no_wrap=whole)
        for row in zip(*columns.values(), strict=True):
            cells = [tuple(map(_foldable, cell)) for cell in row] if folds else row
            table.add_row(*(cell[0] if len(cell) == 1 else Group(*cell) for cell in cells))
        return table


_Cells = Sequence[tuple[Text, ...]]
_Columns = dict[str, _Cells]


def _least(heading: str, cells: _Cells, name: int, path: int) -> int:
    """Return the width that a column needs for its words, and for the pieces of long ones."""
    widest = 0
    for text in (Text(heading), *(text for cell in cells for text in cell)):
        longest = path if isinstance(text, _FoldingPath) else name
        for width in map(cell_len, _foldable(text).pieces(longest)):
            widest = max(widest, width if width <= max(name, LONGEST_NAME) else NARROW)
    return widest


def _without(heading: str | None, columns: _Columns) -> _Columns:
    return {other: cells for other, cells in columns.items() if other != heading}


def _borders(columns: _Columns) -> int:
    return 3 * len(columns) + 1


def _foldable(text: Text) -> _FoldingText:
    return text if isinstance(text, _FoldingText) else folding(text)


def listens_to(connections: tuple[Connection, ...]) -> Text:
    """Return the senders that a receiver listens to, separated by commas."""
    if not connections:
        return own(phrase("no sender"), "warning")
    return literal(joined("ANY" if c.any else listed_sender(c.sender) for c in connections))


SIGNAL_KINDS = {
    ("named", True): phrase("  named signal"),
    ("named", False): phrase("  named, unordered signal"),
    ("anonymous", True): phrase("  anonymous signal"),
    ("anonymous", False): phrase("  anonymous, unordered signal"),
}
"""How the kind of a signal is shown beside its name, by the kind and whether it is ordered."""


def moment(time: str) -> str:
    """Return a time in ISO 8601 as the date and the time of day, to the second."""
    return time[:19].replace("T", " ")


def held(weak: bool) -> Text:
    """Return how a signal holds a receiver."""
    return own(phrase("weakly") if weak else phrase("strongly"))


def kind(is_async: bool | None) -> str:
    """Return whether a receiver is a coroutine function, or ``"unknown"`` if it was not loaded."""
    return {True: phrase("async"), False: phrase("sync"), None: phrase("unknown")}[is_async]
