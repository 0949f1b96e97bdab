"""Text on its way in and out: typed text, paths, the one escaping, and strict JSON."""

from __future__ import annotations

import json
import math
import os
import re
from typing import Any, NoReturn

from signalcli.errors import InvalidJSON

UNSAFE = "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
"""What a terminal or a reader of text could be tricked with: C0, DEL and C1 controls, line and
paragraph separators, bidirectional controls, lone surrogates. U+200D stays: emoji need it."""

PROGRAM = "signalcli"
"""What is typed before the name of a command of ours."""
DEEPEST = 100
"""levels: what is nested deeper is shown as text, before Python's own limit ends the program."""


def escape(text: str, keep: str = "") -> str:
    """``text`` with every unsafe character written out as in a Python string, ``\\x1b``.

    :param keep: unsafe characters that stay as they are, such as a receiver's own newlines.
    """
    to_check = text
    for character in keep:
        to_check = to_check.replace(character, "")
    if to_check.isprintable():
        return text

    def written_out(match: re.Match[str]) -> str:
        character = match.group()
        return character if character in keep else character.encode("unicode_escape").decode()

    return re.sub(UNSAFE, written_out, text)


def to_json(value: object, indent: int | None = None) -> str:
    """``value`` as JSON that is readable, and safe to print: 大象 stays, unsafe text is escaped."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    if text.isprintable():
        return text
    return re.sub(
        UNSAFE,
        lambda match: match.group() if match.group() == "\n" else f"\\u{ord(match.group()):04x}",
        text,
    )


def from_json(text: str) -> Any:
    """The value of a JSON text, read strictly.

    NaN, Infinity, numbers too large to hold, and a key given twice are errors, as is nesting too
    deep for Python.

    :raises InvalidJSON: with the reason and, where it is known, the place.
    """
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        reason = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
        raise InvalidJSON(reason, text, error.pos) from None
    except _RefusedNumber as error:
        raise InvalidJSON(error.reason, text, _position_of(error.token, text)) from None
    except _RepeatedKey:
        key, position = _repeated_key(text)
        raise InvalidJSON(f"the key '{key}' is given twice", text, position) from None
    except RecursionError:
        raise InvalidJSON("it is nested too deeply", text, None) from None
    except ValueError:  # int() has a limit of digits, sys.get_int_max_str_digits()
        tokens = (token for token in re.finditer(_TOKEN, text) if not token[0].startswith('"'))
        longest = max(tokens, key=lambda token: len(token[0]))
        reason = f"the integer of {len(longest[0].lstrip('-'))} digits is too large"
        raise InvalidJSON(reason, text, longest.start()) from None


def as_json_value(value: object) -> Any:
    """``value`` if JSON holds it exactly, else its ``repr``: never an error, never a lie.

    Tuples, sets, other keys than text, floats that aren't finite, and what is nested deeper than
    ``DEEPEST`` are not JSON.
    """
    try:
        if is_json(value):
            return value
        return repr(value)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a value's own __repr__ may raise anything
        return f"<{type(value).__name__} whose repr raises {type(error).__name__}>"


def copied(value: Any) -> Any:
    """The same JSON value in lists and dicts of its own: whoever changes the one keeps the other."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value


def command(*words: str) -> str:
    """A command line of ours, for a person to type."""
    import shlex

    return shlex.join((PROGRAM, *words))


def sender_label(sender: object) -> str:
    """How a sender is written in a table or a sentence.

    Text stands for itself, unless it could be taken for something else: ``"1"`` is text, ``1`` is
    the integer.
    """
    if isinstance(sender, str):
        ambiguous = (
            sender in ("ANY", "None", "True", "False")
            or sender.startswith((":=", '"', "[", "{"))
            or not sender.strip("-.0123456789")
            or sender != sender.strip()
        )
        return to_json(sender) if ambiguous else sender
    value = as_json_value(sender)
    return value if isinstance(value, str) else repr(value)


def plain(value: object) -> str:
    """A value as people write it: text as it is, anything else as Python does."""
    shown = as_json_value(value)
    return shown if isinstance(shown, str) else repr(shown)


def typed_text(system_text: str) -> str:
    """An argument or path, which Python decoded by the locale, as the UTF-8 text that it is.

    What isn't UTF-8 becomes lone surrogates.
    """
    return os.fsencode(system_text).decode("utf-8", "surrogateescape")


def path_from(text: str) -> str:
    """A path that a person typed, for the system to open, whatever the locale."""
    return os.fsdecode(text.encode("utf-8", "surrogateescape"))


class _RefusedNumber(ValueError):
    """A token that Python's parser takes for a number and strict JSON doesn't."""

    def __init__(self, reason: str, token: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.token = token


class _RepeatedKey(ValueError):
    """An object that has a key twice."""


def _refuse_constant(token: str) -> NoReturn:
    raise _RefusedNumber(f"{token} is not a JSON value", token)


def _finite(token: str) -> float:
    number = float(token)
    if not math.isfinite(number):
        raise _RefusedNumber(f"the number {token} is too large", token)
    return number


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedKey
    return found


_DECODER = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_without_repeats
)

_TOKEN = r'"(?:[^"\\]|\\.)*"?|[^\s,:\[\]{}"]+|[\[\]{}:,]'


def _position_of(number: str, text: str) -> int | None:
    """Where a number stands in a JSON text, outside its strings."""
    tokens = re.finditer(_TOKEN, text)
    return next((token.start() for token in tokens if token.group() == number), None)


def _repeated_key(text: str) -> tuple[str, int]:
    """The first key that its object has already, and where it stands again."""
    objects: list[set[str]] = []
    string = ""
    position = 0
    for token in re.finditer(_TOKEN, text):
        kind = token.group()
        if kind in "[{":
            objects.append(set())
        elif kind in "]}":
            objects.pop()
        elif kind == ":":  # what stood before it was a key
            key = json.loads(string)
            if key in objects[-1]:
                return key, position
            objects[-1].add(key)
        else:
            string, position = kind, token.start()
    raise AssertionError("the parser found a key twice")


def is_json(value: Any, depth: int = 0) -> bool:
    """Whether JSON holds ``value`` exactly, and no deeper than ``DEEPEST`` levels.

    What isn't JSON is not asked what it is: it may be anybody's.

    :raises ValueError: for an integer of more digits than Python writes.
    """
    kind = type(value)
    if kind is float:
        return math.isfinite(value)
    if kind is int:
        str(value)  # raises for an integer of more digits than Python writes
        return True
    if depth > DEEPEST:
        return False
    if kind is list:
        return all(is_json(item, depth + 1) for item in value)
    if kind is dict:
        return all(type(k) is str and is_json(v, depth + 1) for k, v in value.items())
    return kind is str or kind is bool or value is None
