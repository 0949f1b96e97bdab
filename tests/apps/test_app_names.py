"""Names of the signals of an application, and what a typed name means."""

from __future__ import annotations

from typing import Any

import pytest

from signalcli.values.signal_name import SignalName
from tests.support.discovering import Application, Looked


def called(looked: Looked) -> dict[str, list[str]]:
    """The aliases of every signal, by its best name."""
    return {found["name"]: found["aliases"] for found in looked.found}


# Namespaces.


def test_a_namespace_is_called_after_its_package(app: Application) -> None:
    looked = app.write(
        shop="from shop.signals import paid",
        shop__signals="""
            import flask
            from blinker import Namespace, signal

            _signals = Namespace()
            paid = _signals.signal("order-paid")
            king = signal("king")
        """,
    ).look("order_paid", "order-paid", "flask/request-started", "request_started", "king")

    ours = {name: aliases for name, aliases in called(looked).items() if "flask/" not in name}
    assert ours == {
        "king": ["shop.signals.king"],
        "shop/order-paid": ["shop.paid", "shop.signals.paid"],
    }
    assert looked.meant == {
        "order_paid": "shop/order-paid",
        "order-paid": "shop/order-paid",
        "flask/request-started": "flask/request-started",
        "request_started": "flask/request-started",
        "king": "king",
    }
    assert sum(name.startswith("flask/") for name in looked.names) == 10


def test_namespaces_of_one_package_are_distinguished_by_more_of_the_path(app: Application) -> None:
    looked = app.write(
        shop="from shop import orders, users",
        shop__orders="""
            from blinker import Namespace
            first, second = Namespace(), Namespace()
            first.signal("saved"), second.signal("saved")
        """,
        shop__users="""
            from blinker import Namespace
            signal = Namespace().signal  # nothing else holds it
            signal("saved"), signal("created")
        """,
    ).look("saved", "created", "users/created", "second/saved")

    assert looked.names == [
        "shop.orders.first/saved",
        "shop.orders.second/saved",
        "shop.users/created",
        "shop.users/saved",
    ]
    assert looked.meant == {
        "saved": (
            "UsageError: 'saved' could be any of 3 signals: shop.orders.first/saved, "
            "shop.orders.second/saved, shop.users/saved. Type one of these names: "
            "signalcli inspect shop.orders.first/saved"
        ),
        "created": "shop.users/created",
        "users/created": "shop.users/created",
        "second/saved": "shop.orders.second/saved",
    }


def test_a_namespace_is_of_the_package_that_made_it(app: Application) -> None:
    looked = app.write(
        able="from zoo.signals import cage, elephant",  # comes first in the alphabet
        zoo="",
        zoo__signals="""
            from blinker import Namespace
            cage = Namespace()
            elephant = cage.signal("elephant")
        """,
        shop="import able",
    ).look()

    assert called(looked) == {"zoo/elephant": ["able.elephant", "zoo.signals.elephant"]}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("/a/b", "//a/b"),
        ("a/b", "/a/b"),
        ("@roar", "/@roar"),
        ("大象 来了", "大象 来了"),
        ("shop.saved", "shop.saved"),
    ],
)
def test_names_that_the_command_line_reads_otherwise_are_escaped(
    app: Application, name: str, expected: str
) -> None:
    looked = app.write(shop=f"from blinker import signal\nking = signal({name!r})\n").look(expected)

    assert looked.meant == {expected: str(SignalName(name))}
    assert SignalName.parse(looked.names[0]) == SignalName(name)


def test_names_that_cannot_be_typed_give_way_to_the_place(app: Application) -> None:
    looked = app.write(
        shop="""
            from enum import Enum
            from blinker import Namespace, signal

            class Event(str, Enum):
                SAVED = "saved"

            class Text(str):
                def __str__(self): raise AssertionError

            empty = signal("")
            meta = signal("king:receiver_connected")
            number = signal(5)
            member = signal(Event.SAVED)
            text = signal(Text("text"))
        """
    ).look("king:receiver_connected")

    assert looked.names == ["saved", "shop.empty", "shop.meta", "shop.number", "text"]
    assert {found["kind"] for found in looked.found} == {"named"}
    assert looked.meant["king:receiver_connected"].startswith("UnknownName: No signal 'king'.")


