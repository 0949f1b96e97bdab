"""Test suites of real packages pass and fail as without the plugin, and each of their sends is recorded.

They are unpacked source distributions in the directory that the variable ``CI_SUITES`` names, beside an
environment ``venv`` with the packages, pytest and signalcli. Without it, these tests are skipped.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.support.cli import finished

VARIABLE = "CI_SUITES"
DIRECTORY = Path(os.environ.get(VARIABLE, "")).absolute()

SUPPORT = Path(__file__).parents[1] / "support"
"""The directory of the module ``count_sends``."""

pytestmark = [
    pytest.mark.packages,
    pytest.mark.slow,
    pytest.mark.skipif(VARIABLE not in os.environ, reason=f"needs {VARIABLE}, a directory"),
]


def run(suite: Path, *options: str) -> str:
    """Return the output of the suite: the outcome of each test, and what the options add."""
    python = DIRECTORY / "venv" / "bin" / "python"
    completed = finished(
        [python, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "--tb=no", *options, "tests"],
        cwd=suite,
        env={**os.environ, "PYTHONPATH": str(SUPPORT)},
        timeout=600,
    )
    return completed.stdout + completed.stderr


def outcomes(output: str) -> list[str]:
    """The outcome of each test, by its name."""
    return sorted(
        re.findall(r"^(?:PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) \S+", output, re.MULTILINE)
    )


@pytest.mark.parametrize("package", ["flask", "flask[-_]login"])
def test_the_outcomes_are_those_without_the_plugin(package: str) -> None:
    (suite,) = [
        path
        for path in DIRECTORY.iterdir()
        if re.fullmatch(rf"{package}-[\d.]+", path.name, re.IGNORECASE) and path.is_dir()
    ]

    without = run(suite, "-p", "no:signalcli")
    recorded = run(suite, "-p", "count_sends", "--signals=all", "--signals-leaks=report")

    assert len(outcomes(without)) > 100, without
    assert outcomes(recorded) == outcomes(without)
    counted = re.search(
        r"^sends: (\d+) sent, (\d+) recorded, 0 tests differ$", recorded, re.MULTILINE
    )
    assert counted is not None, recorded[-2000:]
    assert counted[1] == counted[2] != "0"
