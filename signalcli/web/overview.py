"""What there is for Flask: the demo application, its signals, and who listens to them.

Annotations are not postponed, for the reason that :mod:`signalcli.values.delivery` gives.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from signalcli.flask_demo.installed import INSTALL, is_installed
from signalcli.flask_demo.signals import NAMESPACE, SENT
from signalcli.values.inspection import SignalView


class FlaskSignal(NamedTuple):
    """A signal that the demo application sends, and who of the session listens to it."""

    signal: str
    sent: str
    """When it is sent."""
    receivers: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {**self._asdict(), "receivers": list(self.receivers)}


class FlaskOverview(NamedTuple):
    """What there is for Flask."""

    version: str | None
    """That of the Flask that is installed here, if one is."""
    routes: Mapping[str, str]
    """The paths of the demo application, each with what its view does."""
    signals: tuple[FlaskSignal, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        if self.version is None:
            return ()
        return (
            "Connect a receiver: signalcli connect flask/request-started wechat",
            "Make one request: signalcli flask request /hello",
            "Serve it: signalcli flask serve",
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "install": INSTALL,
            "routes": dict(self.routes),
            "signals": [signal.to_json() for signal in self.signals],
        }


def overview(views: Mapping[str, SignalView]) -> FlaskOverview:
    """What there is for Flask here.

    :param views: the signals of the session, by their names.
    """
    names = {f"{NAMESPACE}/{name}": sent for name, sent in SENT.items()}
    signals = tuple(
        FlaskSignal(name, sent, _receivers(views.get(name))) for name, sent in names.items()
    )
    if not is_installed():
        return FlaskOverview(None, {}, signals)
    from importlib.metadata import version

    from signalcli.flask_demo.app import ROUTES
    from signalcli.signals.functions import first_line

    routes = {path: first_line(view) or "" for path, view in ROUTES.items()}
    return FlaskOverview(version("flask"), routes, signals)


def _receivers(view: SignalView | None) -> tuple[str, ...]:
    return () if view is None else tuple(receiver.receiver for receiver in view.receivers)
