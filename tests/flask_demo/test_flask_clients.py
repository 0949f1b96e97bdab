"""``signalcli flask serve`` with clients and receivers that misbehave, and what stays as it was."""

from __future__ import annotations

import http.client
import json
import re
import socket
import struct
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import SignalCli
from tests.support.scenario import prepare, without
from tests.support.serving import HELLO, TALKING, at_once, documents, serving, when_written
from tests.support.timelines import FLASK, RUNG, calls, handlers, order, told

SHORT = ["appcontext-pushed", "request-started"]
TEARDOWN = ["request-tearing-down", "appcontext-tearing-down", "appcontext-popped"]
RESET = struct.pack("ii", 1, 0)
"""With this as SO_LINGER, to close a connection is to reset it."""


@pytest.fixture
def talking(signalcli: SignalCli) -> SignalCli:
    """Each request is told to two receivers, the second by a send of the first."""
    handlers(signalcli, TALKING)
    prepare(signalcli, f"connect {FLASK} handlers.py:who", "connect news handlers.py:on_news")
    return signalcli


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /msg?n=2",
        b"GET /msg?n=2 HTTP/1.1\r\nHost: x\r\n",
        b"POST /msg?n=2 HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc",
        b"GET /msg?n=2 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000 + b"\r\n\r\n",
    ],
    ids=lambda sent: str(sent[:25]),
)
def test_a_client_that_leaves_in_the_middle_disturbs_nobody(
    talking: SignalCli, sent: bytes
) -> None:
    with serving(talking, "--json") as server:
        with closing(socket.create_connection(server.address)) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            connection.sendall(sent)
        answer = server.ask("/hello?n=1")
        when_written(server, lambda text: "/hello?n=1" in text)
        ended = server.interrupt()

    paths = [timeline["path"] for timeline in documents(ended.stdout)]
    assert (answer, ended.status, ended.stderr) == (HELLO, 130, "Interrupted.\n")
    assert [path for path in paths if path != "/msg?n=2"] == ["/hello?n=1"]


def test_a_client_that_does_not_wait_for_the_answer_is_no_exception(signalcli: SignalCli) -> None:
    """The application has answered, as far as it can tell."""
    handlers(signalcli, TALKING)
    prepare(signalcli, f"connect {FLASK} handlers.py:slow")

    with serving(signalcli, "--json", "--count", "1") as server:
        with closing(socket.create_connection(server.address)) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            connection.sendall(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(0.3)
        ended = server.end()

    (timeline,) = documents(ended.stdout)
    assert told(timeline) == [("handlers.py:slow", "returned", "slept\n")]
    assert (timeline["status"], timeline["error"], timeline["propagated"]) == (200, None, False)
    assert (ended.status, ended.stderr) == (0, "")


def test_a_response_is_closed_when_it_is_out(signalcli: SignalCli) -> None:
    handlers(
        signalcli,
        "def closing(sender, response, **payload):\n"
        "    response.call_on_close(lambda: print('closed'))\n",
    )
    prepare(signalcli, "connect flask/request-finished handlers.py:closing")

    with serving(signalcli, "--count", "2") as server:
        server.ask("/hello")
        server.ask("/stream")
        ended = server.end()

    assert ended.stdout.splitlines().count("closed") == 2


def test_a_client_that_says_nothing_keeps_nobody_waiting(signalcli: SignalCli) -> None:
    with (
        serving(signalcli, "--json") as server,
        closing(socket.create_connection(server.address)),
    ):
        answer = server.ask("/hello")
        ended = server.interrupt()

    assert (answer, ended.status) == (HELLO, 130)


@pytest.mark.parametrize(
    ("receiver", "error"),
    [
        ("handlers.py:leave", {"type": "SystemExit", "message": "3"}),
        ("handlers.py:gone", {"type": "Gone", "message": "away"}),
    ],
)
def test_a_receiver_that_ends_its_thread_leaves_the_server_alone(
    signalcli: SignalCli, receiver: str, error: dict[str, str]
) -> None:
    handlers(signalcli, TALKING)
    prepare(signalcli, f"connect flask/msg {receiver}")

    with serving(signalcli, "--json", "--count", "2") as server:
        with pytest.raises((http.client.HTTPException, OSError)):
            server.ask("/msg")
        answer = server.ask("/hello")
        ended = server.end()

    broken, whole = documents(ended.stdout)
    assert answer == HELLO
    assert (without(broken["error"], "where"), broken["propagated"]) == (error, True)
    assert order(broken) == [*SHORT, "msg", *TEARDOWN]
    assert order(whole) == [*SHORT, "request-finished", *TEARDOWN]
    assert (ended.status, ended.stderr) == (0, "")


def test_a_receiver_may_print_much(signalcli: SignalCli) -> None:
    handlers(signalcli, TALKING)
    prepare(signalcli, f"connect {FLASK} handlers.py:much")

    with serving(signalcli, "--json", "--count", "4") as server:
        at_once(server, ["/hello"] * 4)
        ended = server.end()

    outputs = [calls(timeline)[0]["output"] for timeline in documents(ended.stdout)]
    assert outputs == [("x" * 999 + "\n") * 1000] * 4


def test_what_a_receiver_prints_from_a_thread_with_its_context_is_its_own(
    signalcli: SignalCli,
) -> None:
    """So do coroutine functions print, which asgiref runs in a thread for Flask."""
    handlers(signalcli, TALKING)
    prepare(signalcli, f"connect {FLASK} handlers.py:aside", f"connect {FLASK} wechat")

    with serving(signalcli, "--json", "--count", "1") as server:
        server.ask("/hello")
        (timeline,) = documents(server.end().stdout)

    assert told(timeline) == [
        ("handlers.py:aside", "returned", "aside\n"),
        ("wechat", "returned", RUNG),
    ]


def test_what_a_client_sends_is_shown_literally(signalcli: SignalCli) -> None:
    path = b"/[red]\x1b[2J\xe2\x80\xae\xff\xe5\xa4\xa7%0A"
    with serving(signalcli) as server:
        with closing(socket.create_connection(server.address)) as connection:
            connection.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.recv(100)
        shown = when_written(server, lambda text: "╯\n" in text)

    heading = shown.splitlines()[0]
    assert heading.startswith(r"GET /[red]\x1b[2J\u202e\udcff大%0A → 404 Not Found")
    assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", shown) == []


# What stays as it was.


def test_nothing_of_the_session_changes_and_a_slip_is_told(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect flask/request-start wechat")
    folder = signalcli.session_path.parent
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    with serving(signalcli, "--count", "1") as server:
        server.ask("/")
        ended = server.end()

    (slip,) = server.notes
    assert slip.startswith("flask/request-start is no signal of Flask's")
    assert "Did you mean 'flask/request-started'?" in slip
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert (ended.status, server.address[0]) == (0, "127.0.0.1")
    assert json.dumps("叮咚") not in ended.stdout


def test_it_listens_on_this_machine_only(signalcli: SignalCli) -> None:
    with serving(signalcli) as server:
        port = server.address[1]
        tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
        rows = [row.split() for table in tables if table.exists() for row in rows_of(table)]

    listening = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
    assert listening in ([], [f"0100007F:{port:04X}"])


def rows_of(table: Path) -> list[str]:
    """The sockets that Linux tells of."""
    return table.read_text(encoding="ascii").splitlines()[1:]
