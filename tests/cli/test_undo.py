"""The commands ``undo`` and ``redo``, and the commands that name them."""

from __future__ import annotations

import pytest

from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.questions import signals_of


def test_undo_names_the_command_and_redo_makes_it_again(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal --sender 大象; mute king")
    before = signalcli.session_path.read_bytes()

    undone, undone_session = signalcli("undo"), signalcli.session_path.read_bytes()
    redone = signalcli("redo")

    assert undone == Result(0, "", "Undid: signalcli mute king\nTo make it again: signalcli redo\n")
    assert undone_session == before.replace(b'"muted": true', b'"muted": false')
    assert redone == Result(0, "", "Redid: signalcli mute king\nTo take it back: signalcli undo\n")
    assert signalcli.session_path.read_bytes() == before


@pytest.mark.parametrize("verb", ["undo", "redo"])
def test_undo_without_a_change_has_a_note(signalcli: SignalCli, verb: str) -> None:
    document = signalcli.read(verb)

    note = f"There is nothing to {verb} in session 'default'."
    assert document == {"changed": False, "notes": [note], "deliveries": []}
    assert not signalcli.session_path.exists()


@pytest.mark.parametrize(
    "line",
    ["remove king", "reset --yes", "drop animal", "import empty.json --yes"],
)
def test_what_removes_says_that_undo_brings_it_back(session_with: SessionWith, line: str) -> None:
    signalcli = session_with("connect king animal")
    signalcli.write("empty.json", '{"version": 1, "signals": {}}')
    before = signalcli.session_path.read_bytes()

    assert signalcli.read(line)["notes"][-1] == "Undo brings it back: signalcli undo"

    signalcli.ok("undo")
    assert signalcli.session_path.read_bytes() == before


@pytest.mark.parametrize("session", ["moon", "./moon.json"])
def test_undo_is_of_the_chosen_session(session_with: SessionWith, session: str) -> None:
    signalcli = session_with(f"define king; define moon --session {session}")

    removed = signalcli.ok("remove", "moon", "--session", session)
    signalcli.ok("undo", "--session", session)

    assert removed.stderr.endswith(f"Undo brings it back: signalcli --session {session} undo\n")
    assert (signals_of(signalcli, "default"), signals_of(signalcli, session)) == (
        ["king"],
        ["moon"],
    )


def test_undo_leaves_the_history(session_with: SessionWith) -> None:
    signalcli = session_with("connect king echo; send king; undo")

    assert signalcli("history", "--json").stdout.count("\n") == 1


def test_an_application_has_no_undo(signalcli: SignalCli) -> None:
    assert "works on a session, not on the application" in signalcli.refused("--app shop undo")
