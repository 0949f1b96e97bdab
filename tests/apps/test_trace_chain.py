"""``trace request --then``: several requests with one client, and what is shown and saved of them."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from tests.cli.test_flask_signals import FLASK, running, without_times
from tests.support.cli import SignalCli
from tests.support.histories import documents

pytestmark = pytest.mark.slow

SHOP = """\
import threading, time
from blinker import signal
from flask import Flask, current_app, request, session

app = Flask("shop")
app.secret_key = "x"
ordered = signal("ordered")

@ordered.connect
def ship(sender, item):
    if item == "stone":
        raise ValueError(item)
    return item

@app.post("/login")
def login():
    session["user"] = request.form.get("user") or request.get_json()["user"]
    return "welcome"

@app.post("/order")
def order():
    ordered.send(app, item=request.get_json()["item"])
    print("ordered", flush=True)
    return f"{session.get('user')} {request.headers.get('X-Who')}"

@app.get("/sleep")
def sleep():
    ordered.send("sleep", item="bed")
    print("asleep", flush=True)
    time.sleep(1000)

@app.get("/raise")
def raises():
    app.config["PROPAGATE_EXCEPTIONS"] = True
    raise ValueError("no")

@app.get("/thread")
def thread():
    done = signal("done")
    done.connect(log)
    worker = threading.Thread(target=done.send, args=("thread",))
    worker.start()
    worker.join()
    return "done"

def log(sender):
    current_app.logger.info("done")
"""

QUART = """\
import asyncio
from blinker import signal
from quart import Quart, request, session

app = Quart("shop")
app.secret_key = "x"
app.loops = []

@app.before_serving
async def start():
    signal("start").send("quart")
    app.loops.append(asyncio.get_running_loop())

@app.after_serving
async def end():
    print("started", len(app.loops), "times")
    if "broken" in app.config:
        raise ValueError("broken")

@app.post("/login")
async def login():
    session["user"] = (await request.get_json())["user"]
    return "welcome"

@app.get("/sleep")
async def sleep():
    await signal("asked").send_async("quart")
    print("asleep", flush=True)
    await asyncio.sleep(1000)

@app.get("/me")
async def me():
    same = app.loops == [asyncio.get_running_loop()]
    await signal("asked").send_async("quart")
    return f"{session.get('user')} {same}"
"""


@pytest.fixture
def shop(signalcli: SignalCli) -> SignalCli:
    signalcli.write("shop.py", SHOP)
    signalcli.write("quart_shop.py", QUART)
    signalcli.environment["SIGNALCLI_APP"] = "shop"
    return signalcli


LOGIN = ("POST", "/login", "user=king")
ORDER = ("--then", "POST /order item=banana X-Who:monkey")


def own(document: Any) -> list[tuple[str, list[str]]]:
    """Return the receivers and outcomes of the sends of the application's own signals."""
    return [
        (event["signal"], [call["outcome"] for call in event["calls"]])
        for event in document["events"]
        if not event["signal"].startswith("flask/")
    ]


@pytest.mark.parametrize("form", [(), ("--form",)])
def test_one_client_keeps_its_cookies(shop: SignalCli, form: tuple[str, ...]) -> None:
    then = "POST /order item=banana X-Who:monkey" if not form else "/login user=monkey"

    traced = shop.ok("trace", "request", *LOGIN, *form, "--then", then, "--json")

    login, second = documents(traced.stdout)
    assert (login["path"], login["body"], own(login)) == ("/login", "welcome", [])
    assert second["body"] == ("welcome" if form else "king monkey")


def test_requests_are_shown_below_each_other_with_a_rule_between(shop: SignalCli) -> None:
    traced = shop.ok("trace", *LOGIN, *ORDER, "--then", "/gone")

    lines = [line for line in traced.stdout.splitlines() if re.match("── |[A-Z]+ /", line)]
    assert [re.sub("  in .*", "", line) for line in lines] == [
        "POST /login → 200 OK",
        f"── POST /order {'─' * 63}",
        "POST /order → 200 OK",
        f"── GET /gone {'─' * 65}",
        "GET /gone → 404 Not Found",
    ]
    assert "● shop.ship → banana" in traced.stdout
    assert traced.stderr == "ordered\n"


