"""Make an application available in this process: import it, and record what it does meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from signalcli.apps.application import Application
from signalcli.apps.connecting.connect_recorder import ConnectRecorder
from signalcli.apps.describing.object_names import ObjectNames

if TYPE_CHECKING:
    from signalcli.apps.hosting.app_options import AppOptions
    from signalcli.apps.importing.load import LoadedApp

LOOK, TRACE, SEND, AWAIT = PURPOSES = ("look", "trace", "send", "await")
"""To look at the signals; to record the sends of requests too; to send or explain; the same with coroutines."""


@contextmanager
def hosted(
    load: Callable[[bool], LoadedApp],
    purpose: str,
    how: AppOptions,
    note: Callable[[str], None],
    *,
    is_late: bool = False,
) -> Iterator[Application]:
    """Yield the application that a function imports and makes, with what the purpose needs.

    :param load: called with whether it is an error if there is no application object.
    :param purpose: one of ``PURPOSES``.
    :param note: takes a sentence for standard error.
    :param is_late: whether code of the application may have run before.
    """
    if purpose in (SEND, AWAIT):
        import signalcli.sending.bulk  # noqa: F401 - its threads aren't those that gevent patches in
    if purpose == AWAIT:
        import asyncio  # noqa: F401 - a file of the application may hide it later
    objects = ObjectNames(how.asks_repr)
    connects = ConnectRecorder(is_late, objects)
    recorder = None
    if purpose == TRACE:
        from signalcli.apps.running.trace import new_recorder, use_application_names

        recorder = new_recorder(objects, connects)
    with ExitStack() as recording:
        if recorder is not None:
            recording.enter_context(recorder)
        recording.enter_context(connects)
        loaded = load(recorder is not None)
        connects.end_import()
        if recorder is None:
            recording.close()
        else:
            use_application_names(recorder)
        try:
            yield Application(
                loaded, how, note, objects=objects, recorder=recorder, connects=connects
            )
        finally:
            connects.forget()
