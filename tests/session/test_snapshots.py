"""Undo and redo: the snapshots beside a session's file, whatever happens to them."""

from __future__ import annotations

import os
import resource
import stat
from pathlib import Path

import pytest

from signalcli.errors import SessionError
from signalcli.session.file import SessionFile
from signalcli.session.snapshots import LIMIT, UNKNOWN, Snapshots
from signalcli.values.session import Session, SignalState


@pytest.fixture
def file(tmp_path: Path) -> SessionFile:
    return SessionFile("king.json", str(tmp_path / "king.json"))


def define(file: SessionFile, *names: str) -> None:
    """Define signals, each by a change of its own."""
    for name in names:
        saved = file._replace(words=("define", name))
        saved.change(lambda session: (Session({**session.signals, name: SignalState()}), None))  # noqa: B023


def signals(file: SessionFile) -> list[str]:
    return list(file.read().signals)


def snapshots(file: SessionFile) -> list[str]:
    return sorted(os.listdir(Snapshots(file.target).directory))


def test_changes_are_undone_last_first_and_redone_in_their_order(file: SessionFile) -> None:
    define(file, "a", "b", "c")

    undone = [file.undo() for _ in range(4)]
    assert signals(file) == []
    redone = [file.redo() for _ in range(4)]

    lines = [f"signalcli define {name}" for name in "abc"]
    assert undone == [*reversed(lines), None]
    assert redone == [*lines, None]
    assert signals(file) == ["a", "b", "c"]


def test_a_new_change_after_undo_leaves_nothing_to_redo(file: SessionFile) -> None:
    define(file, "a", "b")
    file.undo()

    define(file, "c")

    assert file.redo() is None
    assert (file.undo(), signals(file)) == ("signalcli define c", ["a"])


def test_the_number_of_snapshots_is_bounded(file: SessionFile) -> None:
    define(file, *map(str, range(LIMIT + 5)))

    assert len(snapshots(file)) == 2 * LIMIT
    assert sum(file.undo() is not None for _ in range(LIMIT + 5)) == LIMIT
    assert signals(file) == [*map(str, range(5))]


def test_a_snapshot_is_the_old_file_itself(file: SessionFile) -> None:
    """However large the session is, nothing is copied."""
    define(file, "a")
    before = os.stat(file.path)

    define(file, "b")

    assert os.path.samestat(before, os.stat(Snapshots(file.target).path(2, "undo")))


def test_without_hard_links_it_is_a_copy(
    file: SessionFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*paths: str) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)

    define(file, "a", "b")

    assert (file.undo(), signals(file)) == ("signalcli define b", ["a"])
    assert (file.redo(), signals(file)) == ("signalcli define b", ["a", "b"])


def test_what_a_killed_change_left_is_passed_over(file: SessionFile) -> None:
    """It was killed before it replaced the file, or undo before it deleted its snapshot."""
    define(file, "a", "b")
    Snapshots(file.target).add("signalcli define c")

    assert (file.undo(), signals(file)) == ("signalcli define b", ["a"])
    Snapshots(file.target).keep(2, "undo")
    assert (file.undo(), signals(file)) == ("signalcli define a", [])
    assert [file.redo(), file.redo(), file.redo()] == [
        "signalcli define a",
        "signalcli define b",
        None,
    ]


def test_undo_keeps_the_mode_of_the_file_and_others_read_no_snapshot(file: SessionFile) -> None:
    define(file, "a", "b")
    os.chmod(file.path, 0o600)

    file.undo()

    assert stat.S_IMODE(os.stat(file.path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(Snapshots(file.target).directory).st_mode) == 0o700


def test_a_file_that_was_deleted_by_hand_comes_back(file: SessionFile) -> None:
    define(file, "a", "b")
    os.unlink(file.path)

    assert (file.undo(), signals(file)) == ("signalcli define b", ["a"])
    assert (file.redo(), signals(file)) == ("signalcli define b", [])


def test_a_command_line_that_was_lost_has_other_words(file: SessionFile) -> None:
    define(file, "a")
    os.unlink(Snapshots(file.target).path(1, "command"))

    assert (file.undo(), file.redo()) == (UNKNOWN, UNKNOWN)


def test_a_broken_snapshot_leaves_everything_as_it_is(file: SessionFile) -> None:
    define(file, "a", "b")
    broken = Path(Snapshots(file.target).path(2, "undo"))
    broken.unlink()
    broken.write_text("[", "utf-8")

    with pytest.raises(
        SessionError, match=r"2\.undo of session 'king\.json' is not JSON: .*Delete"
    ):
        file.undo()

    assert signals(file) == ["a", "b"]
    broken.unlink()
    assert (file.undo(), signals(file)) == ("signalcli define a", [])


def test_a_change_that_cant_be_undone_is_not_made(file: SessionFile) -> None:
    define(file, "a")
    Snapshots(file.target).clear()
    Path(Snapshots(file.target).directory).write_text("mine", "utf-8")

    with pytest.raises(SessionError, match=r"king\.json\.undo can't be used: "):
        define(file, "b")

    assert signals(file) == ["a"]


def test_snapshots_follow_the_file(file: SessionFile, tmp_path: Path) -> None:
    moved = SessionFile("moon.json", str(tmp_path / "moon.json"))
    define(moved, "left over")
    os.unlink(moved.path)
    define(file, "a", "b")

    file.rename_to(moved)

    assert (file.undo(), moved.undo()) == (None, "signalcli define b")
    moved.delete()
    assert [path.name for path in tmp_path.iterdir() if "undo" in path.name] == []


def test_a_new_session_has_nothing_to_undo(file: SessionFile) -> None:
    define(file, "a")
    os.unlink(file.path)

    file.create()

    assert (file.undo(), signals(file)) == (None, [])


def test_a_change_that_cannot_be_written_leaves_what_can_be_redone(file: SessionFile) -> None:
    define(file, "a")
    file.undo()
    kept = snapshots(file)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        with pytest.raises(SessionError, match="can't be written: File too large"):
            define(file, "b")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert snapshots(file) == kept
    assert (file.redo(), signals(file)) == ("signalcli define a", ["a"])
