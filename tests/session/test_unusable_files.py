"""A disk, a file or a locale that is no good: one clear sentence, and the file stays as it was."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from signalcli.session.document import format_session
from signalcli.values.session import Session, SignalState
from tests.support.cli import Result, SessionWith, SignalCli

pytestmark = pytest.mark.slow

DOCUMENT = format_session(Session({"king": SignalState()}))

# A disk that doesn't take it.


def bound_by_permissions() -> None:
    """Give up what lets root pass over permissions, before the program starts."""
    if os.geteuid() == 0:
        drop_from_bounding_set, dac_override, dac_read_search = 24, 1, 2
        for capability in (dac_override, dac_read_search):
            if ctypes.CDLL(None).prctl(drop_from_bounding_set, capability, 0, 0, 0):
                raise OSError("the permissions can't be given up")


def only_small_files() -> None:
    """Let a write beyond 4 KiB fail, as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


permissions = pytest.mark.skipif(
    os.geteuid() == 0 and sys.platform != "linux", reason="permissions don't bind root"
)


def refused(result: Result) -> str:
    """The one sentence that a command with an unusable file ends in."""
    assert (result.status, result.stdout) == (4, "")
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith("\n")
    return result.stderr.removeprefix("Error: ").removesuffix("\n")


def portrait(directory: Path) -> dict[str, tuple[int, int, int, bytes | str]]:
    """What is in a directory, but for locks: which files, written when, with what in them."""

    def content(path: Path) -> bytes | str:
        if path.is_symlink():
            return os.readlink(path)
        return path.read_bytes() if path.is_file() else ""

    return {
        path.name: (status.st_mode, status.st_ino, status.st_mtime_ns, content(path))
        for path in directory.iterdir()
        if path.suffix != ".lock" and not (path.name == "home" and path.is_dir())
        for status in [path.lstat()]
    }


@pytest.fixture
def king(tmp_path: Path) -> Path:
    """The file of a session with the signal ``king``."""
    path = tmp_path / "king.json"
    path.write_text(DOCUMENT)
    return path


def bound(signalcli: SignalCli, path: Path, line: str) -> Result:
    """Run a command on a session as a user without the rights of root."""
    words = ("--session", str(path), *line.split())
    return signalcli(*words, preexec_fn=bound_by_permissions)


CONNECT = "connect king animal"


@permissions
@pytest.mark.parametrize("commands_before", [0, 1])
def test_a_directory_that_cannot_be_written_to_leaves_the_session_readable(
    signalcli: SignalCli, tmp_path: Path, commands_before: int
) -> None:
    """Whether or not there is a lock already, which can still be taken."""
    directory = tmp_path / "read-only"
    directory.mkdir()
    path = directory / "king.json"
    path.write_text(DOCUMENT)
    for _ in range(commands_before):
        signalcli.ok("--session", str(path), "connect", "king", "echo")
    before = portrait(directory)
    directory.chmod(0o555)

    read, changed = (bound(signalcli, path, line) for line in ("list --json", CONNECT))

    directory.chmod(0o755)
    assert refused(changed) in {
        f"The file of session '{path}' can't be {what}: Permission denied."
        for what in ("written", "locked for a change")
    }
    assert [signal["signal"] for signal in read.json["signals"]] == ["king"]
    assert portrait(directory) == before


@permissions
def test_a_directory_that_cannot_be_listed_is_no_reason_to_deny_what_was_saved(
    signalcli: SignalCli, tmp_path: Path
) -> None:
    """Where the directory can't be opened to flush it, the change is in the file all the same."""
    directory = tmp_path / "unlisted"
    directory.mkdir(0o300)
    path = directory / "king.json"

    result = bound(signalcli, path, f"{CONNECT} --json")

    directory.chmod(0o700)
    assert (result.status == 0) is path.exists()


@permissions
def test_a_leftover_of_a_read_only_session_is_overwritten(signalcli: SignalCli, king: Path) -> None:
    """A change that was killed leaves its new file behind in the mode of the old one."""
    leftover = king.with_name(".king.json.signalcli.tmp")
    leftover.write_text(DOCUMENT[:20])
    for path in (king, leftover):
        path.chmod(0o444)

    assert bound(signalcli, king, f"{CONNECT} -q") == Result(0, "", "")


@permissions
@pytest.mark.parametrize("line", ["list", CONNECT])
def test_an_unreadable_file_is_left_alone(signalcli: SignalCli, king: Path, line: str) -> None:
    king.chmod(0)

    reported = refused(bound(signalcli, king, line))

    assert reported == f"The file of session '{king}' can't be read: Permission denied."
    king.chmod(0o600)
    assert king.read_text() == DOCUMENT


