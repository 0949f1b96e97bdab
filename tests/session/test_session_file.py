"""When a session's file is read, written, replaced, copied, deleted and left alone."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from signalcli.errors import SessionError, SignalcliError, UsageError
from signalcli.playground.editor import SessionEditor
from signalcli.session.document import format_session
from signalcli.session.file import LARGEST, SessionFile, session_file_of
from signalcli.session.listing import list_sessions, saved_sessions
from signalcli.values.change import Change
from signalcli.values.session import Bucket, Session, SignalState
from signalcli.values.signal_name import SignalName
from tests.support.scenario import change

EMPTY = Session({})
KING = Session({"king": SignalState()})
MOUNTAIN = Session(
    {
        "king": SignalState(
            doc="大王回山",
            receivers=(("animal", True), ("echo", False)),
            any=("echo",),
            buckets=(Bucket(("animal",), ("大象", 1, "1")), Bucket((), ("狮子",))),
        ),
        "zoo/king": SignalState(receivers=(("strict", True),)),
        "@roar": SignalState(muted=True),
    }
)


@pytest.fixture
def file(tmp_path: Path) -> SessionFile:
    """A session that wasn't saved yet, in a directory of its own."""
    return SessionFile("mountain", str(tmp_path / "sessions" / "mountain.json"))


def become(session: Session) -> Callable[[Session], tuple[Session, None]]:
    """The change that makes any session this one."""
    return lambda before: (session, None)


def written(file: SessionFile, content: str) -> Path:
    """Write a session's file by hand."""
    path = Path(file.path)
    path.parent.mkdir()
    path.write_text(content, "utf-8")
    return path


def identity(path: Path) -> tuple[int, int, bytes]:
    """What changes when a file is written or replaced."""
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, path.read_bytes()


def beside(path: str | Path) -> list[str]:
    """The files in the directory of a file, but for locks, snapshots and journals."""
    names = os.listdir(os.path.dirname(path))
    return sorted(name for name in names if not name.endswith((".lock", ".undo", ".jsonl")))


def file_of(file: SessionFile, what: str) -> str:
    """What an error says of a session's file."""
    return f"The file of session '{file.label}', {file.path}, {what}"


@pytest.mark.parametrize(
    ("choice", "path"),
    [
        ("king", "/sessions/king.json"),
        ("大象", "/sessions/大象.json"),
        ("king.json", "king.json"),
        ("./king", "./king"),
        ("/zoo/king.txt", "/zoo/king.txt"),
    ],
)
def test_a_session_is_located_by_name_or_path(choice: str, path: str) -> None:
    assert session_file_of(choice, "/sessions") == SessionFile(choice, path)


def test_a_session_without_a_name_is_refused_with_an_example() -> None:
    with pytest.raises(UsageError) as caught:
        session_file_of("", "/sessions")

    example = "For example: signalcli --session monkey list"
    assert str(caught.value) == f"A session needs a name. {example}"


def test_saved_sessions_are_the_json_files_by_name(tmp_path: Path) -> None:
    for name in ("b.json", "a.json", "大象.json", "a.lock", "a.json.tmp"):
        (tmp_path / name).touch()

    assert [file.label for file in saved_sessions(str(tmp_path))] == ["a", "b", "大象"]


def test_a_directory_that_is_not_there_has_no_saved_sessions(tmp_path: Path) -> None:
    assert saved_sessions(str(tmp_path / "nowhere")) == []


def test_a_saved_session_that_is_a_dangling_link_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "lost.json").symlink_to("nowhere.json")
    (tmp_path / "king.json").write_text("{}")

    listed = list_sessions(str(tmp_path), SessionFile("king", str(tmp_path / "king.json")))

    assert "king" in [entry.session for entry in listed.sessions]


def test_a_place_for_sessions_that_is_no_directory_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "sessions").touch()

    with pytest.raises(SessionError):
        saved_sessions(str(tmp_path / "sessions"))


@pytest.mark.parametrize("path", ["cave/", "cave//"])
def test_a_path_that_ends_in_a_slash_is_not_saved_as_a_file(tmp_path: Path, path: str) -> None:
    """It names a directory: what was saved as a file of that name would never be found again."""
    with pytest.raises(SignalcliError):
        session_file_of(f"{tmp_path}/{path}", "/sessions").change(become(KING))

    assert not (tmp_path / "cave").is_file()


def test_a_session_without_a_file_is_read_as_empty(file: SessionFile, tmp_path: Path) -> None:
    assert file.read() == EMPTY
    assert list(tmp_path.iterdir()) == []


