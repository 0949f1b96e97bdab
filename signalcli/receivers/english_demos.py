"""The demo receivers in English, for users who ask for it. See :mod:`signalcli.receivers.demos`."""

from __future__ import annotations

from typing import Any

from signalcli.signals.tracebacks import RECEIVER_FILES

RECEIVER_FILES.add(__file__)

LOST = "Little Wind got lost in the mountains"


def _words(sender: object, payload: dict[str, Any]) -> str:
    news = ", ".join(f"{key} is {value}" for key, value in payload.items())
    king = "the king" if sender is None else f"King {sender}"
    return f"an order from {king}" + (f": {news}" if news else "")


def animal(sender: object, /, **payload: Any) -> str:
    """Hears that the king is back, and goes on patrol."""
    print(f"Little Wind: {_words(sender, payload)}! The king is back, so I am off on patrol.")
    return "Little Wind is on patrol"


def animal_one(sender: object, /, **payload: Any) -> str:
    """Repeats the order of the day."""
    print(f"Little Wind: {_words(sender, payload)}, and I will remember it!")
    return "Little Wind remembers"


def animal_two(sender: object, /, **payload: Any) -> str:
    """Repeats the order of the day, too."""
    print(f"Big Wind: {_words(sender, payload)}, and I will remember it too!")
    return "Big Wind remembers"


def wechat(sender: object, /, **payload: Any) -> str:
    """WeChat rings before the view answers."""
    print("WeChat: Ding-dong! Someone is at the gate, and the master has not answered yet.")
    return "WeChat rang"


def qq(sender: object, /, **payload: Any) -> str:
    """QQ says that a message came."""
    print("QQ: Beep beep beep! A new letter is at the cave.")
    return "QQ rang"


def echo(sender: object, /, **payload: Any) -> dict[str, Any]:
    """Returns the sender and the payload it was called with."""
    return {"sender": sender, "payload": payload}


def strict(sender: object, /) -> str:
    """Takes a sender and no payload."""
    print("Old Wind: I know faces, and I take no parcels.")
    return "Old Wind nods"


def failing(sender: object, /, **payload: Any) -> None:
    """Raises, whatever it is sent."""
    raise RuntimeError(LOST)


def sleepy(sender: object, /, **payload: Any) -> str:
    """Takes half a second."""
    import time

    print("Sleepyhead: Zzz... half a second more.")
    time.sleep(0.5)
    return "awake"


async def coroutine(sender: object, /, **payload: Any) -> str:
    """Answers when it is awaited."""
    import asyncio

    await asyncio.sleep(0)
    print("Sharp Ears: the news is on its way, it will be here soon.")
    return "Sharp Ears heard it"
