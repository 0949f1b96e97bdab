"""What a person reads, as a picture: SVG, or a page of HTML. Neither fetches anything."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import groupby

from rich.cells import cell_len, set_cell_size
from rich.console import Group, RenderableType
from rich.measure import Measurement
from rich.terminal_theme import SVG_EXPORT_THEME

from signalcli.render import console, renderable
from signalcli.render.parts import literal
from signalcli.text import escape

WIDEST = 120
"""columns: where nothing says how wide it may be, it folds what is wider."""
NARROWEST = 40
"""columns: room for a title."""
BUTTONS = 16
"""columns: what a title leaves free at both sides."""
CLUSTER = re.compile(
    "(.[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*(?:\u200d.[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*)*)",
    re.DOTALL,
)
"""A character with those that join it: an emoji of several."""
ASPECT = 0.602
"""How wide a letter of the usual fonts is in relation to its height, which is 20 for Rich."""
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
HTML = (
    """\
<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<title>TITLE</title>
<style>
body {{ color: {foreground}; background: {background}; }}
pre {{ font-family: FONTS; line-height: 1.3; }}
.wide {{ display: inline-block; text-align: center; }}
</style>
</head>
<body>
<pre>{code}</pre>
</body>
</html>
"""
).replace("FONTS", FONTS)


def picture(values: Sequence[object], kind: str, width: int, title: str) -> str:
    """Values below each other, as a document of its own.

    :param kind: ``"svg"`` or ``"html"``.
    :param width: the columns to fit into. It takes no more than it needs.
    """
    content = Group(*map(_drawing, values))
    canvas = console(StringIO(), WIDEST if width > 10 * WIDEST else width, color=True)
    canvas.record = True
    needed = Measurement.get(canvas, canvas.options, content).maximum
    canvas.width = max(min(needed, canvas.width), min(NARROWEST, width))
    canvas.print(content)
    safe_title = escape(title)
    if kind == "svg":
        svg = canvas.export_svg(
            title=_shortened(safe_title, canvas.width - BUTTONS),
            code_format=SVG,
            font_aspect_ratio=ASPECT,
            theme=SVG_EXPORT_THEME,
        )
        return _aligned_svg(svg)
    page = HTML.replace("TITLE", _literal(html.escape(safe_title)))
    code = canvas.export_html(code_format=page, inline_styles=True, theme=SVG_EXPORT_THEME)
    return _aligned_html(code)


def _drawing(value: object) -> RenderableType:
    """What a person is shown of a value: where nothing is drawn, what there is to say."""
    sentences: tuple[str, ...] = getattr(value, "sentences", ())
    if sentences and not getattr(value, "is_drawn", True):
        return literal("\n".join(sentences), keep="\n")
    return renderable(value)


def _shortened(text: str, columns: int) -> str:
    if cell_len(text) <= columns:
        return text
    return f"{set_cell_size(text, columns - 1).rstrip()}…"


def _literal(text: str) -> str:
    """A text in a format of Rich's, in which braces mean something."""
    return text.replace("{", "{{").replace("}", "}}")


def _aligned_svg(svg: str) -> str:
    """The same, where each text stands in the columns that it has on a terminal.

    Rich gives a wide character one column; and not every program that draws SVG stretches a text.
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
    """Each wide character, and what stands between those and between wide gaps: with its column."""
    column = 0
    for is_wide, clusters in groupby(CLUSTER.findall(text), _is_wide):
        run = list(clusters)
        found = run if is_wide else re.findall(r"\S+(?:\s\S+)*|\s+", "".join(run))
        for part in found:
            if not part.isspace():
                yield column, part
            column += cell_len(part)


def _aligned_html(page: str) -> str:
    """The same, where each wide character takes its columns, whatever the fonts make of it."""
    before, start, rest = page.partition("<pre>")
    code, end, after = rest.rpartition("</pre>")
    wide = "".join(
        f'<span class="wide" style="width:{cell_len(c)}ch">{c}</span>' if _is_wide(c) else c
        for c in CLUSTER.findall(code)
    )
    return before + start + wide + end + after


def _is_wide(cluster: str) -> bool:
    return not cluster.isascii() and cell_len(cluster) > 1
