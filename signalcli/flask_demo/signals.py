"""Flask's signals in a session, ``flask/request-started`` and the others, with the session's receivers."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from blinker import Namespace

from signalcli.errors import closest
from signalcli.flask_demo.installed import INSTALL, is_flask_installed
from signalcli.language.phrases import phrase, sentences
from signalcli.signals.send import SIGNAL_NAMES
from signalcli.text import session_command
from signalcli.values.inspection import SignalView
from signalcli.values.result import Result, fields_to_json
from signalcli.values.signal_name import FLASK, SignalName

SENT = {
    "appcontext-pushed": phrase("A request starts: the application context is pushed."),
    "request-started": phrase("Before the view is called."),
    "message-flashed": phrase("flash() is called."),
    "before-render-template": phrase("Before a template is rendered."),
    "template-rendered": phrase("After a template is rendered."),
    "got-request-exception": phrase("A view raises, and no error handler handles it."),
    "request-finished": phrase("The response is made, but not yet sent."),
    "request-tearing-down": phrase("The request ends, with or without an exception."),
    "appcontext-tearing-down": phrase("Before the application context is popped."),
    "appcontext-popped": phrase("The application context is popped: the last signal."),
    "msg": phrase("The view /msg of the demo application sends it."),
}
"""When each signal is sent, in the order of a request."""


class FlaskSignal(NamedTuple):
    """A signal that the demo application sends, and the session's receivers of it."""

    signal: str
    sent: str
    receivers: tuple[str, ...]


class FlaskOverview(NamedTuple):
    """The routes and signals of the demo application."""

    version: str | None
    """The version of Flask; ``None`` if it isn't installed."""
    routes: Mapping[str, str]
    """The paths of the demo application, each with the docstring of its view."""
    signals: tuple[FlaskSignal, ...]

    def result(self) -> Result:
        if self.version is None:
            return Result(self)
        notes = (
            phrase(
                "Connect a receiver: {command}",
                command=session_command("connect", "flask/request-started", "wechat"),
            ),
            phrase(
                "Make one request: {command}", command=session_command("flask", "request", "/hello")
            ),
            phrase("Serve it: {command}", command=session_command("flask", "serve")),
        )
        return Result(self, notes=notes)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "install": INSTALL,
            **fields_to_json(self, "routes", "signals"),
        }


def flask_overview(views: Mapping[str, SignalView]) -> FlaskOverview:
    """Return the routes and signals of the demo application."""
    receivers = {name: tuple(r.receiver for r in view.receivers) for name, view in views.items()}
    names = {f"{FLASK}/{name}": sent for name, sent in SENT.items()}
    signals = tuple(FlaskSignal(name, names[name], receivers.get(name, ())) for name in names)
    if not is_flask_installed():
        return FlaskOverview(None, {}, signals)
    from importlib.metadata import version

    from signalcli.flask_demo.app import ROUTES
    from signalcli.signals.receivers import first_line

    docs = {path: first_line(view) for path, view in ROUTES.items()}
    routes = {path: phrase(doc) for path, doc in docs.items() if doc is not None}
    return FlaskOverview(version("flask"), routes, signals)


def flask_namespaces() -> dict[str, Namespace]:
    """Return Flask's namespace, by its name in a session. This imports Flask."""
    from signalcli.flask_demo.app import FLASK_NAMESPACE

    for name, signal in FLASK_NAMESPACE.items():
        SIGNAL_NAMES[signal] = f"{FLASK}/{name}"
    return {FLASK: FLASK_NAMESPACE}


def unsent_signal_notes(names: Iterable[str]) -> Iterator[str]:
    """Yield a note for each signal in the namespace of Flask that Flask doesn't send."""
    for name in map(SignalName.parse, names):
        if name.namespace == FLASK and name.name not in SENT:
            near = closest(name.name, SENT)
            hint = phrase("Did you mean '{name}'?", name=f"{FLASK}/{near}") if near else ""
            sentence = phrase("Neither Flask nor the demo application sends {signal}.", signal=name)
            yield sentences(
                sentence, hint, phrase("See them all: {command}", command=session_command("flask"))
            )
