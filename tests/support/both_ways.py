"""Asks an application everything, in this process or in one of its own, and writes the answers.

``python both_ways.py here|apart APP PURPOSE``
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

from signalcli.apps.client import WorkerApplication
from signalcli.apps.hosting.app_options import AppOptions
from signalcli.apps.hosting.codec import to_line
from signalcli.apps.hosting.host import hosted
from signalcli.apps.importing.load import LoadedApp, load_and_make
from signalcli.apps.process import AppProcess
from signalcli.errors import SignalcliError
from signalcli.sending.bulk import BulkCallbacks, BulkSend, Pace
from signalcli.sending.bulk_sources import RepeatedMessage
from signalcli.values.bulk import RunOrigin
from signalcli.values.delivery import Message, SenderObject, SendOptions
from signalcli.values.inspection import ListOptions
from signalcli.values.signal_name import SignalName
from signalcli.values.trace import Request

ORDER, UNKNOWN = SignalName("order"), SignalName("odrer")
MESSAGES = (
    Message("x", {"item": "tea"}),
    Message("fail", {}),
    Message("later", {}),
    Message(SenderObject("app"), {}),
    Message(1, {"item": 2}, SendOptions("continue")),
)


def ignore(value: object) -> None:
    """Do nothing with a note, a count or a timeline."""


@contextmanager
def opened(where: str, app: str, purpose: str) -> Iterator[Any]:
    """Yield an application. Its notes are ignored."""
    asked = AppOptions(app, wait=30.0, shows_output=False)
    if where == "apart":
        process = AppProcess(sys.executable, ignore, wait=30.0)
        with process.running():
            process.call("open", (asked, purpose), {})
            yield WorkerApplication(process)
        return

    def load(needs_app: bool) -> LoadedApp:
        return load_and_make(asked, ignore, needs_app=needs_app)

    with hosted(load, purpose, asked, ignore) as local:
        yield local


def answers(application: Any, purpose: str) -> Iterator[tuple[str, Any]]:
    """Yield everything that an application answers, by the names of the methods."""

    def asked(name: str, *arguments: Any) -> tuple[str, Any]:
        try:
            return name, getattr(application, name)(*arguments)
        except SignalcliError as error:
            return name, (type(error).__name__, str(error))

    if purpose == "trace":
        timelines: list[Any] = []
        requests = Request("GET", "/"), Request("GET", "/fails"), Request("GET", "/missing")
        application.make_requests(requests, timelines.append, ignore)
        yield "make_requests", tuple(timelines)
        return
    yield asked("list_signals", ListOptions())
    yield asked("list_signals", ListOptions(all=True, sort="receivers"))
    yield asked("inspect", ORDER, ("x", 1))
    yield asked("inspect", UNKNOWN)
    yield asked("inspect_all")
    yield asked("connected_receivers")
    yield asked("receivers_refusing", ORDER, ("item", "more"))
    name, report = asked("connect_report")
    changes = [change._replace(called=None, factory=None) for change in report.changes]
    yield name, report._replace(changes=tuple(changes))  # this module calls only here
    name, details = asked("details")
    yield name, details._replace(modules=())  # this module is there only here
    yield asked("session_copy")
    for message in MESSAGES:
        yield asked("explain", ORDER, message)
        yield asked("question", ORDER, message)
        yield asked("send", ORDER, message)
    yield asked("question_of_many", ORDER, SendOptions())
    for sender, options in ("x", SendOptions()), ("fail", SendOptions("continue")):
        source = RepeatedMessage((sender, {}), 5)
        origin = RunOrigin("count", None, sender, {}, 5)
        deliveries: list[Any] = []
        callbacks = BulkCallbacks(ignore, ignore, deliveries.append)
        yield asked("send_many", ORDER, BulkSend(source, origin, options, Pace(), callbacks))
        yield "deliveries", tuple(deliveries)


def main(where: str, app: str, purpose: str) -> None:
    """Write a line for each answer, without times."""
    with redirect_stdout(sys.stderr), opened(where, app, purpose) as application:
        lines = [to_line(*answer).decode() for answer in answers(application, purpose)]
    for line in lines:
        steady = re.sub(r"\b\d+\.\d+(e-\d+)?", "0.0", line)
        # the fast path of a trace writes a phrase as its text
        sys.stdout.write(re.sub(r'{"phrase":\[("[^"]*"),"",{"dict":\[\]}\]}', r"\1", steady))


if __name__ == "__main__":
    main(*sys.argv[1:])
