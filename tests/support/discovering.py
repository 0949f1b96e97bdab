"""What tests of discovery share: an application in a directory, looked at in a process of its own.

The process counts signals and connections by itself, from before the application is imported, and
takes the state of every signal before and after each look at it.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import textwrap
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from blinker import Signal

from tests.support.cli import finished

HERE = Path(__file__).parents[2]

BLINKERS_OWN = "blinker.base."
"""Before 1.9, blinker itself and its copies have a signal that no hook of ours sees being made."""


class Looked(NamedTuple):
    """What was seen of an application."""

    found: list[dict[str, Any]]
    """Every signal: its names, its kind, its library."""
    views: dict[str, Any]
    """Who listens to each, by name."""
    summaries: dict[str, list[int]]
    """Receivers and connections of each, by name."""
    meant: dict[str, str]
    """Which signal each text means, or the message that it means none."""
    alive: int
    """How many of blinker's signals are alive, counted by themselves."""
    connections: int
    """How many connections these have."""
    changed: dict[str, list[str]]
    """What each way of looking changed."""
    messages: list[str]
    """What the application did when it was looked at."""

    @property
    def names(self) -> list[str]:
        """The best names, but for those of meta signals."""
        return [found["name"] for found in self.found if found["meta_of"] is None]

    def receiver(self, signal: str, number: int = 0) -> dict[str, Any]:
        """A receiver of a signal."""
        found: dict[str, Any] = self.views[signal]["receivers"][number]
        return found

    def senders(self, signal: str) -> list[Any]:
        """The senders that a signal's first receiver listens to."""
        return [connection["sender"] for connection in self.receiver(signal)["connections"]]


class Application:
    """An application that is made of some text."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def write(self, **modules: str) -> Application:
        """Write modules: ``shop__models`` is ``shop/models.py``, ``shop`` is ``shop/__init__.py``."""
        for name, text in modules.items():
            is_package = any(other.startswith(f"{name}__") for other in modules)
            path = self.directory / (name.replace("__", "/") + ("/__init__" * is_package) + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        return self

    def look(self, *find: str, module: str = "shop") -> Looked:
        """Import a module in a fresh process and look at every signal, which changes nothing.

        :param find: what to look for by name.
        """
        looked = Looked(**json.loads(self._run("-m", "tests.support.discovering", module, *find)))
        assert looked.changed == {}
        return looked

    def look_at(self, text: str) -> Looked:
        """Write the module ``shop``, and look at it."""
        return self.write(shop=text).look()

    def run(self, script: str) -> str:
        """What a script prints that can import the application."""
        return self._run("-c", script)

    def _run(self, *arguments: str) -> str:
        variables = {"PYTHONPATH": str(self.directory), "PYTHONHASHSEED": "random"}
        result = finished([sys.executable, *arguments], cwd=HERE, env={**os.environ, **variables})
        assert result.status == 0, result.stderr
        return result.stdout


# In the other process.


class Counted:
    """The signals that blinker made since it was hooked. They are not held, compared or hashed."""

    def __init__(self) -> None:
        self._made: list[weakref.ref[Any]] = []

    def hook(self) -> None:
        own = Signal.__init__

        def counted(signal: Any, *given: Any, **named: Any) -> None:
            own(signal, *given, **named)
            self._made.append(weakref.ref(signal))

        Signal.__init__ = counted  # type: ignore[method-assign, assignment]

    def alive(self) -> Iterator[Any]:
        return filter(lambda signal: signal is not None, (made() for made in self._made))

    def state(self) -> dict[str, Any]:
        """Return all that any of them holds, by identity, and what Python has imported."""
        states = {
            str(id(signal)): _frozen(object.__getattribute__(signal, "__dict__"), 3)
            for signal in self.alive()
        }
        return {**states, "modules": sorted(sys.modules), "path": list(map(str, sys.meta_path))}


def _frozen(value: Any, depth: int) -> Any:
    kind = type(value)
    if depth and issubclass(kind, dict):
        items = dict.items(value)
        return id(value), [(_frozen(key, 0), _frozen(item, depth - 1)) for key, item in items]
    if depth and issubclass(kind, (set, list, tuple)):
        return id(value), [_frozen(item, depth - 1) for item in kind.__iter__(value)]
    return (id(kind), value if kind is str or kind is int or kind is bool else id(value))


def look(module: str, find: list[str]) -> Looked:
    """Import a module, and look at its signals in every way there is."""
    counted = Counted()
    counted.hook()
    app = importlib.import_module(module)
    messages = vars(app).get("SAID", [])
    messages.clear()
    from signalcli.apps.discovery.discover import discover
    from signalcli.apps.receiver_info import ApplicationReceivers, summary_of, view_of
    from signalcli.errors import SignalcliError
    from signalcli.sending.explain import explain_send
    from signalcli.sending.rows import Observer, plan_send
    from signalcli.signals.internals import LiveSignal
    from signalcli.text import to_json
    from signalcli.values.delivery import Message

    if not (leaves_garbage := "LEAVES_GARBAGE" in vars(app)):
        gc.collect()
    changed = {}

    def watched(what: str, looking: Callable[[], Any]) -> Any:
        before = counted.state()
        result = looking()
        after = counted.state()
        keys = after if leaves_garbage else {**before, **after}  # discovery may collect it
        changed[what] = [key for key in keys if before.get(key) != after.get(key)]
        return result

    def meant(text: str) -> str:
        try:
            name: str = discovery.find(text).name
        except SignalcliError as error:
            return f"{type(error).__name__}: {error}"
        return name

    import difflib  # noqa: F401 - what suggests names needs it
    import shlex  # noqa: F401

    discovery = watched("discover", discover)
    found = tuple(one for one in discovery.found if BLINKERS_OWN not in one.name)
    receivers = ApplicationReceivers(discovery)
    views = watched("view", lambda: [view_of(one, receivers, ["nobody", 5]) for one in found])
    views = watched(
        "json", lambda: {view.signal: json.loads(to_json(view.to_json())) for view in views}
    )
    live = [LiveSignal(one.name, one.signal, receivers) for one in found]
    observer = Observer(receivers)
    watched("plan", lambda: [plan_send(observer, one, "nobody", explains=True) for one in live])
    summaries = watched("summary", lambda: {one.name: summary_of(one, receivers) for one in found})
    if "HOSTILE" not in vars(app):
        watched("explain", lambda: [explain_send(one, Message(5, {})) for one in live])
    alive = list(counted.alive())
    return Looked(
        found=[one._replace(signal=None)._asdict() for one in found],
        views=views,
        summaries={name: [one.receivers, one.connections] for name, one in summaries.items()},
        meant={text: meant(text) for text in find},
        alive=len(alive),
        connections=sum(
            len(bucket)
            for signal in alive
            for bucket in object.__getattribute__(signal, "__dict__")["_by_sender"].values()
        ),
        changed={what: keys for what, keys in changed.items() if keys},
        messages=list(map(str, messages)),
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(look(sys.argv[1], sys.argv[2:])._asdict()))
