"""``signalcli doctor --app``: signals with receivers that were not sent, and how much was seen."""

from __future__ import annotations

from typing import Any

import pytest

from signalcli.apps.app_details import AppDetails, ErrorHandler
from signalcli.doctor.absence.send_conditions import CONDITIONS, condition_of, obstacle_of
from signalcli.values.inspection import SignalView
from tests.support.cli import SignalCli
from tests.support.doctor import application
from tests.support.terminal import on_terminal

pytestmark = pytest.mark.slow

HEAR = "def hear(sender, **payload): ...\n"
IMPORTS = (
    "from flask import flash, got_request_exception, render_template_string, template_rendered\n"
)


def examined(signalcli: SignalCli, code: str) -> Any:
    """Return the JSON of an application of these lines, with one request."""
    application(signalcli, IMPORTS + HEAR + code)
    return signalcli("doctor", "--app", "shop", "--request", "GET /", "--json").json


def found(signalcli: SignalCli, code: str) -> list[Any]:
    """Return what the rule finds."""
    return [one for one in examined(signalcli, code)["findings"] if one["rule"] == "never-sent"]


RECEIVED = "shop.hear listens to flask/got-request-exception, which was not sent in 1 request: "
ONLY = (
    "Flask sends it only for an exception that no error handler handles, and an error handler for "
)


def test_an_error_handler_for_every_exception_is_named(signalcli: SignalCli) -> None:
    handler = "@app.errorhandler(Exception)\ndef failed(error): return 'sorry', 500\n"
    code = f"got_request_exception.connect(hear, app)\n{handler}def act(): raise SystemError\n"

    assert found(signalcli, code) == [
        {
            "rule": "never-sent",
            "level": "warning",
            "signal": "flask/got-request-exception",
            "receiver": "shop.hear",
            "where": "shop.py:8",
            "message": f"{RECEIVED}{ONLY}Exception is registered, at shop.py:10.",
            "remedy": "Register it with errorhandler(500), which Flask calls after it sent the signal, or do "
            "what the receiver does in the handler.",
        }
    ]


@pytest.mark.parametrize(
    "handler",
    [
        "app.register_error_handler(Exception, lambda error: ('sorry', 500))",
        (
            "from flask import Blueprint\nweb = Blueprint('web', 'web')\n"
            "web.app_errorhandler(Exception)(lambda error: ('sorry', 500))\napp.register_blueprint(web)"
        ),
    ],
)
def test_a_handler_of_server_errors_may_be_registered_anywhere(
    signalcli: SignalCli, handler: str
) -> None:
    (finding,) = found(signalcli, f"got_request_exception.connect(hear)\n{handler}\ndef act(): ...")

    assert finding["message"].startswith(RECEIVED + ONLY)


UNSENT = "shop.hear listens to king, which was not sent in 1 request."


def test_a_signal_that_was_not_sent_is_a_warning(signalcli: SignalCli) -> None:
    (finding,) = found(signalcli, "king.connect(hear)\ndef act(): ...")

    assert (finding["level"], finding["message"]) == ("warning", UNSENT)


def test_all_receivers_of_such_a_signal_are_counted(signalcli: SignalCli) -> None:
    code = "for name in 'abc': king.connect(partial(hear, n=name), weak=False)\ndef act(): ..."

    (finding,) = found(signalcli, code)

    assert finding["message"] == (
        "partial(shop.hear) and 2 more receivers listen to king, which was not sent in 1 request."
    )


def test_many_such_signals_share_a_finding(signalcli: SignalCli) -> None:
    (finding,) = found(
        signalcli, "for i in range(6): signal(f's{i}').connect(hear)\ndef act(): ..."
    )

    others = "and neither were 5 other signals with receivers."
    assert finding["message"] == f"{UNSENT[:-1].replace('king', 's0')}, {others}"


FINE = {
    "it was sent": "king.connect(hear)\ndef act(): king.send(app)",
    "it was sent from elsewhere": "king.connect(hear, 'x')\ndef act(): king.send(app)",
    "it has no receivers": "def act(): ...",
    "another signal looks like it": "signal('user-loged-in').connect(hear)\n"
    "def act(): signal('user-logged-in').send(app)",
    "no exception was raised": "got_request_exception.connect(hear)\ndef act(): ...",
    "some exceptions are handled": "got_request_exception.connect(hear)\n"
    "app.errorhandler(KeyError)(lambda e: 'x')\napp.errorhandler(500)(lambda e: 'x')\n"
    "app.errorhandler(404)(lambda e: 'x')\ndef act(): ...",
    "no template was rendered": "template_rendered.connect(hear)\ndef act(): ...",
    "the receiver is a library's": "import logging\nking.connect(logging.error)\n"
    "def act(): king.send(app)",
}


