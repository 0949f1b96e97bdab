"""Trace an application: record before its import, and name its signals afterwards."""

from __future__ import annotations

from signalcli.apps.describing.object_names import ObjectNames
from signalcli.apps.discovery.discover import discover
from signalcli.apps.discovery.found_signals import Discovery
from signalcli.apps.receiver_info import ApplicationReceivers
from signalcli.tracing.change_source import ChangeSource
from signalcli.tracing.recorder import Recorder


def new_recorder(
    objects: ObjectNames | None = None, connects: ChangeSource | None = None
) -> Recorder:
    """Return a recorder of every send. It has no names until :func:`use_application_names`.

    :param objects: describes senders and values.
    :param connects: records the connects too.
    """
    receivers = ApplicationReceivers(Discovery(()), objects or ObjectNames())
    recorder = Recorder(receivers)
    recorder.named = receivers.name_of_signal  # that of sessions asks a signal for its hash
    recorder.connects = connects or ChangeSource()
    return recorder


def use_application_names(recorder: Recorder) -> None:
    """Discover the application, and give the recorder the names of its signals and receivers."""
    before = recorder.receivers
    objects = before.objects if isinstance(before, ApplicationReceivers) else None
    receivers = ApplicationReceivers(discover(), objects)
    recorder.use_names(receivers, receivers.name_of_signal)
    recorder.listened = receivers.listened
