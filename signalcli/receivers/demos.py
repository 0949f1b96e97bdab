"""The demo receivers, and the lesson of each.

Their output alludes to *Journey to the West*. All but ``strict`` take ``(sender, /, **payload)``, so that any
payload key works: a parameter that can be passed by keyword would clash with a key of its name.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from signalcli.language.phrases import is_english_chosen, phrase
from signalcli.signals.receivers import Receiver
from signalcli.signals.tracebacks import RECEIVER_FILES

RECEIVER_FILES.add(__file__)

LOST = "小钻风在山里迷了路"


class Demo:
    """A demo receiver: its lesson, the message of the error it raises, the seconds it sleeps."""

    def __init__(self, function: Receiver, teaches: str, raises: str | None, sleeps: float) -> None:
        self.function = function
        self.teaches = teaches
        self.raises = raises
        self.sleeps = sleeps


DEMOS: dict[str, Demo] = {}
"""Every demo receiver by its name, in the order of the lessons, as it speaks Chinese."""


def demo(
    teaches: str, *, raises: str | None = None, sleeps: float = 0.0
) -> Callable[[Receiver], Receiver]:
    """Add the decorated function to the catalog. See :class:`Demo`."""

    def add(function: Receiver) -> Receiver:
        DEMOS[function.__name__] = Demo(function, teaches, raises, sleeps)
        return function

    return add


def demo_named(name: str) -> Demo:
    """Return a demo receiver. It speaks English if the user asked for that, else Chinese."""
    demo = DEMOS[name]
    if not is_english_chosen():
        return demo
    from signalcli.receivers import english_demos

    raises = demo.raises and english_demos.LOST
    return Demo(getattr(english_demos, name), demo.teaches, raises, demo.sleeps)


def new_demo(name: str) -> Receiver:
    """Return a copy of a demo receiver. Its module references the original, so Python never deletes that."""
    function = demo_named(name).function
    assert isinstance(function, FunctionType)
    made = FunctionType(function.__code__, function.__globals__, function.__name__)
    made.__doc__, made.__module__ = function.__doc__, function.__module__
    made.__annotations__ = function.__annotations__
    return made


def _words(sender: object, payload: dict[str, Any]) -> str:
    news = "，".join(f"{key}是{value}" for key, value in payload.items())
    caller = "" if sender is None else f"{sender}"
    return f"{caller}大王有令" + (f"：{news}" if news else "")


@demo(
    phrase("The first receiver: it hears the signal and acts. Filter it by sender with --sender.")
)
def animal(sender: object, /, **payload: Any) -> str:
    """Hears that the king is back, and goes on patrol."""
    print(f"小钻风：{_words(sender, payload)}！大王回来了，我这就去巡山。")
    return "小钻风去巡山"


@demo(phrase("Multicast: connect it with animal_two, and one send is heard by both."))
def animal_one(sender: object, /, **payload: Any) -> str:
    """Repeats the order of the day."""
    print(f"小钻风：{_words(sender, payload)}，我记住了！")
    return "小钻风记住了"


@demo(phrase("Multicast: connected after animal_one, it is called after it."))
def animal_two(sender: object, /, **payload: Any) -> str:
    """Repeats the order of the day, too."""
    print(f"大钻风：{_words(sender, payload)}，我也记住了！")
    return "大钻风记住了"


@demo(phrase("Reacting before the answer: connect it to Flask's request-started."))
def wechat(sender: object, /, **payload: Any) -> str:
    """WeChat rings before the view answers."""
    print("微信：叮咚！有人敲门，洞主还没应声呢。")
    return "微信已提醒"


@demo(phrase("A signal of your own: connect it to a signal that your view sends."))
def qq(sender: object, /, **payload: Any) -> str:
    """QQ says that a message came."""
    print("QQ：嘀嘀嘀！洞口来了一封新信。")
    return "QQ 已提醒"


@demo(phrase("Return values are collected, and the sender is not the payload."))
def echo(sender: object, /, **payload: Any) -> dict[str, Any]:
    """Returns the sender and the payload it was called with."""
    return {"sender": sender, "payload": payload}


@demo(phrase("A receiver without **payload raises TypeError as soon as a payload arrives."))
def strict(sender: object, /) -> str:
    """Takes a sender and no payload."""
    print("老钻风：我只认人，不收东西。")
    return "老钻风点头"


@demo(phrase("The first exception stops the send: those after it are not reached."), raises=LOST)
def failing(sender: object, /, **payload: Any) -> None:
    """Raises, whatever it is sent."""
    raise RuntimeError(LOST)


@demo(phrase("Receivers are called one after the other: a slow one holds up the rest."), sleeps=0.5)
def sleepy(sender: object, /, **payload: Any) -> str:
    """Takes half a second."""
    import time

    print("瞌睡虫：呼……让我再睡半秒。")
    time.sleep(0.5)
    return "睡醒了"


@demo(phrase("A plain send can't call a coroutine function: blinker raises RuntimeError."))
async def coroutine(sender: object, /, **payload: Any) -> str:
    """Answers when it is awaited."""
    import asyncio

    await asyncio.sleep(0)
    print("顺风耳：消息在路上，等等就到。")
    return "顺风耳听到了"
