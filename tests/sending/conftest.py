"""Sessions that several tests of many sends use."""

from __future__ import annotations

import pytest

from tests.support.cli import SessionWith, SignalCli
from tests.support.many_sends import of_the_same_session


@pytest.fixture(scope="module")
def echoing(shared_session: SessionWith) -> SignalCli:
    """The signal ``king``, which ``echo`` listens to, for those who change and count nothing."""
    return shared_session("connect king echo")


@pytest.fixture
def echoing_session(signalcli: SignalCli, echoing: SignalCli) -> SignalCli:
    """The session of ``echoing``, for one test alone."""
    return of_the_same_session(signalcli, echoing)
