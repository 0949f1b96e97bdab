"""``hand_written.py lines|jsonl|printed FILE``: what a person would write instead of ``send --lines``.

It reads the same file, sends each line with blinker, and counts the calls per receiver.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

from blinker import signal

king = signal("king")
calls: Counter[str] = Counter()


def echo(sender: object, /, **payload: Any) -> dict[str, Any]:
    return {"sender": sender, "payload": payload}


def silent(sender: object, /, **payload: Any) -> None:
    return None


def filtered(sender: object, /, **payload: Any) -> None:
    return None


def animal(sender: object, /, **payload: Any) -> str:
    news = "，".join(f"{key}是{value}" for key, value in payload.items())
    print(f"小钻风：{sender}大王有令{f'：{news}' if news else ''}！大王回来了，我这就去巡山。")
    return "小钻风去巡山"


def send_lines(path: str, listener: Callable[..., object] = echo) -> None:
    king.connect(listener)
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            for receiver, _ in king.send(line.rstrip("\n")):
                calls[receiver.__name__] += 1


def send_jsonl(path: str) -> None:
    king.connect(echo)
    king.connect(silent)
    king.connect(filtered, sender="sender-7")
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            message = json.loads(line)
            for receiver, _ in king.send(message["sender"], **message["payload"]):
                calls[receiver.__name__] += 1


if __name__ == "__main__":
    if sys.argv[1] == "jsonl":
        send_jsonl(sys.argv[2])
    else:
        send_lines(sys.argv[2], animal if sys.argv[1] == "printed" else echo)
    print(calls)
