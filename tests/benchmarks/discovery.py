"""``python tests/benchmarks/discovery.py``: discovery beside the import of what is discovered in.

The application imports Flask and heavy parts of the standard library, and has 150 signals of all
kinds with 200 connections. Each run is a fresh interpreter; the medians of the ratios are printed.
``--runs`` says how often.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

AT_MOST = 0.2

HERE = Path(__file__).parent.parent.parent

HEAVY = """
import asyncio, concurrent.futures, ctypes, decimal, email.mime.multipart, http.server, logging.config
import multiprocessing, sqlite3, unittest.mock, urllib.request, xml.dom.minidom, xml.sax, zoneinfo
import distutils, ensurepip, idlelib, lib2to3.pgen2.driver, lib2to3.refactor, pydoc, turtledemo, venv
import flask, flask.testing, flask.views, jinja2.sandbox, werkzeug.debug, werkzeug.serving
import hypothesis.strategies, pygments.lexers, pytest, rich.console, rich.markdown, rich.table
"""

APPLICATION = """
import flask
from blinker import ANY, Namespace, Signal, signal

def hear(sender, **payload):
    pass

class Bus:
    def __init__(self):
        self.ready = Signal()

class Model:
    pass

zoo = Namespace()
plain = [signal(f"king-{number}") for number in range(40)]
caged = [zoo.signal(f"elephant-{number}") for number in range(40)]
for number in range(30):
    globals()[f"saved_{number}"] = Signal()
for number in range(20):
    setattr(Model, f"created_{number}", Signal())
buses = {name: Bus() for name in "abcdefghij"}

def closing():
    local = Signal()
    return lambda sender: local

closed = [closing() for number in range(10)]
held = [*plain, *caged, *(globals()[f"saved_{number}"] for number in range(30))]
held += [vars(Model)[f"created_{number}"] for number in range(20)]
for number in range(200):
    held[number % len(held)].connect(hear, sender=ANY if number % 2 else Model)
"""

MEASURE = """
import sys, time, json
from contextlib import suppress
from signalcli.apps.discovery.discover import discover
from signalcli.apps.receiver_info import ApplicationReceivers, view_of
started = time.perf_counter()
for line in HEAVY.replace("import ", "").replace(",", " ").split():
    with suppress(ImportError):
        __import__(line)
import shop
imported = time.perf_counter()
found = discover()
discovered = time.perf_counter()
receivers = ApplicationReceivers(found)
views = [view_of(one, receivers) for one in found.signals]
viewed = time.perf_counter()
again = discover()
print(json.dumps({
    "signals": len(found.signals),
    "import": imported - started,
    "discover": discovered - imported,
    "views": viewed - discovered,
    "again": time.perf_counter() - viewed,
}))
"""


def main() -> int:
    """Measure, and print the medians; 1 if discovery takes more than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "shop.py").write_text(APPLICATION, encoding="utf-8")
        measured = [_measure(directory) for _ in range(runs + 1)][1:]  # the first one compiles
    for key in measured[0]:
        print(f"{key:>10}  {median(run[key] for run in measured):.3f}")
    ratio = median(run["discover"] / run["import"] for run in measured)
    print(f"discovery takes {ratio:.3f} × the import (at most {AT_MOST})")
    return int(ratio > AT_MOST)


def _measure(directory: str) -> dict[str, float]:
    completed = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"HEAVY = {HEAVY!r}\n{MEASURE}"],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((directory, str(HERE)))},
    )
    result: dict[str, float] = json.loads(completed.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    sys.exit(main())
