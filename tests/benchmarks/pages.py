"""``python -m tests.benchmarks.pages``: the page of a trace of 100,000 sends, and how fast a browser shows it.

A program sends 100,000 signals, with a receiver that sends another one. Printed are the time and the size
of its page, and of its Trace Event Format; then the time until headless Chromium shows the first rows, and
until it shows what a search finds. Each is the median of ``--runs``.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from signalcli.export.trace_events import trace_events
from signalcli.pages.trace_page import trace_page
from signalcli.values.delivery import Call
from signalcli.values.trace import Event, ProgramTrace
from tests.support.browser import Browser, chromium

SENDS = 100_000
SEARCH = """
const field = document.querySelector("[name=text]");
const started = performance.now();
field.value = "c99";
field.dispatchEvent(new Event("input", { bubbles: true }));
document.querySelector("[role=treeitem]").getBoundingClientRect();
return performance.now() - started;
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    trace = many_sends()
    with TemporaryDirectory() as directory, chromium() as browser:
        path = Path(directory, "trace.html")
        makes, opens, searches = [], [], []
        for _ in range(runs):
            started = perf_counter()
            path.write_text(trace_page([trace], "many.py"), encoding="utf-8")
            makes.append(perf_counter() - started)
            opens.append(time_to_open(browser, path))
            searches.append(browser.run(SEARCH) / 1000)
        started = perf_counter()
        size = sum(map(len, trace_events([trace])))
        events = perf_counter() - started
        print(f"making the page    {median(makes):>6.2f} s  {path.stat().st_size / 1e6:>6.1f} MB")
        print(f"making the events  {events:>6.2f} s  {size / 1e6:>6.1f} MB")
        print(f"opening the page   {median(opens):>6.2f} s")
        print(f"searching in it    {median(searches):>6.2f} s")


def many_sends() -> ProgramTrace:
    """Return the trace of a program whose receiver sends another signal, as often as not."""
    noted = Call("shop.audit", "returned", "listens to ANY", "noted", seconds=2e-6)
    mailed = Call("shop.mail", "returned", "listens to ANY", seconds=5e-6)
    events = []
    for number in range(SENDS // 2):
        start = number * 1e-4
        keys = ("item", "count")
        sender = f"c{number % 1000}"
        events.append(Event("order", 0, sender, keys, False, (noted, mailed), 1e-5, started=start))
        inner = Event("paid", 1, "mail", ("item",), False, (noted,), 4e-6, started=start + 3e-6)
        events.append(inner)
    return ProgramTrace(("many.py",), 0, tuple(events), SENDS * 1e-4)


def time_to_open(browser: Browser, path: Path) -> float:
    """Return the seconds until the first rows are there."""
    started = perf_counter()
    browser.open(path)
    browser.wait_for("document.querySelector('[role=treeitem]')")
    return perf_counter() - started


if __name__ == "__main__":
    main()