def test_a_request_is_understood_without_the_name_of_its_command(shop: SignalCli) -> None:
    traced = [
        without_times(shop.ok("trace", *words, "--json").stdout)
        for words in (
            ("request", *LOGIN),
            LOGIN,
            LOGIN[1:],
            ("--app", "./shop.py", "--header", "X: /", *LOGIN),
        )
    ]

    assert traced[1:] == traced[:1] * 3
    assert shop("trace", "POSTER").stderr.startswith("Error: No command 'POSTER'.")


def test_flasks_command_takes_the_same(shop: SignalCli) -> None:
    ours = shop.ok("trace", *LOGIN, *ORDER, "--json")

    theirs = running(shop, FLASK).ok("-A", "shop", "signals", "trace", *LOGIN, *ORDER, "--json")

    assert without_times(theirs.stdout) == without_times(ours.stdout)


def test_the_demo_application_takes_the_same(signalcli: SignalCli) -> None:
    traced = signalcli.ok(
        *("flask", "request", "POST", "/msg", "a=1", "--json"),
        *("--then", "/?a=1 b==2", "--then", "PUT /hello"),
    )

    asked = [(one["method"], one["path"], one["status"]) for one in documents(traced.stdout)]
    assert asked == [("POST", "/msg", 200), ("GET", "/?a=1&b=2", 200), ("PUT", "/hello", 405)]
    refused = signalcli("flask", "request", "PUT", "/", "--method", "POST")
    assert (refused.status, refused.stderr[:33]) == (2, "Error: The method is given twice:")


def test_a_receiver_that_raises_decides_the_status_of_all(shop: SignalCli) -> None:
    traced = shop("trace", "/order", "item=stone", *ORDER, "--json")

    assert (traced.status, [own(one) for one in documents(traced.stdout)]) == (
        1,
        [[("ordered", ["raised"])], [("ordered", ["returned"])]],
    )


def test_an_exception_of_the_application_does_not_end_the_requests(shop: SignalCli) -> None:
    first, second = documents(shop.ok("trace", "/raise", *ORDER, "--json").stdout)

    assert (first["status"], first["propagated"], second["status"]) == (500, True, 200)


def test_the_place_of_an_error_is_the_receivers_own_line(shop: SignalCli) -> None:
    """Not that of werkzeug, which raised it."""
    traced = shop("trace", "/thread", "--json")

    (event,) = (event for event in traced.json["events"] if event["signal"] == "done")
    line = SHOP.splitlines().index('    current_app.logger.info("done")') + 1
    error = event["calls"][0]["error"]
    assert (error["type"], error["where"]) == ("RuntimeError", f"shop.py:{line}")


def test_saved_requests_are_one_trace(shop: SignalCli) -> None:
    traced = shop.ok("trace", *LOGIN, *ORDER, "--json", "--save", "kept.json")

    kept = shop.load("kept.json")
    assert kept == {"version": 1, "requests": documents(traced.stdout)}
    assert traced.stderr == "ordered\nSaved kept.json.\n"


def test_doctor_reads_the_sends_of_all_saved_requests(shop: SignalCli) -> None:
    stones = ("trace", "/order", "item=stone", "--then", "/order item=stone")
    shop(*stones, "--save", "kept.json")

    found = shop("doctor", "--trace", "kept.json", "--json").json["findings"]

    assert [(one["rule"], one["receiver"]) for one in found] == [("always-raises", "shop.ship")]
    assert "in each of the 2 sends of ordered" in found[0]["message"]


def test_a_picture_has_all_requests(shop: SignalCli) -> None:
    shop.ok("trace", *LOGIN, *ORDER, "--save", "kept.svg")

    picture = (shop.directory / "kept.svg").read_text(encoding="utf-8")
    text = "".join(html.unescape(re.sub("<[^>]*>", "", picture)).split())
    assert (text.count("POST/login→200OK"), text.count("──POST/order──")) == (1, 1)


def test_a_request_that_is_cut_off_ends_them_all(shop: SignalCli) -> None:
    shop.environment["SIGNALCLI_APP_TIMEOUT"] = "2"

    cut = shop("trace", *LOGIN, "--then", "/sleep", *ORDER, "--json", "--save", "kept.json")

    made = documents(cut.stdout)
    assert [own(one) for one in made] == [[], [("ordered", ["returned"])]]
    assert (cut.status, made[1]["status"], made[1]["error"]) == (1, 0, None)
    assert cut.stderr == f"asleep\nSaved kept.json.\nError: {made[1]['cut']}\n"
    assert made[1]["cut"].startswith("The request GET /sleep was not answered within 2 s: ")
    assert (made[0]["cut"], made[1]["note"]) == (None, "Not requested: POST /order.")
    kept = shop.load("kept.json")
    assert kept["requests"] == made


