"""Draw values as SVG pictures, which load nothing from elsewhere."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import groupby

from rich.cells import cell_len, set_cell_size
from rich.console import Group, RenderableType
from rich.measure import Measurement
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, SVG_EXPORT_THEME

from signalcli.render.draw import new_console, renderable
from signalcli.render.parts import literal
from signalcli.text import escape
from signalcli.values.result import Result

WIDEST = 120
"""columns: the widest picture when the width is unlimited."""
NARROWEST = 40
"""columns: the narrowest picture, so that a title fits."""
BUTTONS = 16
"""columns: the space beside a title, at both sides together."""
CLUSTER = re.compile(
    "(.[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*(?:\u200d.[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*)*)",
    re.DOTALL,
)
"""A character with the characters that join it, such as an emoji of several."""
ASPECT = 0.602
"""The width of a character in common fonts, relative to its height. Rich's height is 20."""
COLUMN = 20 * ASPECT
FONTS = "'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace"

SVG = (
    """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: FONTS; font-size: {char_height}px; }}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""
).replace("FONTS", FONTS)


def picture(results: Sequence[Result], width: int, title: str, theme: str | None = None) -> str:
    """Draw values below each other, in at most ``width`` columns."""
    content = Group(*map(drawing, results))
    canvas = new_console(
        StringIO(), WIDEST if width > 10 * WIDEST else width, color=True, theme=theme
    )
    canvas.record = True
    needed = Measurement.get(canvas, canvas.options, content).maximum
    canvas.width = max(min(needed, canvas.width), min(NARROWEST, width))
    canvas.print(content)
    svg = canvas.export_svg(
        title=_shortened(escape(title), canvas.width - BUTTONS),
        code_format=SVG,
        font_aspect_ratio=ASPECT,
        theme=DEFAULT_TERMINAL_THEME if theme == "light" else SVG_EXPORT_THEME,
    )
    return _aligned_svg(svg)


def drawing(result: Result) -> RenderableType:
    """Return the drawing of a value, or its notes where nothing is drawn."""
    if result.notes and result.lines is not None:
        return literal("\n".join(result.notes), keep="\n")
    return renderable(result.value)


def _shortened(text: str, columns: int) -> str:
    if cell_len(text) <= columns:
        return text
    return f"{set_cell_size(text, columns - 1).rstrip()}…"


def _aligned_svg(svg: str) -> str:
    """Move each text of an SVG to the columns that it has on a terminal.

    Rich gives a wide character one column, and not every program that draws SVG stretches a text.
    """

    def aligned(match: re.Match[str]) -> str:
        before, x, between, after, text = match.groups()
        return "".join(
            f'<text{before} x="{float(x) + column * COLUMN:g}"{between} '
            f'textLength="{cell_len(part) * COLUMN:g}"{after}>{html.escape(part)}</text>'
            for column, part in _parts(html.unescape(text))
        )

    tag = r'<text([^<>]*) x="([^"]*)"([^<>]*) textLength="[^"]*"([^<>]*)>([^<>]*)</text>'
    return re.sub(tag, aligned, svg)


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """Generate the parts of a text with their columns.

    A part is a wide character, or text between wide characters and between gaps of several spaces.
    """
    column = 0
    for wide, clusters in groupby(CLUSTER.findall(text), is_wide):
        run = list(clusters)
        found = run if wide else re.findall(r"\S+(?:\s\S+)*|\s+", "".join(run))
        for part in found:
            if not part.isspace():
                yield column, part
            column += cell_len(part)


def is_wide(cluster: str) -> bool:
    """Return whether a cluster takes several columns."""
    return not cluster.isascii() and cell_len(cluster) > 1
