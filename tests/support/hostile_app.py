"""An application whose objects write a line to the file NOTES each time that code of theirs runs.

They are attributes of modules, of the application and of classes, items of containers, senders, filters,
receivers, results, payload values, and what receivers and exceptions hold.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import types
from typing import Any

from blinker import Namespace, Signal, signal
from flask import Flask
from werkzeug.local import LocalProxy
from wrapt import LazyObjectProxy, ObjectProxy

SPECIAL = [
    "__repr__",
    "__str__",
    "__format__",
    "__bytes__",
    "__eq__",
    "__ne__",
    "__lt__",
    "__hash__",
    "__bool__",
    "__len__",
    "__iter__",
    "__contains__",
    "__getitem__",
    "__dir__",
    "__index__",
    "__int__",
    "__float__",
    "__complex__",
    "__fspath__",
    "__length_hint__",
    "__reduce_ex__",
    "__sizeof__",
    "__instancecheck__",
    "__subclasscheck__",
    "__await__",
    "__aiter__",
    "__next__",
    "__get__",
    "__missing__",
    "__copy__",
    "__deepcopy__",
    "keys",
    "items",
    "values",
    "bit_length",
]
PROPERTIES = [
    "__signature__",
    "__wrapped__",
    "__code__",
    "__func__",
    "__self__",
    "__defaults__",
    "__kwdefaults__",
    "__dict__",
    "__annotations__",
    "__text_signature__",
    "__closure__",
    "__globals__",
    "__doc__",
    "__name__",
    "__module__",
    "__traceback__",
    "name",
    "id",
    "pk",
    "key",
    "args",
    "message",
    "strerror",
    "exceptions",
    "_meta",
    "_sa_instance_state",
    "_data",
    "__data__",
    "_name_",
    "_value_",
    "is_muted",
    "receivers",
    "_by_sender",
    "_by_receiver",
    "_is_coroutine",
    "_is_coroutine_mark",
    "func",
    "keywords",
]
OF_CLASSES = ("__name__", "__module__", "__doc__", "__dict__")
OF_SIGNALS = ("__dict__", "receivers", "is_muted", "_by_sender", "_by_receiver")


def note(what: str) -> None:
    """Write down what ran."""
    with open(os.environ["NOTES"], "a") as file:
        file.write(f"{what}\n")


def noting(base: type, kind: str, name: str) -> Any:
    """A special method that notes its call, and does what that of the base does."""

    def method(self: Any, *given: Any, **named: Any) -> Any:
        note(f"{kind}.{name}")
        return getattr(base, name, lambda *_: NotImplemented)(self, *given, **named)

    return method


def noting_property(kind: str, name: str) -> property:
    """A property that notes its call, and has no value."""

    def get(self: Any) -> Any:
        note(f"{kind}.{name}")
        raise AttributeError(name)

    return property(get)


def hostile(
    name: str, base: Any = object, metaclass: Any = type, leave: tuple[str, ...] = (), **own: Any
) -> Any:
    """A class whose special methods, attributes and properties note that they run."""

    def read(self: Any, attribute: str) -> Any:
        note(f"{name}.__getattribute__({attribute!r})")
        return base.__getattribute__(self, attribute)

    def look_up(self: Any, attribute: str) -> Any:
        note(f"{name}.__getattr__({attribute!r})")
        raise AttributeError(attribute)

    def class_of(self: Any) -> type:
        note(f"{name}.__class__")
        return type(self)

    members: dict[str, Any] = {
        one: noting_property(name, one) for one in PROPERTIES if one not in leave
    }
    methods = [one for one in SPECIAL if base is object or hasattr(base, one)]
    members |= {one: noting(base, name, one) for one in methods}
    members |= {"__getattribute__": read, "__getattr__": look_up, "__class__": property(class_of)}
    return metaclass(name, (base,), {**members, **own})


def called(self: Any, *given: Any, **named: Any) -> Any:
    """Note a call of a receiver, and return objects that note what is done with them."""
    note("called")
    return things


def raises(self: Any, *given: Any, **named: Any) -> Any:
    """Raise an exception with methods of its own."""
    raise errors[0]


Meta = hostile("Meta", type, leave=OF_CLASSES)
Thing, Odd = hostile("Thing"), hostile("Odd", metaclass=Meta)
Caller = hostile("Caller", __call__=called)
OddCaller = hostile("OddCaller", metaclass=Meta, __call__=called)
Raiser = hostile("Raiser", __call__=raises)
Text, Number, Real = hostile("Text", str), hostile("Number", int), hostile("Real", float)
Table, Items, Pair = hostile("Table", dict), hostile("Items", list), hostile("Pair", tuple)
Group, Module = hostile("Group", set), hostile("Module", types.ModuleType)
Error = hostile("Error", ValueError)
Ringing = hostile("Ringing", Signal, leave=OF_SIGNALS)
Names = hostile("Names", Namespace)


class Resolving:
    """A lazy object, as Django's."""

    def __getattr__(self, name: str) -> Any:
        note(f"resolved for {name}")
        return getattr(app, name)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        note("resolved for its class")
        return Flask

    def __call__(self, *given: Any, **named: Any) -> Any:
        note("called")
        return thing


