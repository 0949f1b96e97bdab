"""What a person sees on a real terminal, and what a program gets through a real pipe."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from signalcli.cli.terminal import wrapped
from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.drawings import width
from tests.support.histories import table
from tests.support.questions import ADVICE, questions, signals_of
from tests.support.terminal import Screen, on_terminal, terminal

pytestmark = pytest.mark.slow

WIDE = "大象" * 40
MIXED = "大x象🐘e\u0301" * 30
BARS = set("│╭╮├┤╰╯┬┼┴")
EDGES = set("╭│├╰")
"""What a line of a table starts with."""
COLOR = re.compile(r"\x1b\[[\d;]*m")

LOOKING = [
    *("list", "inspect", f"inspect 巡山 --sender {MIXED}", f"send 巡山 {WIDE} key={MIXED}"),
    *(f"send king {MIXED}", "receivers", "session list"),
]
looking = pytest.mark.parametrize("line", LOOKING, ids=lambda line: line[:15])


@pytest.fixture(scope="module")
def wide_session(shared_session: SessionWith) -> SignalCli:
    """A session with more in it than fits on a line."""
    return shared_session(
        f"define 巡山 --doc {MIXED}; connect 巡山 echo --sender {WIDE} --sender {MIXED}",
        f"connect 巡山 failing --sender {WIDE} --strong; connect 巡山 strict --sender {WIDE}",
        "connect 巡山 animal --sender 狮子; connect king animal --sender 大象",
    )


def tables(text: str) -> list[list[str]]:
    """The lines of each table."""
    found: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("╭"):
            found.append([])
        if line[:1] in EDGES:
            found[-1].append(line)
    return found


def bars(line: str) -> list[int]:
    """The columns in which the bars of a table's line stand."""
    return [width(line[:index]) for index, bar in enumerate(line) if bar in BARS]


def content(text: str) -> list[str]:
    """What is written outside of tables, and then the characters in each of their bodies.

    Numbers aside: those of two runs differ. A column may move below another.
    """
    found = ["".join(line for line in text.splitlines() if line[:1] not in EDGES)]
    for lines in tables(text):
        body = lines[next(place for place, line in enumerate(lines) if line[0] == "├") :]
        texts = "".join(body).translate(dict.fromkeys(map(ord, BARS | {"─"})))
        found.append("".join(sorted(texts)))
    return [re.sub(r"[\s\d.]", "", part) for part in found]


def ragged(text: str) -> list[list[str]]:
    """The tables whose bars don't line up."""
    return [lines for lines in tables(text) if len({*map(tuple, map(bars, lines))}) > 1]


def widths(text: str) -> set[int]:
    """The columns of the lines, colours aside."""
    return {width(line) for line in COLOR.sub("", text).splitlines()}


@pytest.mark.parametrize("columns", [80, 120])
@looking
def test_on_a_terminal_everything_fits_lines_up_and_nothing_is_cut(
    wide_session: SignalCli, line: str, columns: int
) -> None:
    piped = wide_session(*line.split()).stdout

    shown = on_terminal(
        wide_session, *line.split(), columns=columns, environment={"NO_COLOR": "1"}
    ).text

    assert max(widths(shown)) <= columns
    assert ragged(shown) == []
    assert content(shown) == content(piped)
    assert "…" not in shown


@looking
def test_a_piped_table_is_neither_cut_nor_wrapped(wide_session: SignalCli, line: str) -> None:
    """Every row is a line: those of a table with a long cell are as long as it needs."""
    piped = wide_session(*line.split()).stdout

    lines = {words: line for line in piped.splitlines() for words in (WIDE, MIXED) if words in line}
    assert set(lines) >= {words for words in (WIDE, MIXED) if words in line.split()}
    assert ragged(piped) == []
    assert "\x1b" not in piped
    assert "…" not in piped


def test_a_piped_list_has_a_line_for_every_signal(wide_session: SignalCli) -> None:
    assert table(wide_session("list").stdout) == [
        ["signal", "kind", "receivers", "connections", "names of receivers", "doc"],
        ["巡山", "named", "4", "5", "echo, failing, strict, animal", MIXED],
        ["king", "named", "1", "1", "animal", ""],
    ]


FORCED_ON_DUMB = {"FORCE_COLOR": "1", "TERM": "dumb"}


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}, FORCED_ON_DUMB], ids=str)
@pytest.mark.parametrize("columns", [60, 200])
@pytest.mark.parametrize("piped", [True, False], ids=["piped", "on a terminal"])
def test_an_explicit_width_wins(
    wide_session: SignalCli, piped: bool, columns: int, environment: dict[str, str]
) -> None:
    environment = {"COLUMNS": str(columns), **environment}

    if piped:
        shown = wide_session("list", environment=environment).stdout
    else:
        shown = on_terminal(wide_session, "list", environment=environment).text

    assert widths(shown) == {columns}


