"""Which imports may run: where that is kept, and that it binds a name to a place."""

from __future__ import annotations

import json
import os
import shlex
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from signalcli.errors import TrustError, UsageError
from signalcli.files import locked
from signalcli.receivers.import_names import ImportName
from signalcli.receivers.trust import LARGEST, TrustFile, remedy
from signalcli.text import typed_text

ON_KING = ImportName("shop.handlers", "on_king")
FROM_FILE = ImportName("handlers.py", "on_king")
LEAVES_A_TRACE = "open('ran', 'w').close()\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with a package and a file in it. Their code leaves a trace."""
    here = Path(os.path.realpath(tmp_path)) / "here"
    shop(here)
    monkeypatch.chdir(here)
    return here


def shop(directory: Path) -> None:
    """Make a directory with a package and a file in it."""
    (directory / "shop").mkdir(parents=True)
    for name in ("shop/__init__.py", "shop/handlers.py", "handlers.py"):
        (directory / name).write_text(LEAVES_A_TRACE)


def go_to_another_shop(here: Path, name: str = "other") -> Path:
    """Make another such directory the current one, and return it."""
    shop(here / name)
    os.chdir(here / name)  # the fixture goes back
    return here / name


@pytest.fixture
def trust(tmp_path: Path) -> TrustFile:
    """Nothing is trusted yet."""
    return TrustFile(str(tmp_path / "config" / "trusted.json"))


def portrait(path: str) -> tuple[int, int, int, bytes | None]:
    """Which file that is, of what kind, written when, and with what in it."""
    status = os.lstat(path)
    content = Path(path).read_bytes() if stat.S_ISREG(status.st_mode) else None
    return status.st_ino, status.st_mode, status.st_mtime_ns, content


def written(trust: TrustFile, content: str) -> None:
    """Write the file by hand."""
    os.makedirs(os.path.dirname(trust.path), exist_ok=True)
    Path(trust.path).write_text(content, "utf-8")


# What is trusted.


def test_nothing_is_trusted_at_first_nor_written(here: Path, trust: TrustFile) -> None:
    answers = trust.trusts(ON_KING), trust.trusted(), trust.remove(str(ON_KING))

    assert answers == (False, {}, False)
    assert not os.path.exists(trust.path)


def test_what_is_trusted_is_kept_readably_with_its_place(here: Path, trust: TrustFile) -> None:
    added = [trust.add(name) for name in (ON_KING, FROM_FILE, ImportName("time", "sleep"))]

    places = {
        "shop.handlers:on_king": [f"{here}/shop"],
        "handlers.py:on_king": [f"{here}/handlers.py"],
        "time:sleep": ["built-in"],
    }
    assert added == [True, True, True]
    content = json.dumps({"version": 1, "trusted": places}, indent=2)
    assert Path(trust.path).read_text("utf-8") == f"{content}\n"
    assert trust.trusted() == {name: tuple(paths) for name, paths in places.items()}


def test_only_exactly_the_typed_import_is_trusted(here: Path, trust: TrustFile) -> None:
    trust.add(ON_KING)
    asked = f"{ON_KING} shop.handlers:on_queen shop:on_king {FROM_FILE}".split()

    assert [trust.trusts(ImportName.parse(text)) for text in asked] == [True, False, False, False]


def test_trusting_and_asking_runs_nothing(here: Path, trust: TrustFile) -> None:
    for name in (ON_KING, FROM_FILE):
        trust.add(name)
        trust.trusts(name)

    assert not (here / "ran").exists()
    assert "shop" not in sys.modules


def test_trusting_again_changes_nothing(here: Path, trust: TrustFile) -> None:
    trust.add(ON_KING)
    before = portrait(trust.path)

    assert trust.add(ON_KING) is False
    assert portrait(trust.path) == before