# Modules and classes.


def test_a_signal_is_called_after_the_place_where_it_was_made(app: Application) -> None:
    looked = app.write(
        aardvark="""
            from shop.signals import (
                saved,  # ours, too
                deleted as gone,
            )
            import shop.models
            alias = shop.models.User.created
        """,
        shop="""
            from shop.signals import *
            from shop.models import User
            import aardvark
        """,
        shop__models="""
            from blinker import Signal
            from shop.signals import saved

            class User:
                created = Signal()
                class Meta:
                    seen = Signal()

            class Admin(User):
                pass

            on_saved = saved
        """,
        shop__signals="""
            from blinker import Signal
            saved = Signal()
            deleted: Signal = Signal(
                doc="gone",
            )
            for name in ("one", "two"):
                globals()[name] = Signal()
            _private = public = Signal()
        """,
    ).look("created", "User.created", "models.User.created", "aardvark.gone", "saved", "alias")

    assert called(looked) == {
        "shop.models.User.Meta.seen": [],
        "shop.models.User.created": ["aardvark.alias"],
        "shop.signals.deleted": ["aardvark.gone", "shop.deleted"],
        "shop.signals.one": ["shop.one"],
        "shop.signals.public": ["shop.public", "shop.signals._private"],
        "shop.signals.saved": [
            "aardvark.saved",
            "shop.models.on_saved",
            "shop.models.saved",
            "shop.saved",
        ],
        "shop.signals.two": ["shop.two"],
    }
    assert looked.meant == {
        "created": "shop.models.User.created",
        "User.created": "shop.models.User.created",
        "models.User.created": "shop.models.User.created",
        "aardvark.gone": "shop.signals.deleted",
        "saved": "shop.signals.saved",
        "alias": "shop.models.User.created",
    }


def test_without_a_text_to_read_public_and_short_names_come_first(app: Application) -> None:
    looked = app.look_at("""
        import sys
        from types import ModuleType
        from blinker import Signal

        def module(name, **held):
            made = sys.modules[name] = ModuleType(name)
            vars(made).update(held)

        one, two = Signal(), Signal()
        module("made", _one=one, two=two)
        module("made.deep", one=one, alpha=two)
        module("made.deeper", zeta=one, beta=two)
        del one, two
    """)

    assert called(looked) == {
        "made.deep.one": ["made._one", "made.deeper.zeta"],
        "made.two": ["made.deep.alpha", "made.deeper.beta"],
    }


def test_a_module_under_two_names_is_one(app: Application) -> None:
    looked = app.look_at("""
        import sys
        from blinker import Signal
        sys.modules["a_shop"] = sys.modules["shop"]
        saved = Signal()
    """)

    assert called(looked) == {"shop.saved": []}


ORPHANS = (
    "UsageError: 'orphan' could be any of 2 signals: shop.orphan, shop/orphan. Type one of these names: "
    "signalcli inspect shop.orphan"
)


def test_a_named_signal_of_no_namespace_is_known_by_its_name_too(app: Application) -> None:
    looked = app.write(
        shop="""
            from blinker import NamedSignal, Namespace
            loose = NamedSignal("order-paid")
            orphan = Namespace().signal("orphan")
            zoo = Namespace()
            zoo.signal("orphan")
        """
    ).look("order_paid", "orphan")

    assert called(looked) == {
        "shop.loose": ["order-paid"],
        "shop.orphan": ["orphan"],
        "shop/orphan": [],
    }
    assert [found["kind"] for found in looked.found] == ["named"] * 3
    assert looked.meant == {"order_paid": "shop.loose", "orphan": ORPHANS}


# Instances, containers, functions.


