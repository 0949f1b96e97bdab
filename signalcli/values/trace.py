"""The frozen values of what was sent while something ran, each with its JSON.

Annotations are not postponed, for the reason that :mod:`signalcli.values.delivery` gives.
"""

from typing import Any, NamedTuple

from signalcli.errors import ExitStatus
from signalcli.values.delivery import Call, RaisedError


class Event(NamedTuple):
    """One send of a signal, by whoever sent it."""

    signal: str
    depth: int
    """How many sends it stands within: 0 is one that no receiver made."""
    sender: object
    """What JSON holds of it."""
    payload_keys: tuple[str, ...]
    muted: bool
    calls: tuple[Call, ...]
    """As those of a :class:`~signalcli.values.delivery.Delivery`."""
    seconds: float
    exception: RaisedError | None = None
    """The exception in its payload, where there is one."""
    is_async: bool = False
    """Whether it was sent by ``send_async``."""
    sender_shown: str | None = None
    """What a sender that blinker compares by identity is shown as where receivers listen to it;
    ``None`` for one that is compared by value, and where that isn't known."""
    ended: bool = True
    """Whether it was over when this was told. If not, a receiver that still ran has the outcome
    ``"running"``."""

    @property
    def raised(self) -> bool:
        return any(call.outcome == "raised" for call in self.calls)

    def to_json(self) -> dict[str, Any]:
        return {
            "signal": self.signal,
            "depth": self.depth,
            "sender": self.sender,
            "payload_keys": list(self.payload_keys),
            "muted": self.muted,
            "calls": [call.to_json() for call in self.calls],
            "seconds": self.seconds,
            "exception": self.exception.to_json() if self.exception else None,
            "async": self.is_async,
            "sender_shown": self.sender_shown,
            "ended": self.ended,
        }


class RequestTimeline(NamedTuple):
    """One request to an application, and every send until it was over."""

    method: str
    path: str
    http_status: int
    """500 where an exception came out of the application, as servers answer; 0 where there is no
    answer, because it was none that a server takes for an error, such as ``SystemExit``."""
    events: tuple[Event, ...]
    """In the order in which they began."""
    seconds: float
    body: str | None = None
    """The text of the response, where it was kept."""
    error: RaisedError | None = None
    """The exception that came out of the application, or that it told a signal of."""
    propagated: bool = False
    """Whether the exception came out of the application, which gave no response."""

    @property
    def status(self) -> ExitStatus:
        raised = any(event.raised for event in self.events)
        return ExitStatus.FOUND if raised else ExitStatus.DONE

    def to_json(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "path": self.path,
            "status": self.http_status,
            "events": [event.to_json() for event in self.events],
            "seconds": self.seconds,
            "body": self.body,
            "error": self.error.to_json() if self.error else None,
            "propagated": self.propagated,
        }


class ProgramTrace(NamedTuple):
    """One run of a program, and every send until its end."""

    program: tuple[str, ...]
    """As it was typed, with its arguments."""
    exit_status: int
    events: tuple[Event, ...]
    """In the order in which they began."""
    seconds: float
    error: RaisedError | None = None
    """The exception that ended it, if one did."""
    main: str | None = None
    """What its module ``__main__`` is called when it is imported."""

    @property
    def status(self) -> int:
        """The program's own; 1 where that is 0, and a receiver raised."""
        raised = any(event.raised for event in self.events)
        return self.exit_status or (ExitStatus.FOUND if raised else ExitStatus.DONE)

    def to_json(self) -> dict[str, Any]:
        return {
            "program": list(self.program),
            "main": self.main,
            "status": self.exit_status,
            "events": [event.to_json() for event in self.events],
            "seconds": self.seconds,
            "error": self.error.to_json() if self.error else None,
        }


class Served(NamedTuple):
    """How many requests a server answered, each of which was shown when it was over."""

    requests: int
    items: tuple[RequestTimeline, ...] = ()
    is_drawn: bool = False

    def to_json(self) -> dict[str, Any]:
        return {"requests": self.requests}
