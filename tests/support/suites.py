"""Runs of pytest on small test suites, each in a process of its own, with the plugin of signalcli."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection
from pathlib import Path
from textwrap import dedent

from tests.support.cli import COVERAGE, OTHER_PLUGINS, finished


class SuiteRun:
    """What a run of pytest left behind."""

    def __init__(self, status: int, output: str) -> None:
        self.status = status
        self.output = output

    @property
    def counts(self) -> dict[str, int]:
        """How many tests had each outcome, by the last line."""
        last = self.output.strip().splitlines()[-1]
        found = re.findall(r"(\d+) (passed|failed|errors?|skipped|xfailed)", last)
        return {outcome.removesuffix("s"): int(number) for number, outcome in found}

    def report(self, test: str) -> str:
        """The report of a failing test, its title left out."""
        title = rf"^_+ (?:ERROR at \w+ of )?{re.escape(test)} _+$"
        text = re.split(title, self.output, maxsplit=1, flags=re.MULTILINE)[1]
        return re.split(r"^(?:_+ [^-\n]+ _+|=+ .* =+)$", text, maxsplit=1, flags=re.MULTILINE)[0]

    def message(self, test: str) -> str:
        """The message of the exception that a test failed with."""
        lines = re.findall(r"^E   ?(.*)$", self.report(test), flags=re.MULTILINE)
        return "\n".join(line.rstrip() for line in lines).rstrip()


def run_suite(
    directory: Path,
    code: str,
    *arguments: str,
    ini: str = "",
    plugins: Collection[str] = (),
    **more: str,
) -> SuiteRun:
    """Run pytest on a module with this code.

    :param ini: the lines of ``pytest.ini``.
    :param plugins: those of ``OTHER_PLUGINS`` that run too.
    :param more: the code of further modules, by their names.
    """
    files = {"test_shop": code, **more}
    for name, text in files.items():
        (directory / f"{name}.py").write_text(dedent(text), encoding="utf-8")
    (directory / "pytest.ini").write_text(f"[pytest]\n{dedent(ini)}", encoding="utf-8")
    left_out = [name for name in OTHER_PLUGINS if name not in plugins]
    options = ["--tb=short", "-p", "no:cacheprovider", "-p", "no:rerunfailures"]
    options += [f"-pno:{name}" for name in left_out]
    completed = finished(
        [sys.executable, "-m", "pytest", *options, *arguments],
        cwd=directory,
        env={
            "HOME": str(directory),
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "100",
            **COVERAGE,
        },
    )
    return SuiteRun(completed.status, completed.stdout + completed.stderr)
