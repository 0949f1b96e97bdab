"""Receivers of a person's own, told in plain values: what they say, return, raise, and how.

No code of theirs runs. A template knows ``{sender}``, ``{signal}``, ``{payload}`` and each payload
key, and nothing else: no attribute, no index, no format specification. A key that wasn't sent stays
as it is written, braces and all; doubled braces stand for single ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from string import Formatter
from typing import Any

from signalcli.cli.parsing.senders_and_payload import LONGEST
from signalcli.errors import UsageError
from signalcli.signals.functions import Receiver
from signalcli.signals.send import sent_signal
from signalcli.text import DEEPEST, is_json, plain, to_json
from signalcli.values.receiver_specs import OwnReceiver


def check(name: str, own: OwnReceiver) -> None:
    """Make sure that a receiver can be built and saved.

    :raises UsageError: if it can't.
    """
    if own.says is not None:
        _parts(name, own.says)
    if not (math.isfinite(own.sleeps) and 0 <= own.sleeps <= LONGEST):
        raise UsageError(f"{name} can sleep from 0 to {LONGEST:.0f} seconds, and not {own.sleeps}.")
    if not is_json(own.returns):
        raise UsageError(f"{name} can't return what is nested deeper than {DEEPEST} levels.")


def build(name: str, own: OwnReceiver) -> Receiver:
    """A function that does what ``own`` tells, and that nothing else holds.

    :raises UsageError: if its template can't be understood.
    """
    parts = None if own.says is None else _parts(name, own.says)

    def answer(sender: object, payload: Mapping[str, object]) -> object:
        if parts is not None:
            print(_said(parts, sender, payload))
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
    receiver.__doc__ = described(own)
    built: Receiver = receiver
    return built


def described(own: OwnReceiver) -> str:
    """What it does, as a sentence."""
    deeds = [
        f"sleeps {own.sleeps:g} s" if own.sleeps else "",
        f"says {to_json(own.says)}" if own.says is not None else "",
        f"raises RuntimeError({to_json(own.raises)})"
        if own.raises is not None
        else f"returns {to_json(own.returns)}",
        "takes no payload" if own.strict else "",
    ]
    sentence = ", ".join(filter(None, deeds))
    return f"{sentence[0].upper()}{sentence[1:]}."


def _parts(name: str, template: str) -> list[tuple[str, str | None]]:
    """Each literal text with the field behind it, if there is one.

    :raises UsageError: for anything but plain names in braces.
    """
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        raise UsageError(
            f"{name} can't say {to_json(template)}: {error}. A brace itself is written twice."
        ) from None
    parts = [(literal, field) for literal, field, _, _ in parsed]
    for _, field in parts:
        if field is not None and (not field or any(mark in field for mark in ".[]!:")):
            break
    else:
        if _template(parts) == template:  # neither a conversion nor a format was read past
            return parts
    raise UsageError(
        f"{name} can't say {to_json(template)}: a template knows {{sender}}, {{signal}}, "
        f"{{payload}} and the payload's keys, and no attribute, index or format of them."
    )


def _template(parts: list[tuple[str, str | None]]) -> str:
    """The template that has just these literals and fields."""
    return "".join(
        literal.replace("{", "{{").replace("}", "}}") + ("" if field is None else f"{{{field}}}")
        for literal, field in parts
    )


def _said(
    parts: list[tuple[str, str | None]], sender: object, payload: Mapping[str, object]
) -> str:
    known = {**payload, "sender": sender}
    if any(field == "signal" for _, field in parts):
        known["signal"] = sent_signal()
    known["payload"] = ", ".join(f"{key}={plain(value)}" for key, value in payload.items())
    return "".join(
        literal + ("" if field is None else plain(known.get(field, f"{{{field}}}")))
        for literal, field in parts
    )
