"""Flask's own signals, as a session calls them: ``flask/request-started`` and the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from blinker import Namespace

from signalcli.errors import closest
from signalcli.signals.send import NAMES
from signalcli.text import command
from signalcli.values.signal_name import SignalName

NAMESPACE = "flask"
"""What a session calls the namespace of Flask's signals."""

SENT = {
    "appcontext-pushed": "A request begins: the application context is pushed.",
    "request-started": "Before the view is called.",
    "message-flashed": "flash() was called.",
    "before-render-template": "A template is about to be rendered.",
    "template-rendered": "A template was rendered.",
    "got-request-exception": "A view raised, and no error handler took it.",
    "request-finished": "The response is made, and not yet sent.",
    "request-tearing-down": "The request is over, with an exception or without.",
    "appcontext-tearing-down": "The application context is about to go.",
    "appcontext-popped": "The application context is gone: the last signal of a request.",
    "msg": "The view /msg of the demo application sends it: its own signal.",
}
"""When each of them is sent, in the order of a request."""


def programs() -> dict[str, Namespace]:
    """Flask's namespace, by the name that a session has for it. Flask is imported now."""
    from signalcli.flask_demo.app import FLASK_NAMESPACE

    for name, signal in FLASK_NAMESPACE.items():
        NAMES[signal] = f"{NAMESPACE}/{name}"
    return {NAMESPACE: FLASK_NAMESPACE}


def never_sent(names: Iterable[str]) -> Iterator[str]:
    """What there is to say about each signal of a session that looks like Flask's, and isn't."""
    for text in names:
        name = SignalName.parse(text)
        if name.namespace == NAMESPACE and name.name not in SENT:
            near = closest(name.name, SENT)
            hint = f" Did you mean '{NAMESPACE}/{near}'?" if near else ""
            yield (
                f"{name} is no signal of Flask's or of the demo application's, and nobody sends "
                f"it.{hint} See them all: {command('flask')}"
            )
