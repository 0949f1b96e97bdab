"""Connecting several receivers at once: as a program that connects one after the other."""

from __future__ import annotations

import pytest

from signalcli.errors import UnknownName
from tests.support.playgrounds import do, done, transcript, transcripts

CONNECTS = """
# each receiver is connected in turn to each sender
$ connect king animal qq --sender 大象 --sender :=1
Defined king.
animal listens to king from 大象.
animal listens to king from 1.
qq listens to king from 大象.
qq listens to king from 1.
king: animal from '大象', 1; qq from '大象', 1

# an exception out of a meta signal leaves the rest unconnected
$ connect king:receiver_connected failing
$ connect king animal qq echo
king:receiver_connected receiver=<function animal> sender=ANY weak=True
  failing raised: listens to ANY; RuntimeError: 小钻风在山里迷了路
failing raised in king:receiver_connected, and so connect raised: blinker keeps the connection of
    animal to king from ANY sender.
Not connected: qq, echo.
status 1
king: animal from ANY
"""


@transcripts(CONNECTS)
def test_several_receivers_are_connected(expected: str) -> None:
    assert transcript(expected) == expected


def test_an_unknown_receiver_among_them_connects_none() -> None:
    with pytest.raises(UnknownName, match="No receiver 'anmal'"):
        do(done(), "connect king qq anmal")