def test_a_full_disk_leaves_the_old_file(signalcli: SignalCli, king: Path) -> None:
    king.write_text(format_session(Session({"king": SignalState(doc="x" * 4096)})))
    before = portrait(king.parent)
    signalcli.environment["PYTHONDONTWRITEBYTECODE"] = "1"

    reported = signalcli.refused(f"--session {king} {CONNECT}", 4, preexec_fn=only_small_files)

    assert reported == f"The file of session '{king}' can't be written: File too large."
    assert portrait(king.parent) == before


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")
@pytest.mark.parametrize("line", ["connect king echo --json", "send king"])
@pytest.mark.parametrize("environment", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["", "unbuffered"])
def test_an_output_that_is_full_is_reported_in_one_sentence(
    session_with: SessionWith, line: str, environment: dict[str, str]
) -> None:
    signalcli = session_with(CONNECT)

    with open("/dev/full", "wb") as full:
        reported = signalcli.refused(line, 4, environment=environment, stdout=full)

    assert reported == "Standard output can't be written: No space left on device."


ASCII = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}


NO_HELP = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


LOCALES = [ASCII, {**ASCII, **NO_HELP}]


LINES = (
    *("connect 王 animal --sender 大象", "send 王 大象 slogan=巡山 --json", "inspect 王"),
    *("list", "inspect 玉", "session path"),
)


@pytest.mark.parametrize("environment", LOCALES, ids=["C", "C and nothing to help"])
def test_any_locale_shows_the_same(signalcli: SignalCli, environment: dict[str, str]) -> None:
    def run(environment: dict[str, str]) -> list[tuple[int, str, str]]:
        return [
            (result.status, result.stdout.partition('"seconds"')[0], result.stderr)
            for line in LINES
            for result in [signalcli(*line.split(), "--session", "山", environment=environment)]
        ]

    expected = run({})
    path = signalcli.session_path.with_name("山.json")
    saved = path.read_bytes()
    path.unlink()

    assert run(environment) == expected
    assert path.read_bytes() == saved


@pytest.mark.parametrize("environment", LOCALES, ids=["C", "C and nothing to help"])
def test_any_locale_names_the_file_that_is_broken(
    signalcli: SignalCli, tmp_path: Path, environment: dict[str, str]
) -> None:
    path = tmp_path / "山.json"
    path.write_text("")

    reported = signalcli.refused(f"list --session {path}", 4, environment=environment)

    delete = f"Fix it by hand, or delete it: signalcli session delete '{path}'"
    assert reported == f"The file of session '{path}' is empty. {delete}"


DELETE = "Fix it by hand, or delete it: signalcli session delete king.json"
UPGRADE = "Upgrade signalcli: see signalcli help install"
LOOP = "can't be read: Too many levels of symbolic links."


LARGE = "is larger than 32 MiB, the most that is read."


BROKEN: dict[str, tuple[bytes | Callable[[Path], object], str]] = {
    "truncated": (
        b'{"version": 1,\n "signals"',
        f"is not JSON: expecting ':' delimiter at line 2, column 11. {DELETE}",
    ),
    "empty": (b"", f"is empty. {DELETE}"),
    "binary": (bytes(range(256)), f"is not UTF-8 text: byte 129. {DELETE}"),
    "wrong-typed": (
        b'{"version": 1, "signals": {"king": []}}',
        f"is not a session: signals.king must be an object, not []. {DELETE}",
    ),
    "a key to fool a terminal": (
        b'{"version": 1, "signals": {}, "\\u001b[2J\\n\\u202e": 1}',
        f"is not a session: the document has the unknown key '\\x1b[2J\\n\\u202e'. {DELETE}",
    ),
    "newer": (
        b'{"version": 999, "signals": {}}',
        f"has version 999, and this signalcli reads up to version 1. {UPGRADE}",
    ),
    "50 MB": (lambda path: path.write_bytes(b" " * 50_000_000), LARGE),
    "deeply nested": (b"[" * 1_000_000, f"is not JSON: it is nested too deeply. {DELETE}"),
    "a directory": (Path.mkdir, "is a directory."),
    "a FIFO": (os.mkfifo, "is not a regular file."),
    "a loop of links": (lambda path: path.symlink_to(path), LOOP),
}
READING = "inspect king --json"
CHANGING = "connect king animal --json"
OTHERS = (
    *("list", "inspect", "send king 大象", "send king --json", "define queen", "mute king"),
    *("disconnect king animal", "unmute king", "remove king", "reset --yes"),
    *("session copy king.json other", "session copy whole.json king.json --yes"),
)
CASES = [(broken, line) for broken in BROKEN for line in (READING, CHANGING)]
CASES += [("wrong-typed", line) for line in OTHERS]


@pytest.mark.parametrize(("broken", "line"), CASES)
def test_a_file_that_is_no_session_is_refused_and_left_alone(
    signalcli: SignalCli, tmp_path: Path, broken: str, line: str
) -> None:
    """Whether the command would only read it or change it; and nothing is left beside it."""
    content, sentence = BROKEN[broken]
    path = tmp_path / "king.json"
    path.write_bytes(content) if isinstance(content, bytes) else content(path)
    (tmp_path / "whole.json").write_text(DOCUMENT)
    before = portrait(tmp_path)

    reported = signalcli.refused(line, 4, environment={"SIGNALCLI_SESSION": "king.json"})

    assert reported == f"The file of session 'king.json' {sentence}"
    assert portrait(tmp_path) == before