@pytest.mark.parametrize("shows", ["--json", "--no-pager"])
def test_ctrl_c_shows_and_keeps_what_was_sent(shop: SignalCli, shows: str) -> None:
    line = ("trace", *LOGIN, "--then", "/sleep", *ORDER, shows, "--save", "kept.json")

    ended = shop.interrupted(*line, after="asleep\n")

    kept = shop.load("kept.json")
    skipped = "Not requested: POST /order."
    noted = f"{skipped}\n" if shows != "--json" else ""
    assert (ended.status, ended.stderr) == (130, f"{noted}Saved kept.json.\nInterrupted.\n")
    assert [kept["requests"][1][key] for key in ("cut", "note")] == ["Interrupted.", skipped]
    assert [own(one) for one in kept["requests"]] == [[], [("ordered", ["returned"])]]
    assert [one["path"] for one in kept["requests"]] == ["/login", "/sleep"]
    assert ended.stdout.count('"path": "/sleep"' if shows == "--json" else "GET /sleep →") == 1


def test_quart_starts_and_ends_once_around_all(shop: SignalCli) -> None:
    traced = shop.ok(
        *("--app", "quart_shop", "trace", *LOGIN, "--then", "/me", "--then", "/me", "--json")
    )

    login, *rest = documents(traced.stdout)
    assert login["body"] == "welcome"
    assert [one["body"] for one in rest] == ["king True", "king True"]
    assert ["asked" in [e["signal"] for e in one["events"]] for one in rest] == [True, True]
    assert traced.stderr == "started 1 times\n"


def test_ctrl_c_ends_the_tasks_of_quart(shop: SignalCli) -> None:
    line = ("--app", "quart_shop", "trace", *LOGIN, "--then", "/sleep", "--json")

    ended = shop.interrupted(*line, after="asleep\n")

    assert (ended.status, ended.stderr) == (130, "Interrupted.\n")
    assert [one["path"] for one in documents(ended.stdout)] == ["/login", "/sleep"]


def test_a_shutdown_that_raises_leaves_the_response_as_it_is(shop: SignalCli) -> None:
    file = shop.directory / "quart_shop.py"
    file.write_text(QUART + "app.config['broken'] = True\n", encoding="utf-8")

    traced = shop.ok("--app", "quart_shop", "trace", *LOGIN, "--json").json

    assert (traced["status"], traced["body"], traced["propagated"]) == (200, "welcome", False)
    assert traced["error"]["message"] == "Error during shutdown broken"


def test_a_closed_pipe_ends_quart_as_it_ends_itself(shop: SignalCli) -> None:
    line = f"--app quart_shop trace {' '.join(LOGIN)} --then /me --json"
    with shop.piped(line) as process:
        process.stdout.close()
        stderr = process.stderr.read()
        status = process.wait(30)

    assert (status, stderr) == (141, b"started 1 times\n")


def test_an_unknown_method_suggests_a_request_of_the_same_application(shop: SignalCli) -> None:
    refused = shop("--app", "my app/shop.py", "--no-factory", "trace", "GETT", "/")

    meant = "signalcli --app 'my app/shop.py' --no-factory trace GET /"
    assert refused.stderr.endswith(f"Did you mean: {meant}\n")


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("PSOT /order item=banana", "Did you mean: signalcli trace POST /order item=banana"),
        ("reqest /order", "Did you mean: signalcli trace request /order"),
        ("GRAB /order --form", "For another method: signalcli trace request GRAB /order --form"),
    ],
)
def test_an_unknown_method_suggests_a_request(shop: SignalCli, line: str, meant: str) -> None:
    refused = shop("trace", *line.split())

    word = line.split()[0]
    sentence = f"'{word}' is neither a command nor one of the usual HTTP methods. {meant}"
    assert (refused.status, refused.stdout, refused.stderr) == (2, "", f"Error: {sentence}\n")
