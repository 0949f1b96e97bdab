"""Which imports run: other directories, trust, and hostile names."""

from __future__ import annotations

import os
import sys
from copy import copy
from typing import Any

import pytest

from tests.support.cli import SignalCli
from tests.support.expected import listed, listening
from tests.support.histories import table
from tests.support.imported import EXAMPLE, HEARD, session_of, trusted
from tests.support.scenario import prepare
from tests.support.sends import rows
from tests.test_hostile_text import safe

pytestmark = pytest.mark.slow

# From another directory.


def elsewhere(shop: SignalCli, files: dict[str, str] | None = None) -> SignalCli:
    """Return the same user in another directory."""
    other = copy(shop)
    other.directory = shop.directory / "elsewhere"
    other.directory.mkdir()
    for name, content in (files or {}).items():
        other.write(name, content)
    return other


def test_a_file_that_is_given_by_its_path_is_called_from_any_directory(shop: SignalCli) -> None:
    name = f"{shop.directory}/handlers.py:on_king"
    shop.ok("connect", "king", name)

    assert rows(elsewhere(shop).read("send king 大象")) == [(name, "returned", HEARD)]


def test_an_installed_module_is_called_from_any_directory(shop: SignalCli) -> None:
    prepare(shop, "connect king os.path:basename")

    sent = elsewhere(shop).read("send king a/b")

    assert rows(sent) == [("os.path:basename", "returned", "b")]


MARK = "open('ran', 'w').close()\ndef on_king(sender, **payload): return 'another'\n"


@pytest.mark.parametrize("name", ["handlers.py:on_king", "handlers:on_king"])
def test_another_file_of_that_name_does_not_run_elsewhere(shop: SignalCli, name: str) -> None:
    shop.ok("connect", "king", name)
    other = elsewhere(shop, {"handlers.py": MARK})

    sent = other.read("send king")

    reason = f"isn't trusted here: signalcli receivers trust {name}"
    assert rows(sent) == [(name, "skipped", reason)]
    assert not (other.directory / "ran").exists()


def test_an_import_that_is_trusted_elsewhere_only_is_not_shown_as_trusted(shop: SignalCli) -> None:
    prepare(shop, "receivers trust handlers.py:on_king")
    other = elsewhere(shop, {"handlers.py": MARK})

    entry = other.read("receivers show handlers.py:on_king")
    entries = other.read("receivers")["receivers"]

    listed = [e["doc"] for e in entries if e["receiver"] == "handlers.py:on_king"]
    assert entry["doc"] == "Not trusted here: it doesn't run."
    assert set(listed) <= {"Not trusted here: it doesn't run."}


def test_a_file_that_is_not_in_this_directory_is_reported_as_missing(shop: SignalCli) -> None:
    """A command that can't help is no remedy: trust needs the file that is missing."""
    prepare(shop, "connect king handlers.py:on_king -q")
    other = elsewhere(shop)

    sent = other("send", "king", "--json")

    assert "receivers trust" not in sent.stdout + sent.stderr
    assert f"No file 'handlers.py' in {os.path.realpath(other.directory)}" in sent.stderr


# Trust.


def call_of(shop: SignalCli, *command: str) -> tuple[Any, ...]:
    """The outcome and reason of the one call, with the status and notes of the command."""
    result = shop(*command, "--json")
    (call,) = result.json["calls"]
    return call["outcome"], call["reason"], call["value"], result.status, result.stderr


