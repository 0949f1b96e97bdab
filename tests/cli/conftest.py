"""Fixtures of the tests in this folder."""

from __future__ import annotations

import pytest

from tests.support.cli import SessionWith, SignalCli
from tests.support.questions import TWO_SESSIONS


@pytest.fixture
def two_sessions(session_with: SessionWith) -> SignalCli:
    """``king`` in the default session, and ``moon`` in another."""
    return session_with(TWO_SESSIONS)
