"""Names and kinds of an application's receivers."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import wrapt

from signalcli.signals.reflection import class_name
from tests.support.discovering import Application

KINDS = '''
import functools, wrapt
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
    def of_none(sender): pass
    @dec
    def wrapped(self, sender): pass

class User(Base):
    def __init__(self, sender=None): self.name = "大象"

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
def logged(function):
    def call(sender): return function(sender)
    return call
def of_loop(function):
    def call(sender, function=function): return function(sender)
    return call
class Holder:
    def __init__(self, function): self.__wrapped__ = function
    def __call__(self, sender): return None
@wrapt.decorator
def traced(function, instance, given, named): return function(*given, **named)
class Tracer:
    @traced
    def hear(self, sender): return None
tracer = Tracer()
log_plain = logged(plain)
log_twice = logged(logged(user.hear))
loop_plain = of_loop(plain)
holder = Holder(plain)
trace_plain = traced(plain)
trace_coroutine = traced(coroutine)
trace_partial = functools.partial(trace_plain)
words = []
line = lambda sender: None
king = signal("king")
'''

LINES = {line: number for number, line in enumerate(KINDS.splitlines(), start=1)}

IN_CODE = sys.version_info >= (3, 11)
"""Whether code has a qualified name."""
CALL = "    def call(sender): return function(sender)"
WRAPT = class_name(wrapt.FunctionWrapper)
DEC = "shop.dec.<locals>.wrapper" if IN_CODE else "shop.wrapper"


def case(code: str, receiver: str, where: str | None, **details: Any) -> Any:
    """Return a case: the code of a receiver, its name, its first line, and what no plain function has."""
    if "is_async" in details:
        details["async"] = details.pop("is_async")
    return pytest.param(code, where, {"receiver": receiver, **details}, id=code)


RECEIVERS = [
    case("plain", "shop.plain", "def plain(sender):", doc="Hears."),
    case(
        "coroutine", "shop.coroutine", "async def coroutine(sender): pass", is_async=True,
        calls="coroutine"
    ),
    case("generator", "shop.generator", "async def generator(sender): yield", calls="async generator"),
    case(
        "wrapped", "shop.wrapped", "@dec\ndef wrapped(sender): pass", inner="shop.wrapped",
        wrapped_by=DEC
    ),
    case(
        "wrapped_coroutine", "shop.wrapped_coroutine", "@dec\nasync def wrapped_coroutine(sender): pass",
        calls="sync wrapper of a coroutine", inner="shop.wrapped_coroutine", wrapped_by=DEC
    ),
    case("log_plain", "shop.logged.<locals>.call(shop.plain)", CALL),
    case("log_twice", "shop.logged.<locals>.call(shop.logged.<locals>.call(shop.User.hear))", CALL),
    case(
        "loop_plain", "shop.of_loop.<locals>.call(shop.plain)",
        "    def call(sender, function=function): return function(sender)"
    ),
    case(
        "holder", "shop.plain", "def plain(sender):", doc="Hears.", inner="shop.plain",
        kind="instance", wrapped_by="shop.Holder"
    ),
    case(
        "trace_plain", "shop.plain", "def plain(sender):", doc="Hears.", inner="shop.plain",
        kind="instance", wrapped_by=WRAPT
    ),
    case(
        "trace_coroutine", "shop.coroutine", "async def coroutine(sender): pass", is_async=True,
        kind="instance", calls="coroutine", inner="shop.coroutine", wrapped_by=WRAPT
    ),
    case(
        "trace_partial", "partial(shop.plain)", "def plain(sender):", doc="Hears.",
        inner="shop.plain", kind="partial"
    ),
    case(
        "tracer.hear", "shop.Tracer.hear", "    @traced\n    def hear(self, sender): return None",
        kind="instance", bound_to="<shop.Tracer object>", inner="shop.Tracer.hear",
        wrapped_by=class_name(wrapt.BoundFunctionWrapper)
    ),
    case(
        "twice", "shop.twice", "@dec\n@dec\nasync def twice(sender): pass",
        calls="sync wrapper of a coroutine", inner="shop.twice", wrapped_by=DEC
    ),
    case(
        "task", "shop.task", "@Task\ndef task(sender): pass", kind="instance", inner="shop.task",
        wrapped_by="shop.Task"
    ),
    case(
        "async_task", "shop.async_task", "@Task\nasync def async_task(sender): pass", kind="instance",
        calls="sync wrapper of a coroutine", inner="shop.async_task", wrapped_by="shop.Task"
    ),
    case(
        "cached", "shop.cached", "@functools.lru_cache\ndef cached(sender): pass", kind="instance",
        inner="shop.cached", wrapped_by="functools._lru_cache_wrapper"
    ),
    case(
        "Async()", "shop.Async()", "    async def __call__(self, sender):", doc="Awaits.",
        kind="instance", calls="async __call__"
    ),
    case(
        "late", "shop.Async.__call__", "    async def __call__(self, sender):", is_async=True,
        doc="Awaits.", kind="method", calls="coroutine", bound_to="<shop.Async object>"
    ),
    case(
        "Sync()", "shop.Sync()", '    """Called."""\n    def __call__(self, sender): pass',
        doc="Called.", kind="instance"
    ),
    case(
        "user.hear", "shop.User.hear", "    def hear(self, sender): pass", kind="method",
        bound_to="<User '大象'>"
    ),
    case(
        "user.hear_later", "shop.User.hear_later", "    async def hear_later(self, sender): pass",
        is_async=True, kind="method", calls="coroutine", bound_to="<User '大象'>"
    ),
    case(
        "User.of_class", "shop.User.of_class", "    @classmethod", kind="method",
        bound_to="<class 'shop.User'>"
    ),
    case("User.of_none", "shop.Base.of_none", "    @staticmethod"),
    case(
        "user.wrapped", "shop.User.wrapped", "    @dec", kind="method", bound_to="<User '大象'>",
        inner="shop.Base.wrapped", wrapped_by=DEC
    ),
    case(
        "borrowed", "shop.foreign", "def foreign(self, sender): pass", kind="method",
        bound_to="<User '大象'>"
    ),
    case("User", "shop.User", '    def __init__(self, sender=None): self.name = "大象"', kind="class"),
    case("closed", "shop.closing.<locals>.inner", "    def inner(sender): pass"),
    case("line", "shop.<lambda>", "line = lambda sender: None"),
    case(
        "partial", "partial(shop.plain)", "def plain(sender):", doc="Hears.", kind="partial",
        inner="shop.plain"
    ),
    case(
        "of_method", "partial(shop.User.hear)", "    def hear(self, sender): pass", kind="partial",
        bound_to="<User '大象'>", inner="shop.Base.hear"
    ),
    case(
        "of_coroutine", "partial(shop.coroutine)", "async def coroutine(sender): pass",
        is_async=True, kind="partial", calls="coroutine", inner="shop.coroutine"
    ),
    case(
        "of_async", "partial(shop.Async())", "    async def __call__(self, sender):", doc="Awaits.",
        kind="partial", calls="async __call__", inner="shop.Async()"
    ),
    case("print", "builtins.print", None, doc=str(print.__doc__).splitlines()[0], kind="builtin"),
    case("words.append", "list.append", None, doc=list.append.__doc__, kind="builtin", bound_to="[]"),
]  # fmt: skip


@pytest.mark.parametrize(("receiver", "where", "expected"), RECEIVERS)
def test_a_receiver_is_reported_as_what_it_is(
    app: Application, receiver: str, where: str | None, expected: dict[str, Any]
) -> None:
    looked = app.look_at(f"{KINDS}receiver = {receiver}\nking.connect(receiver, weak=False)\n")

    assert looked.receiver("king") == {
        "where": None if where is None else f"shop.py:{line_of(where)}",
        "weak": False,
        "async": False,
        "connections": [{"any": True, "sender": None}],
        "doc": None,
        "kind": "function",
        "calls": "plain",
        "bound_to": None,
        "inner": None,
        "sends": None,
        "wrapped_by": None,
        "holds": None,
        "connected_at": None,
        **expected,
    }


@pytest.mark.parametrize(
    ("receiver", "name", "signal"),
    [
        ("other.send", "shop.other.send", "shop.other"),
        ("other.send_async", "shop.other.send_async", "shop.other"),
        ("functools.partial(other.send, 'x')", "partial(shop.other.send)", "shop.other"),
        ("other.connect", "shop.other.connect", None),
        ("user.send", "shop.User.send", None),
    ],
)
def test_the_send_of_a_signal_names_that_signal(
    app: Application, receiver: str, name: str, signal: str | None
) -> None:
    sends = "User.send = lambda self, sender: None\nUser.send.__qualname__ = 'User.send'\n"
    sends += f"User.send.__name__ = 'send'\nreceiver = {receiver}\n"

    looked = app.write(shop=f"{KINDS}{sends}king.connect(receiver, weak=False)\n").look()

    reported = looked.receiver("king")
    assert (reported["receiver"], reported["sends"]) == (name, signal)


def line_of(text: str) -> int:
    """The line of the first of some lines, or of the last where that is given with its decorators."""
    lines = text.splitlines()
    last = LINES[lines[-1]]
    return last if lines[0].strip().startswith('"') else last - len(lines) + 1


def test_receivers_of_one_name_are_distinguished_by_what_they_hold(app: Application) -> None:
    looked = app.look_at("""
        import functools
        from blinker import signal

        class Plugin:
            def __init__(self, name): self.name = name
            def __repr__(self): raise AssertionError
            def hear(self, sender): pass

        def register(plugin, number):
            def receiver(sender, number=number): return plugin
            return receiver

        def plain(sender, *given, **named): pass

        def only(number):
            def receiver(sender): return number
            return receiver

        events = signal("events")
        plugins = [Plugin("map"), Plugin("feed")]
        for number, plugin in enumerate(plugins):
            events.connect(register(plugin, number), weak=False)
            events.connect(functools.partial(plain, number, plugin=plugin), weak=False)
            events.connect(plugin.hear)
        events.connect(only(1), weak=False)
    """)

    reported_text = {
        (r["receiver"], r["holds"] or r["bound_to"]) for r in looked.views["events"]["receivers"]
    }
    assert reported_text == {
        ("shop.register.<locals>.receiver", "plugin=<Plugin 'map'>, number=0"),
        ("shop.register.<locals>.receiver", "plugin=<Plugin 'feed'>, number=1"),
        ("partial(shop.plain)", "0, plugin=<Plugin 'map'>"),
        ("partial(shop.plain)", "1, plugin=<Plugin 'feed'>"),
        ("shop.Plugin.hear", "<Plugin 'map'>"),
        ("shop.Plugin.hear", "<Plugin 'feed'>"),
        ("shop.only.<locals>.receiver", None),
    }


def test_another_signals_send_has_that_signals_name(app: Application) -> None:
    looked = app.look_at("""
        from blinker import Signal, signal
        king, echo = signal("king"), Signal()
        king.connect(echo.send, weak=False)
        king.connect(echo.send_async, weak=False)
    """)

    receivers = looked.views["king"]["receivers"]
    assert [(r["receiver"], r["async"], r["bound_to"]) for r in receivers] == [
        ("shop.echo.send", False, "<signal shop.echo>"),
        ("shop.echo.send_async", True, "<signal shop.echo>"),
    ]


def test_weak_and_strong_receivers_are_distinguished(app: Application) -> None:
    looked = app.look_at("""
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
    """)

    receivers = looked.views["king"]["receivers"]
    assert [(r["receiver"], r["weak"]) for r in receivers] == [
        ("shop.animal", True),
        ("shop.Demon.hear", True),
        ("shop.Demon.hear", False),
    ]
    assert looked.summaries["king"] == [3, 4]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python marks none before")
def test_a_function_that_is_marked_as_a_coroutine_is_one(app: Application) -> None:
    looked = app.look_at("""
        import inspect
        from blinker import signal

        @inspect.markcoroutinefunction
        def later(sender): pass

        signal("king").connect(later)
    """)

    assert looked.receiver("king")["async"] is True
