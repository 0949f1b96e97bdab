"""``signalcli flask request``: one request, with its signals in the order of plain Flask."""

from __future__ import annotations

import re
import shlex
from importlib.util import find_spec
from typing import Any

import pytest

from signalcli.text import escape
from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.plain_flask import TEN, Answered, Asked, ask
from tests.support.scenario import without
from tests.support.timelines import (
    FLASK,
    RUNG,
    SHORT,
    TEARDOWN,
    call_outputs,
    calls,
    order,
    payload_keys,
    reasons,
    request,
)
from tests.test_hostile_text import hostile, safe, typed

pytestmark = pytest.mark.slow

PATHS = ("/", "/hello", "/msg", "/raises", "/missing", "/nowhere", "/stream")
ROUTES = [Asked(path, testing) for path in PATHS for testing in (False, True)]
FAILURES = [
    Asked("/raises" if name == "got-request-exception" else "/", testing, name)
    for name in TEN
    for testing in (False, True)
]
COROUTINE = Asked("/hello", coroutine="request-started")

PAGE = ["message-flashed", "before-render-template", "template-rendered"]
ARTICLE = {
    Asked("/"): [*SHORT, *PAGE, "request-finished", *TEARDOWN],
    Asked("/missing"): [*SHORT, "request-finished", *TEARDOWN],
    Asked("/raises"): [*SHORT, "got-request-exception", "request-finished", *TEARDOWN],
    Asked("/raises", testing=True): [*SHORT, "got-request-exception", *TEARDOWN],
}
"""The orders that were measured for the article."""
KEYS = {
    "message-flashed": ["message", "category"],
    "before-render-template": ["template", "context"],
    "template-rendered": ["template", "context"],
    "got-request-exception": ["exception"],
    "request-finished": ["response"],
    "request-tearing-down": ["exc"],
    "appcontext-tearing-down": ["exc"],
}


@pytest.fixture(scope="module")
def plain() -> dict[Asked, Answered]:
    """What plain Flask does, by request."""
    asked = [*ROUTES, *FAILURES, COROUTINE]
    return dict(zip(asked, ask(*asked), strict=True))


def asked_of(signalcli: SignalCli, asked: Asked) -> Any:
    return request(signalcli, asked.path, *(["--testing"] if asked.testing else []))


def compared(timeline: Any) -> tuple[Any, ...]:
    """What a timeline has in common with an answer of plain Flask."""
    error = timeline["error"]["type"] if timeline["propagated"] else None
    return timeline["status"], error, order(timeline), payload_keys(timeline)


@pytest.mark.parametrize("asked", ROUTES, ids=str)
def test_the_signals_come_in_the_order_and_with_the_payload_of_plain_flask(
    signalcli: SignalCli, plain: dict[Asked, Answered], asked: Asked
) -> None:
    timeline = asked_of(signalcli, asked)

    status, error, _, *sent = plain[asked]
    assert compared(timeline) == (status, error, *sent)
    assert {event["depth"] for event in timeline["events"]} == {0}


@pytest.mark.parametrize(("asked", "expected"), list(ARTICLE.items()), ids=str)
def test_the_order_is_the_one_that_was_measured_for_the_article(
    signalcli: SignalCli, asked: Asked, expected: list[str]
) -> None:
    timeline = asked_of(signalcli, asked)

    keys = [KEYS.get(name, []) for name in expected]
    assert (order(timeline), payload_keys(timeline)) == (expected, keys)
    assert {event["sender"] for event in timeline["events"]} == {"<Flask 'demo'>"}


@pytest.mark.parametrize("asked", FAILURES, ids=str)
def test_a_receiver_that_raises_makes_of_the_request_what_it_does_in_plain_flask(
    session_with: SessionWith, plain: dict[Asked, Answered], asked: Asked
) -> None:
    timeline = asked_of(session_with(f"connect flask/{asked.raising} failing"), asked)

    status, error, _, sent, _ = plain[asked]
    assert compared(timeline)[:3] == (status, error, sent)
    assert call_outputs(timeline, f"flask/{asked.raising}") == [("failing", "raised", "")]


