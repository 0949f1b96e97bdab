"""Read traces of the Trace Event Format with speedscope, a profiler's viewer, in a browser."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from pathlib import Path
from typing import NamedTuple

from tests.support.browser import Browser
from tests.support.diagram_parsers import MODULES, missing

START = "speedscope.loadFileFromBase64"


class Profile(NamedTuple):
    """What speedscope shows of one track."""

    name: str
    """Of the process and of the track."""
    frames: dict[str, str]
    """The total time of each slice, with its unit, by the name and the arguments."""


class Read(NamedTuple):
    """What speedscope read."""

    profiles: list[Profile]
    complaints: list[str]
    """About slices that aren't nested."""


def read_by_speedscope(browser: Browser, text: str, directory: Path) -> Read:
    """Return what speedscope makes of a trace. ``directory`` takes a temporary file."""
    page = Path(os.environ.get(MODULES, ""), "speedscope", "dist", "release", "index.html")
    if not page.is_file():
        missing(f"needs {MODULES} with speedscope")
    script = directory / "trace.js"
    script.write_text(f'{START}("trace.json", "{b64encode(text.encode()).decode()}")')
    browser.complaints()
    browser.driver.get("about:blank")
    browser.driver.get(f"{page.as_uri()}#localProfilePath={script}")
    browser.wait_for("document.title.includes('trace.json')")
    browser.press("3")  # shows a table of the slices
    profiles = [_profile(browser)]
    while len(profiles) < _number_of_profiles(browser):
        browser.press("n")
        profiles.append(_profile(browser))
    about_nesting = [one for one in browser.complaints() if re.search("Tried to|still open", one)]
    return Read(profiles, about_nesting)


def _number_of_profiles(browser: Browser) -> int:
    match = re.search(r"\((\d+)/(\d+)\)$", _heading(browser))
    return 1 if match is None else int(match[2])


def _heading(browser: Browser) -> str:
    lines = browser.one("body").text.splitlines()
    return lines[1] if len(lines) > 1 else ""


def _profile(browser: Browser) -> Profile:
    rows = browser.run(
        "return [...[...document.querySelectorAll('table')].at(-1).rows]"
        ".map(row => [...row.querySelectorAll('td')].map(cell => cell.textContent))"
    )
    frames = {cells[2]: cells[0].split(" ")[0] for cells in rows if len(cells) == 3 and cells[2]}
    return Profile(re.sub(r" \(\d+/\d+\)$", "", _heading(browser)), frames)
