"""``explain`` never disagrees with the send that follows it."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from signalcli.values.delivery import Delivery
from tests.support.cli import SessionWith
from tests.support.playgrounds import do, done

EVERYBODY = done(
    "connect king animal_one coroutine; connect king failing --sender 1",
    "connect king storm --sender :=1; connect king clerk; connect king judge --sender 大象",
    "connect king echo --sender 1 --sender :=1; connect king grumpy --sender 狮子",
    "connect king animal_two; connect king:receiver_connected echo",
    "connect king:receiver_disconnected failing",
)
ANOTHER = [f"--connected-to {name}" for name in ("qq", "failing", "coroutine", "clerk")]
CHOICES = (("", "--on-error continue"), ("", "--async"), ("", "--wrap"), ("", "--muted"))
COMBINATIONS = [" ".join(chosen) for chosen in product(*CHOICES, ("", *ANOTHER))]


def comparable(delivery: Delivery) -> list[Any]:
    """What became of each receiver, or would, in the words of a send."""
    outcomes = {"would_call": "returned", "would_raise": "raised"}
    return [
        delivery.muted,
        [note.replace("would raise", "raised") for note in delivery.notes if _foreseeable(note)],
        [
            (
                made.receiver,
                outcomes.get(made.outcome, made.outcome),
                _without_sender(made.reason.partition(";")[0].replace("would raise", "raised")),
                made.error and (made.error.type, made.error.message),
            )
            for made in delivery.calls
        ],
        [comparable(meta) for meta in delivery.deliveries],
    ]


def _without_sender(reason: str) -> str:
    """A forecast always names the sender, a send only where it could be taken for another."""
    return reason.partition(", and this sender is")[0]


def _foreseeable(note: str) -> bool:
    return not note.endswith("Here it went on.")  # it is of a send that was made


@pytest.mark.parametrize("payload", ["", "count:=3"], ids=["bare", "with a payload"])
@pytest.mark.parametrize("sender", ["1", ":=1", "大象", "狮子", ""])
@pytest.mark.parametrize("muted", [False, True], ids=["", "muted"])
def test_a_send_does_what_was_explained(sender: str, payload: str, muted: bool) -> None:
    """With every combination of the options."""
    session, _ = do(EVERYBODY, "mute king") if muted else (EVERYBODY, None)
    for options in COMBINATIONS:
        foreseen, sent = (
            do(session, f"{command} king {sender} {payload} {options}")[1]
            for command in ("explain", "send")
        )

        assert isinstance(foreseen, Delivery) and isinstance(sent, Delivery)
        assert comparable(foreseen) == comparable(sent), options


SELF = """
class Bot:
    def hear(self, sender, **payload): ...
    def __call__(self, sender, **payload): ...

bot = Bot()
hear = bot.hear
"""


@pytest.mark.parametrize("receiver", ["handlers.py:hear", "handlers.py:bot"])
def test_a_payload_key_named_self_would_raise(session_with: SessionWith, receiver: str) -> None:
    signalcli = session_with(f"connect king {receiver} --strong -q", handlers=SELF)

    explained, sent = (
        signalcli(command, "king", "x", "self=1", "--json").json["calls"]
        for command in ("explain", "send")
    )

    assert [call["outcome"] for call in (*explained, *sent)] == ["would_raise", "raised"]
    assert explained[0]["error"]["message"] == sent[0]["error"]["message"]
