"""Fixtures for tests of applications."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.discovering import Application


@pytest.fixture
def app(tmp_path: Path) -> Application:
    """An application whose modules the test writes."""
    return Application(tmp_path)