@pytest.mark.parametrize("columns", ["", "0", "-1", "wide"])
def test_a_width_that_is_none_does_not_count(wide_session: SignalCli, columns: str) -> None:
    natural = wide_session("list").stdout

    piped = wide_session("list", environment={"COLUMNS": columns}).stdout
    shown = on_terminal(wide_session, "list", columns=90, environment={"COLUMNS": columns}).text

    assert (piped, widths(shown)) == (natural, {90})


def test_a_terminal_without_a_known_width_has_80_columns(wide_session: SignalCli) -> None:
    assert widths(on_terminal(wide_session, "list", columns=0).text) == {80}


BOTH = {"NO_COLOR": "1", "FORCE_COLOR": "1"}


@pytest.mark.parametrize("line", ["list", "mute kng kng"], ids=["table", "error"])
@pytest.mark.parametrize(
    ("environment", "piped", "shown"),
    [
        ({}, False, True),
        ({"TERM": "dumb"}, False, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, False, True),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": ""}, False, True),
        (FORCED_ON_DUMB, True, True),
        (BOTH, False, False),
        ({**BOTH, "TERM": "dumb"}, False, False),
    ],
    ids=str,
)
def test_colour_is_for_terminals_unless_the_environment_decides(
    wide_session: SignalCli, line: str, environment: dict[str, str], piped: bool, shown: bool
) -> None:
    plain = wide_session(*line.split(), environment={"COLUMNS": "80"})

    environment = {"COLUMNS": "80", **environment}
    through_pipe = wide_session(*line.split(), environment=environment)
    on_screen = on_terminal(wide_session, *line.split(), environment=environment)

    texts = [through_pipe.stdout + through_pipe.stderr, on_screen.text]
    assert ["\x1b" in text for text in texts] == [piped, shown]
    assert [COLOR.sub("", text) for text in texts] == [plain.stdout + plain.stderr] * 2


@pytest.mark.parametrize("line", ["list --json", "session path", "completion bash", "list --help"])
def test_what_programs_read_never_has_colour(wide_session: SignalCli, line: str) -> None:
    forced = wide_session(*line.split(), environment={"FORCE_COLOR": "1"})

    assert forced == wide_session(*line.split())
    assert "\x1b" not in forced.stdout


PATROL = "小钻风：大象大王有令！大王回来了，我这就去巡山。"


def test_what_a_receiver_prints_comes_before_the_table(wide_session: SignalCli) -> None:
    piped = wide_session("send", "king", "大象").stdout.splitlines()
    shown = on_terminal(wide_session, "send", "king", "大象", environment={"NO_COLOR": "1"}).text

    assert piped[:2] == [PATROL, "king ← 大象"]
    assert shown.splitlines()[:2] == [PATROL, "king ← 大象"]


def test_on_a_terminal_a_json_document_is_indented_coloured_and_alone(
    wide_session: SignalCli,
) -> None:
    """It contains what a receiver prints."""
    colored = on_terminal(wide_session, "send", "king", "大象", "--json")

    shown = Screen(colored.status, COLOR.sub("", colored.text))
    document = json.loads(shown.text)
    assert '\x1b[36m"signal"\x1b[0m: \x1b[32m"king"\x1b[0m,' in colored.text
    assert "\x1b[33mfalse\x1b[0m" in colored.text
    assert [call["output"] for call in document["calls"]] == [f"{PATROL}\n"]
    assert shown == Screen(0, json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def test_quiet_leaves_the_data(wide_session: SignalCli) -> None:
    loud, quiet = (wide_session("inspect", "king", *options) for options in ([], ["--quiet"]))

    assert quiet == loud
    assert quiet.stdout != ""


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["table", "JSON"])
def test_a_receiver_that_raises_is_data(wide_session: SignalCli, options: list[str]) -> None:
    sent = wide_session("send", "巡山", WIDE, *options)

    assert (sent.status, sent.stderr) == (1, "")
    assert "小钻风在山里迷了路" in sent.stdout


# Pipes without a reader, and disks that are full.

