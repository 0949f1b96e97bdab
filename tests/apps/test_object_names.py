"""What senders, filters and results of an application are called, without running its code."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import functools
import gc
import pathlib
import re
import sys
import threading
import types
import uuid
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import flask
import pytest
import wrapt

from signalcli.apps.describing.object_names import ObjectNames

HERE = __name__
RAN: list[str] = []


def trap(name: str) -> Any:
    """A method that must not run."""

    def method(*given: object, **named: object) -> Any:
        RAN.append(name)
        raise AssertionError(name)

    return method


ASKING = "__repr__ __str__ __eq__ __hash__ __bool__ __len__ __iter__ __getattr__ __getattribute__"
TRAPS: dict[str, Any] = {name: trap(name) for name in ASKING.split()}
Hostile = types.new_class(
    "Hostile",
    (),
    {"metaclass": type("Meta", (type,), {**TRAPS, "__instancecheck__": trap("isinstance")})},
    lambda own: own.update(TRAPS, __class__=property(trap("class")), __module__=HERE),
)


def made(name: str, base: type, /, *given: object, **own: object) -> Any:
    """An instance of a class of this name, all of whose methods are traps."""
    kind = type(name, (base,), {**TRAPS, "items": trap("items"), "__module__": HERE})
    thing = base.__new__(kind, *given)
    base.__init__(thing, *given)  # type: ignore[misc]
    object.__getattribute__(thing, "__dict__").update(own)
    return thing


class Slots:
    __slots__ = ("name",)
    name: str


class Plain:
    pass


class Fleeting:
    pass


class Color(enum.Enum):
    RED = "red"


class Kind(enum.StrEnum if hasattr(enum, "StrEnum") else str):  # type: ignore[misc]
    NEW = "new"


Point = collections.namedtuple("Point", "x y")


@dataclasses.dataclass
class Order:
    id: int
    item: object = "tea"
    secret: str = dataclasses.field(default="x", repr=False)
    shared: ClassVar[int] = 1


@dataclasses.dataclass
class SlotOrder:
    __slots__ = ("id",)
    id: int


def slots(name: str) -> Slots:
    thing = Slots()
    thing.name = name
    return thing


def numbers() -> Iterator[int]:
    yield 1


def row(state: object) -> Any:
    return made("Item", object, _sa_instance_state=state)


class State:
    """The state that SQLAlchemy keeps for an instance."""

    def __init__(self, key: object) -> None:
        self.key = key


class Field:
    def __init__(self, **own: str) -> None:
        self.__dict__.update(own)


class Options:
    def __init__(self, **own: Field) -> None:
        self.__dict__.update(own)


class Page:  # as in Django
    _meta = Options(pk=Field(attname="path"))

    def __init__(self) -> None:
        self._state, self.path, self.title = object(), "/a", "A"


class Note:  # as in peewee
    _meta = Options(primary_key=Field(name="code"))

    def __init__(self) -> None:
        self.__data__ = {"code": "n1", "text": "x"}


class ObjectId:  # as in bson
    __slots__ = ("__id",)

    def __init__(self) -> None:
        self.__id = bytes(range(12))


class Post:  # as in mongoengine
    def __init__(self) -> None:
        self._data = {"id": ObjectId(), "title": "x"}


CYCLE: list[Any] = []
CYCLE.append(CYCLE)
LOOP: dict[str, Any] = {}
LOOP["self"] = LOOP
SETTINGS = {f"SETTING_{number}": "x" * 50 for number in range(400)}
NAMESPACE = types.SimpleNamespace(a=made("Own", object))
hidden = made("Hidden", object)

NAMES: dict[str, tuple[object, object]] = {
    "text": ("大象", "大象"),
    "an integer": (7, 7),
    "a float": (1.5, 1.5),
    "infinity": (float("inf"), "inf"),
    "none": (None, None),
    "a short dict": ({"a": [1, None, True]}, {"a": [1, None, True]}),
    "long text": ("it's" * 100, f"{'it' + chr(39) + 's'}" * 75 + "… (text of 400 characters)"),
    "a large integer": (10**5000, "<int of 16610 bits>"),
    "a tuple": ((1, "a", ()), "(1, 'a', ())"),
    "a tuple of one": ((1,), "(1,)"),
    "a set": ({2, 1}, "{1, 2}"),
    "an empty set": (set(), "set()"),
    "a frozenset": (frozenset({1}), "frozenset({1})"),
    "bytes": (b"xyz", "b'xyz'"),
    "complex": (2 + 3j, "(2+3j)"),
    "a range": (range(3), "range(0, 3)"),
    "a deque": (collections.deque([1]), "deque([1])"),
    "an ordered dict": (collections.OrderedDict(a=1), "OrderedDict({'a': 1})"),
    "a counter": (collections.Counter("aab"), "Counter({'a': 2, 'b': 1})"),
    "keys of other types": ({(1, 2): 3}, "{(1, 2): 3}"),
    "a list that holds itself": (CYCLE, "[[...]]"),
    "a dict that holds itself": (LOOP, "{'self': {...}}"),
    "deep lists": ((((((((1,),),),),),),), "((((((…,),),),),),) (tuple of 1 item)"),
    "a list of objects": ([Plain()], f"[<{HERE}.Plain object>]"),
    "a dict of its own class": (made("Config", dict, {"a": 1}), "Config({'a': 1})"),
    "a list of its own class": (made("Rows", list, [1]), "Rows([1])"),
    "a tuple of its own class": (made("Pair", tuple, (1, 2)), "Pair((1, 2))"),
    "text of its own class": (made("Name", str, "x"), "x"),
    "an integer of its own class": (made("Number", int, 3), 3),
    "text of its own class, within": ([made("Name", str, "x")], "['x']"),
    "a named tuple": (Point(1, made("Own", object)), f"Point(x=1, y=<{HERE}.Own object>)"),
    "a dataclass": (Order(5), "Order(id=5, item='tea')"),
    "a dataclass with slots": (SlotOrder(5), "SlotOrder(id=5)"),
    "an enumeration": (Color.RED, "<Color.RED: 'red'>"),
    "a namespace": (NAMESPACE, f"namespace(a=<{HERE}.Own object>)"),
    "a date and time": (
        datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc),
        "datetime.datetime(2026, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)",
    ),
    "a time zone of its own class": (
        datetime.datetime(2026, 1, 2, tzinfo=made("Zone", datetime.tzinfo)),
        "<datetime.datetime object>",
    ),
    "a date": (datetime.date(2026, 1, 2), "datetime.date(2026, 1, 2)"),
    "a date of its own class": (made("Day", datetime.date, 2026, 1, 2), f"<{HERE}.Day object>"),
    "a decimal": (decimal.Decimal("1.50"), "Decimal('1.50')"),
    "a UUID": (uuid.UUID(int=5), "UUID('00000000-0000-0000-0000-000000000005')"),
    "a path": (pathlib.PurePosixPath("/x"), "PurePosixPath('/x')"),
    "a pattern": (re.compile("x"), "re.compile('x')"),
    "an exception": (ValueError("x", Plain()), f"ValueError('x', <{HERE}.Plain object>)"),
    "a generator": (numbers(), "<generator object numbers>"),
    "a function": (numbers, f"<function {HERE}.numbers>"),
    "a built-in function": (len, "<built-in function len>"),
    "a partial": (functools.partial(numbers), f"partial(<function {HERE}.numbers>)"),
    "a class": (Plain, f"<class '{HERE}.Plain'>"),
    "a class of a hostile metaclass": (Hostile, f"<class '{HERE}.Hostile'>"),
    "an object of such a class": (Hostile(), f"<{HERE}.Hostile object>"),
    "a module": (re, "<module 're'>"),
    "an object without anything": (object(), "<object object>"),
    "an application": (flask.Flask("shop"), "<Flask 'shop'>"),
    "a blueprint": (flask.Blueprint("admin", "x"), "<Blueprint 'admin'>"),
    "a thread": (threading.Thread(name="worker"), "<Thread 'worker'>"),
    "a slot": (slots("x"), "<Slots 'x'>"),
    "an id": (made("Own", object, id=5, name="x"), "<Own 5>"),
    "a name": (made("Own", object, name="x"), "<Own 'x'>"),
    "an id that is no value": (made("Own", object, id=[], title="x"), "<Own 'x'>"),
    "an id of a standard class": (
        made("Own", object, id=uuid.UUID(int=5)),
        "<Own UUID('00000000-0000-0000-0000-000000000005')>",
    ),
    "a row of SQLAlchemy": (row(State((Plain, (1,), None))), "<Item 1>"),
    "a key of two columns": (row(State((Plain, (1, "b"), None))), "<Item 1, 'b'>"),
    "a new row": (row(State(None)), f"<{HERE}.Item object>"),
    "a model of Django": (Page(), "<Page '/a'>"),
    "a model of peewee": (Note(), "<Note 'n1'>"),
    "a document of mongoengine": (Post(), "<Post '000102030405060708090a0b'>"),
    "a proxy of a module": (hidden, "<Hidden 'hidden'>"),
    "flask's proxy": (flask.current_app, "<LocalProxy 'current_app'>"),
    "an object of wrapt": (wrapt.ObjectProxy({}), "<wrapt.proxies.ObjectProxy object>"),
    "a lazy object of wrapt": (
        wrapt.LazyObjectProxy(trap("lazy")),
        "<wrapt.proxies.LazyObjectProxy object>",
    ),
}


@pytest.mark.parametrize("what", NAMES)  # pytest would look at the objects
def test_an_object_is_named_without_code_of_its_own(what: str) -> None:
    thing, name = NAMES[what]
    RAN.clear()
    found = ObjectNames().sender(thing)

    assert RAN == []
    assert (found if isinstance(found, (list, dict)) or found == name else str(found)) == name


LARGE: list[tuple[object, str]] = [
    (SETTINGS, "dict of 400 items"),
    (made("Settings", dict, SETTINGS), "Settings of 400 items"),
    (list(range(10**6)), "list of 1000000 items"),
    (("a", [1] * 10**6), "tuple of 2 items"),
    (b"x" * 10**6, "bytes of 1000000 bytes"),
    ("x" * 10**6, "text of 1000000 characters"),
    ({"a": {"b": "x" * 10**6}}, "dict of 1 item"),
    ([list(range(9))] * 10**6, "list of 1000000 items"),
    (["it's" * 10**3], "list of 1 item"),
    (["\0\n" * 10**3], "list of 1 item"),
]


@pytest.mark.parametrize("number", range(len(LARGE)))
def test_what_is_large_is_shown_within_a_limit_with_its_size(number: int) -> None:
    thing, size = LARGE[number]
    name = str(ObjectNames().sender(thing))

    assert name.endswith(f" ({size})")
    assert name.count('"') in (0, 2)
    assert "…" in name
    assert len(name) < 400


@pytest.mark.parametrize(
    "new", [Plain, lambda: made("Own", object, name="x"), lambda: (1, "x", [])]
)
def test_two_objects_of_one_name_have_numbers_that_they_keep(new: Callable[[], object]) -> None:
    names = ObjectNames()
    first, second, third = new(), new(), new()

    text = str(names.sender(first))
    assert [str(names.sender(one)) for one in (second, first, third, second)] == [
        f"{text} #2",
        text,
        f"{text} #3",
        f"{text} #2",
    ]


def test_no_object_lives_longer_for_its_name_and_no_other_takes_its_number() -> None:
    names, seen = ObjectNames(), set()

    for _ in range(3):
        one = Fleeting()
        seen.add(str(names.sender(one)))
        del one
        gc.collect()

    text = f"<{HERE}.Fleeting object>"
    assert seen == {text, f"{text} #2", f"{text} #3"}
    assert sum(type(thing) is Fleeting for thing in gc.get_objects()) == 0


def test_a_proxy_has_the_name_that_its_module_has_for_it() -> None:
    RAN.clear()
    module, names = types.ModuleType("shop"), ObjectNames()
    first, second, third = (made("Own", object) for _ in range(3))
    module.first, module.second = first, second  # type: ignore[attr-defined]

    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(sys.modules, "shop", module)
        reported = [str(names.value(one)) for one in (first, second, third, first)]
        del module.first
        module.third = third  # type: ignore[attr-defined]
        patched.setitem(sys.modules, "shop.later", types.ModuleType("shop.later"))
        reported += [str(names.value(one)) for one in (first, third)]

    nameless = f"<{HERE}.Own object>"
    assert reported == [
        "<Own 'first'>",
        "<Own 'second'>",
        nameless,
        "<Own 'first'>",
        nameless,
        "<Own 'third'>",
    ]
    assert RAN == []


def test_the_modules_are_not_searched_for_each_of_many_proxies() -> None:
    class Proxy:
        __class__ = property(trap("class"))

    names, searched = ObjectNames(), 0

    def profile(frame: types.FrameType, event: str, argument: object) -> None:
        nonlocal searched
        searched += event == "call" and frame.f_code.co_name == "_holders"

    sys.setprofile(profile)
    try:
        for proxy in [Proxy() for _ in range(100)]:
            names.value(proxy)
    finally:
        sys.setprofile(None)

    assert searched == 10


def test_values_have_no_numbers() -> None:
    names = ObjectNames()

    assert [str(names.value(Plain())) for _ in range(2)] == [f"<{HERE}.Plain object>"] * 2


def test_an_object_is_asked_for_its_repr_if_the_user_asks_for_that() -> None:
    class Asked:
        def __repr__(self) -> str:
            return "<asked at 0x7f00>" + "x" * 1000

    name = str(ObjectNames(asks_repr=True).sender(Asked()))

    assert name.startswith("<asked>xxx")
    assert len(name) <= 301


class Worded(ValueError):
    def __str__(self) -> str:
        RAN.append("str")
        return "its own words"


def caught(code: str) -> BaseException:
    """The exception that code of Python raises."""
    try:
        exec(code)  # noqa: S102 - the code is below
    except BaseException as error:  # noqa: BLE001
        return error
    raise AssertionError(code)


@pytest.mark.parametrize(
    "code",
    [
        "raise ValueError('no', 5)",
        "raise ValueError",
        "raise KeyError('item')",
        "raise KeyError(('item', 1))",
        "open('missing')",
        "open(pathlib.Path('missing'))",
        "import missing_module",
        "compile('1 +', 'file.py', 'exec')",
        "b'\\xff'.decode()",
        "int('x')",
        "object().x",
        "raise RuntimeError(datetime.date(2026, 1, 2))",
        "raise RuntimeError(None)",
        "raise RuntimeError([1, 'a'])",
        "raise SystemExit(3)",
    ],
)
def test_the_message_of_an_exception_of_python_is_its_own(code: str) -> None:
    error = caught(code)

    assert ObjectNames().message(error) == str(error)


def test_the_message_of_another_exception_is_written_without_its_code() -> None:
    errors = (
        Worded("no tea"),
        Worded(),
        Worded("no", 5),
        ValueError(Hostile()),
        OSError(2, "no", Hostile()),
    )
    RAN.clear()

    assert [ObjectNames().message(error) for error in errors] == [
        "no tea",
        "",
        "('no', 5)",
        f"<{HERE}.Hostile object>",
        "(2, 'no')",
    ]
    assert RAN == []
    assert [ObjectNames(asks_repr=True).message(error) for error in errors[:2]] == [
        "its own words",
        "its own words",
    ]
