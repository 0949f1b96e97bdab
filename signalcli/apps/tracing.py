"""A recorder for an application: in place before it is imported, and told its names afterwards."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from signalcli.apps.discovery import discover
from signalcli.apps.found import Discovery
from signalcli.apps.roster import ApplicationRoster
from signalcli.capture import Capture
from signalcli.tracing import Recorder


@contextmanager
def recorder_of() -> Iterator[Recorder]:
    """What tells every send, while the block lasts. It knows no names until it is introduced."""
    recorder = Recorder(ApplicationRoster(Discovery(())), Capture(sys.stderr, live=True))
    with recorder:
        yield recorder


def introduce(recorder: Recorder) -> None:
    """Let a recorder know the signals and the receivers of the application, now that it is there."""
    discovery = discover()
    recorder.named = discovery.name_of
    recorder.roster = ApplicationRoster(discovery)
