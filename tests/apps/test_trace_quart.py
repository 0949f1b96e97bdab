"""``trace request`` of a Quart application, whose test client and signals are asynchronous."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cli import SignalCli

SHOP = """\
import asyncio
from blinker import signal
from quart import Quart, request, signals, stream_with_context

app = Quart("shop")
ordered = signal("ordered")

@app.post("/order")
async def order():
    form = await request.form
    await ordered.send_async(app, item=form.get("item"), q=request.args.get("q"))
    return f"{form.get('item')} {request.args.get('q')} {request.headers.get('X-Who')}"

@app.get("/fails")
async def fails():
    raise ValueError("no")

@app.get("/image")
async def image():
    return bytes([255, 254]), 200, {"Content-Type": "image/png"}

@ordered.connect
async def ship(sender, item, q):
    return item

@app.get("/later")
async def later():
    app.add_background_task(work)
    return app.shelf

async def work():
    await asyncio.sleep(0.05)
    await ordered.send_async(app, item="late", q=None)

@app.before_serving
async def stock():
    app.shelf = "full"

def create_app():
    return app
"""

SIGNALS = ("appcontext-pushed", "request-started")
END = ("request-finished", "request-tearing-down", "appcontext-tearing-down", "appcontext-popped")


@pytest.fixture
def shop(signalcli: SignalCli) -> SignalCli:
    signalcli.write("shop.py", SHOP)
    return signalcli


def request(shop: SignalCli, *words: str, app: str = "shop") -> Any:
    return shop.ok("--app", app, "trace", "request", *words, "--json").json


@pytest.mark.parametrize("app", ["shop", "shop:app", "shop:create_app"])
def test_a_request_is_traced(shop: SignalCli, app: str) -> None:
    timeline = request(
        shop, "POST", "/order?q=大象", "--data", "item=香蕉", "--header", "X-Who: k", app=app
    )

    assert (timeline["status"], timeline["body"]) == (200, "香蕉 大象 k")
    names = [event["signal"].removeprefix("quart/") for event in timeline["events"]]
    assert names == [*SIGNALS, "ordered", *END]
    assert {event["async"] for event in timeline["events"]} == {True}
    event = timeline["events"][2]
    assert (event["payload_keys"], event["sender_shown"]) == (["item", "q"], "<Quart 'shop'>")
    assert [(c["receiver"], c["outcome"], c["value"]) for c in event["calls"]] == [
        ("shop.ship", "returned", "香蕉")
    ]


def test_the_exception_of_a_view_is_reported(shop: SignalCli) -> None:
    timeline = request(shop, "GET", "/fails")

    assert timeline["status"] == 500
    assert timeline["error"] == {"type": "ValueError", "message": "no", "where": "shop.py:16"}
    assert "quart/got-request-exception" in [event["signal"] for event in timeline["events"]]


def test_what_is_no_text_is_not_shown(shop: SignalCli) -> None:
    timeline = request(shop, "GET", "/image")

    assert (timeline["status"], timeline["body"]) == (200, None)


def test_what_is_not_there_is_answered(shop: SignalCli) -> None:
    assert request(shop, "GET", "/gone")["status"] == 404


def test_what_is_done_at_its_start_and_in_the_background_is_done(shop: SignalCli) -> None:
    timeline = request(shop, "GET", "/later")

    assert (timeline["status"], timeline["body"]) == (200, "full")
    late = [event for event in timeline["events"] if event["signal"] == "ordered"]
    assert [[call["value"] for call in event["calls"]] for event in late] == [["late"]]
