"""``--save``: what a command draws, as a picture that shows the same and fetches nothing."""

from __future__ import annotations

import os
import re
import select
import shlex
import time
from itertools import pairwise
from pathlib import Path
from shutil import copytree
from typing import IO

import pytest

from signalcli.text import escape
from tests.cli.test_terminal import ragged, tables
from tests.history.test_watch import watching
from tests.support.cli import SessionWith, SignalCli
from tests.support.drawings import (
    COLUMN,
    Text,
    fetched,
    lines,
    printed,
    svg_lines,
    texts,
    title,
    width,
)
from tests.support.scenario import prepare
from tests.support.serving import PATIENCE, serving, timelines, when_written
from tests.test_hostile_text import UNSAFE, typed

pytestmark = pytest.mark.slow

WIDE = "大象" * 20
MIXED = "大x象🐘e\u0301 y" * 6
MARKUP = "<script>alert('1')</script> &amp; [red]x[/red] ]]> \"q\""
UNSAFE_TEXT = "a\x1b[2Jb\u202ec\x9bd\te\u2028f\u0085g\udcffh"
FAMILY = "👨\u200d👩\u200d👧"
HOSTILE = [
    *(WIDE, MIXED, MARKUP, UNSAFE_TEXT, "  a  b  "),
    *("{foreground} {{x}} {unique_id}", "&#160;&nbsp;"),
]

KINGDOM = (
    f"define 巡山 --doc '{MIXED}'; connect 巡山 echo --sender '{WIDE}'",
    "connect 巡山 failing --strong; connect king animal --sender 大象; connect king qq",
    "connect king:receiver_connected echo; connect flask/request-started wechat",
    "send king 大象 slogan=巡山; define empty",
)
DRAWING = [
    *("list", "inspect", "inspect king --sender 狮子", "graph", "graph king"),
    *("send king 大象 key=<b>", f"send 巡山 '{WIDE}'", "send king --count 3", "explain king 大象"),
    *("history", "history show last", "replay --all", "receivers", "receivers show animal"),
    *("drop qq", "session list", "connect king echo", "connect empty echo"),
    *("disconnect king animal", "flask", "flask request /", "flask request /nowhere"),
]
SPOKEN = ("小钻风：", "QQ：", "微信：")
"""How what a receiver prints begins."""


@pytest.fixture(scope="module")
def made(shared_session: SessionWith) -> SignalCli:
    """A session with something in it for every command."""
    return shared_session(*KINGDOM)


@pytest.fixture
def made_session(signalcli: SignalCli, made: SignalCli) -> SignalCli:
    """The session of ``made``, for one test alone."""
    copytree(made.session_path.parent, signalcli.session_path.parent)
    return signalcli


@pytest.fixture(scope="module")
def hostile(shared_session: SessionWith) -> SignalCli:
    """A session in which names and senders are hostile."""
    signalcli = shared_session()
    for text in HOSTILE:
        signalcli.ok("connect", typed(f"s{text}"), "echo", "--sender", typed(text))
    return signalcli


def overlapping(found: list[Text]) -> list[tuple[Text, Text]]:
    """The texts that reach into the next one of their row, with that one."""
    return [
        (one, other)
        for one, other in pairwise(found)
        if one.row == other.row and other.column < one.column + one.columns - 0.01
    ]


@pytest.mark.parametrize("line", DRAWING, ids=lambda line: line[:25])
def test_a_picture_shows_what_a_terminal_shows(made_session: SignalCli, line: str) -> None:
    """The very lines, in the very columns."""
    path = made_session.directory / "drawing.svg"
    words = shlex.split(line)

    shown = made_session(*words, "--save", path.name, environment={"COLUMNS": "100"})

    drawn = [row for row in printed(shown.stdout) if not row.startswith(SPOKEN)]
    assert shown.status in (0, 1), shown
    assert lines(path) == drawn or (drawn == [] and lines(path) == shown.stderr.splitlines()[:-1])
    assert fetched(path) == []
    assert shown.stderr.endswith(f"Saved {path.name}.\n")
    assert_is_title(title(path), shlex.join(["signalcli", *words]))


def assert_is_title(shown: str, command: str) -> None:
    """The command line but for the option; what is too long for the picture is cut."""
    beginning = shown.removesuffix("…")
    assert shown == command or (shown != beginning and command.startswith(beginning))


