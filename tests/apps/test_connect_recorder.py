"""What sees the connects of an application: it changes nothing of them, and holds nobody."""

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

from signalcli.apps.connects import Connected, Connects, Literal, Lost, Zero


class Ear:
    def hear(self, sender: object, **payload: object) -> str:
        return "heard"


def hear(sender: object, **payload: object) -> str:
    return "heard"


def told(connects: Connects, *signals: Signal) -> Any:
    """What was seen of some signals, the first of which is called king."""
    names = dict(zip(map(id, signals), ("king", "queue"), strict=False))
    return connects.told(lambda signal: names.get(id(signal)))


def line() -> int:
    """The line that this is called from."""
    return sys._getframe(1).f_lineno


def test_the_class_is_as_before_when_the_block_ends() -> None:
    before = dict(vars(Signal))

    with Connects():
        assert vars(Signal)["connect"] is not before["connect"]

    assert dict(vars(Signal)) == before


def test_results_and_errors_are_blinkers_own() -> None:
    king = Signal()
    with Connects():
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
    connects = Connects()
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
    with Connects():
        king.connect(hear)
        queue.connect(hear)

    assert {"receiver_connected", "receiver_disconnected"}.isdisjoint(vars(king))
    assert heard == [hear]


def test_a_receiver_that_dies_later_is_known_with_its_place() -> None:
    king, ear = Signal(), Ear()
    connects = Connects()
    with connects:
        at = line() + 1
        king.connect(ear.hear, sender="大象")

    assert told(connects, king).lost == ()
    del ear

    where = f"tests/test_connects.py:{at}"
    assert told(connects, king).lost == (
        Lost("king", "test_connects.Ear.hear", where, "大象", is_any=False),
    )


def test_a_method_that_was_bound_early_is_seen() -> None:
    king = Signal()
    connects = Connects()
    with connects:
        connect = king.connect
        connect(lambda sender: None)

    assert [lost.is_any for lost in told(connects, king).lost] == [True]


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
    connects = Connects()
    with connects:
        king.connect(lambda sender: "loud", 0)

    assert told(connects, king) == Connected(1)
    assert [result for _, result in king.send()] == ["loud"]


def test_a_subclasss_own_method_is_no_place() -> None:
    king = Loud()
    connects = Connects()
    with connects:
        at = line() + 1
        king.connect(hear)
    del king.kept

    assert [lost.where for lost in told(connects, king).lost] == [f"tests/test_connects.py:{at}"]


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
    connects = Connects()
    with connects:
        from importlib import import_module

        brought = import_module("brought")
        king = brought.Signal()
        at = line() + 1
        king.connect_via(brought.ANY, weak=True)(lambda sender: None)

    lost = [(one.where, one.is_any) for one in told(connects, king).lost]
    assert lost == [(f"tests/test_connects.py:{at}", True)]


def test_senders_that_are_odd_are_kept_as_they_are_written() -> None:
    king = Namespace().signal("king")
    name, connects = "test_connects.hear", Connects()
    with connects:
        at = line() + 1
        for sender in (1.5, ("a", 1), b"x", "text", 1, ANY, (Ear(),)):
            king.connect(hear, sender=sender)
        king.disconnect(hear, sender=False)

    where = f"tests/test_connects.py:{at + 1}"
    seen = told(connects, king)
    assert seen.literals == tuple(
        Literal("king", name, where, text) for text in ("1.5", "('a', 1)", "b'x'")
    )
    later = f"tests/test_connects.py:{at + 2}"
    assert seen.zeros == (Zero("king", name, later, "disconnect", "False"),)


def test_a_signal_that_is_not_there_any_more_is_left_out() -> None:
    connects = Connects()
    with connects:
        Signal().connect(lambda sender: None)

    assert told(connects) == Connected(1)