def test_an_import_is_trusted_no_longer_wherever_it_is(here: Path, trust: TrustFile) -> None:
    trust.add(ON_KING)
    trust.add(FROM_FILE)
    go_to_another_shop(here)
    trust.add(FROM_FILE)

    removed = [trust.remove("handlers.py:on_king") for _ in range(2)]

    assert removed == [True, False]
    assert trust.trusted() == {"shop.handlers:on_king": (f"{here}/shop",)}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (ImportName("shpo", "x"), "No module 'shpo' in {here} or among those installed. "),
        (ImportName("handler.py", "x"), "No file 'handler.py' in {here}. "),
        (ImportName("shop.py", "x"), "'shop.py' is a directory. "),
    ],
)
def test_what_is_not_there_cannot_be_trusted(
    here: Path, trust: TrustFile, name: ImportName, sentence: str
) -> None:
    (here / "shop.py").mkdir()

    with pytest.raises(UsageError) as caught:
        trust.add(name)

    assert str(caught.value).startswith(sentence.format(here=here))
    assert not os.path.exists(trust.path)


# The same name elsewhere.


names = pytest.mark.parametrize("name", [ON_KING, FROM_FILE], ids=str)


@names
def test_the_same_name_in_another_directory_is_not_trusted_until_it_is_itself(
    here: Path, trust: TrustFile, name: ImportName
) -> None:
    trust.add(name)
    go_to_another_shop(here)

    at_first, added, then = trust.trusts(name), trust.add(name), trust.trusts(name)

    os.chdir(here)
    assert (at_first, added, then, trust.trusts(name)) == (False, True, True, True)
    assert len(trust.trusted()[str(name)]) == 2


@names
def test_what_was_moved_is_not_trusted(here: Path, trust: TrustFile, name: ImportName) -> None:
    trust.add(name)
    os.chdir(here.rename(here.with_name("moved")))

    assert trust.trusts(name) is False


