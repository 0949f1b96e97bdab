"""The receivers of an application, told as what they are, and the senders that they listen to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.discovering import Application


@pytest.fixture
def app(tmp_path: Path) -> Application:
    """An application that has yet to be written."""
    return Application(tmp_path)


KINDS = '''
import functools
from blinker import Signal, signal

def dec(function):
    @functools.wraps(function)
    def wrapper(*args, **named):
        return function(*args, **named)
    return wrapper

class Task:
    """A task."""
    def __init__(self, function):
        functools.update_wrapper(self, function)
    def __call__(self, sender):
        pass

def plain(sender):
    """Hears.

    And more.
    """

async def coroutine(sender): pass
async def generator(sender): yield
@dec
def wrapped(sender): pass
@dec
async def wrapped_coroutine(sender): pass
@dec
@dec
async def twice(sender): pass
@Task
def task(sender): pass
@Task
async def async_task(sender): pass
@functools.lru_cache
def cached(sender): pass

class Async:
    async def __call__(self, sender):
        """Awaits."""
class Sync:
    """Called."""
    def __call__(self, sender): pass

class Base:
    def hear(self, sender): pass
    async def hear_later(self, sender): pass
    @classmethod
    def of_class(cls, sender): pass
    @staticmethod
    def of_nobody(sender): pass
    @dec
    def wrapped(self, sender): pass

class User(Base):
    def __init__(self, sender=None): pass
    def __repr__(self): return "<User 大象>"

def foreign(self, sender): pass
def closing():
    def inner(sender): pass
    return inner

import types
user = User()
other = Signal()
closed = closing()
borrowed = types.MethodType(foreign, user)
partial = functools.partial(plain, extra=1)
of_method = functools.partial(user.hear)
of_coroutine = functools.partial(coroutine)
of_async = functools.partial(Async())
late = Async().__call__
words = []
line = lambda sender: None
king = signal("king")
'''

LINES = {line: number for number, line in enumerate(KINDS.splitlines(), start=1)}

RECEIVERS: list[tuple[str, dict[str, Any]]] = [
    ("plain", {"receiver": "shop.plain", "where": "def plain(sender):", "doc": "Hears."}),
    (
        "coroutine",
        {
            "receiver": "shop.coroutine",
            "where": "async def coroutine(sender): pass",
            "async": True,
            "calls": "coroutine",
        },
    ),
    (
        "generator",
        {
            "receiver": "shop.generator",
            "where": "async def generator(sender): yield",
            "calls": "async generator",
        },
    ),
    (
        "wrapped",
        {
            "receiver": "shop.wrapped",
            "where": "@dec\ndef wrapped(sender): pass",
            "inner": "shop.wrapped",
        },
    ),
    (
        "wrapped_coroutine",
        {
            "receiver": "shop.wrapped_coroutine",
            "where": "@dec\nasync def wrapped_coroutine(sender): pass",
            "calls": "sync wrapper of a coroutine",
            "inner": "shop.wrapped_coroutine",
        },
    ),
    (
        "twice",
        {
            "receiver": "shop.twice",
            "where": "@dec\n@dec\nasync def twice(sender): pass",
            "calls": "sync wrapper of a coroutine",
            "inner": "shop.twice",
        },
    ),
    (
        "task",
        {
            "receiver": "shop.task",
            "where": "@Task\ndef task(sender): pass",
            "kind": "instance",
            "inner": "shop.task",
        },
    ),
    (
        "async_task",
        {
            "receiver": "shop.async_task",
            "where": "@Task\nasync def async_task(sender): pass",
            "kind": "instance",
            "calls": "sync wrapper of a coroutine",
            "inner": "shop.async_task",
        },
    ),
    (
        "cached",
        {
            "receiver": "shop.cached",
            "where": "@functools.lru_cache\ndef cached(sender): pass",
            "kind": "instance",
            "inner": "shop.cached",
        },
    ),
    (
        "Async()",
        {
            "receiver": "shop.Async()",
            "where": "    async def __call__(self, sender):",
            "doc": "Awaits.",
            "kind": "instance",
            "calls": "async __call__",
        },
    ),
    (
        "late",
        {
            "receiver": "shop.Async.__call__",
            "where": "    async def __call__(self, sender):",
            "async": True,
            "doc": "Awaits.",
            "kind": "method",
            "calls": "coroutine",
            "bound_to": "<shop.Async object>",
        },
    ),
    (
        "Sync()",
        {
            "receiver": "shop.Sync()",
            "where": '    """Called."""\n    def __call__(self, sender): pass',
            "doc": "Called.",
            "kind": "instance",
        },
    ),
    (
        "user.hear",
        {
            "receiver": "shop.User.hear",
            "where": "    def hear(self, sender): pass",
            "kind": "method",
            "bound_to": "<User 大象>",
        },
    ),
    (
        "user.hear_later",
        {
            "receiver": "shop.User.hear_later",
            "where": "    async def hear_later(self, sender): pass",
            "async": True,
            "kind": "method",
            "calls": "coroutine",
            "bound_to": "<User 大象>",
        },
    ),
    (
        "User.of_class",
        {
            "receiver": "shop.User.of_class",
            "where": "    @classmethod",
            "kind": "method",
            "bound_to": "<class 'shop.User'>",
        },
    ),
    ("User.of_nobody", {"receiver": "shop.Base.of_nobody", "where": "    @staticmethod"}),
    (
        "user.wrapped",
        {
            "receiver": "shop.User.wrapped",
            "where": "    @dec",
            "kind": "method",
            "bound_to": "<User 大象>",
            "inner": "shop.Base.wrapped",
        },
    ),
    (
        "borrowed",
        {
            "receiver": "shop.foreign",
            "where": "def foreign(self, sender): pass",
            "kind": "method",
            "bound_to": "<User 大象>",
        },
    ),
    (
        "User",
        {
            "receiver": "shop.User",
            "where": "    def __init__(self, sender=None): pass",
            "kind": "class",
        },
    ),
    ("closed", {"receiver": "shop.closing.<locals>.inner", "where": "    def inner(sender): pass"}),
    ("line", {"receiver": "shop.<lambda>", "where": "line = lambda sender: None"}),
    (
        "partial",
        {
            "receiver": "partial(shop.plain)",
            "where": "def plain(sender):",
            "doc": "Hears.",
            "kind": "partial",
            "inner": "shop.plain",
        },
    ),
    (
        "of_method",
        {
            "receiver": "partial(shop.User.hear)",
            "where": "    def hear(self, sender): pass",
            "kind": "partial",
            "bound_to": "<User 大象>",
            "inner": "shop.Base.hear",
        },
    ),
    (
        "of_coroutine",
        {
            "receiver": "partial(shop.coroutine)",
            "where": "async def coroutine(sender): pass",
            "async": True,
            "kind": "partial",
            "calls": "coroutine",
            "inner": "shop.coroutine",
        },
    ),
    (
        "of_async",
        {
            "receiver": "partial(shop.Async())",
            "where": "    async def __call__(self, sender):",
            "doc": "Awaits.",
            "kind": "partial",
            "calls": "async __call__",
            "inner": "shop.Async()",
        },
    ),
    (
        "print",
        {
            "receiver": "builtins.print",
            "where": None,
            "doc": print.__doc__.splitlines()[0],  # type: ignore[union-attr]
            "kind": "builtin",
        },
    ),
    (
        "words.append",
        {
            "receiver": "list.append",
            "where": None,
            "doc": list.append.__doc__,
            "kind": "builtin",
            "bound_to": "[]",
        },
    ),
]


@pytest.mark.parametrize(("receiver", "expected"), RECEIVERS, ids=[name for name, _ in RECEIVERS])
def test_a_receiver_is_told_as_what_it_is(
    app: Application, receiver: str, expected: dict[str, Any]
) -> None:
    looked = app.write(
        shop=f"{KINDS}receiver = {receiver}\nking.connect(receiver, weak=False)\n"
    ).look()

    told = looked.receiver("king")
    where = expected.pop("where")
    assert told.pop("where") == (None if where is None else f"shop.py:{line_of(where)}")
    assert told == {
        "weak": False,
        "async": False,
        "connections": [{"any": True, "sender": None}],
        "doc": None,
        "kind": "function",
        "calls": "plain",
        "bound_to": None,
        "inner": None,
        **expected,
    }
    assert looked.changed == {}


def line_of(text: str) -> int:
    """The line of the first of some lines, or of the last where that is given with its decorators."""
    lines = text.splitlines()
    last = LINES[lines[-1]]
    return last if lines[0].strip().startswith('"') else last - len(lines) + 1


def test_another_signals_send_has_that_signals_name(app: Application) -> None:
    looked = app.write(
        shop="""
            from blinker import Signal, signal
            king, echo = signal("king"), Signal()
            king.connect(echo.send, weak=False)
            king.connect(echo.send_async, weak=False)
        """
    ).look()

    receivers = looked.views["king"]["receivers"]
    assert [(r["receiver"], r["async"], r["bound_to"]) for r in receivers] == [
        ("shop.echo.send", False, "<signal shop.echo>"),
        ("shop.echo.send_async", True, "<signal shop.echo>"),
    ]


def test_weak_and_strong_receivers_are_told_apart(app: Application) -> None:
    looked = app.write(
        shop="""
            from blinker import signal
            def animal(sender): pass
            class Demon:
                def hear(self, sender): pass
            demon = Demon()
            king = signal("king")
            king.connect(animal)
            king.connect(demon.hear)
            king.connect(demon.hear.__func__, weak=False)
            king.disconnect(demon.hear, sender="大象")
            king.connect(animal, sender="大象")
        """
    ).look()

    receivers = looked.views["king"]["receivers"]
    assert [(r["receiver"], r["weak"]) for r in receivers] == [
        ("shop.animal", True),
        ("shop.Demon.hear", True),
        ("shop.Demon.hear", False),
    ]
    assert looked.summaries["king"] == [3, 4]


SENDERS: list[tuple[str, Any]] = [
    ("'大象'", "大象"),
    ("'1'", "1"),
    ("1", 1),
    ("True", 1),
    ("-7", -7),
    ("10**12 + 8", 10**12 + 8),
    ("Kind.RED", "red"),
    ("Number.ONE", 1),
    ("None", None),
    ("Ellipsis", "Ellipsis"),
    ("User", "<class 'shop.User'>"),
    ("User()", "<shop.User object>"),
    ("Named()", "<Named 大象>"),
    ("hear", "<function shop.hear>"),
    ("Named().hear", "<method shop.Named.hear>"),
    ("signal('king')", "<signal king>"),
    ("Signal()", "<signal shop.sender>"),
    ("__import__('json')", "<module 'json'>"),
    ("[1, 'a']", [1, "a"]),
    ("('a', [])", "<tuple object>"),
    ("[Broken()]", "<list object>"),
    ("Slots()", "<shop.Slots object>"),
    ("1.5", "unknown object"),
    ("Broken()", "<shop.Broken object>"),
    ("Importing()", "<shop.Importing object>"),
    ("Addressed()", "<thing>"),
    ("Lazy()", "<shop.Lazy object>"),
    ("Long()", "x" * 199 + "…"),
]


@pytest.mark.parametrize(("sender", "shown"), SENDERS, ids=[sender for sender, _ in SENDERS])
def test_senders_are_recovered(app: Application, sender: str, shown: object) -> None:
    looked = app.write(
        shop=f"""
            from enum import Enum, IntEnum
            from blinker import Signal, signal

            SAID = []

            class Kind(str, Enum):
                RED = "red"
            class Number(IntEnum):
                ONE = 1
            class User: pass
            class Named:
                def __repr__(self): return "<Named 大象>"
                def hear(self): pass
            class Slots:
                __slots__ = ()
            class Broken:
                def __repr__(self): raise ValueError
            class Importing:
                def __repr__(self):
                    import this
                    return "never"
            class Addressed:
                def __repr__(self): return f"<thing at {{hex(id(self))}}>"
            class Lazy:
                def __getattr__(self, name): SAID.append(name)
                def __repr__(self): SAID.append("repr")
            class Long:
                def __repr__(self): return "x" * 1000
            def hear(sender): pass

            sender = {sender}
            events = signal("events")
            events.connect(hear, sender=sender)
        """
    ).look()

    assert looked.senders("events") == [shown]
    row = looked.views["events"]["has_receivers_for"][1]
    assert (row["any"], row["sender"], row["result"]) == (False, shown, True)
    assert row["receivers_for"] == ["shop.hear"]
    assert looked.said == []
    assert looked.changed == {}


def test_a_sender_that_is_gone_and_one_that_looks_alike(app: Application) -> None:
    looked = app.write(
        shop="""
            from blinker import signal
            class User:
                def hear(self, sender): pass
            def hear(sender): pass
            events = signal("events")
            first, second = User(), User()
            for sender in (first, second, User(), second.hear):
                events.connect(hear, sender=sender)
            events._by_sender[(1, 2)].add(id(hear))
        """
    ).look()

    assert looked.senders("events") == [
        "<shop.User object>",
        "<shop.User object> #2",
        "<method shop.User.hear>",
        "unknown object",
    ]


def test_what_only_says_that_it_is_a_method_is_told_as_the_one_it_stands_for(
    app: Application,
) -> None:
    """As the bound methods of wrapt: blinker's weak reference to one can't be followed."""
    looked = app.write(
        shop="""
            from blinker import signal

            class Bound:
                def __init__(self, method, wrapper): self.method = method
                def __getattr__(self, name): return getattr(self.method, name)
                __class__ = property(lambda self: type(self.method))
                def __call__(self, *given): return self.method(*given)

            class User:
                def hear(self, sender): pass

            user = User()
            bound = Bound(user.hear, None)
            events = signal("events")
            events.connect(bound)
            events.connect(user.hear, sender=bound)
        """
    ).look()

    assert looked.receiver("events")["receiver"] == "shop.User.hear"
    assert looked.senders("events") == [None, "<method shop.User.hear>"]
    assert looked.changed == {}


def test_an_address_is_not_told_as_a_number(app: Application) -> None:
    """Python tracks neither bytes nor what is near large ones, so that nothing tells of them."""
    looked = app.write(
        shop="""
            from blinker import signal
            def hear(sender): pass
            events = signal("events")
            large = [bytes(size << 20) for size in range(8, 24)]
            for sender in (*large, 8, 1 << 31, 1 << 60, -8):
                events.connect(hear, sender=sender)
        """
    ).look()

    unknown = ["unknown object", *(f"unknown object #{number}" for number in range(2, 17))]
    assert looked.senders("events") == [*unknown, 8, 1 << 31, 1 << 60, -8]


def test_the_reason_of_one_that_is_skipped_names_the_objects(app: Application) -> None:
    app.write(
        shop="""
            from blinker import signal

            class User:
                def __eq__(self, other): raise AssertionError
                __hash__ = __str__ = __eq__

                def __repr__(self): return "<User>"

            def hear(sender): pass

            events = signal("events")
            events.connect(hear, sender=User)
            events.connect(hear, sender="5")
        """
    )
    script = (
        "import shop\n"
        "from signalcli.apps.discovery.discover import discover\n"
        "from signalcli.apps.receiver_info import ApplicationRoster\n"
        "from signalcli.rollcall import call_the_roll\n"
        "roster = ApplicationRoster(discover())\n"
        "for sender in (5, shop.User(), shop.User):\n"
        "    print(*call_the_roll(shop.events, roster, sender).reasons.values())\n"
    )

    said = app.run(script)

    assert said.splitlines() == [
        "listens only to <class 'shop.User'>, the text \"5\", and this sender is the integer 5",
        "listens only to <class 'shop.User'>, \"5\"",
        "listens to <class 'shop.User'>",
    ]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python marks none before")
def test_a_function_that_is_marked_as_a_coroutine_is_one(app: Application) -> None:
    looked = app.write(
        shop="""
            import inspect
            from blinker import signal

            @inspect.markcoroutinefunction
            def later(sender): pass

            signal("king").connect(later)
        """
    ).look()

    assert looked.receiver("king")["async"] is True
