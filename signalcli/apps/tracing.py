"""A recorder for an application: in place before it is imported, and told its names afterwards."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from signalcli.apps.discovery import discover
from signalcli.apps.found import Discovery
from signalcli.apps.roster import ApplicationRoster
from signalcli.capture import Capture
from signalcli.sending import NAMES
from signalcli.tracing import Recorder


@contextmanager
def recorder_of() -> Iterator[Recorder]:
    """What tells every send, while the block lasts. It knows no names until it has a roster."""
    recorder = Recorder(ApplicationRoster(Discovery(())), Capture(sys.stderr, live=True))
    with recorder:
        yield recorder


def roster_of() -> ApplicationRoster:
    """Who the receivers of the imported application are. Its signals have their names from now."""
    discovery = discover()
    for found in discovery.found:
        NAMES[found.signal] = found.name
    return ApplicationRoster(discovery)