def test_a_package_that_is_now_imported_from_elsewhere_is_not_trusted(
    here: Path, trust: TrustFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as an installed one, in a directory of another user."""
    monkeypatch.syspath_prepend(here)
    trust.add(ON_KING)
    sent = here.with_name("sent")
    sent.mkdir()
    os.chdir(sent)
    installed = trust.trusts(ON_KING)
    (sent / "shop.py").touch()

    assert (installed, trust.trusts(ON_KING)) == (True, False)


@names
def test_a_link_is_trusted_for_its_target(here: Path, trust: TrustFile, name: ImportName) -> None:
    shop(here / "other")
    links = here / "links"
    links.mkdir()
    os.chdir(links)
    link = links / name.package if name is ON_KING else links / name.module
    link.symlink_to(f"../{link.name}")

    trust.add(name)

    trusted = trust.trusts(name), trust.trusted()
    link.unlink()
    link.symlink_to(f"../other/{link.name}")
    assert trusted == (True, {str(name): (f"{here}/{link.name}",)})
    assert trust.trusts(name) is False


# The file.


def test_a_change_keeps_the_mode_and_leaves_only_a_lock(here: Path, trust: TrustFile) -> None:
    trust.add(ON_KING)
    os.chmod(trust.path, 0o600)

    trust.add(FROM_FILE)

    assert stat.S_IMODE(os.stat(trust.path).st_mode) == 0o600
    assert sorted(os.listdir(os.path.dirname(trust.path))) == ["trusted.json", "trusted.json.lock"]


def test_a_file_written_by_hand_is_read(here: Path, trust: TrustFile) -> None:
    written(trust, f'\ufeff{{"trusted": {{"{ON_KING}": ["{here}/shop"]}}, "version": 1}}')

    assert trust.trusts(ON_KING) is True


def test_a_link_to_the_file_stays_a_link(here: Path, trust: TrustFile, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to("config/trusted.json")

    TrustFile(str(link)).add(ON_KING)

    assert (link.is_symlink(), trust.trusts(ON_KING)) == (True, True)


ADD_EACH = """
import sys
from signalcli.receivers.import_names import ImportName
from signalcli.receivers.trust import TrustFile

print("ready", flush=True)
for text in sys.argv[2:]:
    TrustFile(sys.argv[1]).add(ImportName.parse(text))
"""


def adding(trust: TrustFile, *texts: str) -> subprocess.Popen[bytes]:
    """A process that trusts one import after the other, and is about to begin."""
    process = subprocess.Popen(
        [sys.executable, "-c", ADD_EACH, trust.path, *texts], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"ready\n"
    return process


def test_two_processes_that_trust_at_once_lose_nothing(here: Path, trust: TrustFile) -> None:
    texts = [[f"shop:by_{process}_{number}" for number in range(25)] for process in range(2)]

    processes = [adding(trust, *each) for each in texts]

    assert [process.wait(60) for process in processes] == [0, 0]
    assert sorted(trust.trusted()) == sorted([*texts[0], *texts[1]])


def test_a_process_that_is_killed_leaves_the_file_whole(here: Path, trust: TrustFile) -> None:
    trust.add(ON_KING)
    counts = [1]
    for round_ in range(5):
        texts = [f"shop:round_{round_}_{number}" for number in range(5000)]
        with adding(trust, *texts) as process:
            try:
                while len(trust.trusted()) == counts[-1] and process.poll() is None:
                    pass  # what is read while it is written is whole, too
            finally:
                process.kill()
        assert process.returncode == -signal.SIGKILL
        counts.append(len(trust.trusted()))

    assert counts == sorted(set(counts))
    assert trust.trusts(ON_KING) is True
    assert trust.add(FROM_FILE) is True


def refusal(trust: TrustFile, operation: Callable[[TrustFile], object]) -> str:
    """What the error of an operation says after the path, of status 4. The file stays as it was."""
    before = portrait(trust.path)
    with pytest.raises(TrustError) as caught:
        operation(trust)
    start = f"The file of trusted imports, {trust.path}, "
    assert (str(caught.value).startswith(start), int(caught.value.status)) == (True, 4)
    assert portrait(trust.path) == before
    return str(caught.value).removeprefix(start)


def test_a_change_waits_for_another_only_so_long(here: Path, trust: TrustFile) -> None:
    trust.add(FROM_FILE)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with locked(trust.path):
            held.set()
            done.wait()

    holding = threading.Thread(target=hold)
    holding.start()
    held.wait()
    try:
        refused = refusal(trust, lambda trust: trust.add(ON_KING, wait=0))
    finally:
        done.set()
        holding.join()

    assert refused == (
        f"is being changed by another process, which has locked it with {trust.path}.lock. "
        "Try again when that one has ended."
    )


def test_a_file_that_cannot_be_written_stays_as_it_was(here: Path, trust: TrustFile) -> None:
    trust.add(ON_KING)
    (Path(trust.path).parent / ".trusted.json.signalcli.tmp").mkdir()  # where the new one would go

    start, reason = refusal(trust, lambda trust: trust.add(FROM_FILE)).rsplit(": ", 1)

    assert start == "can't be written"
    assert reason in ("Is a directory.", "Operation not permitted.")


def test_a_file_that_would_grow_too_large_stays_as_it_was(here: Path, trust: TrustFile) -> None:
    """It would never be read again."""
    empty = json.dumps({"version": 1, "trusted": {"x:x": ["x"]}})
    written(trust, empty.replace('["x"]', f'["{"x" * (LARGEST - len(empty))}"]'))

    assert refusal(trust, lambda trust: trust.add(ON_KING)) == (
        "would become larger than 1 MiB, the most that is read. Remove what you no longer need."
    )


GIVE_UP = "Fix it by hand, or delete it, so that no import is trusted: rm {path}"
MOVE = "is not a regular file. Move it away."
NEWER = (
    "has version 2, and this signalcli reads up to version 1. "
    "Upgrade signalcli: see signalcli help install."
)
VERSION, PATHS = "version must be the number 1.", "trusted.a:b must be an array of paths."
TWICE = "the key 'a:b' is given twice at line 1, column 39."
WRONG = {
    "a list": ("[]", "it must be an object."),
    "no version": ('{"trusted": {}}', VERSION),
    "version true": ('{"version": true, "trusted": {}}', VERSION),
    "version 0": ('{"version": 0, "trusted": {}}', VERSION),
    "more": ('{"version": 1, "trusted": {}, "more": 1}', "it has the unknown key 'more'."),
    "nothing trusted": ('{"version": 1}', "trusted must be an object."),
    "a path for paths": ('{"version": 1, "trusted": {"a:b": "/shop"}}', PATHS),
    "no path": ('{"version": 1, "trusted": {"a:b": ["/shop", null]}}', PATHS),
}
NOT_JSON = {
    "empty": ("", "expecting value at line 1, column 1."),
    "truncated": ('{"version": 1,\n "trusted"', "expecting ':' delimiter at line 2, column 11."),
    "an import twice": ('{"version": 1, "trusted": {"a:b": [], "a:b": []}}', TWICE),
    "deeply nested": ("[" * 100_000, "it is nested too deeply."),
}
BROKEN: dict[str, tuple[str | bytes | Callable[[str], object], str]] = {
    **{name: (text, f"is not JSON: {why} {GIVE_UP}") for name, (text, why) in NOT_JSON.items()},
    **{
        name: (text, f"isn't a list of trusted imports: {why} {GIVE_UP}")
        for name, (text, why) in WRONG.items()
    },
    "binary": (bytes(range(256)), f"is not UTF-8 text: byte 129. {GIVE_UP}"),
    "newer": ('{"version": 2, "trusted": [], "more": 1}', NEWER),
    "large": (" " * (LARGEST + 1), f"is larger than 1 MiB, the most that is read. {GIVE_UP}"),
    "a directory": (os.mkdir, MOVE),
    "a FIFO": (os.mkfifo, MOVE),
    "a loop of links": (
        lambda path: os.symlink(path, path),
        f"can't be read: Too many levels of symbolic links. {GIVE_UP}",
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize(
    "operation",
    [
        lambda trust: trust.trusts(ON_KING),
        TrustFile.trusted,
        lambda trust: trust.add(ON_KING),
        lambda trust: trust.remove("a:b"),
    ],
    ids=["trusts", "trusted", "add", "remove"],
)
def test_a_file_that_is_unusable_is_refused_and_left_alone(
    here: Path, trust: TrustFile, broken: str, operation: Callable[[TrustFile], object]
) -> None:
    content, sentence = BROKEN[broken]
    os.mkdir(os.path.dirname(trust.path))
    if callable(content):
        content(trust.path)
    else:
        Path(trust.path).write_bytes(content if isinstance(content, bytes) else content.encode())

    assert refusal(trust, operation) == sentence.format(path=trust.path)
    assert os.listdir(os.path.dirname(trust.path)) == ["trusted.json"]


# Locales.


def test_any_locale_trusts_the_same(here: Path, tmp_path: Path) -> None:
    mountain = here / "山"
    shop(mountain)
    trust = TrustFile(str(tmp_path / "山.json"))
    script = """
import sys
from signalcli.receivers.import_names import ImportName
from signalcli.text import path_from
from signalcli.receivers.trust import TrustFile

trust = TrustFile(path_from("../../\\u5c71.json"))
name = ImportName("shop.handlers", "on_king")
print(trust.trusts(name), trust.add(name), trust.trusts(name), ascii(trust.trusted()))
"""

    def run(**environment: str) -> str:
        command = [sys.executable, "-c", script]
        environment = {**os.environ, **environment}
        return subprocess.check_output(command, cwd=mountain, env=environment).decode()

    kept = ascii({str(ON_KING): (f"{mountain}/shop",)})
    assert run(PYTHONUTF8="1") == f"False True True {kept}\n"
    assert run(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0") == f"True False True {kept}\n"
    assert f'"{mountain}/shop"' in Path(trust.path).read_text("utf-8")


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems take only UTF-8")
def test_a_path_that_is_not_utf_8_is_kept_like_any_other(here: Path, trust: TrustFile) -> None:
    odd = go_to_another_shop(here, os.fsdecode(b"\xff"))

    added = trust.add(ON_KING), trust.trusts(ON_KING), trust.add(ON_KING)

    assert added == (True, True, False)
    assert trust.trusted() == {str(ON_KING): (typed_text(f"{odd}/shop"),)}
    assert "\\udcff/shop" in Path(trust.path).read_text("utf-8")


# The command.


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("shop.handlers:on_king", "signalcli receivers trust shop.handlers:on_king"),
        ("my shop/a'b.py:on_king", """signalcli receivers trust 'my shop/a'"'"'b.py:on_king'"""),
        ("$(rm x).py:on_king", "signalcli receivers trust '$(rm x).py:on_king'"),
        ("-rf.py:on_king", "signalcli receivers trust -- -rf.py:on_king"),
    ],
)
def test_the_command_that_trusts_an_import_can_be_typed(text: str, command: str) -> None:
    assert remedy(text) == command
    assert shlex.split(command)[-1] == text
