"""The rules of axe, which finds faults that keep people with disabilities from using a page."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

import pytest

from signalcli.pages.trace_page import trace_page
from tests.pages.test_trace_page import TRACE
from tests.support.browser import Browser
from tests.support.cli import SessionWith
from tests.support.diagram_parsers import MODULES, missing

pytestmark = pytest.mark.slow

RUN = "axe.run().then(found => arguments[0](found.violations))"


def faults(browser: Browser, path: Path, scheme: str) -> list[Any]:
    """What axe finds in a page, in light or dark colours."""
    axe = Path(os.environ.get(MODULES, ""), "axe-core", "axe.min.js")
    if not axe.is_file():
        missing(f"needs {MODULES} with axe-core")
    browser.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    browser.open(path, prefers_color_scheme=scheme)
    browser.run(axe.read_text(encoding="utf-8"))
    found: list[Any] = browser.driver.execute_async_script(RUN)
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_a_trace_has_no_fault(browser: Browser, tmp_path: Path, scheme: str) -> None:
    path = tmp_path / "trace.html"
    path.write_text(trace_page([TRACE], "signalcli"), encoding="utf-8")

    assert faults(browser, path, scheme) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("line", ["inspect", "tour 2.4 --lang zh", "send king 大象", "graph"])
def test_a_page_of_a_command_has_no_fault(
    session_with: SessionWith, browser: Browser, line: str, scheme: str
) -> None:
    signalcli = session_with("connect king animal --sender 大象; connect other echo")

    signalcli.ok(*shlex.split(line), "--save", "d.html")

    assert faults(browser, signalcli.directory / "d.html", scheme) == []
