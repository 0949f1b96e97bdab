"""Fixtures of the tests in this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalcli.session.journal import Journal, journal_of


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """A journal that doesn't exist yet, in a directory of its own."""
    return journal_of(str(tmp_path / "sessions" / "king.json"))