WRITING = [
    *("--help", "--version", "send --help", "list", "list --json", "inspect", "receivers"),
    *("session path", "completion bash", "send king 大象", "send king 大象 --json"),
    f"send king 大象 long={'x' * 20_000}",
]
writing = pytest.mark.parametrize("line", WRITING, ids=lambda line: line[:25])
buffering = pytest.mark.parametrize(
    "environment", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["buffered", "unbuffered"]
)


@contextmanager
def closed_pipe() -> Iterator[int]:
    """The end to write to of a pipe without a reader."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        yield writing
    finally:
        os.close(writing)


@buffering
@writing
def test_a_pipe_without_a_reader_ends_silently(
    wide_session: SignalCli, line: str, environment: dict[str, str]
) -> None:
    with closed_pipe() as stdout:
        ended = wide_session(*line.split(), environment=environment, stdout=stdout)

    assert ended == Result(141, "", "")


@pytest.mark.parametrize(
    "line", ["list", "send kng", "list --nonsense", "list --session broken.json", "reset"]
)
def test_a_pipe_for_both_without_a_reader_ends_in_141(wide_session: SignalCli, line: str) -> None:
    """As in ``signalcli … 2>&1 | head``."""
    wide_session.write("broken.json", "{")

    with closed_pipe() as both:
        assert wide_session(*line.split(), stdout=both, stderr=both).status == 141


@pytest.mark.parametrize("options", ["", "--json"], ids=["table", "JSON"])
@pytest.mark.parametrize("command", ["list", "inspect"])
def test_a_reader_that_leaves_in_the_middle_ends_it_silently(
    signalcli: SignalCli, command: str, options: str
) -> None:
    document = {"version": 1, "signals": {f"signal {number}": {} for number in range(5000)}}
    signalcli.write("many.json", json.dumps(document))

    with signalcli.piped(f"{command} --session many.json {options}") as process:
        first = process.stdout.read(1)
        process.stdout.close()
        complaints = process.stderr.read()

    assert (process.returncode, complaints) == (141, b"")
    assert first != b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@buffering
@writing
def test_a_full_disk_is_reported(
    wide_session: SignalCli, line: str, environment: dict[str, str]
) -> None:
    with open("/dev/full", "wb") as full:
        ended = wide_session(*line.split(), environment=environment, stdout=full)

    reason = os.strerror(errno.ENOSPC)
    assert ended == Result(4, "", f"Error: Standard output can't be written: {reason}.\n")


def test_control_c_ends_a_send(session_with: SessionWith) -> None:
    """What the receiver printed was on the screen by then: it is shown as it comes."""
    signalcli = session_with("connect king sleepy")

    with terminal(signalcli, "send", "king") as started:
        started.wait_for("瞌睡虫：呼……让我再睡半秒。")
        ended = started.interrupt()

    assert ended.status == 130
    assert ended.text.endswith("Interrupted.\n")
    assert "Traceback" not in ended.text
    assert "╭" not in ended.text


def test_an_interrupt_leaves_standard_output_empty(session_with: SessionWith) -> None:
    """Here, while a payload is read that never ends."""
    signalcli = session_with("define king")
    fifo = signalcli.directory / "fifo"
    os.mkfifo(fifo)

    with signalcli.piped("send king k=@fifo --json") as process:
        descriptor = writing_end(fifo, process)
        interrupt(process)
        written = process.communicate()
        os.close(descriptor)

    assert (process.returncode, *written) == (130, b"", b"Interrupted.\n")


def writing_end(fifo: Path, process: subprocess.Popen[bytes]) -> int:
    """A descriptor to write to a FIFO, as soon as a process has opened it for reading."""
    while True:
        try:
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            assert (error.errno, process.poll()) == (errno.ENXIO, None)
            time.sleep(0.01)


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """Send SIGINT until it is heard: one that comes just before Python begins to wait is lost."""
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(2)


DONE = {
    "reset": "Removed 1 signal from session 'default'.\nUndo brings it back: signalcli undo",
    "session delete default": "Deleted session 'default'.",
    "session copy moon default": "Copied session 'moon' to session 'default'.",
}


@questions
@pytest.mark.parametrize(("keys", "agreed"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_what_destroys_asks_on_a_terminal(
    two_sessions: SignalCli, line: str, question: str, keys: str, agreed: bool
) -> None:
    with terminal(two_sessions, *line.split()) as started:
        started.wait_for(f"{question} [y/N] ")
        started.type(keys)
        ended = started.end()

    message = DONE[line] if agreed else "Nothing was done."
    assert ended == Screen(0 if agreed else 1, f"{question} [y/N] {keys}{message}\n")
    assert ("king" in signals_of(two_sessions, "default")) != agreed


@questions
def test_control_c_at_a_question_is_a_no(two_sessions: SignalCli, line: str, question: str) -> None:
    with terminal(two_sessions, *line.split()) as started:
        started.wait_for(f"{question} [y/N] ")
        ended = started.interrupt()

    assert ended.status == 130
    assert ended.text.endswith("Interrupted.\n")
    assert "Traceback" not in ended.text
    assert signals_of(two_sessions, "default") == ["king"]


@questions
@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 1)])
def test_a_question_leaves_standard_output_to_the_data(
    two_sessions: SignalCli, line: str, question: str, answer: str, status: int
) -> None:
    """As in ``signalcli reset --json > reset.json``."""
    path = two_sessions.directory / "stdout"
    with (
        path.open("wb") as file,
        terminal(two_sessions, *line.split(), "--json", stdout=file.fileno()) as started,
    ):
        started.wait_for(f"{question} [y/N] ")
        started.type(f"{answer}\n")
        ended = started.end()

    written = path.read_text()
    assert ended.status == status
    assert written == (json.dumps(json.loads(written)) + "\n" if answer == "y" else "")


@questions
@pytest.mark.parametrize("stdin", ["< /dev/null", "<&-"], ids=["of nothing", "closed"])
def test_there_is_no_question_without_a_terminal(
    two_sessions: SignalCli, line: str, question: str, stdin: str
) -> None:
    shell = ["sh", "-c", f'"$@" {stdin}', "sh"]

    result = two_sessions(command=[*shell, *two_sessions.command(line.split())])

    assert result == Result(2, "", f"Error: {question} {ADVICE}\n")
    assert signals_of(two_sessions, "default") == ["king"]


def test_a_question_shows_a_hostile_name_literally(signalcli: SignalCli) -> None:
    session = "[red]\x1b[2J\r\u202e大象"
    signalcli.ok("define", "king", "--session", session)

    with terminal(signalcli, "reset", "--session", session) as started:
        started.wait_for("[y/N] ")
        started.type("n\n")
        ended = started.end()

    name = r"[red]\x1b[2J\r\u202e大象"
    question = f"This removes every signal of session '{name}'. Remove them?"
    assert ended == Screen(1, f"{question} [y/N] n\nNothing was done.\n")


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("✓ defined  shop.py:3", ["✓ defined  shop.py:3"]),
        (
            "✗ connected   to ordered, sender 大象, at shop.py:31",
            [
                "✗ connected   to ordered,",
                "              sender 大象, at",
                "              shop.py:31",
            ],
        ),
        (
            "              shop.py:31 connects it",
            ["              shop.py:31", "              connects it"],
        ),
        ("shop.py:31: error: a receiver died", ["shop.py:31: error: a receiver", "  died"]),
        ("x" * 40 + " y", ["x" * 40, "  y"]),
        (
            "Next, as in: signalcli send king 大象 order=巡山, or not",
            ["Next, as in:", "  signalcli send king 大象 order=巡山,", "  or not"],
        ),
        (
            """Try: signalcli send king team:='["a, b", "c. d"]', or not""",
            ["Try:", """  signalcli send king team:='["a, b", "c. d"]',""", "  or not"],
        ),
        ("查看全部：signalcli list --all", ["查看全部：signalcli list --all"]),
        ("要查看全部：signalcli list --all", ["要查看全部：", "  signalcli list --all"]),
    ],
)
def test_a_line_is_broken_at_spaces(line: str, lines: list[str]) -> None:
    assert wrapped(line, 30).splitlines() == lines


@pytest.mark.parametrize("columns", [40, 60])
def test_a_long_error_is_broken_between_words_and_its_command_is_not(
    signalcli: SignalCli, columns: int
) -> None:
    words = ["why", "animal", "--session", "mountain"]
    signalcli.ok("define", "king", "--session", "mountain", "--quiet")
    piped = signalcli(*words, "x")
    assert piped.stderr.count("\n") == 1

    shown = on_terminal(signalcli, *words, "x", columns=columns)

    lines = COLOR.sub("", shown.text).splitlines()
    assert " ".join(line.strip() for line in lines) == piped.stderr.strip()
    assert lines[-1].strip() == "signalcli --session mountain why animal --signal king"
    assert all(len(line) <= columns for line in lines[:-1])


def test_a_long_error_is_red_up_to_its_colon_only(signalcli: SignalCli) -> None:
    shown = on_terminal(signalcli, "send", "kng", columns=30)

    assert shown.text.startswith("\x1b[1;31mError:\x1b[0m No signal 'kng' in\n  session 'default'.")
