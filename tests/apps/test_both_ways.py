"""An application answers the same in this process, as for ``flask signals``, and in its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from signalcli.apps.hosting.host import PURPOSES

SCRIPT = Path(__file__).parent.parent / "support" / "both_ways.py"

SHOP = """\
from blinker import Namespace, signal
from flask import Flask, request_started

order = signal("order", doc="An order.\\nOf tea.")
own = Namespace().signal("own")

class Mailer:
    def mail(self, sender, **payload):
        return {"payload": sorted(payload), "kind": type(sender).__name__}

@order.connect_via("x")
def count(sender, item=None, **payload):
    print("counting", item)
    return 1.5

@order.connect_via("fail")
def fail(sender, **payload):
    raise ValueError("no 大象")

@order.connect_via("later")
async def later(sender, **payload): ...

def lose():
    order.connect(lambda sender: None)

def create_app():
    app = Flask("shop")
    app.mailer = Mailer()
    order.connect(app.mailer.mail, sender=app)
    request_started.connect(app.mailer.mail)
    own.connect(order.send)
    lose()

    @app.get("/")
    def index():
        own.send(app, item="tea")
        return "hello"

    @app.get("/fails")
    def fails():
        order.send("fail")

    return app
"""


@pytest.mark.slow
@pytest.mark.parametrize("purpose", PURPOSES)
def test_an_application_answers_the_same_here_and_in_its_own_process(
    tmp_path: Path, purpose: str
) -> None:
    """Each send has one receiver, because blinker's own order differs from process to process."""
    (tmp_path / "shop.py").write_text(SHOP, encoding="utf-8")

    def answers(where: str) -> list[str]:
        command = [sys.executable, str(SCRIPT), where, "shop", purpose]
        ended = subprocess.run(command, capture_output=True, cwd=tmp_path, check=False, timeout=120)
        assert ended.returncode == 0, ended.stderr.decode()
        return ended.stdout.decode().splitlines()

    apart, here = answers("apart"), answers("here")

    assert len(apart) == (1 if purpose == "trace" else 30)
    assert apart == here
