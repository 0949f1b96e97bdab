"""Recording ``connect`` and ``disconnect`` of an application, without keeping objects alive."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import blinker
import pytest
from blinker import ANY, Namespace, Signal

from signalcli.apps.connecting.connect_recorder import ConnectRecorder
from signalcli.apps.connecting.connect_report import (
    ConnectReport,
    LiteralSender,
    LostReceiver,
    ZeroSender,
)
from signalcli.signals.internals import make_id


class Ear:
    def hear(self, sender: object, **payload: object) -> str:
        return "heard"


def hear(sender: object, **payload: object) -> str:
    return "heard"


def reported(connects: ConnectRecorder, *signals: Signal) -> Any:
    """What was seen of some signals, the first of which is called king."""
    names = dict(zip(map(id, signals), ("king", "queue"), strict=False))
    return connects.report(lambda signal: names.get(id(signal)))


def line() -> int:
    """The line that this is called from."""
    return sys._getframe(1).f_lineno


def test_the_class_is_as_before_when_the_block_ends() -> None:
    before = dict(vars(Signal))

    with ConnectRecorder():
        assert vars(Signal)["connect"] is not before["connect"]

    assert dict(vars(Signal)) == before


def test_results_and_errors_are_blinkers_own() -> None:
    king = Signal()
    with ConnectRecorder():
        assert king.connect(hear) is hear
        assert king.connect_via("x")(hear) is hear
        assert king.disconnect(hear) is None  # type: ignore[func-returns-value]
        with pytest.raises(TypeError):
            king.connect()  # type: ignore[call-arg]
        with pytest.raises(AssertionError):
            king.connect(hear, sender=0)
        with king.connected_to(hear):
            assert king.send() == [(hear, "heard")]
        assert king.send() == []


def test_neither_receiver_nor_sender_nor_signal_is_held() -> None:
    king, ear, sender = Signal(), Ear(), Ear()
    alive = [weakref.ref(one) for one in (king, ear, sender)]
    connects = ConnectRecorder()
    with connects:
        king.connect(ear.hear, sender=sender)
        king.connect(ear.hear)

        del king, ear, sender
        gc.collect()

    assert [reference() for reference in alive] == [None, None, None]


def test_meta_signals_are_neither_made_nor_missed() -> None:
    king, queue = Signal(), Signal()
    heard: list[object] = []

    def note(sender: object, /, **payload: object) -> None:
        heard.append(payload["receiver"])

    queue.receiver_connected.connect(note)
    with ConnectRecorder():
        king.connect(hear)
        queue.connect(hear)

    assert {"receiver_connected", "receiver_disconnected"}.isdisjoint(vars(king))
    assert heard == [hear]


def test_a_receiver_that_dies_later_is_known_with_its_place() -> None:
    king, ear = Signal(), Ear()
    connects = ConnectRecorder()
    with connects:
        at = line() + 1
        king.connect(ear.hear, sender="大象")

    assert reported(connects, king).lost == ()
    del ear

    where = f"tests/apps/test_connect_recorder.py:{at}"
    assert reported(connects, king).lost == (
        LostReceiver("king", "test_connect_recorder.Ear.hear", where, "大象", is_any=False),
    )


def test_a_method_that_was_bound_early_is_seen() -> None:
    king = Signal()
    connects = ConnectRecorder()
    with connects:
        connect = king.connect
        connect(lambda sender: None)

    assert [lost.is_any for lost in reported(connects, king).lost] == [True]


class Loud(Signal):
    """A class whose ``connect`` passes on something else than it was given."""

    def connect(self, receiver: Any, volume: int = 0, **options: Any) -> Any:  # type: ignore[override]
        self.volume = volume

        def louder(sender: object, **payload: object) -> object:
            return receiver(sender, **payload)

        self.kept = louder
        return super().connect(louder, **options)


def test_of_a_subclass_counts_what_it_connects_in_the_end() -> None:
    king = Loud()
    connects = ConnectRecorder()
    with connects:
        king.connect(lambda sender: "loud", 0)

    assert reported(connects, king)[:5] == ConnectReport(1)[:5]
    assert [result for _, result in king.send()] == ["loud"]


def test_a_subclasss_own_method_is_no_place() -> None:
    king = Loud()
    connects = ConnectRecorder()
    with connects:
        at = line() + 1
        king.connect(hear)
    del king.kept

    assert [lost.where for lost in reported(connects, king).lost] == [
        f"tests/apps/test_connect_recorder.py:{at}"
    ]


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package that brings a copy of blinker along."""
    package = tmp_path / "brought"
    package.mkdir()
    for name in ("__init__", "base", "_utilities"):
        code = Path(blinker.__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
        (package / f"{name}.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "brought"]:
        del sys.modules[name]


def test_a_copy_of_blinker_is_seen_and_is_no_place(copied: None) -> None:
    connects = ConnectRecorder()
    with connects:
        from importlib import import_module

        brought = import_module("brought")
        king = brought.Signal()
        at = line() + 1
        king.connect_via(brought.ANY, weak=True)(lambda sender: None)

    lost = [(one.where, one.is_any) for one in reported(connects, king).lost]
    assert lost == [(f"tests/apps/test_connect_recorder.py:{at}", True)]


def test_senders_that_are_odd_are_kept_as_they_are_written() -> None:
    king = Namespace().signal("king")
    name, connects = "test_connect_recorder.hear", ConnectRecorder()
    with connects:
        at = line() + 1
        for sender in (1.5, ("a", 1), b"x", "text", 1, ANY, (Ear(),)):
            king.connect(hear, sender=sender)
        king.disconnect(hear, sender=False)

    where = f"tests/apps/test_connect_recorder.py:{at + 1}"
    seen = reported(connects, king)
    assert seen.literals == tuple(
        LiteralSender("king", name, where, text) for text in ("1.5", "('a', 1)", "b'x'")
    )
    later = f"tests/apps/test_connect_recorder.py:{at + 2}"
    assert seen.zeros == (ZeroSender("king", name, later, "disconnect", "False"),)


def test_a_signal_that_is_not_there_any_more_is_left_out() -> None:
    connects = ConnectRecorder()
    with connects:
        Signal().connect(lambda sender: None)

    assert reported(connects) == ConnectReport(1)


def test_the_place_of_each_connection_is_known_while_it_lasts() -> None:
    king, queue, ear = Signal(), Signal(), Ear()
    connects = ConnectRecorder()

    def place(signal: Signal, receiver: Any) -> str | None:
        return connects.place_of(signal, make_id(receiver))

    with connects:
        strong = line() + 1
        king.connect(hear, weak=False)
        king.connect(ear.hear)
        queue.connect(hear)
        queue.disconnect(hear)
        again = line() + 1
        king.connect(ear.hear, sender="x")
    queue.connect(ear.hear)

    assert [place(king, hear), place(king, ear.hear)] == [
        f"tests/apps/test_connect_recorder.py:{strong}",
        f"tests/apps/test_connect_recorder.py:{again}",
    ]
    assert [place(queue, hear), place(queue, ear.hear)] == [None, None]