HELD: list[tuple[str, str]] = [
    ("bus = Bus()", "shop.bus.ready"),
    ("class Events: bus = Bus()", "shop.Events.bus.ready"),
    (
        "app = Bus(); app.extensions = {'bus': Bus(None)}; app.ready = None",
        "shop.app.extensions['bus'].ready",
    ),
    ("all = {'saved': Signal()}", "shop.all['saved']"),
    ("all = {5: Signal()}", "shop.all[5]"),
    ("all = {Event.SAVED: Signal()}", "shop.all[Event.SAVED]"),
    ('all = {"it\'s": Signal()}', 'shop.all["it\'s"]'),
    ("all = {'a/b': Signal()}", "shop.all['a/b']"),
    ("all = [None, (Signal(),)]", "shop.all[1][0]"),
    ("from collections import deque; all = deque([Bus()])", "shop.Bus.ready#1"),
    ("all = {Bus()}", "shop.Bus.ready#1"),
    ("all = {Bus(): 1}", "shop.Bus.ready#1"),
    ("all = {Signal()}", "anonymous#1"),
    (
        "def hear(sender): pass\nall = [[[{Signal()}]]]\nnext(iter(all[0][0][0])).connect(hear)",
        "anonymous#1",
    ),
    ("send = Signal().send", "shop.send.__self__"),
    ("from functools import partial; send = partial(Signal().send, 1)", "shop.send.func.__self__"),
    ("def hear(): pass\nhear.signal = Signal()", "shop.hear.signal"),
    ("def hear(a=Signal()): pass", "anonymous#1"),
    (
        "def make():\n  local = Signal()\n  return lambda: local\nkept = make()",
        "shop.make.<locals>.local",
    ),
    (
        "def make():\n  class Bus:\n    ready = Signal()\n  return Bus\nkept = make()",
        "shop.make.<locals>.Bus.ready",
    ),
    ("slots = Slots()", "shop.slots.ready"),
    ("dicts = Own(saved=Signal())", "shop.dicts['saved']"),
]


@pytest.mark.parametrize(("text", "name"), HELD)
def test_a_signal_is_called_after_the_code_that_leads_to_it(
    app: Application, text: str, name: str
) -> None:
    looked = app.write(
        shop="""
            from enum import Enum
            from blinker import Signal

            class Event(Enum):
                SAVED = 1

            class Bus:
                def __init__(self, *given):
                    self.ready = Signal()

            class Slots:
                __slots__ = ("empty", "ready")
                def __init__(self):
                    self.ready = Signal()

            class Own(dict):
                pass
        """
        + "\n"
        + "\n".join(f"            {line}" for line in text.splitlines())
    ).look(name)

    assert looked.names == [name]
    assert looked.meant == {name: name}
    assert str(SignalName.parse(name)) == name


def test_an_instance_is_called_after_the_module_that_made_it(app: Application) -> None:
    looked = app.write(
        aardvark="from shop.bus import all, bus",
        shop="import aardvark",
        shop__bus="""
            from blinker import Signal

            class Bus:
                def __init__(self):
                    self.ready = Signal()

            bus = Bus()
            all = dict(saved=Signal())
        """,
    ).look()

    assert looked.names == ["shop.bus.all['saved']", "shop.bus.bus.ready"]


def test_what_holds_a_signal_without_a_name_is_reported(app: Application) -> None:
    looked = app.look_at("""
        from blinker import Signal, signal

        def default(sender, hidden=Signal()):
            pass

        def generate():
            held = Signal()
            yield held

        class Listener:
            def __init__(self): self.heard = Signal()
            def __call__(self, sender): pass

        king = signal("king")
        king.connect(Signal().send, weak=False)
        king.connect(Listener(), weak=False)
        waiting = generate()
        next(waiting)
        caught = {Signal()}
    """)

    assert {found["name"]: found["held_by"] for found in looked.found} == {
        "anonymous#1": "a default of shop.default",
        "anonymous#2": "a receiver of shop.king",
        "anonymous#3": "shop.caught",
        "anonymous#4": "shop.waiting",
        "king": None,
        "shop.Listener.heard#1": "a receiver of shop.king",
    }


def test_signals_that_would_be_called_alike_have_numbers(app: Application) -> None:
    looked = app.write(
        shop="""
            from blinker import Signal, signal

            def make(doc):
                local = Signal(doc)
                return lambda: local

            import gc
            LEAVES_GARBAGE = True
            first = make("first")
            gc.collect()  # Python tells of young things before old ones
            second = make("second")
            signal("shop.saved")
            saved = Signal()
        """
    ).look("make.<locals>.local", "shop.saved", "saved")

    assert looked.names == [
        "shop.make.<locals>.local#1",
        "shop.make.<locals>.local#2",
        "shop.saved",
        "shop.saved#1",
    ]
    assert [looked.views[name]["doc"] for name in looked.names[:2]] == ["first", "second"]
    assert looked.views["shop.saved"]["kind"] == "named"
    assert looked.meant["shop.saved"] == "shop.saved"
    assert looked.meant["make.<locals>.local"].startswith(
        "UsageError: 'make.<locals>.local' could be"
    )


