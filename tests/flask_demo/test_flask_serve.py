"""``signalcli flask serve``: a real server on loopback, and a timeline of each request."""

from __future__ import annotations

import http.client
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.histories import documents
from tests.support.plain_flask import Answered, Asked, ask
from tests.support.scenario import prepare, without
from tests.support.serving import (
    AT_ONCE,
    HELLO,
    PATIENCE,
    Server,
    at_once,
    served,
    serving,
    timelines,
    when_written,
)
from tests.support.terminal import terminal
from tests.support.timelines import (
    FLASK,
    RUNG,
    SHORT,
    TEARDOWN,
    call_outputs,
    calls,
    order,
    payload_keys,
)

pytestmark = pytest.mark.slow

ROUTES = ("/", "/hello", "/msg", "/raises", "/missing", "/stream", "/nowhere")


@pytest.fixture(scope="module")
def plain() -> dict[str, Answered]:
    """What plain Flask does, by path."""
    return dict(zip(ROUTES, ask(*map(Asked, ROUTES)), strict=True))


@pytest.mark.parametrize("path", ROUTES)
def test_a_request_over_a_socket_is_as_one_in_plain_flask(
    signalcli: SignalCli, plain: dict[str, Answered], path: str
) -> None:
    (answer,), (timeline,) = served(signalcli, path)

    expected = plain[path]
    same = path in ("/hello", "/msg", "/raises", "/missing", "/nowhere")
    assert answer.status == timeline["status"] == expected.status
    assert (order(timeline), payload_keys(timeline)) == (expected.order, expected.keys)
    assert answer.body == expected.body or not same
    assert (timeline["method"], timeline["path"], timeline["propagated"]) == ("GET", path, False)


def test_a_request_is_shown_alike_with_and_without_a_server(session_with: SessionWith) -> None:
    signalcli = session_with(f"connect {FLASK} wechat; connect flask/msg failing")
    _, (over_a_socket,) = served(signalcli, "/msg")

    requested = signalcli("flask", "request", "/msg", "--json").json

    times = ("seconds", "started", "body")
    assert without(over_a_socket, *times) == without(requested, *times)


def test_the_receiver_prints_first_and_the_table_comes_at_once(session_with: SessionWith) -> None:
    with serving(session_with(f"connect {FLASK} wechat")) as server:
        answer = server.ask("/hello")
        shown = when_written(server, lambda text: text.endswith("╯\n"))
        ended = server.interrupt()

    lines = shown.splitlines()
    assert answer == HELLO
    assert f"{lines[0]}\n" == RUNG
    assert re.fullmatch(r"GET /hello → 200 OK  in [\d.]+ ms  sender <Flask 'demo'>", lines[1])
    assert any("● wechat → 微信已提醒" in line for line in lines)
    assert ended == Result(130, shown, "Interrupted.\n")


@pytest.mark.parametrize(
    ("path", "order_of_signals", "propagated"),
    [
        ("/raises", [*SHORT, "got-request-exception", *TEARDOWN], True),
        ("/missing", [*SHORT, "request-finished", *TEARDOWN], False),
    ],
)
def test_under_testing_a_views_exception_comes_out(
    signalcli: SignalCli, path: str, order_of_signals: list[str], propagated: bool
) -> None:
    (answer,), (timeline,) = served(signalcli, path, options=["--testing"])

    error = {"type": "RuntimeError", "message": "洞主不在家"} if propagated else None
    assert (order(timeline), timeline["propagated"]) == (order_of_signals, propagated)
    assert without(timeline["error"], "where") == error
    assert answer.status == timeline["status"] == (500 if propagated else 404)


def test_requests_at_once_keep_apart(talking: SignalCli, plain: dict[str, Answered]) -> None:
    """No signal is missing, and none is in the timeline of another request."""
    paths = [f"{ROUTES[n % len(ROUTES)]}?n={n}" for n in range(200)]

    answers, seen = served(talking, *paths, together=True)

    by_path = {timeline["path"]: timeline for timeline in seen}
    assert sorted(timeline["path"] for timeline in seen) == sorted(paths)
    assert [answer.status for answer in answers] == [by_path[path]["status"] for path in paths]
    for number, path in enumerate(paths):
        timeline, route = by_path[path], ROUTES[number % len(ROUTES)]
        expected = [f"flask/{name}" for name in plain[route].order]
        message = [("handlers.py:who", "returned", f"you are {path}\ngoodbye\n")]
        sent = [event["signal"] for event in timeline["events"]]
        assert sent == [*expected[:2], "news", *expected[2:]]
        assert [e["depth"] for e in timeline["events"]] == [0, 0, 1] + [0] * len(expected[2:])
        assert call_outputs(timeline) == message
        assert call_outputs(timeline, "news") == [
            ("handlers.py:on_news", "returned", f"news {number}\n")
        ]
        assert [c["value"] for c in calls(timeline)] == [path]
        assert [c["value"] for c in calls(timeline, "news")] == [number]
        assert timeline["events"][2]["sender"] == path


