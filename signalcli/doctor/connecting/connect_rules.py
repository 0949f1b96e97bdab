"""Rules about calls of connect: the wrong object, the same receiver again, and receivers that pile up."""

from __future__ import annotations

from collections.abc import Iterator

from signalcli.doctor.connecting.changes import (
    ENDS,
    changed_sender,
    function_as_sender,
    no_changes,
    problem_at,
)
from signalcli.doctor.evidence import Evidence
from signalcli.doctor.findings import WARNING, Problem, rule
from signalcli.doctor.sender_rules import listed
from signalcli.language.phrases import counted, phrase, sentences
from signalcli.values.change import ConnectionChange

_VIA = phrase(
    "connect_via(app) connects the function below it for that sender; without a decorator, write "
    "connect(function, sender=app)."
)
_MISUSES = {
    "decorated": (
        phrase(
            "connect({receiver}) connected {receiver} itself to {signal}, and called it with the function below."
        ),
        _VIA,
    ),
    "application": (
        phrase("{receiver} is an application, but was connected as a receiver of {signal}."),
        _VIA,
    ),
    "not callable": (
        phrase("{receiver} was connected as a receiver of {signal}, but can't be called."),
        phrase(
            "Connect a function; the sender is the second argument: signal.connect(function, sender=…)."
        ),
    ),
    "class method": (
        phrase(
            "{receiver} was connected to {signal} in the body of its class: there it can't be called."
        ),
        phrase("Connect the bound method after the class: signal.connect(Class.method)."),
    ),
    "class function": (
        phrase(
            "{receiver} was connected to {signal} before it became a class method: its cls gets the sender."
        ),
        phrase("Connect the class method after the class: signal.connect({function})."),
    ),
    "unbound": (
        phrase(
            "{receiver} was connected to {signal} without an instance: its first parameter gets the sender."
        ),
        phrase(
            "Connect the bound method of an instance: signal.connect(self.method), in its __init__."
        ),
    ),
}
_NO_RECEIVERS = "application", "not callable"
_SWAPPED = (
    phrase("connect got {receiver} as the receiver of {signal}, and {function} as its sender."),
    phrase("The receiver comes first: signal.connect({function}, sender=…)."),
)
"""For an object that is no receiver, with a function as the sender."""
_BARE = phrase(
    "{receiver} is not connected to {signal}: connect_via got it as the sender, because it was not called "
    "with one."
)
_DROPPED = (
    phrase(
        "connect_via({receiver}) connected nothing to {signal}: it returns a decorator, and nothing used that."
    ),
    phrase("Write it as a decorator above the receiver, or connect(function, sender=…)."),
)


@rule(
    "bare-connect-via",
    what=phrase("connect or connect_via got the wrong object."),
    why=phrase(
        "connect_via takes a sender and returns a decorator: without a call, the function becomes the "
        "sender, and nothing is connected. connect takes a receiver first: connect(app) connects the "
        "application itself. In the body of a class, a method is still a function without an instance."
    ),
    bad="@king.connect_via\ndef on_king(sender, **payload): ...",
    good="@king.connect_via(shop)\ndef on_king(sender, **payload): ...",
    remedy=phrase(
        "Call it with the sender: @signal.connect_via(sender). To listen to every sender, write "
        "@signal.connect."
    ),
    missing=no_changes,
)
def bare_connect_via(evidence: Evidence) -> Iterator[Problem]:
    for change in evidence.changes:
        message = remedy = None
        if change.action == "not connected":
            message, remedy = _DROPPED if change.reason == "dropped" else (_BARE, None)
        elif change.action == "connected" and change.reason in _MISUSES:
            message, remedy = _MISUSES[change.reason]
        function = function_as_sender(change) if change.reason in _NO_RECEIVERS else None
        if function is not None:
            message, remedy = _SWAPPED
        if message is not None:
            name = function or ".".join(change.receiver.split(".")[-2:])
            known = {"receiver": change.receiver, "signal": change.signal, "function": name}
            found = problem_at(
                change, message, remedy=remedy and phrase(remedy, **known), function=name
            )
            yield found._replace(receiver=function or change.receiver)


class _Repeated:
    """The connects of receivers that do the same, to one signal and sender."""

    def __init__(self) -> None:
        self.connects: list[ConnectionChange] = []
        self.living = 0

    def add(self, change: ConnectionChange) -> None:
        self.living = max(self.living, change.twins)
        if not change.again:
            self.connects.append(change)

    def end(self) -> None:
        self.living = max(self.living - 1, 0)


