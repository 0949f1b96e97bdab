"""``--save`` as a file: what is refused before anything is done, and what is replaced whole."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest

from tests.support.cli import SessionWith, SignalCli
from tests.support.drawings import lines
from tests.support.histories import past
from tests.support.scenario import prepare

pytestmark = pytest.mark.slow


@pytest.fixture
def animal_session(session_with: SessionWith) -> SignalCli:
    return session_with("connect king animal")


def state(signalcli: SignalCli) -> dict[str, bytes]:
    """Every file that there is, but for locks."""
    return {
        str(path.relative_to(signalcli.directory)): path.read_bytes()
        for path in signalcli.directory.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


NO_PICTURE = "is neither a page nor a picture: its name must end in .html, .md or .svg"


BAD = {
    "d.png": f"'d.png' {NO_PICTURE}",
    "d": f"'d' {NO_PICTURE}",
    "": f"'' {NO_PICTURE}",
    "d.svg.txt": f"'d.svg.txt' {NO_PICTURE}",
    "nowhere/d.svg": "'nowhere/d.svg' can't be saved: there is no directory 'nowhere'.",
    "file/d.svg": "'file/d.svg' can't be saved: there is no directory 'file'.",
    "folder.svg": "'folder.svg' can't be saved: it is a directory.",
    "\x1b[2J.png": rf"'\x1b[2J.png' {NO_PICTURE}",
}
NO_TRACE = (
    "'d.png' is no name for a trace: it must end in .json, .html, .md, .svg or .perfetto.json, or have "
    "no ending"
)
COMMANDS = (
    *("send king 大象", "connect king echo", "disconnect king animal", "drop animal"),
    *("replay last", "flask request /hello", "flask serve --port 0", "watch", "flask", "list"),
)


NOT_DRAWING = (
    *("define king", "mute king", "unmute king", "remove king", "reset --yes", "export"),
    *("session path", "session copy other", "session delete default --yes"),
    *("receivers add x", "receivers remove x", "completion bash"),
)


@pytest.mark.parametrize("name", BAD, ids=repr)
def test_a_bad_name_is_refused_before_anything_is_done(
    animal_session: SignalCli, name: str
) -> None:
    (animal_session.directory / "folder.svg").mkdir()
    (animal_session.directory / "file").touch()
    before = state(animal_session)

    assert animal_session.refused(f"send king 大象 --save '{name}'") == BAD[name]
    assert state(animal_session) == before


@pytest.mark.parametrize("kind", ["pipe", "device", "link", "dangling"])
def test_what_is_no_file_is_never_replaced(animal_session: SignalCli, kind: str) -> None:
    path, pipe = animal_session.directory / "d.svg", animal_session.directory / "pipe"
    os.mkfifo(pipe)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        targets = {"device": "/dev/null", "link": str(pipe), "dangling": "nowhere/d.svg"}
        path.symlink_to(targets[kind])
    before = (state(animal_session), os.stat("/dev/null"))

    assert animal_session.refused("send king 大象 --save d.svg").startswith(
        "'d.svg' can't be saved: "
    )
    assert (state(animal_session), os.stat("/dev/null")) == before


@pytest.mark.parametrize("line", COMMANDS)
def test_a_bad_name_keeps_any_command_from_doing_anything(
    animal_session: SignalCli, line: str
) -> None:
    prepare(animal_session, "send king")
    before = state(animal_session)

    is_trace = line.startswith("flask ")
    assert animal_session.refused(f"{line} --save d.png") == (
        NO_TRACE if is_trace else BAD["d.png"]
    )
    assert state(animal_session) == before


@pytest.mark.parametrize("line", NOT_DRAWING)
def test_what_draws_nothing_knows_no_pictures(animal_session: SignalCli, line: str) -> None:
    before = state(animal_session)

    error = animal_session.refused(f"{line} --save d.svg")

    assert re.match("No such option:? '?--save'?[. ]", error)
    assert state(animal_session) == before


UNWRITABLE = {"x" * 300 + ".svg": "File name too long", "/proc/d.svg": "No such file or directory"}


@pytest.mark.parametrize("name", UNWRITABLE, ids=lambda name: name[-12:])
def test_what_cannot_be_written_is_one_sentence(animal_session: SignalCli, name: str) -> None:
    result = animal_session("send", "king", "大象", "--save", name)

    assert result.status == 4
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert name in result.stderr
    assert UNWRITABLE[name] in result.stderr
    assert "Traceback" not in result.stderr


def test_a_send_is_in_the_history_though_its_picture_fails(animal_session: SignalCli) -> None:
    animal_session("send", "king", "大象", "--save", "/proc/d.svg")

    assert len(past(animal_session)) == 1


@pytest.mark.parametrize("name", ["大象.svg", "D.SVG", ".svg", "a b.svg", "sub/d.svg"])
def test_a_picture_has_the_name_that_was_typed(animal_session: SignalCli, name: str) -> None:
    (animal_session.directory / "sub").mkdir()

    assert animal_session.ok("list", "--save", name).stderr == f"Saved {name}.\n"
    assert lines(animal_session.directory / name) != [] or not Path(name).suffix


def test_a_name_that_is_no_text_is_written_and_shown_escaped(animal_session: SignalCli) -> None:
    assert (
        animal_session.ok("list", "--save", b"\xff[red].svg").stderr == "Saved \\udcff[red].svg.\n"
    )
    assert b"\xff[red].svg" in os.listdir(os.fsencode(animal_session.directory))


def test_each_of_several_names_is_saved(animal_session: SignalCli) -> None:
    names = "--save", "a.svg", "--save=b.html", "--save", "a.svg"

    assert animal_session.ok("list", *names).stderr == "Saved a.svg.\nSaved b.html.\n"
    assert lines(animal_session.directory / "a.svg") != []
    assert "<title>signalcli list</title>" in (animal_session.directory / "b.html").read_text()


def test_a_file_that_fails_keeps_no_other_from_being_saved(animal_session: SignalCli) -> None:
    failing = "--save", "/proc/d.svg", "--save", "/proc/e.svg"
    result = animal_session("list", *failing, "--save", "a.svg")

    first, saved, second = result.stderr.splitlines()
    assert (result.status, saved) == (4, "Saved a.svg.")
    assert ["/proc/d.svg" in first, "/proc/e.svg" in second] == [True, True]


def test_of_several_bad_names_none_is_saved(animal_session: SignalCli) -> None:
    before = state(animal_session)

    assert animal_session.refused("send king 大象 --save a.svg --save d.png") == BAD["d.png"]
    assert state(animal_session) == before


def test_a_new_file_has_the_mode_that_the_umask_leaves(animal_session: SignalCli) -> None:
    animal_session("list", "--save", "d.svg", umask=0o027)

    assert stat.S_IMODE((animal_session.directory / "d.svg").stat().st_mode) == 0o640


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o666])
def test_a_file_is_replaced_whole_and_keeps_its_mode(animal_session: SignalCli, mode: int) -> None:
    path = animal_session.directory / "d.svg"
    path.write_text("old")
    path.chmod(mode)

    with path.open() as old:
        animal_session.ok("list", "--save", "d.svg")
        before = old.read()

    assert (before, stat.S_IMODE(path.stat().st_mode)) == ("old", mode)
    assert "king" in "".join(lines(path))
    assert sorted(p.name for p in animal_session.directory.iterdir()) == ["d.svg", "home"]


def test_a_symbolic_link_stays_one(animal_session: SignalCli) -> None:
    target, link = (
        animal_session.directory / "real" / "target.svg",
        animal_session.directory / "d.svg",
    )
    target.parent.mkdir()
    target.write_text("old")
    link.symlink_to("real/target.svg")

    animal_session.ok("list", "--save", "d.svg")

    assert (link.is_symlink(), target.is_symlink()) == (True, False)
    assert "king" in "".join(lines(target))
    assert [path.name for path in target.parent.iterdir()] == ["target.svg"]


def test_the_last_picture_wins(animal_session: SignalCli) -> None:
    prepare(animal_session, "list --save d.svg; graph --save d.svg")

    assert lines(animal_session.directory / "d.svg")[0].startswith("king  named signal")
