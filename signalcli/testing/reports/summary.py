"""What the plugin adds to pytest's summary."""

from __future__ import annotations

from typing import Any

SIGNALS = "signals"
"""The title of the section in reports."""


def write_sent(terminal: Any) -> None:
    """Write what each passing test sent, unless pytest does that itself because of ``-rP``."""
    if "P" in terminal.reportchars:
        return
    shown = [one for one in terminal.getreports("passed") if _sections(one)]
    if shown:
        terminal.write_sep("=", "SIGNALS")
    for report in shown:
        terminal.write_sep("_", report.head_line)
        for text in _sections(report):
            terminal.write_line(text)


def write_leaks(terminal: Any, lines: list[str]) -> None:
    """Write the connections that tests left behind, if there are any."""
    if lines:
        terminal.write_sep("=", "receivers that tests left connected")
    for line in lines:
        terminal.write_line(line)


def _sections(report: Any) -> list[str]:
    return [text for name, text in getattr(report, "sections", ()) if name == SIGNALS]
