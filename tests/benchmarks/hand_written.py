"""``hand_written.py lines|jsonl FILE``: what a person would write instead of ``send --lines``.

It reads the same file, sends each line with blinker, and counts the calls per receiver.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
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


def send_lines(path: str) -> None:
    king.connect(echo)
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
    {"lines": send_lines, "jsonl": send_jsonl}[sys.argv[1]](sys.argv[2])
    print(calls)