def test_names_are_the_same_in_every_run(app: Application) -> None:
    app.write(
        shop="""
            from blinker import Signal, signal

            class Bus:
                def __init__(self, name):
                    self.ready = Signal(name)

            kept = {Bus(name) for name in "abcdef"}
            more = {Signal(name) for name in "abcdef"}
            for name in {"one", "two", "three", "four"}:
                signal(name)
        """
    )

    runs = [app.look() for _ in range(3)]

    assert runs[0].found == runs[1].found == runs[2].found
    assert runs[0].views == runs[1].views == runs[2].views
    assert len(runs[0].found) == 16


# What is meant.


def test_a_name_that_does_not_exist_is_reported_with_what_is_close(app: Application) -> None:
    looked = app.write(
        shop="""
            from blinker import Namespace, Signal, signal
            zoo = Namespace()
            king, elephant = signal("king"), zoo.signal("elephant-came")
            class User:
                on_create = Signal()
        """
    ).look(
        "kign", "elephant-cam", "on_craete", "nothing like it", "shop/elephant_came", "king:no", ""
    )

    assert looked.meant == {
        "kign": "UnknownName: No signal 'kign'. Did you mean 'king'? See them all: signalcli list --all",
        "elephant-cam": (
            "UnknownName: No signal 'elephant-cam'. Did you mean 'elephant-came'? "
            "See them all: signalcli list --all"
        ),
        "on_craete": (
            "UnknownName: No signal 'on_craete'. Did you mean 'on_create'? "
            "See them all: signalcli list --all"
        ),
        "nothing like it": (
            "UnknownName: No signal 'nothing like it'. See them all: signalcli list --all"
        ),
        "shop/elephant_came": "shop/elephant-came",
        "king:no": "UnknownName: No signal 'king:no'. Did you mean 'king'? See them all: signalcli list --all",
        "": "UnknownName: No signal ''. See them all: signalcli list --all",
    }


def test_meta_signals_are_found_by_their_signals_names(app: Application) -> None:
    looked = app.write(
        shop="""
            from blinker import Signal, signal
            king = signal("king")
            class User:
                created = Signal()
            king.receiver_connected
            connected = User.created.receiver_connected
        """
    ).look(
        "king:receiver_connected",
        "created:receiver_connected",
        "king:receiver_disconnected",
        "connected",
    )

    metas: list[dict[str, Any]] = [f for f in looked.found if f["meta_of"] is not None]
    assert [(found["name"], found["meta_of"], found["kind"]) for found in metas] == [
        ("king:receiver_connected", "king", "anonymous"),
        ("shop.User.created:receiver_connected", "shop.User.created", "anonymous"),
    ]
    assert looked.meant == {
        "king:receiver_connected": "king:receiver_connected",
        "created:receiver_connected": "shop.User.created:receiver_connected",
        "king:receiver_disconnected": (
            "UsageError: king:receiver_disconnected doesn't exist: blinker creates a meta signal at its "
            "first use, and the application hasn't used this one. "
            "List those that exist: signalcli list --all"
        ),
        "connected": "shop.User.created:receiver_connected",
    }


def test_every_name_that_is_listed_means_that_very_signal(app: Application) -> None:
    app.write(
        shop="""
            from blinker import NamedSignal, Namespace, Signal, signal
            zoo, saved = Namespace(), Signal()
            zoo.signal("saved"), zoo.signal("a/b"), signal("saved"), signal("shop.saved")
            signal("shop/saved"), signal("x:y"), signal("anonymous#1"), signal("#")
            loose = NamedSignal("saved")
            registry = {"saved": Signal(), "x:receiver_connected": Signal()}
            hidden = {Signal()}
            saved.receiver_connected
        """
    )
    names = [found["name"] for found in app.look().found]

    meant = app.look(*names).meant

    assert meant == {name: name for name in names}
    assert len(names) == len(set(names)) == 14