def test_a_change_is_handed_the_session_and_hands_back_a_result(file: SessionFile) -> None:
    file.change(become(KING))

    result = file.change(lambda before: (MOUNTAIN, before))

    assert (result, file.read()) == (KING, MOUNTAIN)


def test_a_change_leaves_a_lock_and_snapshots_beside_the_file(file: SessionFile) -> None:
    file.change(become(KING))

    assert beside(file.path) == ["mountain.json"]


def test_a_change_that_changes_nothing_does_not_write(file: SessionFile) -> None:
    """The layout that a user gave the file stays."""
    path = written(file, '{"signals": {"king": {}}, "version": 1}')
    before = identity(path)

    file.change(become(KING))

    assert identity(path) == before


def test_a_change_of_an_empty_session_to_an_empty_one_creates_no_file(file: SessionFile) -> None:
    file.change(become(EMPTY))

    assert not os.path.exists(file.path)


def test_another_order_of_the_signals_is_a_change(file: SessionFile) -> None:
    file.change(become(MOUNTAIN))
    other = Session({name: MOUNTAIN.signals[name] for name in reversed(list(MOUNTAIN.signals))})

    file.change(become(other))

    assert list(file.read().signals) == ["@roar", "zoo/king", "king"]


def in_buckets(*senders: str) -> dict[str, Any]:
    """A state with a bucket for each sender."""
    buckets = [{"receivers": ["animal"], "senders": [sender]} for sender in senders]
    return {"receivers": {"animal": "weak"}, "buckets": buckets}


@pytest.mark.parametrize(
    "state",
    [
        pytest.param({"doc": ""}, id="no doc"),
        pytest.param({"buckets": [{"receivers": [], "senders": []}]}, id="no senders"),
        pytest.param(in_buckets("大象", "狮子"), id="a bucket in two"),
        *(
            pytest.param(
                {"ordered": False, "receivers": dict.fromkeys(order, "weak"), "any": order},
                id=" ".join(order),
            )
            for order in permutations(["animal", "echo", "qq"])
        ),
    ],
)
def test_a_command_that_does_nothing_leaves_a_file_written_by_hand(
    file: SessionFile, state: dict[str, Any]
) -> None:
    """Another way to write the same signal, or the chance order of a plain set, is no change."""
    path = written(file, json.dumps({"version": 1, "signals": {"king": state}}))
    before = identity(path)

    def unmute(playground: SessionEditor) -> list[str]:
        return playground.unmute(SignalName("king"))

    result = file.change(lambda session: change(session, file.place, unmute))

    assert result == Change(False, ("king was already unmuted: nothing changed.",))
    assert identity(path) == before


def test_an_operation_that_fails_leaves_the_file_and_gives_back_the_lock(file: SessionFile) -> None:
    file.change(become(KING))
    before = identity(Path(file.path))

    def fail(session: Session) -> tuple[Session, None]:
        raise UsageError("no")

    with pytest.raises(UsageError):
        file.change(fail)

    assert identity(Path(file.path)) == before
    file.change(become(MOUNTAIN), wait=0)
    assert file.read() == MOUNTAIN


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666], ids=oct)
def test_a_change_keeps_the_mode(file: SessionFile, mode: int) -> None:
    path = written(file, format_session(EMPTY))
    path.chmod(mode)

    file.change(become(KING))

    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_has_the_mode_that_the_umask_gives(file: SessionFile) -> None:
    before = os.umask(0o027)
    try:
        file.change(become(KING))
    finally:
        os.umask(before)

    assert stat.S_IMODE(os.stat(file.path).st_mode) == 0o640


def test_what_a_killed_change_left_behind_is_overwritten(file: SessionFile) -> None:
    path = written(file, format_session(EMPTY))
    path.with_name(f".{path.name}.signalcli.tmp").write_text("x" * 10_000)

    file.change(become(KING))

    assert path.read_text("utf-8") == format_session(KING)
    assert beside(path) == ["mountain.json"]


def test_a_link_in_the_way_of_the_new_file_is_not_followed(file: SessionFile) -> None:
    """It would lead the session's text into another user's file."""
    path = written(file, format_session(EMPTY))
    precious = path.with_name("precious")
    precious.write_text("mine")
    path.with_name(f".{path.name}.signalcli.tmp").symlink_to(precious)

    with suppress(SessionError):
        file.change(become(KING))

    assert precious.read_text() == "mine"


def test_a_file_that_is_called_like_a_lock_keeps_its_content(file: SessionFile) -> None:
    """Such as the poetry.lock beside a poetry.json."""
    precious = written(file, format_session(EMPTY)).with_suffix(".lock")
    precious.write_text("mine")

    file.change(become(KING))

    assert precious.read_text() == "mine"


