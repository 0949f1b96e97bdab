"""What real packages have by way of signals and receivers, as read in the source of each.

Nothing here was printed by signalcli. The applications are in ``tests/support/packages``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Connected(NamedTuple):
    """Who listens to what."""

    signal: str
    receiver: str
    sender: str | None = None
    """``None`` for any."""
    weak: bool = True


def strongly(signal: str, receiver: str, sender: str | None = None) -> Connected:
    return Connected(signal, receiver, sender, weak=False)


class Expected(NamedTuple):
    """What there is when an application is set up."""

    module: str
    named: tuple[str, ...]
    """The signals of namespaces, as they are to be called."""
    connected: tuple[Connected, ...] = ()
    anonymous: tuple[str, ...] = ()
    """Other signals, as they are to be called."""

    @property
    def signals(self) -> list[str]:
        return sorted((*self.named, *self.anonymous))


def of(namespace: str, names: str) -> tuple[str, ...]:
    """The names of the signals of a namespace; those of blinker's default one are without its."""
    return tuple(f"{namespace}/{name}" if namespace else name for name in names.split())


# flask.signals: all that _signals.signal() is called with.
FLASK = of(
    "flask",
    "template-rendered before-render-template request-started request-finished "
    "request-tearing-down got-request-exception appcontext-tearing-down appcontext-pushed "
    "appcontext-popped message-flashed",
)

# flask_login.signals: the module names them user_logged_in, …, but calls them "logged-in", ….
LOGIN = of(
    "flask_login",
    "logged-in logged-out loaded-from-cookie loaded-from-header loaded-from-request "
    "login-confirmed unauthorized needs-refresh accessed session-protected",
)

# quart.signals. Importing quart.app imports flask.sansio, and so Flask's signals are there too.
QUART = of(
    "quart",
    "before-render-template template-rendered request-started request-finished "
    "request-tearing-down got-background-exception got-serving-exception got-request-exception "
    "websocket-started websocket-received websocket-sent websocket-finished "
    "websocket-tearing-down got-websocket-exception appcontext-tearing-down appcontext-pushed "
    "appcontext-popped message-flashed",
)

# flask_security.signals; flask_principal has two. change_email_confirmed is "change-email".
SECURITY = of(
    "flask_security",
    "user-authenticated user-unauthenticated user-failed-authn user-registered "
    "user-not-registered user-confirmed confirm-instructions-sent login-instructions-sent "
    "password-reset password-changed refresh-tracker-created refresh-tracker-revoked "
    "password-reset-instructions-sent tf-code-confirmed tf-profile-changed "
    "tf-security-token-sent tf-disabled us-security-token-sent us-profile-changed "
    "wan-registered wan-deleted change-email-instructions-sent change-email "
    "username-recovery-email-sent username-changed",
) + of("flask_principal", "identity-changed identity-loaded")

# pelican.plugins.signals: all are of blinker's default namespace, and so have no prefix. Two have
# another name than their variable: initialized and finalized.
PELICAN = of(
    "",
    "pelican_initialized get_generators all_generators_finalized get_writer pelican_finalized "
    "readers_init generator_init article_generator_init article_generator_pretaxonomy "
    "article_generator_finalized article_generator_write_article article_writer_finalized "
    "page_generator_init page_generator_finalized page_generator_write_page "
    "page_writer_finalized static_generator_init static_generator_finalized "
    "article_generator_preread article_generator_context page_generator_preread "
    "page_generator_context static_generator_preread static_generator_context "
    "content_object_init content_written feed_generated feed_written",
)

EXCEPTION = "flask/got-request-exception"
SENTRY = "sentry_sdk.integrations.flask"

# signalkit.core: connect() passes a function on to blinker that it makes around each receiver,
# strongly unless weak=True is given.
WRAPPER = "signalkit.core.CoolSignal._wrap_handler.<locals>.wrapper"
LOG = "with_signalkit.log"
ASYNC_WRAPPER = "signalkit.core.CoolSignalAsync._wrap_handler.<locals>.wrapper"

