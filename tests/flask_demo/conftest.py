"""Fixtures for tests of ``signalcli flask``."""

from __future__ import annotations

import pytest

from tests.support.cli import SessionWith, SignalCli
from tests.support.serving import TALKING
from tests.support.timelines import FLASK


@pytest.fixture
def talking(session_with: SessionWith) -> SignalCli:
    """A session in which each request calls two receivers, the second by a send of the first."""
    commands = f"connect {FLASK} handlers.py:who; connect news handlers.py:on_news"
    return session_with(commands, handlers=TALKING)
