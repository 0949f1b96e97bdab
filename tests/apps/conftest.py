"""Fixtures for tests of applications."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.support.cli import Result, SignalCli, Traced
from tests.support.discovering import Application


@pytest.fixture
def app(tmp_path: Path) -> Application:
    """An application whose modules the test writes."""
    return Application(tmp_path)


@pytest.fixture
def traced(signalcli: SignalCli) -> Traced:
    """Write the program ``shop.py``, and run it with ``trace run --json`` and options."""

    def traced(text: str, *options: str) -> Result:
        signalcli.write("shop.py", textwrap.dedent(text))
        return signalcli("trace", "run", "--json", *options, "shop.py")

    return traced
