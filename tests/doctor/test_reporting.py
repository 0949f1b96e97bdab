"""Findings for CI systems: their formats, the baseline, and comments that ignore them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cli import SignalCli

pytestmark = [pytest.mark.slow, pytest.mark.process]

STORE = """\
from blinker import signal

ordered = signal("ordered")


def set_up():
    def mail(sender, **payload): ...

    ordered.connect(mail)
    signal("50%, paid:\\n").connect(lambda sender: None)


set_up()
"""
MESSAGE = (
    "store.set_up.<locals>.mail was connected to ordered weakly and was deleted: nothing else "
    "referenced it, so no send calls it."
)
REMEDY = "Keep a reference to it while it should be called, or connect it with weak=False."


@pytest.fixture
def store(signalcli: SignalCli) -> SignalCli:
    write(signalcli, STORE)
    return signalcli


def write(signalcli: SignalCli, code: str) -> None:
    signalcli.write("store.py", code)


def found(signalcli: SignalCli, *options: str) -> list[dict[str, Any]]:
    result = signalcli("doctor", "--app", "store", "--json", *options)
    assert result.stderr == "", result.stderr
    findings: list[dict[str, Any]] = result.json["findings"]
    return findings


def test_annotations_of_github_actions(store: SignalCli) -> None:
    result = store("doctor", "--app", "store", "--format", "github")

    first, second = sorted(result.stdout.splitlines(), reverse=True)
    assert result.status == 1
    assert first == (f"::error file=store.py,line=9,title=dead-receiver::{MESSAGE} {REMEDY}")
    assert second.startswith("::error file=store.py,line=10,title=dead-receiver::")
    assert "connected to 50%25, paid:\\n weakly" in second


def test_a_finding_without_a_place_names_its_signal(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", "animal", "--sender", "大象")
    signalcli.ok("disconnect", "king", "animal", "--sender", "大象")

    result = signalcli("doctor", "--format", "github")

    assert result.stdout.startswith("::warning title=stale-has-receivers-for::king: ")


def test_sarif(store: SignalCli) -> None:
    result = store("doctor", "--app", "store", "--format", "sarif")

    assert result.json["version"] == "2.1.0"
    (run,) = result.json["runs"]
    rules = run["tool"]["driver"]["rules"]
    _, first = run["results"]
    assert rules[first["ruleIndex"]]["id"] == first["ruleId"] == "dead-receiver"
    assert (first["level"], first["message"]) == ("error", {"text": f"{MESSAGE} {REMEDY}"})
    assert first["locations"] == [
        {
            "logicalLocations": [{"name": "ordered"}, {"name": "store.set_up.<locals>.mail"}],
            "physicalLocation": {
                "artifactLocation": {"uri": "store.py"},
                "region": {"startLine": 9},
            },
        }
    ]


def test_json_is_that_of_the_option(store: SignalCli) -> None:
    by_format = store("doctor", "--app", "store", "--format", "json")

    assert by_format == store("doctor", "--app", "store", "--json")


def test_a_baseline_leaves_out_what_is_known(store: SignalCli) -> None:
    known = store("doctor", "--app", "store", "--format", "json").stdout
    store.write("known.json", known)
    options = "doctor", "--app", "store", "--baseline", "known.json"

    same = store(*options)
    write(store, f"import os\n{STORE}\nordered.connect(lambda sender: None)\n")
    new = store(*options)
    write(store, STORE.replace("    ordered.connect(mail)\n", ""))
    gone = store(*options)

    assert (same.status, same.stdout) == (0, "")
    assert "2 findings of the baseline left out." in same.stderr
    assert new.status == 1
    assert new.stdout.startswith("store.py:16: error: dead-receiver: ")
    assert len(new.stdout.splitlines()) == 1
    assert gone.status == 0
    assert (
        "1 finding of the baseline left out. 1 finding of it is gone: write it anew." in gone.stderr
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "The baseline 'known.json' can't be read: No such file or directory."),
        ("{", "The file 'known.json' is no output of doctor."),
        ('{"findings": [{"rule": 1}]}', "The file 'known.json' is no output of doctor."),
        ("[]", "The file 'known.json' is no output of doctor."),
    ],
)
def test_a_baseline_that_is_none_is_refused(
    store: SignalCli, content: str | None, message: str
) -> None:
    if content is not None:
        store.write("known.json", content)

    result = store("doctor", "--app", "store", "--baseline", "known.json")

    assert (result.status, result.stdout) == (2, "")
    assert message in result.stderr
    assert "Write one: signalcli --app store doctor --format json > known.json" in result.stderr


def test_a_comment_ignores_a_finding(store: SignalCli) -> None:
    comment = "  # signalcli: ignore[sender-zero, dead-receiver] it is a demo"
    write(store, STORE.replace("connect(mail)", f"connect(mail){comment}"))

    result = store("doctor", "--app", "store")

    assert [one["where"] for one in found(store)] == ["store.py:10"]
    assert "1 finding ignored by comments." in result.stderr


def test_a_comment_of_another_rule_or_in_a_string_ignores_nothing(store: SignalCli) -> None:
    code = STORE.replace("connect(mail)", "connect(mail)  # signalcli: ignore[sender-zero]")
    text = "connect(lambda sender: '# signalcli: ignore[dead-receiver]')"
    write(store, code.replace("connect(lambda sender: None)", text))

    assert {one["where"] for one in found(store)} == {"store.py:9", "store.py:10"}


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        (
            "ignore[dead-reciever]",
            "No rule 'dead-reciever' in the comment at store.py:1. Did you mean 'dead-receiver'?",
        ),
        ("ignore", "The comment at store.py:1 names no rule."),
        ("ignore[]", "The comment at store.py:1 names no rule."),
    ],
)
def test_a_comment_without_a_known_rule_is_refused(
    store: SignalCli, comment: str, message: str
) -> None:
    write(store, f"# signalcli: {comment}\n{STORE}")

    assert message in store.refused("doctor --app store")
