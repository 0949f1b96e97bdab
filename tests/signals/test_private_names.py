"""The private names of blinker that signalcli uses. ``.ci/run`` runs this against blinker's newest version."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import blinker
import pytest
from blinker import ANY, Signal

from signalcli.signals import internals
from signalcli.signals.send import replaced_receivers_for


def changed_names() -> Iterator[str]:
    """Yield a sentence for each private name that this version of blinker doesn't have."""
    missing = f"blinker {version('blinker')} has no"
    for name in internals.PRIVATE_ATTRIBUTES:
        if name not in vars(Signal()):
            yield f"{missing} attribute Signal.{name}."
    for method, parameter in internals.PRIVATE_PARAMETERS.items():
        code = getattr(Signal, method).__code__
        if parameter not in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
            yield f"{missing} parameter {parameter} of Signal.{method}."
        for name in internals.PRIVATE_LOCALS:
            if name not in code.co_varnames:
                yield f"{missing} local variable {name} in Signal.{method}."


def test_blinker_has_every_private_name() -> None:
    changed = list(changed_names())

    assert not changed, " ".join(changed)


@pytest.mark.parametrize(
    ("listed", "names", "sentence"),
    [
        ("PRIVATE_ATTRIBUTES", ("_gone",), "attribute Signal._gone."),
        ("PRIVATE_PARAMETERS", {"send": "_gone"}, "parameter _gone of Signal.send."),
    ],
)
def test_a_sentence_names_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, listed: str, names: Any, sentence: str
) -> None:
    monkeypatch.setattr(internals, listed, names)

    assert list(changed_names()) == [f"blinker {version('blinker')} has no {sentence}"]


def test_ids_are_what_signalcli_takes_them_for() -> None:
    shop = Shop()

    assert [internals.make_id(sender) for sender in ("king", 1, shop)] == ["king", 1, id(shop)]
    assert internals.make_id(shop.hear) == (id(Shop.hear), id(shop))


def test_buckets_hold_the_ids_of_receivers() -> None:
    king, shop = Signal(), Shop()
    king.connect(hear)
    king.connect(shop.hear, sender=shop)
    first, second = internals.make_id(hear), internals.make_id(shop.hear)

    assert list(internals.receivers_of(king)) == [first, second]
    assert {key: set(ids) for key, ids in internals.buckets_of(king).items()} == {
        internals.ANY_ID: {first},
        id(shop): {second},
    }
    assert internals.listened_to(king, second) == [id(shop)]
    assert internals.sender_in(king, id(shop)) is shop
    assert [weak for _, _, weak in internals.live_receivers(king)] == [True, True]


def test_send_asks_the_receivers_for_of_the_signal_itself() -> None:
    king = Signal()
    king.connect(hear)

    with replaced_receivers_for(king, lambda receivers_for: lambda sender: iter(())):
        assert king.send("x") == []
    assert king.send("x") == [(hear, "x")]
    assert "receivers_for" not in vars(king)


def test_meta_signals_are_attributes_that_are_created_when_touched() -> None:
    king = Signal()
    assert "receiver_connected" not in vars(king)

    assert king.receiver_connected is vars(king)["receiver_connected"]
    assert blinker.signal("king") is blinker.default_namespace["king"]
    assert king.has_receivers_for(ANY) is False


class Shop:
    def hear(self, sender: object) -> None: ...


def hear(sender: object) -> object:
    return sender