def resolve() -> Any:
    """What a lazy object does at its first use, such as a query."""
    note("a proxy was resolved")
    return app


app = Flask("shop")
things: list[Any] = [
    *(Thing(), Odd(), Text("x"), Number(5), Real(1.5)),
    *(Table(a=1), Items([1]), Pair((1,)), Group([1])),
]
thing, odd, text, number = things[:4]
errors: list[Any] = [Error("of the shop"), Error(thing), OSError(2, text)]
current, resolving = LocalProxy(resolve), Resolving()
wrapped, lazy = ObjectProxy(Thing()), LazyObjectProxy(resolve)
module: Any = Module("shop_lazy")
sys.modules |= {"shop_lazy": module, "shop_current": current, "shop_thing": thing}  # type: ignore[dict-item]
every = [*things, *errors, current, resolving, wrapped, lazy, module, Odd]
by_number = dict(enumerate(every))
app.extensions["all"] = every
vars(app).update((f"own_{number}", one) for number, one in by_number.items())


class Holder:
    """A class that has some of them."""

    held, one, proxy = every, thing, current

    def hear(self, sender: Any, **payload: Any) -> None:
        """Hear a signal."""


def made(*held: Any, default: Any = thing) -> Any:
    """A receiver that holds some of them."""

    def receiver(sender: Any, other: Any = default, **payload: Any) -> Any:
        return held

    return receiver


def decorated(receiver: Any) -> Any:
    """A receiver with attributes that a decorator may give it."""
    receiver.__wrapped__, receiver.__signature__, receiver.__doc__ = current, thing, text
    receiver.__annotations__["sender"] = thing
    return receiver


king, wide, lonely = signal("king"), signal("wide"), Signal(doc=text)
ringing, names = Ringing(), Names()
names_king = names.signal("king")
nested = {"a": [Signal()], "b": every}
callers = [Caller(), OddCaller(), resolving, made(*every), made(), decorated(made(current))]
callers += [functools.partial(made(), 1, extra=odd), functools.partial(callers[0], thing)]
callers += [types.MethodType(callers[1], thing), types.MethodType(Holder.hear, odd), Holder().hear]
for one in every:
    king.connect(made(*every), sender=one, weak=False)
for caller in callers:
    for heard in (king, wide, ringing, names_king):
        heard.connect(caller, weak=False)
    wide.connect(caller, sender="x", weak=False)
lonely.connect(Raiser(), weak=False)


@app.route("/")
def index() -> str:
    """Send everything, in each way."""
    for sender in every:
        wide.send(sender, **{f"key_{number}": one for number, one in by_number.items()})
        ringing.send(sender)
        with contextlib.suppress(ValueError):
            lonely.send(sender, given=sender)
    king.send(app)
    names_king.send(thing)
    return "fine"


note("imported")
