"""Quart: receivers of both kinds, on a framework that sends asynchronously."""

from quart import Quart, request_finished, request_started

app = Quart(__name__)


@request_started.connect_via(app)
async def started(sender, **extra): ...


@request_finished.connect
def finished(sender, response, **extra): ...


@app.get("/")
async def index():
    return "hello"
