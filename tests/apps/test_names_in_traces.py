"""Names of senders and results in traces: nothing of a program runs that would not have run."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from tests.support.cli import SignalCli

pytestmark = pytest.mark.slow

QUERIES = """\
from blinker import signal

queries = []

class Query:
    def query(self, *given):
        queries.append("SELECT")
        return "[<Post 1>]"
    __repr__ = __str__ = query
    __hash__ = __eq__ = __bool__ = __len__ = __iter__ = __getattr__ = query
    total = property(query)

class Post:
    '''A row that a commit made stale: each of its columns is a query.'''
    def __init__(self, number):
        self.__dict__["_sa_instance_state"] = State(number)
    def __getattr__(self, name):
        return Query().query()
    def __repr__(self):
        return f"<Post {self.number}>"

class State:
    def __init__(self, number):
        self.key = Post, (number,), None

saved = signal("saved")

@saved.connect
def posts(sender, **payload):
    return query

@saved.connect
def title(sender, post=None, **payload):
    return post

query, post = Query(), Post(7)
saved.connect(posts, sender=query)
"""

SENDS = "saved.send(query, q=query)\nsaved.send(post, post=post)\nprint(len(queries), 'queries')\n"


def write(signalcli: SignalCli, text: str, name: str = "shop.py") -> None:
    (signalcli.directory / name).write_text(textwrap.dedent(text), encoding="utf-8")


def trace(signalcli: SignalCli, *words: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = signalcli.ok("trace", "run", "--json", *words).json["events"]
    return events


def test_a_trace_runs_no_query(signalcli: SignalCli) -> None:
    write(signalcli, QUERIES + SENDS)

    result = signalcli.ok("trace", "run", "--json", "shop.py")

    assert result.stderr == "0 queries\n"
    assert [(event["sender"], event["sender_shown"]) for event in result.json["events"]] == [
        ("<Query 'query'>", "<Query 'query'>"),
        ("<Post 7>", "<Post 7>"),
    ]
    called = [call for event in result.json["events"] for call in event["calls"]]
    assert {(call["receiver"], call["value"]) for call in called} == {
        ("__main__.posts", "<Query 'query'>"),
        ("__main__.title", None),
        ("__main__.title", "<Post 7>"),
    }


def test_looking_runs_no_query(signalcli: SignalCli) -> None:
    write(signalcli, QUERIES + "import atexit\natexit.register(lambda: print(len(queries)))\n")

    for words in (["inspect", "saved"], ["explain", "saved"], ["list"], ["graph"]):
        assert signalcli.ok("--app", "shop.py", *words).stderr.strip() in ("0", "")


def test_what_a_send_shows_of_its_results_runs_no_query(signalcli: SignalCli) -> None:
    write(signalcli, QUERIES)

    delivery = signalcli.ok("--app", "shop.py", "send", "saved", "--yes", "--json").json

    assert {call["receiver"]: call["value"] for call in delivery["calls"]} == {
        "shop.posts": "<Query 'query'>",
        "shop.title": None,
    }


def test_repr_is_asked_only_if_the_user_asks_for_it(signalcli: SignalCli) -> None:
    program = """\
        from blinker import signal

        class Post:
            def __repr__(self):
                print("asked")
                return "<a post>"

        saved, post = signal("saved"), Post()

        @saved.connect
        def hear(sender, **payload):
            return post

        saved.connect(hear, sender=post)
        saved.send(post)
    """
    write(signalcli, program)

    plain = signalcli.ok("trace", "run", "--json", "shop.py")
    asked = signalcli.ok("trace", "run", "--repr", "--json", "shop.py")
    listens = [
        [connection["sender"] for connection in view["receivers"][0]["connections"]]
        for view in (
            signalcli.ok("--app", "shop.py", "inspect", "saved", "--json").json,
            signalcli.ok("--app", "shop.py", "inspect", "saved", "--repr", "--json").json,
        )
    ]

    assert (plain.stderr, set(asked.stderr.split())) == ("", {"asked"})
    shown = "<__main__.Post object>"
    for events, name in ((plain.json["events"], shown), (asked.json["events"], "<a post>")):
        assert [(e["sender"], e["calls"][0]["value"]) for e in events] == [(name, name)]
    assert listens == [[None, "<shop.Post object>"], [None, "<a post>"]]


def test_two_objects_of_one_name_are_numbered_in_every_output(signalcli: SignalCli) -> None:
    write(
        signalcli,
        """\
        from blinker import signal
        from flask import Flask, template_rendered

        ordered = signal("ordered")

        def create_app():
            return Flask("shop")

        app = create_app()
        other = create_app()

        @ordered.connect_via(app)
        def hear(sender, **payload):
            return app

        if __name__ == "__main__":
            ordered.send(other)
            ordered.send(app)
            ordered.send(other)
        """,
    )

    events = trace(signalcli, "shop.py")
    view = signalcli.ok("--app", "shop.py", "inspect", "ordered").stdout

    assert [(event["sender"], event["calls"][0]["reason"]) for event in events] == [
        ("<Flask 'shop'>", "listens only to <Flask 'shop'> #2"),
        ("<Flask 'shop'> #2", "listens to <Flask 'shop'> #2"),
        ("<Flask 'shop'>", "listens only to <Flask 'shop'> #2"),
    ]
    assert events[1]["calls"][0]["value"] == "<Flask 'shop'> #2"
    assert "<Flask 'shop'>" in view
    assert "#2" not in view


def test_a_large_sender_is_shown_and_kept_within_a_limit(signalcli: SignalCli) -> None:
    write(
        signalcli,
        """\
        from blinker import signal
        done, small = signal("done"), signal("small")

        @done.connect
        def built(settings, **payload):
            return settings

        @done.connect
        def text(settings, **payload):
            return "y" * 28_000

        for number in range(300):
            small.send(None, n=number)
        done.send({f"SETTING_{number}": "x" * 50 for number in range(400)}, feed=1)
        done.send("z" * 28_000)
        """,
    )

    shown = signalcli.ok("trace", "run", "shop.py").stdout
    document = signalcli.ok("trace", "run", "--json", "--save", "trace.json", "shop.py").stdout
    saved = (signalcli.directory / "trace.json").read_text(encoding="utf-8")

    for text in (shown, document, saved):
        assert "(dict of 400 items)" in text
        assert "(text of 28000 characters)" in text
        assert len(text) < 2_000_000
    assert max(map(len, shown.splitlines())) < 1000
    assert "← {'SETTING_0': 'xxx" in shown


def test_several_lines_of_a_doc_are_lines(signalcli: SignalCli) -> None:
    write(
        signalcli,
        '''\
        from blinker import signal
        saved = signal("saved", doc="""
            Emitted after a save.

            Expected inputs:
                * `old`: dict \\x1b[31m
        """)
        ''',
    )

    shown = signalcli.ok("--app", "shop.py", "inspect", "saved").stdout
    listed = signalcli.ok("--app", "shop.py", "list").stdout

    lines = ["Emitted after a save.", "", "Expected inputs:", "    * `old`: dict \\x1b[31m"]
    assert shown.splitlines()[2:6] == lines
    assert "Emitted after a save." in listed
    assert "Expected" not in listed
