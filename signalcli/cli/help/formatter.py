"""Format translated help: lines are measured in columns, and broken between Chinese characters."""

from __future__ import annotations

from collections.abc import Iterable

import click

from signalcli.language.phrases import Phrase, localized
from signalcli.language.wrapping import columns, wrap


class TranslatedHelpFormatter(click.HelpFormatter):
    """A formatter that translates headings, paragraphs and descriptions."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        shown = localized("Usage:")
        excess = columns(shown) - len(shown)
        self.width -= excess  # Click counts characters
        super().write_usage(prog, args, shown)
        self.width += excess

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':{self.current_indent}}{localized(heading)}：\n")

    def write_text(self, text: str) -> None:
        indent = " " * self.current_indent
        paragraphs = []
        whole = localized(text) if isinstance(text, Phrase) else text
        for paragraph in whole.split("\n\n"):
            if paragraph.startswith("\b"):
                lines = paragraph.split("\n")[1:]
            else:
                shown = localized(" ".join(paragraph.split()))
                lines = wrap(shown, self.width - self.current_indent)
            paragraphs.append("".join(f"{indent}{line}\n" for line in lines))
        self.write("\n".join(paragraphs))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        rows = list(rows)
        terms = min(max(columns(term) for term, _ in rows), col_max) + col_spacing
        indent = " " * self.current_indent
        for term, description in rows:
            text, gap, numbers = description.rpartition("  [")  # Click adds the range of a number
            shown = localized(description)
            if shown == description:
                shown = f"{localized(text)}{gap}{numbers}"
            lines = wrap(shown, max(self.width - terms - self.current_indent, 10))
            start = f"{indent}{term}"
            if columns(term) > terms - col_spacing and lines:
                self.write(f"{start}\n")
                start = indent
            for line in lines or [""]:
                padding = " " * (terms + len(indent) - columns(start)) if line else ""
                self.write(f"{start}{padding}{line}\n")
                start = indent