@pytest.mark.parametrize("columns", ["60", "100", "180"])
def test_hostile_text_is_shown_literally_and_in_its_columns(
    hostile: SignalCli, columns: str
) -> None:
    path = hostile.directory / f"{columns}.svg"

    shown = hostile("inspect", "--save", path.name, environment={"COLUMNS": columns})

    whole = "".join("".join(lines(path)).split())
    content = path.read_text(encoding="utf-8")
    assert lines(path) == printed(shown.stdout)
    assert UNSAFE.findall(content) == []
    assert "<script" not in content
    assert columns != "180" or [t for t in HOSTILE if "".join(escape(t).split()) not in whole] == []


def test_a_title_shows_hostile_text_literally(hostile: SignalCli) -> None:
    for number, text in enumerate(HOSTILE):
        path = hostile.directory / f"title{number}.svg"

        hostile.ok("explain", typed(f"s{text}"), typed(f"--sender={text}"), "--save", path.name)

        arguments = ["explain", f"s{text}", f"--sender={text}"]
        command = escape(" ".join(["signalcli", *map(shlex.quote, arguments)]))
        assert_is_title(title(path).replace(" ", ""), command.replace(" ", ""))
        assert (fetched(path), UNSAFE.findall(path.read_text(encoding="utf-8"))) == ([], [])


@pytest.mark.parametrize(
    "line", ["list", "inspect", f"send 巡山 '{WIDE}'"], ids=lambda line: line[:9]
)
@pytest.mark.parametrize("columns", ["80", "150"])
def test_wide_characters_have_two_columns_each(
    made_session: SignalCli, line: str, columns: str
) -> None:
    """Every text is as long as its columns, and the bars of a table stand below each other."""
    made_session(*shlex.split(line), "--save", "d.svg", environment={"COLUMNS": columns})

    found = texts(made_session.directory / "d.svg")
    assert [t for t in found if round(t.columns) != width(t.text)] == []
    assert [t for t in found if abs(t.column - round(t.column)) > 0.01] == []
    assert overlapping(found) == []
    drawn = "\n".join(svg_lines(made_session.directory / "d.svg"))
    assert tables(drawn) != []
    assert ragged(drawn) == []


def test_joined_emoji_stay_joined_and_overlap_nothing(session_with: SessionWith) -> None:
    """How wide a family is is disputed; here it is as wide as its table takes it for."""
    signalcli = session_with(f"define '{FAMILY * 3} ok'")

    shown = signalcli("list", "--save", "d.svg", environment={"COLUMNS": "100"})

    path = signalcli.directory / "d.svg"
    assert overlapping(texts(path)) == []
    assert path.read_text(encoding="utf-8").count(FAMILY) >= 3
    assert "".join("".join(lines(path)).split()) == "".join(shown.stdout.split())


def test_all_that_is_drawn_is_within_the_picture(made_session: SignalCli) -> None:
    made_session.ok("list", "--save", "d.svg")

    content = (made_session.directory / "d.svg").read_text(encoding="utf-8")
    box = re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', content)[0]
    clip = re.findall(
        r'clip-terminal">\n<rect x="0" y="0" width="([\d.]+)" height="([\d.]+)"', content
    )
    found = texts(made_session.directory / "d.svg")
    right = max(text.column + text.columns for text in found) * COLUMN
    below = max(text.row for text in found)
    assert right <= float(clip[0][0]) + 2 < float(box[0])
    assert below <= float(clip[0][1]) + 2 < float(box[1])


def test_without_a_width_it_folds_what_is_too_wide(signalcli: SignalCli) -> None:
    """What is piped is not folded; a picture has to fit on a page."""
    signalcli.ok("define", "king", "--doc", WIDE * 10)

    shown = signalcli.ok("list", "--save", "d.svg")

    rows = svg_lines(signalcli.directory / "d.svg")
    assert max(map(width, printed(shown.stdout))) > 400
    assert max(map(width, rows)) == 120
    assert "".join(re.findall("[大象]", "".join(rows))) == WIDE * 10