def test_requests_really_overlap(session_with: SessionWith) -> None:
    signalcli = session_with(f"connect {FLASK} sleepy")

    with serving(signalcli, "--json", "--count", f"{AT_ONCE}") as server:
        began = time.monotonic()
        at_once(server, ["/hello"] * AT_ONCE)
        took = time.monotonic() - began
        ended = server.end()

    slept = [calls(timeline)[0]["outcome"] for timeline in documents(ended.stdout)]
    seconds = [t["events"][1]["calls"][0]["seconds"] for t in documents(ended.stdout)]
    assert slept == ["returned"] * AT_ONCE
    assert min(seconds) > 0.49
    assert took < AT_ONCE * 0.5 / 2


def test_for_a_person_lines_stay_whole_and_tables_apart(talking: SignalCli) -> None:
    with serving(talking, "--count", "40") as server:
        at_once(server, [f"/hello?n={number}" for number in range(40)])
        ended = server.end()

    table = False
    printed, drawn = [], []
    for line in ended.stdout.splitlines():
        table = (table or line.startswith("╭")) and not line.startswith("╰")
        if not table and not line.startswith(("GET", "╰")):
            printed.append(line)
        if line.startswith(("GET", "│ flask/request-started", "╭", "╰")):
            drawn.append(line[:3])
    message = [f"you are /hello?n={n}" for n in range(40)] + [f"news {n}" for n in range(40)]
    assert sorted(printed) == sorted([*message, *["goodbye"] * 40])
    assert drawn == ["GET", "╭──", "│ f", "╰──"] * 40


def test_control_c_ends_it_while_requests_are_under_way(talking: SignalCli) -> None:
    prepare(talking, "connect flask/msg handlers.py:slow")
    with (
        serving(talking, "--json") as server,
        closing(socket.create_connection(server.address)) as connection,
    ):
        server.ask("/hello?n=1")
        connection.sendall(b"GET /msg?n=2 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        ended = server.interrupt()

    assert (ended.status, ended.stderr) == (130, "Interrupted.\n")
    assert [timeline["path"] for timeline in documents(ended.stdout)] == ["/hello?n=1"]


def test_control_c_ends_it_before_any_request(signalcli: SignalCli) -> None:
    with serving(signalcli) as server:
        ended = server.interrupt()

    assert ended == Result(130, "", "Interrupted.\n")


def test_serve_ends_after_so_many_requests(signalcli: SignalCli) -> None:
    with serving(signalcli, "--json", "--count", "2") as server:
        first = server.ask("/hello")
        running = (len(timelines(server, 1)), server.process.poll())
        second = server.ask("/msg")
        ended = server.end()

    assert (first, running, second.body) == (HELLO, (1, None), "message sent")
    assert (ended.status, ended.stderr) == (0, "")
    assert [timeline["path"] for timeline in documents(ended.stdout)] == ["/hello", "/msg"]


def test_of_many_requests_it_shows_no_more_than_so_many(signalcli: SignalCli) -> None:
    def try_to_ask(server: Server) -> None:
        try:
            server.ask("/hello")
        except (OSError, http.client.HTTPException):  # it ended meanwhile
            return

    with serving(signalcli, "--json", "--count", "3") as server:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(try_to_ask, [server] * 24))
        ended = server.end()

    assert (ended.status, len(documents(ended.stdout)), ended.stderr) == (0, 3, "")


def test_a_port_that_is_taken_is_one_sentence(signalcli: SignalCli) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        error = signalcli.refused(f"flask serve --port {port}")

    sentence = "can't be used: Address already in use. To use any free port: --port 0"
    assert error == f"Port {port} of 127.0.0.1 {sentence}"


@pytest.mark.parametrize(
    "line", ["--port 65536", "--port -1", "--port x", "--count 0", "--count", "/hello"]
)
def test_bad_usage_is_one_sentence(signalcli: SignalCli, line: str) -> None:
    assert signalcli.refused(f"flask serve {line}") != ""


@pytest.mark.parametrize("options", ["--json", ""], ids=["JSON", "table"])
def test_a_pipe_without_a_reader_ends_it(signalcli: SignalCli, options: str) -> None:
    prepare(signalcli, f"connect {FLASK} wechat")

    with signalcli.piped(f"flask serve --port 0 {options}") as process:
        ready = process.stderr.readline().decode()
        process.stdout.close()
        host, port = ready.split("/")[2].split(":")
        with closing(http.client.HTTPConnection(host, int(port), timeout=PATIENCE)) as connection:
            connection.request("GET", "/hello")
            answered = connection.getresponse().status
        status = process.wait(PATIENCE)
        complaints = process.stderr.read()

    assert (answered, status, complaints) == (200, 141, b"")


def test_on_a_terminal_each_request_is_shown_live(signalcli: SignalCli) -> None:
    prepare(signalcli, f"connect {FLASK} wechat")
    with terminal(
        signalcli, "flask", "serve", "--port", "0", environment={"NO_COLOR": "1"}
    ) as started:
        started.wait_for("Ctrl-C ends it.")
        port = int(re.findall(r":(\d+)/", started._text)[0])
        with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
            connection.request("GET", "/hello")
            connection.getresponse().read()
        started.wait_for("╯")
        ended = started.interrupt()

    lines = ended.text.splitlines()
    assert lines[0] == f"Serving on http://127.0.0.1:{port}/ Ctrl-C ends it."
    assert f"{lines[1]}\n" == RUNG
    assert max(map(len, lines)) <= 80
    assert (ended.status, lines[-1].endswith("Interrupted.")) == (130, True)