def test_the_document_of_a_request(session_with: SessionWith) -> None:
    timeline = request(session_with(f"connect {FLASK} wechat"), "/hello")

    def event(name: str, *keys: str, called: list[Any] | None = None) -> dict[str, Any]:
        return {
            "signal": f"flask/{name}",
            "depth": 0,
            "sender": "<Flask 'demo'>",
            "payload_keys": list(keys),
            "muted": False,
            "calls": called or [],
            "exception": None,
            "async": False,
            "sender_shown": None,
            "ended": True,
            "died": [],
            "look_alike": None,
            "process": None,
            "by_hand": False,
        }

    rang = {
        "receiver": "wechat",
        "outcome": "returned",
        "reason": "listens to ANY",
        "value": "微信已提醒",
        "error": None,
        "output": RUNG,
    }
    assert without(timeline, "seconds", "started") == {
        "method": "GET",
        "path": "/hello",
        "status": 200,
        "events": [
            event("appcontext-pushed"),
            event("request-started", called=[rang]),
            event("request-finished", "response"),
            event("request-tearing-down", "exc"),
            event("appcontext-tearing-down", "exc"),
            event("appcontext-popped"),
        ],
        "body": "hello blinker",
        "error": None,
        "propagated": False,
        **dict.fromkeys(("note", "then", "cut")),
        "changes": [],
        "senders": {},
        "left_out": 0,
    }
    started = [event["started"] for event in timeline["events"]]
    assert [0, *started, timeline["seconds"]] == sorted([0, *started, timeline["seconds"]])
    took = [event["seconds"] for event in timeline["events"]]
    assert 0 < timeline["events"][1]["calls"][0]["seconds"] < took[1] < timeline["seconds"]
    assert min(took) > 0
    assert sum(took) < timeline["seconds"]


def test_a_person_sees_a_table_with_what_was_answered_below_it(session_with: SessionWith) -> None:
    """The receiver's output comes before the view's answer and before the table."""
    signalcli = session_with(f"connect {FLASK} wechat; connect flask/msg animal")

    shown = signalcli.ok("flask", "request", "/msg")

    patrol = "小钻风：大王有令：slogan是巡山！大王回来了，我这就去巡山。\n"
    timeless = re.sub(r" *\d+\.\d+ ms", " N ms", shown.stdout)
    heading, *below = timeless.removeprefix(f"{RUNG}{patrol}").splitlines()
    rows = [[c.rstrip() for c in line.split("│")[1:-1]] for line in below if "│" in line]
    assert heading == "GET /msg → 200 OK  in N ms  sender <Flask 'demo'>"
    assert rows == [
        [" signal", " payload", " who heard it", "      time"],
        [" flask/appcontext-pushed", "", " no receivers", " N ms"],
        [" flask/request-started", "", "", " N ms"],
        ["", "", " ● wechat → 微信已提醒", " N ms"],
        [" flask/msg ← None", " slogan", "", " N ms"],
        ["", "", " ● animal → 小钻风去巡山", " N ms"],
        [" flask/request-finished", " response", " no receivers", " N ms"],
        [" flask/request-tearing-down", " exc", " no receivers", " N ms"],
        [" flask/appcontext-tearing-down", " exc", " no receivers", " N ms"],
        [" flask/appcontext-popped", "", " no receivers", " N ms"],
    ]
    assert (below[-1], shown.stderr) == ("message sent", "")


def test_a_receiver_that_raises_keeps_the_next_from_being_reached(
    session_with: SessionWith,
) -> None:
    signalcli = session_with(f"connect {FLASK} animal_one failing wechat")

    result = signalcli("flask", "request", "/hello", "--json")

    error = result.json["error"]
    assert reasons(result.json) == [
        ("animal_one", "returned", "listens to ANY"),
        ("failing", "raised", "listens to ANY"),
        ("wechat", "not_reached", "failing raised before it"),
    ]
    assert (error["type"], error["message"]) == ("RuntimeError", "小钻风在山里迷了路")
    assert re.fullmatch(r"signalcli/receivers/demos\.py:\d+", error["where"])
    assert (result.status, result.json["status"], result.json["propagated"]) == (1, 500, False)


def test_the_table_shows_an_exception_that_came_out(signalcli: SignalCli) -> None:
    """The view raised, and no receiver did, so the command ends with status 0."""
    shown = signalcli.ok("flask", "request", "/raises", "--testing").stdout

    last = re.sub(r"py:\d+", "py:N", shown.splitlines()[-1])
    sentence = "came out of the application: a server answers 500."
    assert last == f"RuntimeError: 洞主不在家 (signalcli/flask_demo/app.py:N) {sentence}"


def test_a_coroutine_function_is_called_as_flask_does(
    session_with: SessionWith, plain: dict[Asked, Answered]
) -> None:
    """Flask needs asgiref for that, and raises an error with advice if it isn't installed."""
    timeline = asked_of(session_with(f"connect {FLASK} coroutine"), COROUTINE)

    call, expected = calls(timeline)[0], plain[COROUTINE]
    assert (timeline["status"], order(timeline)) == (expected.status, expected.order)
    if find_spec("asgiref") is None:
        advice = "Install Flask with the 'async' extra in order to use async views."
        assert (call["outcome"], call["error"]["message"]) == ("raised", advice)
    else:
        heard = ("顺风耳听到了", "顺风耳：消息在路上，等等就到。\n")
        assert (call["value"], call["output"]) == heard