@pytest.mark.parametrize("start", [KING, None], ids=["with a file", "dangling"])
def test_a_change_through_links_replaces_the_file(tmp_path: Path, start: Session | None) -> None:
    real = tmp_path / "real" / "king.json"
    real.parent.mkdir()
    if start is not None:
        real.write_text(format_session(start))
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    second.symlink_to("real/king.json")
    first.symlink_to(second)

    SessionFile("first", str(first)).change(become(MOUNTAIN))

    assert real.read_text("utf-8") == format_session(MOUNTAIN)
    assert [os.readlink(link) for link in (first, second)] == [str(second), "real/king.json"]
    assert beside(real) == ["king.json"]


def test_deleting_a_link_leaves_what_it_leads_to(file: SessionFile, tmp_path: Path) -> None:
    file.change(become(KING))
    link = tmp_path / "link.json"
    link.symlink_to(file.path)

    SessionFile("link", str(link)).delete()

    assert (link.is_symlink(), file.read()) == (False, KING)


def test_a_copy_holds_the_same(file: SessionFile, tmp_path: Path) -> None:
    file.change(become(MOUNTAIN))
    cave = SessionFile("cave", str(tmp_path / "cave.json"))

    first, second = file.copy_to(cave), file.copy_to(cave)

    assert first == Change(True, ("Copied session 'mountain' to session 'cave'.",))
    assert second == Change(False, ("session 'cave' is the same already.",))
    assert Path(cave.path).read_text("utf-8") == format_session(MOUNTAIN)


def test_a_copy_of_or_onto_a_broken_file_leaves_both(file: SessionFile, tmp_path: Path) -> None:
    whole = SessionFile("whole", str(tmp_path / "whole.json"))
    whole.change(become(KING))
    paths = written(file, "{"), Path(whole.path)
    before = [identity(path) for path in paths]

    for source, target in ((file, whole), (whole, file)):
        with pytest.raises(SessionError, match="is not JSON"):
            source.copy_to(target)

    assert [identity(path) for path in paths] == before


def test_a_copy_onto_itself_loses_no_change_meanwhile(file: SessionFile, tmp_path: Path) -> None:
    """What it copies must not be what it read before that change was saved."""
    file.change(become(KING))
    link = tmp_path / "link.json"
    link.symlink_to(file.path)

    def copy() -> None:
        with suppress(SignalcliError):
            file.copy_to(SessionFile("link", str(link)))

    copying = threading.Thread(target=copy)

    def while_the_copy_waits(session: Session) -> tuple[Session, None]:
        copying.start()
        copying.join(0.2)  # it waits for the lock, and has read the session if it reads without
        return MOUNTAIN, None

    file.change(while_the_copy_waits)
    copying.join()

    assert file.read() == MOUNTAIN


@pytest.mark.parametrize("content", [format_session(MOUNTAIN), "{", ""])
def test_delete_removes_the_file_whatever_is_in_it(file: SessionFile, content: str) -> None:
    path = written(file, content)

    assert file.delete() == Change(True, ("Deleted session 'mountain'.",))
    assert not path.exists()


def test_what_cannot_be_removed_is_named_with_the_reason(file: SessionFile) -> None:
    with pytest.raises(SessionError) as caught:
        file.delete()

    assert str(caught.value) == file_of(file, "can't be removed: No such file or directory.")


def test_a_file_is_read_up_to_the_limit(file: SessionFile) -> None:
    written(file, format_session(KING).ljust(LARGEST))

    assert file.read() == KING


def test_a_file_over_the_limit_is_refused(file: SessionFile) -> None:
    written(file, format_session(KING).ljust(LARGEST + 1))

    with pytest.raises(SessionError) as caught:
        file.read()

    larger = "is larger than 32 MiB, the most that is read."
    assert str(caught.value) == file_of(file, larger)


def session_of(size: int) -> Session:
    """A session whose file takes so many bytes."""
    room = size - len(format_session(Session({"king": SignalState(doc="")})))
    return Session({"king": SignalState(doc="x" * room)})


def test_a_session_is_written_up_to_the_limit(file: SessionFile) -> None:
    file.change(become(session_of(LARGEST)))

    assert os.path.getsize(file.path) == LARGEST
    assert file.read() == session_of(LARGEST)


def test_a_session_that_would_exceed_the_limit_leaves_the_file(file: SessionFile) -> None:
    path = written(file, format_session(KING))
    before = identity(path)

    with pytest.raises(SessionError) as caught:
        file.change(become(session_of(LARGEST + 1)))

    larger = "would become larger than 32 MiB, the most that is read."
    assert str(caught.value) == file_of(file, larger)
    assert identity(path) == before
