"""Modules with receivers to import."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.cli import SignalCli

HANDLERS = """
import asyncio, functools, os, subprocess, sys, threading

print("importing")

def on_king(sender, **payload):
    "Hears the king."
    return f"heard {sender}"

class Bot:
    "A bot."
    def __call__(self, sender, **payload):
        return "called"
    def hear(self, sender, **payload):
        return "hears"
    @classmethod
    def of_class(cls, sender, **payload):
        return cls.__name__
    @staticmethod
    def static(sender, **payload):
        return "static"

class Slotted:
    __slots__ = ()
    def __call__(self, sender, **payload):
        return "slotted"

class Sentence(str):
    def __new__(cls, sender, **payload):
        return f"made of {sender}"

bot, slotted = Bot(), Slotted()
part = functools.partial(on_king, extra=1)
short = lambda sender, **payload: "short"

async def later(sender, **payload):
    await asyncio.sleep(0)
    return "later"

def noisy(sender, **payload):
    print("printed \\x1b[2J")
    thread = threading.Thread(target=print, args=("in a thread",))
    thread.start()
    thread.join()
    sys.stdout.flush()
    subprocess.run(["echo", "of a child"])
    os.write(1, b"past it\\n")
    print("at the end")

number = 7
"""


HEARD = "heard 大象"


def offer(signalcli: SignalCli, package: str, entry: str) -> Path:
    """Write the metadata of a package with an entry point such as ``bell = bells:on_king``.

    :param package: its name, behind the folder that it is installed into.
    :return: the file of its entry points.
    """
    metadata = f"Metadata-Version: 2.1\nName: {package.rpartition('/')[2]}\nVersion: 1.0\n"
    signalcli.write(f"{package}-1.0.dist-info/METADATA", metadata)
    entries = f"{package}-1.0.dist-info/entry_points.txt"
    return signalcli.write(entries, f"[signalcli.receivers]\n{entry}\n")


def trusted(signalcli: SignalCli) -> dict[str, list[str]]:
    """What is trusted, as its file says it."""
    path = signalcli.home / ".config" / "signalcli" / "trusted.json"
    if not path.exists():
        return {}
    return dict(json.loads(path.read_text("utf-8"))["trusted"])


def session_of(*receivers: str, weak: bool = True) -> str:
    """The file of a session in which they listen to ``king``."""
    strength = dict.fromkeys(receivers, "weak" if weak else "strong")
    state = {"receivers": strength, "any": list(receivers)}
    return json.dumps({"version": 1, "signals": {"king": state}}, ensure_ascii=False)


# What can't be connected: nothing is saved, and nothing trusted.

EXAMPLE = "For example: signalcli connect king shop.handlers:on_king"
