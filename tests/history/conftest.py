"""Fixtures of the tests in this folder."""

from __future__ import annotations

import pytest

from tests.support.cli import SessionWith, SignalCli
from tests.support.histories import FOUND, an_entry, journal_path, lines_of
from tests.support.many_sends import of_the_same_session


@pytest.fixture(scope="module")
def echoing(shared_session: SessionWith) -> SignalCli:
    """The signal ``king``, which ``echo`` listens to, and two more. No test sends it."""
    return shared_session("connect king echo; define quiet; define zoo/queen")


@pytest.fixture
def echoing_session(signalcli: SignalCli, echoing: SignalCli) -> SignalCli:
    """The session of ``echoing``, for one test alone."""
    return of_the_same_session(signalcli, echoing)


@pytest.fixture(scope="module")
def archive(shared_session: SessionWith) -> SignalCli:
    """A session with past sends. No test changes it."""
    signalcli = shared_session("define king; define zoo/king; define unsent")
    entries = [
        an_entry(id=f"{letter}000000000", signal=name, sender=sender, time=time)
        for letter, name, sender, time in FOUND
    ]
    journal_path(signalcli).write_bytes(lines_of(*entries))
    return signalcli