PACKAGES: Sequence[Expected] = (
    Expected(
        "with_flask",
        (*FLASK, "with_flask/model-saved"),
        (
            strongly(
                "flask/template-rendered",
                *("with_flask.when_template_rendered", "<Flask 'with_flask'>"),
            ),
            Connected(EXCEPTION, "with_flask.log_exception", "<Flask 'with_flask'>"),
            Connected(EXCEPTION, "with_flask.log_exception", "<Flask 'other'>"),
            Connected("with_flask/model-saved", "with_flask.Audit.saved"),
        ),
    ),
    Expected(
        "with_login",
        (*FLASK, *LOGIN),
        (strongly("flask_login/logged-in", "with_login.greet", "<Flask 'with_login'>"),),
    ),
    Expected(
        "with_sqlalchemy",
        # flask_sqlalchemy.track_modifications. What it listens to itself are events of SQLAlchemy.
        (*FLASK, *of("flask_sqlalchemy", "models-committed before-models-committed")),
        (
            strongly(
                "flask_sqlalchemy/before-models-committed",
                *("with_sqlalchemy.check", "<Flask 'with_sqlalchemy'>"),
            ),
            Connected("flask_sqlalchemy/models-committed", "with_sqlalchemy.Index.update"),
        ),
    ),
    Expected(
        "with_mail",
        (*FLASK, "flask_mail/email-dispatched"),  # flask_mail.email_dispatched
        (Connected("flask_mail/email-dispatched", "with_mail.log_message"),),
    ),
    Expected(
        "with_pelican",
        PELICAN,  # pelican connects no receiver itself: its plugins do, in pelican.Pelican.init_plugins
        (
            Connected("readers_init", "pelican_plugin.add_reader"),
            Connected("get_generators", "pelican_plugin.add_generator"),
            Connected("article_generator_finalized", "pelican_plugin.Words.count"),
            Connected("content_object_init", "pelican_plugin.Words.of_content"),
        ),
    ),
    Expected("httpbin", FLASK),  # it neither has signals of its own nor connects receivers
    Expected(
        "with_quart",
        (*FLASK, *QUART),
        (
            strongly("quart/request-started", "with_quart.started", "<Quart 'with_quart'>"),
            Connected("quart/request-finished", "with_quart.finished"),
        ),
    ),
    Expected(
        "with_security",
        (*FLASK, *LOGIN, *SECURITY),
        (
            # flask_principal.Principal.init_app, and flask_security.core.Security.init_app
            Connected(
                "flask_principal/identity-changed",
                *("flask_principal.Principal._on_identity_changed", "<Flask 'with_security'>"),
            ),
            strongly(
                "flask_principal/identity-loaded",
                *("flask_security.core._on_identity_loaded", "<Flask 'with_security'>"),
            ),
            Connected("flask_security/user-registered", "with_security.mail"),
            Connected("flask_security/user-authenticated", "with_security.mail", "nobody"),
        ),
    ),
    Expected(
        "with_sentry",
        # sentry_sdk.integrations.flask imports flask_login, and looks whether there is Quart.
        (*FLASK, *LOGIN, *QUART),
        # sentry_sdk.integrations.flask.FlaskIntegration.setup_once
        (
            Connected("flask/before-render-template", f"{SENTRY}._add_sentry_trace"),
            Connected("flask/request-started", f"{SENTRY}._request_started"),
            Connected(EXCEPTION, f"{SENTRY}._capture_exception"),
        ),
    ),
    Expected(
        "with_signalkit",
        (),
        (
            strongly("with_signalkit.Document.saved", f"{WRAPPER}(partial({LOG}))"),
            strongly("with_signalkit.Document.saved", f"{WRAPPER}({LOG})", "printer"),
            strongly(
                "with_signalkit.document.closed",
                *(f"{ASYNC_WRAPPER}(with_signalkit.tidy)", "<with_signalkit.Document object>"),
            ),
        ),
        (
            *("with_signalkit.Document.saved", "with_signalkit.document.closed"),
            "with_signalkit.documents['first'].closed",
        ),
    ),
)