def test_one_runs_while_it_is_trusted(shop: SignalCli) -> None:
    prepare(shop, "connect king handlers.py:on_king -q")
    name = "handlers.py:on_king"
    remedy = f"signalcli receivers trust {name}"

    taken = shop.ok("receivers", "untrust", name, "--json").json
    again = shop.ok("receivers", "untrust", name, "--json").json
    skipped = call_of(shop, "send", "king", "大象")
    given = shop.ok(*remedy.split()[1:], "--json").json
    given_again = shop.ok(*remedy.split()[1:], "--json").json
    called = call_of(shop, "send", "king", "大象")

    note = f"{name} isn't trusted here, and doesn't run. To trust it: {remedy}\n"
    assert taken["notes"] == [f"{name} is no longer trusted here, and doesn't run."]
    assert again["notes"] == [f"{name} was not trusted here: nothing changed."]
    assert given["notes"] == [f"{name} is trusted here from now on."]
    assert given_again["notes"] == [f"{name} was trusted here already: nothing changed."]
    assert [d["changed"] for d in (taken, again, given, given_again)] == [True, False, True, False]
    assert skipped == ("skipped", f"isn't trusted here: {remedy}", None, 0, note)
    assert called == ("returned", "listens to ANY", HEARD, 0, "importing\n")


def test_an_untrusted_import_is_marked_in_every_output(shop: SignalCli) -> None:
    name, trust = "handlers.py:on_king", "signalcli receivers trust handlers.py:on_king"
    shop.session_path.parent.mkdir(parents=True)
    shop.session_path.write_text(session_of(name, "echo"))
    note = f"{name} isn't trusted here, and doesn't run. To trust it: {trust}\n"

    inspected, explained, sent, listed = results = [
        shop(command, *words, "--json")
        for command, *words in (
            ["inspect", "king"],
            ["explain", "king"],
            ["send", "king"],
            ["list"],
        )
    ]
    many = shop("send", "king", "--count", "2")
    unheard = shop("send", "king", "--muted", "--fail-unheard", "-q")

    assert [r.status for r in (*results, many, unheard)] == [*[0] * 5, 3]
    assert [r.stderr for r in (inspected, explained, sent, many)] == [note] * 4
    assert listed.stderr == "", "a list needs no receiver"
    assert inspected.json["receivers"][0] == listening(name, is_async=None)
    skipped = (name, "skipped", f"isn't trusted here: {trust}")
    echo: dict[str, Any] = {"sender": None, "payload": {}}
    assert rows(explained.json) == [("echo", "would_call", "listens to ANY"), skipped]
    assert rows(sent.json) == [("echo", "returned", echo), skipped]
    assert [name, "0", "0", "2"] in table(many.stdout)


def test_no_receiver_is_called_when_only_an_untrusted_import_listens(shop: SignalCli) -> None:
    shop.write("x.json", session_of("handlers.py:on_king"))

    result = shop("--session", "x.json", "send", "king", "--fail-unheard", "--json")

    assert (result.status, result.json["calls"][0]["outcome"]) == (3, "skipped")


def test_an_import_that_is_trusted_can_be_removed_from_trust_when_it_is_gone(
    shop: SignalCli,
) -> None:
    prepare(shop, "receivers trust handlers.py:on_king")
    (shop.directory / "handlers.py").unlink()

    result = shop("receivers", "untrust", "handlers.py:on_king")

    assert (result.status, trusted(shop)) == (0, {})


def test_trusting_one_shows_it_in_the_catalog_and_imports_nothing(shop: SignalCli) -> None:
    shop.write("marked.py", MARK)
    prepare(shop, "receivers trust marked.py:on_king")

    entry = shop.read("receivers")["receivers"][-1]
    shown = shop.read("receivers show marked.py:on_king")

    place = os.path.realpath(shop.directory / "marked.py")
    doc = "Imported when it's needed."
    expected = listed("marked.py:on_king", doc, "import", is_async=None, where=place)
    assert (entry, shown) == (expected, {**expected, "connections": []})
    assert not (shop.directory / "ran").exists()


@pytest.mark.parametrize("name", ["animal", "", "os", "a b:c", "../x:y"])
def test_only_an_import_can_be_trusted(shop: SignalCli, name: str) -> None:
    result = shop("receivers", "trust", name)

    assert (result.status, result.stdout, trusted(shop)) == (2, "", {})
    assert EXAMPLE in result.stderr


BROKEN_TRUST: dict[str, tuple[str | None, str]] = {
    "corrupt": ('{"version": 1, "trusted": {', "is not JSON: "),
    "newer": ('{"version": 2, "trusted": {}}', "has version 2, and this signalcli reads up to "),
    "odd": ('{"version": 1, "trusted": {"os:system": true}}', "isn't a list of trusted imports: "),
    "unreadable": (None, "is not a regular file. "),
}