SEEN = """
from flask import request

def seen(sender, **payload):
    if "response" in payload:
        payload["response"].headers["X-Text"] = "1"
    return [request.method, request.full_path, request.get_data().decode("utf-8", "surrogateescape"),
            request.headers.get("Content-Type"), request.headers.get("X-Name")]
"""


@pytest.fixture(scope="module")
def seeing(shared_session: SessionWith) -> SignalCli:
    """A session whose receiver returns what the view sees."""
    return shared_session(f"connect {FLASK} handlers.py:seen", handlers=SEEN)


def seen(signalcli: SignalCli, *arguments: str | bytes) -> Any:
    return calls(request(signalcli, *arguments))[0]["value"]


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/hello", ["GET", "/hello?", "", None, None]),
        ("/hello --method put", ["PUT", "/hello?", "", None, None]),
        ("/hello --data a=1", ["POST", "/hello?", "a=1", FORM, None]),
        ("/hello --data ''", ["POST", "/hello?", "", FORM, None]),
        ("/hello --data a=1 --method GET", ["GET", "/hello?", "a=1", FORM, None]),
        (
            "/hello --data {} --header content-type:application/json",
            ["POST", "/hello?", "{}", "application/json", None],
        ),
        ("/hello?a=1&a=2 --header 'X-Name: a b'", ["GET", "/hello?a=1&a=2", "", None, "a b"]),
        ("/hello --header X-Name:", ["GET", "/hello?", "", None, ""]),
        ("/大象?狮=子", ["GET", "/大象?狮=子", "", None, None]),
    ],
)
def test_the_view_sees_what_was_typed(seeing: SignalCli, line: str, expected: list[Any]) -> None:
    assert seen(seeing, *shlex.split(line)) == expected


@pytest.mark.parametrize(
    "path", ["//x/hello", "//[", "//x:99999999/hello", "/%", "/;", "/a b", "/.."]
)
def test_a_path_is_a_path_and_no_host(seeing: SignalCli, path: str) -> None:
    """There is no such route. A browser would read two slashes as a host."""
    timeline = request(seeing, path)

    assert (timeline["path"], timeline["status"], timeline["error"]) == (path, 404, None)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "BREW"])
def test_the_status_of_a_method(seeing: SignalCli, method: str) -> None:
    timeline = request(seeing, "/hello", "--method", method)

    allowed = method in ("GET", "POST", "HEAD", "OPTIONS")
    assert (timeline["method"], timeline["status"]) == (method, 200 if allowed else 405)


@hostile
def test_data_reaches_the_view_as_it_was_typed(seeing: SignalCli, raw: str, shown: str) -> None:
    assert seen(seeing, "/hello", "--data", typed(raw))[2] == raw


@pytest.mark.parametrize(
    "text", ["[red]x[/red]", "大象", "{a!r} %s \\x1b", "👨\u200d👩\u200d👧", "'\"<b>&"]
)
def test_a_path_is_shown_literally(signalcli: SignalCli, text: str) -> None:
    result = safe(signalcli.ok("flask", "request", f"/{text}"))

    assert result.stdout.splitlines()[0].startswith(f"GET /{text} → 404 Not Found  in ")


HEADER = (
    "'{}' is not a header. Its name and its value are written in ASCII, with a colon between them, "
    "as in Accept:text/html"
)


@pytest.mark.parametrize(
    "text", ["a\x1b[2Jb", "a\nb", "a\u202eb", "a\udcffb", "a\x7fb", "a\u2028b"]
)
@pytest.mark.parametrize(
    ("option", "before", "sentence"),
    [
        ((), "/", "'{}' is not a path: those begin with a slash, as in /hello"),
        (("/", "--method"), "", "'{}' is not an HTTP method. For example: POST"),
        (("/", "--header"), "X: ", HEADER),
    ],
    ids=["path", "method", "header"],
)
def test_what_no_request_can_hold_is_refused(
    signalcli: SignalCli, option: tuple[str, ...], before: str, sentence: str, text: str
) -> None:
    refused = safe(signalcli("flask", "request", *option, typed(before + text)))

    shown = sentence.format(escape(before + text))
    assert refused == Result(2, "", f"Error: {shown}\n")


LINES = (
    *("", "hello", "''", "http://localhost/hello", "/hello /msg", "/hello --method ''"),
    *("/hello --method 'G T'", "/hello --method GÉT", "/hello --method", "/hello --header X"),
    *("/hello --header ': x'", "/hello --header 'X Y: z'", "/hello --header 'X: 大象'"),
    *("/hello --header", "/hello --data", "/hello --port 5000", "/hello --save timeline.png"),
)


@pytest.mark.parametrize("line", LINES)
def test_bad_usage_is_one_sentence(signalcli: SignalCli, line: str) -> None:
    assert signalcli.refused(f"flask request {line}") != ""
