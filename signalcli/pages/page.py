"""The frame of every page: its head, its style, and the switch between light and dark."""

from __future__ import annotations

import os
from base64 import b64encode
from hashlib import sha256
from html import escape as escape_html
from string import Template

from signalcli.pages.page_texts import with_texts
from signalcli.text import escape

_ASSETS = os.path.join(os.path.dirname(__file__), "assets")


def page(
    title: str,
    body: str,
    *,
    language: str = "en",
    script: str = "",
    style: str = "",
    theme: str | None = None,
) -> str:
    """Return an HTML document.

    A content security policy refuses everything but its own scripts and styles, so that it loads nothing.

    :param title: plain text.
    :param body: HTML.
    :param language: a language tag, such as ``"en"``.
    :param script: JavaScript, which runs as a module.
    :param style: CSS, after that of every page.
    :param theme: ``"light"`` or ``"dark"``, until the reader switches; ``None`` follows the system.
    """
    scripts = [source for source in (asset("theme.js"), script) if source]
    return Template(with_texts(asset("page.html"))).substitute(
        language=language,
        theme="" if theme is None else f' style="color-scheme: {theme}"',
        title=html(title),
        hashes=" ".join(f"'sha256-{_hash(source)}'" for source in scripts),
        style=asset("page.css") + style,
        body=body,
        scripts="\n".join(f'<script type="module">{source}</script>' for source in scripts),
    )


def asset(name: str) -> str:
    """Return the text of a file of the folder ``assets``."""
    with open(os.path.join(_ASSETS, name), encoding="utf-8") as file:
        return file.read()


def html(text: str, keep: str = "") -> str:
    """Return a user's text as HTML that shows it literally.

    :param keep: see :func:`signalcli.text.escape`.
    """
    return escape_html(escape(text, keep))


def _hash(source: str) -> str:
    return b64encode(sha256(source.encode()).digest()).decode()
