"""Draw the topics of the guide."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderResult
from rich.containers import Lines
from rich.default_styles import DEFAULT_STYLES
from rich.markdown import CodeBlock, Markdown, Paragraph, TableDataElement
from rich.text import Text
from rich.theme import Theme

from signalcli.language.wrapping import breaks
from signalcli.render.lessons import IndentedText, highlighted
from signalcli.render.parts import WIDEST


class DrawnTopic:
    """A topic of the guide, a value of ``cli/``, as Rich draws Markdown."""

    def __init__(self, topic: Any) -> None:
        self._text: str = topic.shown

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = min(options.max_width, WIDEST)
        drawing = _Topic(self._text, hyperlinks=False)
        with console.use_theme(Theme(DEFAULT_STYLES, inherit=False)):
            yield from console.render(drawing, options.update(width=width))


class _Paragraph(Paragraph):
    """A paragraph that is also broken between Chinese characters."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield IndentedText(self.text, "", is_code=False)


class _CodeBlock(CodeBlock):
    """Code, whose long lines are broken as those of paragraphs are."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield IndentedText(highlighted(self.text.plain, self.lexer_name), " ")


class _CellText(Text):
    """Text that is also broken between Chinese characters, and within words that are too wide."""

    def copy(self) -> Text:  # the heading of a column is a copy
        return _CellText(justify=self.justify).append_text(self)

    def wrap(self, console: Console, width: int, *args: Any, **options: Any) -> Lines:
        lines = self.divide(breaks(self.plain, width, cell_len))
        for line in lines:
            line.rstrip()
        return lines


class _Cell(TableDataElement):
    def __init__(self, justify: JustifyMethod) -> None:
        super().__init__(justify)
        self.content = _CellText(justify=justify)


class _Topic(Markdown):
    elements: ClassVar = {
        **Markdown.elements,
        "paragraph_open": _Paragraph,
        "fence": _CodeBlock,
        "code_block": _CodeBlock,
        "th_open": _Cell,
        "td_open": _Cell,
    }