@rule(
    "connected-twice",
    what=phrase(
        "Functions of the same code are connected to one signal and sender, so that each send calls all."
    ),
    why=phrase(
        "blinker connects an object once, however often connect gets it. But a function within a function, "
        "and a module that is executed again, are new objects of the same code each time. With weak=False or "
        "connect_via, the old ones stay connected."
    ),
    bad="def create_app():\n    @king.connect_via(ANY)\n    def on_king(sender, **payload): ...\n\n"
    "create_app()\ncreate_app()",
    good="@king.connect\ndef on_king(sender, **payload): ...\n\ndef create_app(): ...",
    remedy=phrase(
        "Connect a function of a module, where it is defined, or disconnect the old one before."
    ),
    missing=no_changes,
)
def connected_twice(evidence: Evidence) -> Iterator[Problem]:
    groups: dict[tuple[str, str | None], dict[str, _Repeated]] = {}
    for change in evidence.changes:
        group = groups.setdefault((change.signal, change.defined), {})
        sender = "" if change.any else changed_sender(change)
        if change.action == "connected" and change.twins:
            group.setdefault(sender, _Repeated()).add(change)
        elif change.action in ENDS:
            for its, repeated in group.items():
                if change.any or its == sender:
                    repeated.end()
    for group in groups.values():
        for repeated in group.values():
            if repeated.living > 1:
                yield _repeated(repeated, evidence)


def _repeated(repeated: _Repeated, evidence: Evidence) -> Problem:
    connects = repeated.connects[-repeated.living :]  # the import and a program have their own
    last = connects[-1]
    found = problem_at(
        last,
        _REPEATED if last.any else _REPEATED_FOR_SENDER,
        number=repeated.living,
        places=listed(change.where for change in connects if change.where),
        sender=changed_sender(last),
    )
    return found._replace(message=sentences(found.message, _cause(connects)))


_REPEATED = phrase(
    "{receiver} is connected {number} times to {signal}, at {places}: a send calls it {number} times."
)
_REPEATED_FOR_SENDER = phrase(
    "{receiver} is connected {number} times to {signal}, at {places}: a send from {sender} calls it {number} "
    "times."
)


def _cause(connects: list[ConnectionChange]) -> str:
    """Return why functions of the same code were connected, as a sentence."""
    names = list(dict.fromkeys(change.receiver for change in connects))
    callers = [change.factory or change.called for change in connects]
    places = "" if None in callers else listed(place for place in callers if place)
    maker = names[-1].rpartition(".<locals>.")[0].rpartition(".")[2]
    if maker and places:
        return phrase(
            "{function} made another function each time, called at {places}.",
            function=maker,
            places=places,
        )
    if maker:
        return phrase("{function} made another function each time.", function=maker)
    if len(names) > 1:
        return phrase("Its module was imported under several names: {names}.", names=listed(names))
    if places:
        return counted(
            "Its definition ran {n} time: the code that connected it was called or imported at {places}.",
            "Its definition ran {n} times: the code that connected it was called or imported at {places}.",
            len(connects),
            places=places,
        )
    return counted("Its definition ran {n} time.", "Its definition ran {n} times.", len(connects))


@rule(
    "never-disconnected",
    level=WARNING,
    what=phrase(
        "Each request, or each application, connects another receiver, and nothing disconnects them."
    ),
    why=phrase(
        "blinker keeps receivers of connect_via and of weak=False alive until they are disconnected. One "
        "that is connected in each request stays, with all that it refers to, and is called in later requests."
    ),
    bad="def view():\n    def on_king(sender, **payload): ...\n    king.connect(on_king, weak=False)",
    good="def view():\n    def on_king(sender, **payload): ...\n"
    "    with king.connected_to(on_king):\n        ...",
    remedy=phrase(
        "Connect it while it is needed, with signal.connected_to(receiver), or disconnect it in the end."
    ),
    missing=no_changes,
)
def never_disconnected(evidence: Evidence) -> Iterator[Problem]:
    requests = evidence.sends.changes_of_requests
    yield from _growing(
        [(number, change) for number, changes in enumerate(requests) for change in changes],
        _IN_REQUESTS,
    )
    made = [(change.factory, change) for change in evidence.changes if change.twins < 2]
    yield from _growing([(place, change) for place, change in made if place], _IN_APPLICATIONS)


_IN_REQUESTS = phrase(
    "{receiver} was connected to {signal} in {number} requests, each time as another object with weak=False, "
    "and {living} of them stay connected."
)
_IN_APPLICATIONS = phrase(
    "{receiver} was connected to {signal} in {number} applications, each time as another object with "
    "weak=False, and {living} of them stay connected."
)


def _growing(changes: list[tuple[object, ConnectionChange]], template: str) -> Iterator[Problem]:
    """Yield the lines that connected a receiver strongly for several things, of which more than one stay.

    :param changes: with what made each, such as the number of the request.
    :param template: of the message.
    """
    kept: dict[tuple[str | None, ...], list[tuple[object, ConnectionChange]]] = {}
    for made_by, change in changes:
        key = change.signal, change.defined, changed_sender(change), change.where
        if change.action == "connected" and not change.weak and not change.again:
            kept.setdefault(key, []).append((made_by, change))
        elif change.action in ENDS:
            is_same = 2 if change.any else 3
            same = [one for one in kept if one[:is_same] == key[:is_same] and kept[one]]
            if same:
                kept[same[-1]].pop()
    for connects in kept.values():
        count = len({made_by for made_by, _ in connects})
        if count > 1:
            yield problem_at(connects[-1][1], template, number=count, living=len(connects))