@pytest.mark.parametrize("fault", BROKEN_TRUST)
def test_an_unusable_trust_file_is_reported_and_left_alone(shop: SignalCli, fault: str) -> None:
    content, reported = BROKEN_TRUST[fault]
    path = shop.home / ".config" / "signalcli" / "trusted.json"
    shop.session_path.parent.mkdir(parents=True)
    shop.session_path.write_text(session_of("handlers.py:on_king"))
    if content is None:
        path.mkdir()
    else:
        path.write_text(content)
    name = "handlers.py:on_king"
    commands = ("send king", f"connect moon {name}", "receivers", f"receivers untrust {name}")

    results = [shop(*command.split(), "--json") for command in commands]

    start = f"Error: The file of trusted imports, {path}, {reported}"
    assert [(r.status, r.stdout) for r in results] == [(4, "")] * len(commands)
    assert [r.stderr.startswith(start) for r in results] == [True] * len(commands)
    assert path.is_dir() if content is None else path.read_text() == content


def test_a_session_without_imports_asks_nothing_of_a_broken_file_of_trust(shop: SignalCli) -> None:
    prepare(shop, "connect king echo")
    (shop.home / ".config" / "signalcli" / "trusted.json").write_text("{")

    assert shop("send", "king", "--json").status == 0


# Names in a person's own directory.


@pytest.mark.skipif(sys.version_info < (3, 11), reason="PYTHONSAFEPATH is new in 3.11")
def test_a_file_beside_it_does_not_stand_in_the_way_of_signalcli(shop: SignalCli) -> None:
    """Whatever is called as a module that signalcli itself needs later."""
    shop.write("colorsys.py", "")
    shop.write("queue.py", "")
    shop.write("token.py", "")
    shop.write("inspect.py", "")
    environment = {"PYTHONSAFEPATH": "1"}
    connected = shop("connect", "king", "handlers.py:on_king", environment=environment)

    sent = shop("send", "king", "大象", environment=environment)

    assert (connected.status, sent.status) == (0, 0), sent.stderr
    assert HEARD in sent.stdout


HOSTILE = "p[red]x\x1b[2J\u202e"


@pytest.mark.parametrize(
    "line",
    [
        *("connect king ODD.py:x", "connect king ODD:x", "connect king handlers:ODD", "drop ODD:x"),
        *("receivers trust ODD.py:x", "receivers untrust ODD.py:x", "receivers show ODD:x"),
        *("receivers remove ODD:x", "send king --connected-to handlers:ODD"),
    ],
)
def test_a_hostile_import_is_shown_literally(shop: SignalCli, line: str) -> None:
    result = safe(shop(*line.replace("ODD", HOSTILE).split()))

    assert r"p[red]x\x1b[2J\u202e" in result.stdout + result.stderr


def test_a_hostile_exception_or_type_is_shown_literally(shop: SignalCli) -> None:
    code = """
Odd = type("O\\x1b[2J\\u202e", (Exception,), {})
def raises(sender):
    raise Odd("m\\x1b[2J\\u2028")
raises.__doc__ = "d\\x1b[2J"
def fails(sender):
    raise Odd("m\\x1b[2J\\u2028")
raises.__qualname__ = "q\\x1b[2J"
value = Odd()
"""
    shop.write("odd.py", code)
    shop.write("fails.py", f"{code}\nraise Odd('x\\x1b[2J')")
    prepare(shop, "connect king odd:raises -q")

    sends = ("send king", "send king --json", "explain king", "explain king a=1")
    others = ("inspect king", "connect king odd:value", "connect king fails:x")
    results = [safe(shop(*command.split())) for command in (*sends, *others)]

    shown = [r"O\x1b[2J" in r.stdout + r.stderr for r in results]
    assert [r.status for r in results] == [1, 1, 0, 0, 0, 2, 4]
    assert shown[0] and shown[5] and shown[6]
