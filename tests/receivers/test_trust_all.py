"""``receivers trust --all-of``: the imports of another user's session, shown and trusted at once."""

from __future__ import annotations

import json

import pytest

from tests.support.cli import Result, SignalCli
from tests.support.questions import typing

COUNT = 73
NAMES = [f"handlers:on_{number}" for number in range(COUNT)]
HANDLERS = "open('ran', 'w').close()\n" + "".join(
    f"def on_{number}(sender): return {number}\n" for number in range(COUNT)
)
NOTE = (
    "73 receivers are imports that you have not trusted, and don't run: "
    "signalcli receivers trust --all-of {}\n"
)


def document(names: list[str]) -> str:
    king = {"receivers": dict.fromkeys(names, "strong"), "any": names}
    return json.dumps({"version": 1, "signals": {"king": king}})


@pytest.fixture
def foreign(signalcli: SignalCli) -> SignalCli:
    """A directory with ``king.json``, a session whose receivers are 73 imports, and their module."""
    signalcli.write("handlers.py", HANDLERS)
    signalcli.write("king.json", document(NAMES))
    return signalcli


def has_run(foreign: SignalCli) -> bool:
    return (foreign.directory / "ran").exists()


def test_importing_and_opening_it_says_so_in_one_line(foreign: SignalCli) -> None:
    imported = foreign.ok("import", "king.json")
    with (foreign.directory / "king.json").open() as file:
        from_input = foreign("--session", "other", "import", "-", stdin=file)
    opened = foreign.ok("--session", "king.json", "inspect", "king")
    sent = foreign.ok("send", "king")

    replaced = "Replaced session 'default' by king.json.\n"
    assert imported.stderr == replaced + NOTE.format("king.json")
    assert from_input.stderr.partition("\n")[2] == NOTE.format("other")
    assert opened.stderr == NOTE.format("king.json")
    assert sent.stderr == NOTE.format("default")
    assert not has_run(foreign)


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 1)])
def test_trust_all_of_shows_them_and_asks_once(
    foreign: SignalCli, answer: str, status: int
) -> None:
    with typing(answer) as stdin:
        asked = foreign("receivers", "trust", "--all-of", "king.json", "--quiet", stdin=stdin)

    place = foreign.directory / "handlers.py"
    *shown, question = asked.stderr.splitlines()
    assert asked.status == status
    assert shown == [f"{name}  runs from {place}" for name in NAMES]
    assert question.startswith("Trust these 73 imports of session 'king.json'? [y/N] ")
    assert not has_run(foreign)
    called = foreign.read("--session king.json send king")["calls"]
    assert {call["outcome"] for call in called} == {"returned" if status == 0 else "skipped"}


def test_yes_lists_what_it_trusts(foreign: SignalCli) -> None:
    foreign.ok("import", "king.json")
    foreign.ok("receivers", "trust", NAMES[0])

    trusted = foreign.read("receivers trust --all-of default --yes")
    again = foreign.read("receivers trust --all-of default --yes")

    place = foreign.directory / "handlers.py"
    assert trusted["notes"] == [
        *(f"{name}  runs from {place}" for name in NAMES[1:]),
        "72 imports are trusted here from now on.",
    ]
    assert (trusted["changed"], again["changed"]) == (True, False)
    assert again["notes"] == ["Session 'default' has no other imports to trust."]
    assert foreign.ok("send", "king").stderr == ""


def test_what_is_not_there_is_left_out(foreign: SignalCli) -> None:
    foreign.write("king.json", document(["gone.py:on_king", NAMES[0], "animal"]))

    trusted = foreign.ok("receivers", "trust", "--all-of", "king.json", "--yes")

    notes = (
        f"{NAMES[0]}  runs from {foreign.directory / 'handlers.py'}\n"
        "gone.py:on_king isn't found here, and isn't trusted.\n"
        "1 import is trusted here from now on.\n"
    )
    assert trusted == Result(0, "", notes)
    imported = foreign.ok("-q", "import", "king.json").stdout
    sent = foreign.ok("--session", "king.json", "send", "king").stderr
    assert "gone.py:on_king isn't trusted here" in imported + sent


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "Name an import or a session: "),
        ("handlers:on_1 --all-of king.json", "Name an import or a session: "),
        ("--all-of king.jsn", "No session 'king.jsn'. "),
        ("--all-of king.json", "Trust these 73 imports of session 'king.json'? Standard input "),
    ],
)
def test_trust_all_of_is_refused(foreign: SignalCli, words: str, sentence: str) -> None:
    assert foreign.refused(f"receivers trust {words}").startswith(sentence)
    assert not (foreign.home / ".config" / "signalcli" / "trusted.json").exists()
