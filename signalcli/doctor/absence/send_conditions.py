"""When libraries send their signals, and what keeps them from it. Add a row for another library."""

from __future__ import annotations

from typing import NamedTuple

from signalcli.apps.app_details import AppDetails
from signalcli.language.phrases import phrase
from signalcli.values.inspection import SignalView
from signalcli.values.signal_name import SignalName


class SendCondition(NamedTuple):
    """When a library sends some of its signals."""

    library: str
    """Its package, which is the namespace of the signals too."""
    signals: tuple[str, ...]
    """Their names in the namespace; ``_`` equals ``-``."""
    when: str
    """A sentence without its full stop."""
    is_usual: bool = True
    """Whether a healthy application sends them in its usual work. If not, that they weren't sent is a note."""
    handled: tuple[str, ...] = ()
    """The exceptions whose error handler keeps the library from sending them."""
    setting: str | None = None
    """The setting that must not be ``False``."""


CONDITIONS = (
    SendCondition(
        "flask",
        ("got-request-exception",),
        phrase("Flask sends it only for an exception that no error handler handles"),
        is_usual=False,
        handled=("builtins.Exception",),
    ),
    SendCondition(
        "flask",
        ("template-rendered", "before-render-template"),
        phrase("Flask sends it only when a view renders a template"),
        is_usual=False,
    ),
    SendCondition(
        "flask", ("message-flashed",), phrase("Flask sends it only in flash()"), is_usual=False
    ),
    SendCondition(
        "flask_sqlalchemy",
        ("models-committed", "before-models-committed"),
        phrase(
            "Flask-SQLAlchemy sends it when a session commits objects that were added, changed or deleted, "
            "but not for the update() or delete() of a query, nor for SQL"
        ),
        setting="SQLALCHEMY_TRACK_MODIFICATIONS",
    ),
    SendCondition(
        "mongoengine",
        ("pre-save", "pre-save-post-validation", "post-save"),
        phrase(
            "mongoengine sends it for save() of a document, but not for update(), modify(), update_one() or "
            "insert()"
        ),
    ),
    SendCondition(
        "mongoengine",
        ("pre-delete", "post-delete"),
        phrase("mongoengine sends it for delete() of a document"),
    ),
    SendCondition(
        "mongoengine",
        ("pre-bulk-insert", "post-bulk-insert"),
        phrase("mongoengine sends it only for insert()"),
    ),
    SendCondition(
        "flask_login",
        ("loaded-from-cookie",),
        phrase("Flask-Login sends it only when it loads a user from the cookie of remember_me"),
        is_usual=False,
    ),
    SendCondition(
        "flask_login",
        ("unauthorized", "needs-refresh"),
        phrase(
            "Flask-Login sends it only when a view requires a login and there is none, or no fresh one"
        ),
        is_usual=False,
    ),
    SendCondition(
        "flask_security",
        ("user-registered",),
        phrase("Flask-Security sends it when its own view registers a user"),
        setting="SECURITY_REGISTERABLE",
    ),
    SendCondition(
        "flask_security",
        ("user-confirmed", "confirm-instructions-sent"),
        phrase("Flask-Security sends it when its own view confirms a user"),
        setting="SECURITY_CONFIRMABLE",
    ),
    SendCondition(
        "flask_security",
        ("password-reset", "reset-password-instructions-sent"),
        phrase("Flask-Security sends it when its own view resets a password"),
        setting="SECURITY_RECOVERABLE",
    ),
    SendCondition(
        "flask_security",
        ("password-changed",),
        phrase("Flask-Security sends it when its own view changes a password"),
        setting="SECURITY_CHANGEABLE",
    ),
)
"""What is known of libraries, one row for signals that are sent under the same condition."""


class Obstacle(NamedTuple):
    """What keeps a library from sending a signal."""

    clause: str
    remedy: str


def condition_of(signal: SignalView) -> SendCondition | None:
    """Return when a library sends a signal, if it is known."""
    name = SignalName.parse(signal.signal)
    key = name.name.replace("_", "-")
    of_library = (one for one in CONDITIONS if name.namespace == one.library)
    return next((one for one in of_library if key in one.signals), None)


def obstacle_of(condition: SendCondition, details: AppDetails) -> Obstacle | None:
    """Return what keeps an application from meeting a condition, if that is known."""
    for handler in details.error_handlers:
        if handler.exception in condition.handled:
            clause = phrase(
                "an error handler for {exception} is registered, at {place}",
                exception=handler.exception.rpartition(".")[2],
                place=handler.where or phrase("a place unknown"),
            )
            remedy = phrase(
                "Register it with errorhandler(500), which Flask calls after it sent the signal, or do what the "
                "receiver does in the handler."
            )
            return Obstacle(clause, remedy)
    setting = condition.setting
    if setting and dict(details.settings).get(setting, True) is False:
        return Obstacle(
            phrase("{setting} is off", setting=setting),
            phrase("Set {setting} = True.", setting=setting),
        )
    return None
