"""Build the receivers that users write as plain values: what to say, return or raise, and how.

They run no user code. A template may contain ``{sender}``, ``{signal}``, ``{payload}`` and payload
keys, but no attributes, indexes or format specifications. A key that wasn't sent stays as written,
braces included. Doubled braces mean single ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from string import Formatter
from typing import Any

from signalcli.errors import UsageError, shortened
from signalcli.language.phrases import CLAUSES, joined, phrase
from signalcli.signals.receivers import Receiver
from signalcli.signals.send import sent_signal
from signalcli.text import DEEPEST, LONGEST, display_text, is_json, to_json
from signalcli.values.receiver_specs import OwnReceiver


class InvalidReceiver(UsageError):
    """A receiver that can't be built or saved, with a template of a sentence without its period."""

    def __init__(self, fault: str, /, **arguments: object) -> None:
        self.fault = phrase(fault, **arguments)
        super().__init__(phrase("{fault}.", fault=self.fault))


def check_own_receiver(name: str, own: OwnReceiver) -> None:
    """Raise InvalidReceiver if a receiver can't be built and saved."""
    if own.says is not None:
        _parts(name, own.says)
    if not (math.isfinite(own.sleeps) and 0 <= own.sleeps <= LONGEST):
        raise InvalidReceiver(
            "{receiver} can sleep from 0 to {most:.0f} seconds, and not {seconds}",
            receiver=shortened(name),
            most=LONGEST,
            seconds=own.sleeps,
        )
    if not is_json(own.returns):
        raise InvalidReceiver(
            "{receiver} can't return what is nested deeper than {n} levels",
            receiver=shortened(name),
            n=DEEPEST,
        )


def build(name: str, own: OwnReceiver) -> Receiver:
    """Return a new function that does what ``own`` describes; InvalidReceiver for an invalid template."""
    parts = None if own.says is None else _parts(name, own.says)

    def answer(sender: object, payload: Mapping[str, object]) -> object:
        if parts is not None:
            print(_filled(parts, sender, payload))
        if own.raises is not None:
            raise RuntimeError(own.raises)
        return own.returns

    def called(sender: object, /, **payload: object) -> object:
        if own.sleeps:
            import time

            time.sleep(own.sleeps)
        return answer(sender, payload)

    def called_strict(sender: object, /) -> object:
        return called(sender)

    async def awaited(sender: object, /, **payload: object) -> object:
        if own.sleeps:
            import asyncio

            await asyncio.sleep(own.sleeps)
        return answer(sender, payload)

    async def awaited_strict(sender: object, /) -> object:
        return await awaited(sender)

    if own.is_async:
        receiver: Any = awaited_strict if own.strict else awaited
    else:
        receiver = called_strict if own.strict else called
    receiver.__name__ = receiver.__qualname__ = name
    receiver.__doc__ = describe_template(own)
    built: Receiver = receiver
    return built


def describe_template(own: OwnReceiver) -> str:
    """Return a sentence that describes what a receiver does."""
    deeds = []
    if own.sleeps:
        deeds.append(phrase("Sleeps {seconds:g} s", seconds=own.sleeps))
    if own.says is not None:
        template = phrase("says {text}") if deeds else phrase("Says {text}")
        deeds.append(phrase(template, text=to_json(own.says)))
    if own.raises is not None:
        raises = phrase("raises {error}") if deeds else phrase("Raises {error}")
        deeds.append(phrase(raises, error=f"RuntimeError({to_json(own.raises)})"))
    else:
        returns = phrase("returns {value}") if deeds else phrase("Returns {value}")
        deeds.append(phrase(returns, value=to_json(own.returns)))
    if own.strict:
        deeds.append(phrase("takes no payload"))
    return phrase("{deeds}.", deeds=joined(deeds, CLAUSES))


def _parts(name: str, template: str) -> list[tuple[str, str | None]]:
    """Return each literal text with the field after it, or ``None``. Fields must be plain names."""
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        raise InvalidReceiver(
            "{receiver} can't say {text}: {reason}. Write a literal brace twice",
            receiver=shortened(name),
            text=shortened(to_json(template)),
            reason=str(error),
        ) from None
    parts = [(literal, field) for literal, field, _, _ in parsed]
    for _, field in parts:
        if field is not None and (not field or any(mark in field for mark in ".[]!:")):
            break
    else:
        if _template(parts) == template:  # neither a conversion nor a format was read past
            return parts
    raise InvalidReceiver(
        "{receiver} can't say {text}: a template takes {sender}, {signal}, {payload} and payload "
        "keys, without attributes, indexes or formats",
        receiver=shortened(name),
        text=shortened(to_json(template)),
        sender="{sender}",
        signal="{signal}",
        payload="{payload}",
    )


def _template(parts: list[tuple[str, str | None]]) -> str:
    return "".join(
        literal.replace("{", "{{").replace("}", "}}") + ("" if field is None else f"{{{field}}}")
        for literal, field in parts
    )


def _filled(
    parts: list[tuple[str, str | None]], sender: object, payload: Mapping[str, object]
) -> str:
    known = {**payload, "sender": sender}
    if any(field == "signal" for _, field in parts):
        known["signal"] = sent_signal()
    known["payload"] = ", ".join(f"{key}={display_text(value)}" for key, value in payload.items())
    return "".join(
        literal + ("" if field is None else display_text(known.get(field, f"{{{field}}}")))
        for literal, field in parts
    )