@pytest.mark.parametrize("case", FINE)
def test_what_is_healthy_is_no_finding(signalcli: SignalCli, case: str) -> None:
    assert found(signalcli, FINE[case]) == []


def test_what_flask_sends_in_some_cases_only_is_a_note(signalcli: SignalCli) -> None:
    code = "got_request_exception.connect(hear)\nking.connect(hear)\ndef act(): king.send(app)"

    assert examined(signalcli, code)["notes"] == [
        (
            "flask/got-request-exception has receivers and was not sent in 1 request: Flask sends it only for "
            "an exception that no error handler handles."
        )
    ]


def view(signal: str) -> SignalView:
    return SignalView(signal, "named", None, False, False, (), ())


@pytest.mark.parametrize(
    ("signal", "settings", "clause"),
    [
        (
            "flask_sqlalchemy/models-committed",
            {"SQLALCHEMY_TRACK_MODIFICATIONS": False},
            "SQLALCHEMY_TRACK_MODIFICATIONS is off",
        ),
        ("flask_sqlalchemy/models-committed", {"SQLALCHEMY_TRACK_MODIFICATIONS": True}, None),
        (
            "flask_security/user-registered",
            {"SECURITY_REGISTERABLE": False},
            "SECURITY_REGISTERABLE is off",
        ),
        ("flask_security/user-registered", {}, None),
        ("mongoengine/post_save", {}, None),
    ],
)
def test_settings_of_libraries_are_known(
    signal: str, settings: dict[str, bool | None], clause: str | None
) -> None:
    condition = condition_of(view(signal))
    assert condition is not None
    obstacle = obstacle_of(condition, AppDetails("shop", settings=tuple(settings.items())))

    assert (obstacle and obstacle.clause) == clause


def test_a_signal_of_that_name_elsewhere_has_no_condition() -> None:
    names = ("shop/got-request-exception", "got-request-exception", "mongoengine/other")

    assert [condition_of(view(name)) for name in names] == [None, None, None]


def test_a_handler_whose_place_is_unknown_is_named_all_the_same() -> None:
    handlers = (ErrorHandler("builtins.Exception", None),)

    obstacle = obstacle_of(CONDITIONS[0], AppDetails("shop", error_handlers=handlers))

    assert obstacle is not None
    assert obstacle.clause == "an error handler for Exception is registered, at a place unknown"


def test_a_note_comes_first_if_no_signal_with_receivers_was_sent(signalcli: SignalCli) -> None:
    application(signalcli, f"{HEAR}king.connect(hear)\ndef act(): ...")

    result = signalcli("doctor", "--app", "shop", "--request", "GET /")

    first, summary, omitted = result.stderr.splitlines()[-3:]
    assert first == (
        "king, the only signal with receivers, was not sent in 1 request: look into this first."
    )
    assert summary.startswith("1 warning in ")
    assert " checked rules, in 1 request. Explain a rule: " in summary
    assert omitted.startswith("Not checked: coroutine-receiver, ")
    assert omitted.endswith(". No signal that has receivers was sent in 1 request.")
    line = ("doctor", "--app", "shop", "--request", "GET /")
    shown = on_terminal(signalcli, *line, columns=200).text
    assert shown.index("look into this first.") < shown.index("never-sent")


def test_if_some_with_receivers_were_not_sent_they_are_counted(signalcli: SignalCli) -> None:
    code = "signal('queen').connect(hear)\nking.connect(hear)\ndef act(): king.send(app)"

    assert examined(signalcli, code)["notes"] == [
        "1 of 2 signals with receivers, such as queen, were not sent in 1 request: "
        + "rules about sends can't check them."
    ]


def test_if_functions_connected_receivers_none_is_connected_now(signalcli: SignalCli) -> None:
    code = "def act():\n    king.connect(hear)\n    king.send(app)\n    king.disconnect(hear)"

    not_checked = {one["rule"]: one["reason"] for one in examined(signalcli, code)["not_checked"]}

    assert not_checked["never-sent"] == (
        "No receiver of the application's own code is connected now."
    )


def test_a_program_that_sends_nothing_is_not_well(signalcli: SignalCli) -> None:
    application(signalcli, f"{HEAR}king.connect(hear)\ndef act(): ...")
    signalcli.write("work.py", "")

    result = signalcli("doctor", "--app", "shop", "--run", "work.py")

    assert "which was not sent in what was traced." in result.stdout
    assert result.stderr.splitlines()[0].endswith(
        "not sent in what was traced: look into this first."
    )
