"""Exercises in files of Python, and how their programs are compared with the goals."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from signalcli.errors import shortened
from signalcli.language.phrases import phrase
from signalcli.text import to_json
from signalcli.tour.exercises.exercise import python_exercise
from signalcli.tour.exercises.program import ExerciseProgram


def _puts(
    program: ExerciseProgram,
    call: str,
    into: str,
    wanted: list[str],
    send: Callable[..., Any],
    sender: str = "大象",
    /,
    **payload: Any,
) -> Iterator[str]:
    """Compare what a send puts into a list of the program, in any order."""
    found = program.list(into)
    found.clear()
    program.result(call, send, sender, **payload)
    yield from _difference(call, into, wanted, found)


def _difference(call: str, into: str, wanted: list[str], found: list[Any]) -> Iterator[str]:
    wanted, found = sorted(wanted), sorted(found, key=repr)
    if wanted == found:
        return
    items = ", ".join(wanted)
    if found:
        yield phrase(
            "{call} should put {wanted} into {list}, but puts {found}.",
            call=call,
            wanted=items,
            list=into,
            found=shortened(", ".join(map(str, found))),
        )
    else:
        yield phrase(
            "{call} should put {wanted} into {list}, but puts nothing.",
            call=call,
            wanted=items,
            list=into,
        )


def _returns(
    program: ExerciseProgram,
    call: str,
    wanted: object,
    function: Callable[..., Any],
    *arguments: Any,
) -> Iterator[str]:
    """Compare what a call returns."""
    found = program.result(call, function, *arguments)
    if found is not wanted and (type(found) is not type(wanted) or found != wanted):
        yield phrase(
            "{call} should be {wanted}, but is {found}.",
            call=call,
            wanted=wanted,
            found=shortened(repr(found)),
        )


def _during(program: ExerciseProgram) -> Iterator[str]:
    king, heard = program.signal("king"), program.list("heard")
    wanted = ["animal", "qq"]
    if heard:  # the program has sent
        own = wanted * max(heard.count("animal"), 1)
        yield from _difference(program.file, "heard", own, heard)
    for _ in range(2):
        yield from _puts(program, 'king.send("大象")', "heard", wanted, king.send)
    call = 'king.send("狮子", order="巡山")'
    yield from _puts(program, call, "heard", wanted, king.send, "狮子", order="巡山")


def _never_awaited(program: ExerciseProgram) -> Iterator[str]:
    king = program.signal("king")
    returned: list[tuple[Any, Any]] = []

    def send(sender: str) -> None:
        returned.extend(asyncio.run(king.send_async(sender)))

    if not king.receivers:
        yield phrase(
            "{signal} has no receivers: nothing refers to the one that was connected weakly.",
            signal="king",
        )
    for sender in ("大象", "狮子"):
        yield from _puts(program, f'king.send_async("{sender}")', "heard", [sender], send, sender)
    for receiver, result in returned:
        if inspect.isawaitable(result):
            name = getattr(receiver, "__name__", type(receiver).__name__)
            yield phrase("{receiver} returns a coroutine that is never awaited.", receiver=name)


def _sender_key(program: ExerciseProgram) -> Iterator[str]:
    send = program.signal("king").send
    for sender, payload, shown in (
        ("大象", {"sender": "小钻风"}, 'sender="小钻风"'),
        ("狮子", {"sender": "大钻风", "rounds": 3}, 'sender="大钻风", rounds=3'),
    ):
        wanted = [sender, str(payload["sender"])]
        call = f'king.send("{sender}", {shown})'
        yield from _puts(program, call, "heard", wanted, send, sender, **payload)


def _looking(program: ExerciseProgram) -> Iterator[str]:
    from blinker import Signal, signal

    has_meta, count = program.function("has_meta"), program.function("count")

    def receiver(sender: object, **payload: object) -> None: ...

    untouched, used = Signal(), Signal()
    used.connect(receiver, sender="大象")
    used.receiver_connected.connect(receiver)
    for signal_name, king, exists in (("king", untouched, False), ("queue", used, True)):
        for wanted, function, sender in (
            (exists, has_meta, ()),
            (int(exists), count, ("大象",)),
            (0, count, ("狮子",)),
        ):
            name = "has_meta" if function is has_meta else "count"
            call = f"{name}({', '.join([signal_name, *(to_json(one) for one in sender)])})"
            before = _entries(king)
            yield from _returns(program, call, wanted, function, king, *sender)
            for entry in sorted(_entries(king) - before):
                yield phrase("{call} creates {entry}.", call=call, entry=f"{signal_name}.{entry}")
    lazy = _Lazy()
    objects = ["king", signal("king"), lazy, Signal, Signal()]
    signals_of = program.function("signals_of")

    def found_signals() -> object:
        found = signals_of(objects)
        return list(found) if isinstance(found, Iterable) else found

    found = program.result("signals_of(objects)", found_signals)
    items = found if isinstance(found, list) else []
    if sorted(map(id, items)) != sorted((id(objects[1]), id(objects[-1]))):
        shown = f"[{', '.join('lazy' if one is lazy else repr(one) for one in items)}]"
        yield phrase(
            "signals_of should return the two signals of {objects}, but returns {found}.",
            objects='["king", signal("king"), lazy, Signal, Signal()]',
            found=shortened(shown if items is found else repr(found)),
        )
    if lazy.is_loaded:
        yield phrase("signals_of loads a lazy object: it asks it for its __class__.")


def _entries(king: Any) -> set[str]:
    """Return the meta signals of a signal, and the senders that it has entries for."""
    meta = {"receiver_connected", "receiver_disconnected"}.intersection(vars(king))
    keys = ("ANY_ID" if sender == 0 else to_json(sender) for sender in king._by_sender)
    return meta | {f"_by_sender[{key}]" for key in keys}


class _Lazy:
    """An object that loads its target when it is asked for its class, as proxies do."""

    is_loaded = False

    def _load(self) -> type:
        self.is_loaded = True
        return object

    __class__ = property(_load)


class _Mountain:
    """A sender without a value."""


def _many_names(program: ExerciseProgram) -> Iterator[str]:
    from blinker import Namespace, Signal, signal

    same, registry = program.function("same"), program.function("registry")
    king, zoo_king, roar, cave = signal("king"), Namespace().signal("king"), Signal(), Signal()
    call = 'same(signal("king"), signal("king"))'
    yield from _returns(program, call, True, same, king, signal("king"))
    call = 'same(signal("king"), zoo.signal("king"))'
    yield from _returns(program, call, False, same, king, zoo_king)
    yield from _returns(program, "same(Signal(), Signal())", False, same, roar, cave)
    if program.result("registry()", registry) is not signal.__self__:  # type: ignore[attr-defined]
        yield phrase("registry() isn't the namespace that signal uses.")
    sender_of, mountain = program.function("sender_of"), _Mountain()
    for sender, number, shown in (("大象", "大象", '"大象"'), (mountain, id(mountain), "mountain")):
        king.connect(print, sender=sender)
        call = f"sender_of(king, {shown if sender is number else f'id({shown})'})"
        found = program.result(call, sender_of, king, number)
        if found is not sender:
            yield phrase(
                "{call} should be {wanted}, but is {found}.",
                call=call,
                wanted=shown,
                found=repr(found),
            )


def _bound_send(program: ExerciseProgram) -> Iterator[str]:
    king, queue = program.signal("king"), program.signal("queue")
    heard: list[str] = []

    def king_heard(sender: object, **payload: object) -> None:
        heard.append("king")

    def queue_heard(sender: object, **payload: object) -> None:
        heard.append("queue")

    king.connect(king_heard)
    queue.connect(queue_heard)
    for call, signal in (('king.send("大象")', king), ('queue.send("大象")', queue)):
        heard.clear()
        yield from _puts(program, call, "sent", heard, signal.send)
        if "queue" not in heard:
            yield phrase("{call} should call the receivers of {signal}.", call=call, signal="queue")


EXERCISES_IN_PYTHON = (
    python_exercise(
        "during",
        goal_en=(
            "`animal` fetches `qq` during a send, which is too late for that send. Let each send of `king`, "
            "also the first, put `animal` and `qq` into `heard`, each once."
        ),
        goal_zh=(
            "`animal` 听到令才去喊 `qq`，`qq` 就赶不上这道令了。让每一次发送的 `king`，连第一次在内，"
            "都把 `animal` 和 `qq` 放进 `heard`，各放一次。"
        ),
        hint_en="A send calls the receivers that are connected when it begins.",
        hint_zh="一次发送只叫来开始时就连着的接收者。",
        start="""
            from blinker import signal

            king = signal("king")
            heard = []


            def qq(sender, **payload):
                heard.append("qq")


            @king.connect
            def animal(sender, **payload):
                heard.append("animal")
                king.connect(qq)
        """,
        solution="""
            from blinker import signal

            king = signal("king")
            heard = []


            @king.connect
            def qq(sender, **payload):
                heard.append("qq")


            @king.connect
            def animal(sender, **payload):
                heard.append("animal")
        """,
        differences=_during,
    ),
    python_exercise(
        "never-awaited",
        goal_en=(
            "`call` is a plain function, so blinker doesn't see that it only makes a coroutine: a `send` puts nothing "
            'into `heard`, and there is no error. Let `king.send_async("大象")` put 大象 into `heard`.'
        ),
        goal_zh=(
            "`call` 是普通函数，谁也看不出它只是造了个协程：`send` 之后 `heard` 里什么也没有，也不报错。"
            '让 `king.send_async("大象")` 把大象放进 `heard`。'
        ),
        hint_en="Let `call` be a coroutine function that awaits `function`, or connect `listen` itself.",
        hint_zh="让 `call` 也成为协程函数，在里面等待 `function`；或者直接连接 `listen`。",
        start="""
            from blinker import signal

            king = signal("king")
            heard = []


            async def listen(sender, **payload):
                heard.append(sender)


            def logged(function):
                def call(sender, **payload):
                    print("calling", function.__name__)
                    return function(sender, **payload)

                return call


            logged_listen = logged(listen)
            king.connect(logged_listen)
        """,
        solution="""
            from blinker import signal

            king = signal("king")
            heard = []


            async def listen(sender, **payload):
                heard.append(sender)


            def logged(function):
                async def call(sender, **payload):
                    print("calling", function.__name__)
                    return await function(sender, **payload)

                return call


            logged_listen = logged(listen)
            king.connect(logged_listen)
        """,
        differences=_never_awaited,
    ),
    python_exercise(
        "sender-key",
        goal_en=(
            "小钻风 passes on an order of 大象, with its own name as the payload `sender`: "
            '`king.send("大象", sender="小钻风")` raises `TypeError`. Let it put 大象 and 小钻风 into `heard`, '
            "also if there is more payload."
        ),
        goal_zh=(
            "小钻风替大象传令，把自己的名字当作载荷 `sender` 带上："
            '`king.send("大象", sender="小钻风")` 会抛出 `TypeError`。让它把大象和小钻风都放进 `heard`，'
            "还带着别的载荷项时也一样。"
        ),
        hint_en="A parameter before a `/`, or of another name, doesn't clash with the payload key.",
        hint_zh="写在 `/` 前面的参数，或者换了名字的参数，不会与载荷里的键冲突。",
        start="""
            from blinker import signal

            king = signal("king")
            heard = []


            @king.connect
            def qq(sender, **payload):
                heard.append(sender)
                heard.append(payload["sender"])
        """,
        solution="""
            from blinker import signal

            king = signal("king")
            heard = []


            @king.connect
            def qq(sender, /, **payload):
                heard.append(sender)
                heard.append(payload["sender"])
        """,
        differences=_sender_key,
    ),
    python_exercise(
        "looking",
        goal_en=(
            "These functions should only look, but they change something. Let `has_meta` return whether the signal "
            "has made its `receiver_connected`, `count` how many receivers are connected to a sender that is "
            "text, and "
            "`signals_of` the signals among some objects, so that nothing is created and nothing lazy is loaded."
        ),
        goal_zh=(
            "这几个函数本来只该看看，却动了手脚。让 `has_meta` 返回信号有没有造出 `receiver_connected`，"
            "`count` 返回有几个接收者连接到某个文本发送者，`signals_of` 返回一些对象里的信号；"
            "什么也不许新建，惰性的对象也不许加载。"
        ),
        hint_en=(
            "`vars(found)` has only what exists. `.get` creates no entry. `type(one)` asks Python, not the "
            "object."
        ),
        hint_zh="`vars(found)` 里只有已经存在的；`.get` 不会新建条目；`type(one)` 问的是 Python，不是对象自己。",
        start="""
            from blinker import Signal


            def has_meta(found):
                return hasattr(found, "receiver_connected")


            def count(found, sender):
                return len(found._by_sender[sender])


            def signals_of(objects):
                return [one for one in objects if isinstance(one, Signal)]
        """,
        solution="""
            from blinker import Signal


            def has_meta(found):
                return "receiver_connected" in vars(found)


            def count(found, sender):
                return len(found._by_sender.get(sender, ()))


            def signals_of(objects):
                return [one for one in objects if issubclass(type(one), Signal)]
        """,
        differences=_looking,
    ),
    python_exercise(
        "many-names",
        goal_en=(
            "Let `same` return whether two names mean one signal, `registry` the namespace that `signal` uses, "
            "and `sender_of` the sender of a key of `_by_sender`."
        ),
        goal_zh=(
            "让 `same` 返回两个名字指的是不是同一个信号，`registry` 返回 `signal` 所用的命名空间，"
            "`sender_of` 返回 `_by_sender` 的某个键所代表的发送者。"
        ),
        hint_en=(
            "Identity decides. `signal` is a method, whose object is its `__self__`. `_weak_senders` has a weak "
            "reference for each sender whose key is its `id`."
        ),
        hint_zh=(
            "看身份，不看名字。`signal` 是个方法，它的 `__self__` 就是所属的对象。"
            "键是 `id` 的发送者，`_weak_senders` 里都有它的弱引用。"
        ),
        start="""
            from blinker import Namespace, signal


            def same(one, other):
                return one.name == other.name


            def registry():
                return Namespace()


            def sender_of(found, key):
                return key
        """,
        solution="""
            from blinker import signal


            def same(one, other):
                return one is other


            def registry():
                return signal.__self__


            def sender_of(found, key):
                reference = found._weak_senders.get(key)
                return key if reference is None else reference()
        """,
        differences=_many_names,
    ),
    python_exercise(
        "bound-send",
        goal_en=(
            "`king` passes its sends on to `queue`. `record` should put the name of a signal into `sent` at each "
            "send, but misses those that `king` passes on. Let `sent` get each send once."
        ),
        goal_zh=(
            "`king` 把令转给 `queue`。`record` 本该在每次发送时把信号的名字放进 `sent`，"
            "却漏掉了 `king` 转来的。让 `sent` 把每次发送都记上一回，不漏也不重。"
        ),
        hint_en=(
            "`connect` got the old `queue.send`. Record first, look it up at each send, or record with a receiver."
        ),
        hint_zh="`connect` 拿到的是旧的 `queue.send`。先记录再连接，或者每次发送时再去取，或者用接收者来记录。",
        start="""
            from blinker import signal

            king, queue = signal("king"), signal("queue")
            sent = []
            king.connect(queue.send)


            def record(found):
                send = found.send

                def recorded(*senders, **payload):
                    sent.append(found.name)
                    return send(*senders, **payload)

                found.send = recorded


            record(king)
            record(queue)
        """,
        solution="""
            from blinker import signal

            king, queue = signal("king"), signal("queue")
            sent = []


            def record(found):
                send = found.send

                def recorded(*senders, **payload):
                    sent.append(found.name)
                    return send(*senders, **payload)

                found.send = recorded


            record(king)
            record(queue)
            king.connect(queue.send)
        """,
        differences=_bound_send,
    ),
)
