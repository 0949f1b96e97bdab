"""A recorder for an application: in place before it is imported, and told its names afterwards."""

from __future__ import annotations

from signalcli.apps.discovery import discover
from signalcli.apps.found import Discovery
from signalcli.apps.roster import ApplicationRoster
from signalcli.tracing import Recorder


def new_recorder() -> Recorder:
    """What is to tell every send. It knows no names until it is introduced."""
    return Recorder(ApplicationRoster(Discovery(())))


def introduce(recorder: Recorder) -> None:
    """Let a recorder know the signals and the receivers of the application, now that it is there."""
    discovery = discover()
    recorder.introduce(ApplicationRoster(discovery), discovery.name_of)
