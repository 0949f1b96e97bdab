"""``signalcli doctor``: what it checks, how it shows findings, and ``--explain``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.applications import APPS
from tests.support.cli import SignalCli
from tests.support.doctor import (
    CONNECTS,
    FILES,
    GONE,
    KEEP,
    NAMES,
    SENDS,
    SIGNALS,
    application,
    examined,
)

pytestmark = pytest.mark.slow


def test_what_has_nothing_to_read_is_not_checked(signalcli: SignalCli) -> None:
    application(signalcli, "def hear(sender): ...\nking.connect(hear)")
    found = examined(signalcli, "--app", "shop")

    reason = (
        "Sends of an application are known only if a request or a program is traced: signalcli doctor --app shop "
        "--request 'GET /', or signalcli doctor --app shop --run 'PROGRAM ARGS'"
    )
    assert found == {
        "findings": [],
        "checked": [name for name in NAMES if name in CONNECTS + SIGNALS + FILES],
        "not_checked": [{"rule": name, "reason": reason} for name in NAMES if name in SENDS],
        "notes": [],
    }


def test_in_an_empty_session_nothing_is_checked(signalcli: SignalCli) -> None:
    found = examined(signalcli)

    assert (found["checked"], [one["rule"] for one in found["not_checked"]]) == ([], NAMES)


def test_a_trace_of_something_else_checks_nothing(signalcli: SignalCli) -> None:
    request = {"method": "GET", "path": "/", "status": 200, "seconds": 0.5}
    document: dict[str, Any] = {**request, "events": []}
    signalcli.write("trace.json", json.dumps(document))
    signalcli.ok("connect", "king", "animal")

    found = examined(signalcli, "--trace", "trace.json")

    reason = "The trace 'trace.json' has no send of a signal that exists here."
    unchecked = [one["rule"] for one in found["not_checked"] if one["reason"] == reason]
    assert unchecked == [rule for rule in SENDS if rule != "never-sent"]


def test_a_trace_that_is_none_is_an_error(signalcli: SignalCli) -> None:
    assert "The trace 'missing.json' can't be read" in signalcli.refused(
        "doctor --trace missing.json"
    )


KEPT = "signalcli trace run --save {} PROGRAM"
REQUESTED = "signalcli trace request GET / --app shop --save trace.json, or "


@pytest.mark.parametrize(
    ("file", "arguments", "keep"),
    [
        ("bad.py", (), KEPT.format("trace.json")),
        ("trace.json", (), KEPT.format("new-trace.json")),
        ("bad.py", ("--app", "shop"), REQUESTED + KEPT.format("trace.json")),
    ],
)
def test_a_file_that_is_no_trace_is_left_as_it_is(
    signalcli: SignalCli, file: str, arguments: tuple[str, ...], keep: str
) -> None:
    """The trace that is suggested goes elsewhere."""
    (signalcli.directory / file).write_text("king.send()", encoding="utf-8")

    result = signalcli("doctor", *arguments, "--trace", file)

    assert (result.status, result.stdout) == (2, "")
    assert result.stderr == f"Error: The file '{file}' is no trace. Save one: {keep}\n"


def test_a_finding_is_one_line_and_what_wasnt_checked_is_shown_beside_it(
    signalcli: SignalCli,
) -> None:
    application(signalcli, "king.connect(lambda sender: 1)")

    result = signalcli("doctor", "--app", "shop")

    assert result.status == 1
    assert result.stdout == f"shop.py:7: error: dead-receiver: shop.<lambda>{GONE} {KEEP}\n"
    assert result.stderr.splitlines()[0] == (
        f"1 error in {len(CONNECTS + SIGNALS + FILES)} checked rules. Explain a rule: "
        "signalcli --app shop doctor --explain dead-receiver"
    )
    assert result.stderr.splitlines()[1].startswith(f"Not checked: {', '.join(SENDS)}. ")


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_is_explained_without_a_session_or_an_application(
    signalcli: SignalCli, name: str
) -> None:
    reported = signalcli.ok("doctor", "--explain", name, "--app", "nowhere", "--json").json

    assert list(reported) == ["rule", "what", "why", "bad", "good", "remedy", "level"]
    assert reported["rule"] == name
    compile(reported["bad"], "bad", "exec")
    compile(f"async def good():\n{_indented(reported['good'])}", "good", "exec")


def _indented(code: str) -> str:
    return "\n".join(f"    {line}" for line in code.splitlines())


def test_an_unknown_rule_is_suggested_another(signalcli: SignalCli) -> None:
    result = signalcli("doctor", "--explain", "dead-reciever")

    assert result.status == 2
    assert result.stderr.startswith(
        "Error: No rule 'dead-reciever'. Did you mean 'dead-receiver'? There are: dead-receiver, "
    )


WELL = """
    alarms.py alone.py at_the_end.py blueprint.py environment.py
    factory.py factory.py:create_app keeps_exit.py lazy.py odd_stdout.py prints.py
    replaces_stdout.py returns_words.py several.py shop.py:app starts_a_thread.py wraps_stdout.py
"""
"""The applications that can be loaded and end."""


@pytest.mark.parametrize("target", WELL.split())
def test_the_applications_of_the_tests_are_well(signalcli: SignalCli, target: str) -> None:
    result = signalcli("doctor", "--app", str(Path(APPS, target)), "--json")

    assert (result.status, result.json["findings"]) == (0, [])


def test_what_a_session_cannot_tell_is_not_checked_whatever_was_sent(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", "animal")
    signalcli.ok("define", "queen")
    empty = signalcli.ok("doctor", "--json").json
    signalcli.ok("send", "queen")
    unheard = signalcli.ok("doctor", "--json").json

    reasons = {one["rule"]: one["reason"] for one in unheard["not_checked"]}
    assert empty["checked"] == ["stale-has-receivers-for"]
    assert reasons["never-sent"] == "A session has no code that sends its signals."
    assert reasons["absent-when-sent"] == "A session keeps the sends from before a connect."
    assert "The history has no send" not in " ".join(reasons.values())
