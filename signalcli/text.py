"""Escape text for output, parse strict JSON, and label senders and values."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any, NoReturn

from signalcli.errors import InvalidJSON, shortened
from signalcli.language.phrases import phrase

UNSAFE = "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
"""Characters that could trick a terminal or a reader: C0, DEL and C1 controls, line and paragraph
separators, bidirectional controls, lone surrogates. U+200D is not unsafe: emoji need it."""

PROGRAM = "signalcli"
COMPLETE_VARIABLE = "_SIGNALCLI_COMPLETE"
"""The environment variable by which a shell asks for completions."""
LARGEST_NUMBER = 10**15
"""The largest count, and the longest time in seconds, that a saved send may have."""
LONGEST_VALUE = 300
"""characters of an application's value that are shown and kept. A session's values are kept whole."""
_PART = 100
"""items of an array in one piece of its text."""
DEEPEST = 100
"""levels. A more deeply nested value is shown as text, well before Python's recursion limit."""


def escape(text: str, keep: str = "") -> str:
    """Return text with every unsafe character not in ``keep`` written as in a Python string, ``\\x1b``."""
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
    """Return ``value`` as readable JSON that is safe to print: 大象 stays, unsafe text is escaped."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    if text.isprintable():
        return text
    return re.sub(
        UNSAFE,
        lambda match: match.group() if match.group() == "\n" else f"\\u{ord(match.group()):04x}",
        text,
    )


def json_parts(document: Mapping[str, Any], line: str = "") -> Iterator[str]:
    """Yield the JSON text of an object, piece by piece. Its iterators become arrays.

    :param line: the start of the lines of its items, and of those of its iterators; without it, there is
        one line.
    """
    before = f"{{{line}"
    for key, value in document.items():
        yield f"{before}{to_json(key)}: "
        before = f",{line or ' '}"
        if isinstance(value, Iterator):
            yield from _array_parts(value, line)
        else:
            yield to_json(value)
    yield "\n}" if line else "}"


def _array_parts(items: Iterator[Any], line: str) -> Iterator[str]:
    between = f",{line or ' '}"
    before = f"[{line}"
    while part := list(islice(items, _PART)):
        yield before + between.join(map(to_json, part))
        before = between
    yield "]" if before == between else "[]"


def from_json(text: str) -> Any:
    """Return the value of a JSON text, parsed strictly.

    NaN, Infinity, too large numbers, repeated keys, and nesting too deep for Python are errors.

    :raises InvalidJSON: with the reason and, if known, the place.
    """
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        reason = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
        raise InvalidJSON(phrase(reason), text, error.pos) from None
    except _RefusedNumber as error:
        reason, number = error.args  # the same characters may be in a string before
        tokens = re.finditer(_TOKEN, text)
        position = next((token.start() for token in tokens if token[0] == number), None)
        raise InvalidJSON(reason, text, position) from None
    except _RepeatedKey:
        key, position = _repeated_key(text)
        reason = phrase("the key '{key}' is given twice", key=shortened(key))
        raise InvalidJSON(reason, text, position) from None
    except RecursionError:
        raise InvalidJSON(phrase("it is nested too deeply"), text, None) from None
    except ValueError:  # int() has a limit of digits, sys.get_int_max_str_digits()
        tokens = (token for token in re.finditer(_TOKEN, text) if not token[0].startswith('"'))
        longest = max(tokens, key=lambda token: len(token[0]))
        digits = len(longest[0].lstrip("-"))
        reason = phrase("the integer of {digits} digits is too large", digits=digits)
        raise InvalidJSON(reason, text, longest.start()) from None


def field(document: Any, key: str, *kinds: type, default: object = ...) -> Any:
    """Return a field of a JSON object.

    :param kinds: the types that its value may have. A ``bool`` is no ``int``; an ``int`` becomes a ``float``
        where that is asked for.
    :param default: what is returned for a missing key; without it, a missing key is an error.
    :raises KeyError, TypeError, ValueError: if the object, the key or the value isn't as it must be. A
        number must not be negative or larger than ``LARGEST_NUMBER``.
    """
    return typed_field(document, key, kinds, default)


def typed_field(document: Any, key: str, kinds: tuple[type, ...], default: object) -> Any:
    """Do what :func:`field` does, with ``kinds`` as a tuple; ``...`` means that there is no default."""
    if default is not ... and key not in document:
        return default
    value = document[key]
    kind = type(value)
    if kind is int or kind is float:
        if not 0 <= value <= LARGEST_NUMBER:
            raise ValueError(key)
        if float in kinds:
            return float(value)
    if kind not in kinds:
        raise ValueError(key)
    return value


def as_json_value(value: object) -> Any:
    """Return ``value`` if JSON can represent it exactly, else its ``repr``. This never fails.

    JSON can't represent tuples, sets, keys that aren't text, infinite floats, and values nested
    deeper than ``DEEPEST``.
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
    """Return a deep copy of a JSON value."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value


def command(*words: str) -> str:
    """Return a signalcli command line, quoted for the shell."""
    import shlex

    return shlex.join((PROGRAM, *words))


_chosen_session: Callable[[], str | None] = lambda: None
"""Returns the session that the present command line chose; ``None`` is the session in use. Threads share it."""


@contextmanager
def suggesting_session(chosen: Callable[[], str | None]) -> Iterator[None]:
    """Let :func:`session_command` name the session that a command line chooses, until the block ends."""
    global _chosen_session
    before, _chosen_session = _chosen_session, chosen
    try:
        yield
    finally:
        _chosen_session = before


def session_command(*words: str) -> str:
    """Return a command line for the chosen session; without words, that before the name of a command."""
    name = _chosen_session()
    return command(*(() if name is None else ("--session", name)), *words)


def intended_option(word: str) -> str | None:
    """Return the option that a word means whose hyphens a keyboard turned into dashes."""
    match = re.fullmatch("(-*[‐‑‒–—―−－]+-*)([A-Za-z].*)", word, re.DOTALL)
    return f"--{match[2]}" if match else None


def sender_label(sender: object) -> str:
    """Return the label of a sender for a table or a sentence.

    Text is its own label, unless it looks like something else: ``"1"`` is text, ``1`` is the
    integer.
    """
    if isinstance(sender, str):
        ambiguous = (
            sender in ("ANY", "None", "True", "False")
            or sender.startswith((":=", '"', "[", "{"))
            or not sender.strip("-.0123456789")
            or sender != sender.strip()
        )
        return to_json(sender) if ambiguous else sender
    return display_text(sender)


def typed_sender(sender: object) -> str:
    """Return a sender as the value of ``--sender``: JSON after ``:=``, unless it is text."""
    is_plain = isinstance(sender, str) and not sender.startswith(":=")
    return str(sender) if is_plain else f":={to_json(sender)}"


def listed_sender(sender: object) -> str:
    """Return the label of a sender for a list. Text with a comma or a space is quoted."""
    if isinstance(sender, str) and re.search(r"[ \t\r\n,，、]", sender):
        return '"' + sender.replace('"', '\\"') + '"'  # other characters are escaped on output
    return sender_label(sender)


def display_text(value: object) -> str:
    """Return text as it is, and any other value as its ``repr``."""
    shown = as_json_value(value)
    return shown if isinstance(shown, str) else repr(shown)


def typed_text(system_text: str) -> str:
    """Decode an argument or path as UTF-8; other bytes become lone surrogates."""
    return os.fsencode(system_text).decode("utf-8", "surrogateescape")


def path_from(text: str) -> str:
    """Return a typed path as the system needs it to open the file, whatever the locale."""
    return os.fsdecode(text.encode("utf-8", "surrogateescape"))


class _RefusedNumber(ValueError):
    """A reason, and a token that Python's parser accepts as a number, but strict JSON doesn't."""


class _RepeatedKey(ValueError):
    """An object with a repeated key."""


def _refuse_constant(token: str) -> NoReturn:
    raise _RefusedNumber(phrase("{token} is not a JSON value", token=token), token)


def _finite(token: str) -> float:
    number = float(token)
    if not math.isfinite(number):
        reason = phrase("the number {number} is too large", number=shortened(token))
        raise _RefusedNumber(reason, token)
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


def _repeated_key(text: str) -> tuple[str, int]:
    """Return the first repeated key, and the position of its repetition."""
    objects: list[set[str]] = []
    string = ""
    position = 0
    for token in re.finditer(_TOKEN, text):
        kind = token.group()
        if kind in "[{":
            objects.append(set())
        elif kind in "]}":
            objects.pop()
        elif kind == ":":  # the string before it was a key
            key = json.loads(string)
            if key in objects[-1]:
                return key, position
            objects[-1].add(key)
        else:
            string, position = kind, token.start()
    raise AssertionError("the parser found a key twice")


def is_json(value: Any, depth: int = 0, deepest: int = DEEPEST) -> bool:
    """Return whether JSON can represent ``value`` exactly, within ``deepest`` levels.

    This runs no code of a value that isn't JSON.

    :raises ValueError: for an integer of more digits than Python writes.
    """
    kind = type(value)
    if kind is float:
        return math.isfinite(value)
    if kind is int:
        str(value)  # raises for an integer of more digits than Python writes
        return True
    if depth > deepest:
        return False
    if kind is list:
        return all(is_json(item, depth + 1, deepest) for item in value)
    if kind is dict:
        return all(type(k) is str and is_json(v, depth + 1, deepest) for k, v in value.items())
    return kind is str or kind is bool or value is None


LONGEST = 86_400.0
"""seconds. The longest time to wait or to sleep: a day."""