@pytest.mark.parametrize(
    "environment", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}, {"FORCE_COLOR": "1"}], ids=str
)
def test_a_picture_has_colour_whatever_the_terminal(
    made_session: SignalCli, environment: dict[str, str]
) -> None:
    made_session("send", "巡山", "--save", "d.svg", environment=environment)

    content = (made_session.directory / "d.svg").read_text(encoding="utf-8")
    assert len(set(re.findall(r"fill: (#\w+)", content))) > 2


@pytest.mark.parametrize("line", ["list", "graph", "inspect", "history"])
def test_a_picture_of_nothing_says_so(signalcli: SignalCli, line: str) -> None:
    shown = signalcli.ok(line, "--save", "d.svg")

    drawn = " ".join(" ".join(lines(signalcli.directory / "d.svg")).split())
    assert (shown.stdout, shown.stderr) == ("", f"{drawn}\nSaved d.svg.\n")


def test_json_is_alone_on_standard_output(made_session: SignalCli) -> None:
    alone = made_session.ok("inspect", "king", "--json")

    saved = made_session.ok("inspect", "king", "--json", "--save", "d.svg")

    assert (saved.stdout, saved.stderr) == (alone.stdout, "Saved d.svg.\n")
    assert "king" in lines(made_session.directory / "d.svg")[0]


def test_quiet_leaves_the_data(made_session: SignalCli) -> None:
    quiet = made_session.ok("list", "-q", "--save", "d.svg")

    assert (quiet.stderr, quiet.stdout) == ("", made_session.ok("list").stdout)
    assert (made_session.directory / "d.svg").exists()


def test_the_status_is_as_without_it(made_session: SignalCli) -> None:
    raised = made_session("send", "巡山", "--save", "d.svg")
    unheard = made_session("send", "empty", "--fail-unheard", "--save", "e.svg")

    assert (raised.status, unheard.status) == (1, 3)
    assert len(list(Path(made_session.directory).glob("*.svg"))) == 2


def test_watch_saves_what_came_before_control_c(made_session: SignalCli) -> None:
    with watching(made_session, "--full", "--save", "d.svg") as watcher:
        prepare(made_session, "send king 1; send king 2")
        shown = read_until(watcher.process.stdout, "╯", 2)
        ended = watcher.interrupt()

    assert (ended.status, ended.stderr) == (130, "Interrupted.\nSaved d.svg.\n")
    assert lines(made_session.directory / "d.svg") == printed(shown + ended.stdout)


def read_until(stream: IO[bytes] | None, text: str, times: int) -> str:
    """What a process writes, until it has written a text so often."""
    assert stream is not None
    read, deadline = b"", time.monotonic() + PATIENCE
    while read.count(text.encode()) < times:
        ready, _, _ = select.select([stream], [], [], deadline - time.monotonic())
        assert ready, read
        read += os.read(stream.fileno(), 65536)
    return read.decode()


def test_watch_that_saw_nothing_ends_as_without_it(made_session: SignalCli) -> None:
    alone = made_session("watch", "--timeout", "0.1")

    result = made_session("watch", "--timeout", "0.1", "--save", "d.svg")

    assert (result.status, result.stdout) == (1, "")
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith(alone.stderr)


def test_serve_saves_the_requests_that_came_before_control_c(made_session: SignalCli) -> None:
    with serving(made_session, "--save", "d.svg") as server:
        for path in ("/hello", "/missing", "/hello?<b>"):
            server.ask(path)
        when_written(server, lambda text: text.count("╯") == 3)
        ended = server.interrupt()

    drawn = [row for row in printed(ended.stdout) if not row.startswith(SPOKEN)]
    assert (ended.status, ended.stderr) == (130, "Interrupted.\nSaved d.svg.\n")
    assert [row for row in drawn if row.startswith("GET")] != []
    assert lines(made_session.directory / "d.svg") == drawn


def test_serve_saves_the_requests_when_it_ends(made_session: SignalCli) -> None:
    with serving(made_session, "--save", "d.svg", "--count", "2", "--json") as server:
        server.ask("/hello")
        timelines(server, 1)
        server.ask("/msg")
        ended = server.end()

    headings = [row for row in lines(made_session.directory / "d.svg") if row.startswith("GET")]
    assert (ended.status, ended.stderr) == (0, "Saved d.svg.\n")
    assert [heading.split(" → ")[0] for heading in headings] == ["GET /hello", "GET /msg"]
    assert len(ended.stdout.splitlines()) == 2
