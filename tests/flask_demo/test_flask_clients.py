"""``signalcli flask serve`` with clients and receivers that misbehave."""

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

from tests.support.cli import SessionWith, SignalCli
from tests.support.histories import documents
from tests.support.scenario import without
from tests.support.serving import HELLO, TALKING, Server, served, serving, when_written
from tests.support.timelines import FLASK, RUNG, SHORT, TEARDOWN, call_outputs, calls, order

pytestmark = pytest.mark.slow

RESET = struct.pack("ii", 1, 0)
"""A value of SO_LINGER with which closing a connection resets it."""


SENT = (
    b"",
    b"GET /msg?n=2",
    b"GET /msg?n=2 HTTP/1.1\r\nHost: x\r\n",
    b"POST /msg?n=2 HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc",
    b"GET /msg?n=2 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"nonsense\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000 + b"\r\n\r\n",
)


def leave(server: Server, sent: bytes, seconds: float = 0) -> None:
    """Send some bytes, and reset the connection after a time in seconds."""
    with closing(socket.create_connection(server.address)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.sendall(sent)
        time.sleep(seconds)


@pytest.mark.parametrize("sent", SENT, ids=lambda sent: str(sent[:25]))
def test_a_client_that_leaves_early_disturbs_no_other(talking: SignalCli, sent: bytes) -> None:
    with serving(talking, "--json") as server:
        leave(server, sent)
        answer = server.ask("/hello?n=1")
        when_written(server, lambda text: "/hello?n=1" in text)
        ended = server.interrupt()

    paths = [timeline["path"] for timeline in documents(ended.stdout)]
    assert (answer, ended.status, ended.stderr) == (HELLO, 130, "Interrupted.\n")
    assert [path for path in paths if path != "/msg?n=2"] == ["/hello?n=1"]


def test_a_client_that_does_not_wait_is_no_exception(session_with: SessionWith) -> None:
    """To the application, the request was answered."""
    signalcli = session_with(f"connect {FLASK} handlers.py:slow", handlers=TALKING)

    with serving(signalcli, "--json", "--count", "1") as server:
        leave(server, b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n", seconds=0.3)
        ended = server.end()

    (timeline,) = documents(ended.stdout)
    assert call_outputs(timeline) == [("handlers.py:slow", "returned", "slept\n")]
    assert (timeline["status"], timeline["error"], timeline["propagated"]) == (200, None, False)
    assert (ended.status, ended.stderr) == (0, "")


def test_a_response_is_closed_when_it_is_out(session_with: SessionWith) -> None:
    handlers = "def f(sender, response): response.call_on_close(lambda: print('closed'))"
    signalcli = session_with("connect flask/request-finished handlers.py:f", handlers=handlers)

    with serving(signalcli, "--count", "2") as server:
        server.ask("/hello")
        server.ask("/stream")
        ended = server.end()

    assert ended.stdout.splitlines().count("closed") == 2


def test_a_silent_client_keeps_no_other_waiting(signalcli: SignalCli) -> None:
    with serving(signalcli, "--json") as server, closing(socket.create_connection(server.address)):
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
    session_with: SessionWith, receiver: str, error: dict[str, str]
) -> None:
    signalcli = session_with(f"connect flask/msg {receiver}", handlers=TALKING)

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


def test_a_receiver_may_print_much(session_with: SessionWith) -> None:
    signalcli = session_with(f"connect {FLASK} handlers.py:much", handlers=TALKING)

    _, timelines = served(signalcli, *["/hello"] * 4, together=True)

    outputs = [calls(timeline)[0]["output"] for timeline in timelines]
    assert outputs == [("x" * 999 + "\n") * 1000] * 4


def test_what_a_receiver_prints_from_a_thread_is_its_own(session_with: SessionWith) -> None:
    """Coroutine functions print like this, since asgiref runs them in a thread for Flask."""
    signalcli = session_with(f"connect {FLASK} handlers.py:aside wechat", handlers=TALKING)

    _, (timeline,) = served(signalcli, "/hello")

    aside = ("handlers.py:aside", "returned", "aside\n")
    assert call_outputs(timeline) == [aside, ("wechat", "returned", RUNG)]


def test_what_a_client_sends_is_shown_literally(signalcli: SignalCli) -> None:
    path = b"/[red]\x1b[2J\xe2\x80\xae\xff\xe5\xa4\xa7%0A"
    with serving(signalcli) as server:
        with closing(socket.create_connection(server.address)) as connection:
            connection.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.recv(100)
        shown = when_written(server, lambda text: "╯\n" in text)

    assert shown.splitlines()[0].startswith(r"GET /[red]\x1b[2J\u202e\udcff大%0A → 404 Not Found")
    assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", shown) == []


# No change of the session, no other address.


def files_in(directory: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_the_session_stays_the_same_and_a_slip_is_noted(session_with: SessionWith) -> None:
    signalcli = session_with("connect flask/request-start wechat")
    before = files_in(signalcli.session_path.parent)

    with serving(signalcli, "--count", "1") as server:
        server.ask("/")
        ended = server.end()

    (slip,) = server.notes
    assert slip.startswith("Neither Flask nor the demo application sends flask/request-start.")
    assert "Did you mean 'flask/request-started'?" in slip
    assert files_in(signalcli.session_path.parent) == before
    assert (ended.status, server.address[0]) == (0, "127.0.0.1")
    assert json.dumps("叮咚") not in ended.stdout


def test_the_server_listens_on_this_machine_only(signalcli: SignalCli) -> None:
    with serving(signalcli) as server:
        port = server.address[1]
        tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
        texts = [table.read_text(encoding="ascii") for table in tables if table.exists()]

    rows = [row.split() for text in texts for row in text.splitlines()[1:]]
    listening = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
    assert listening in ([], [f"0100007F:{port:04X}"])
