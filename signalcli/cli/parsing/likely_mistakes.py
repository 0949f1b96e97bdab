"""Notes on input that is valid, but probably not what the user meant.

An input method for Chinese types ``＝``, ``：``, ``，``, ``＠`` and ``／``, which are text to signalcli.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import pairwise

from signalcli.cli.parsing.senders_and_payload import split_item
from signalcli.errors import InvalidJSON
from signalcli.language.phrases import joined, phrase, sentences
from signalcli.text import from_json, intended_option
from signalcli.values.signal_name import META_SIGNALS

_ASCII = str.maketrans("＝：＠／", "=:@/")
_COMMA = "[,，、]"
_ANY = ("ANY", "any")
_ANY_IS_TEXT = phrase(
    "The sender '{sender}' is text, like any other. To mean any sender, leave out --sender."
)
_OPTION_AS_SENDER = phrase(
    "'{argument}' is the sender. An option starts with ASCII hyphens: {option}"
)
_OPTION_AS_PAYLOAD = phrase(
    "'{argument}' is payload. An option starts with ASCII hyphens: {option}"
)


def mistakes_in_signal(name: str) -> Iterator[str]:
    """Yield a note if the name of a signal has a full-width sign, or looks like several names."""
    is_meta = name.endswith(tuple(f"：{meta}" for meta in META_SIGNALS))
    if is_meta or "／" in name or name.startswith("＠"):
        typed = name.translate(_ASCII)
        yield phrase(
            "The name '{name}' has a full-width sign. With the ASCII sign it is: {typed}",
            name=name,
            typed=typed,
        )
    parts = [part.strip() for part in re.split(_COMMA, name)]
    if len(parts) > 1 and all(parts):
        yield phrase(
            "'{name}' is one signal. Several need a command each: {names}",
            name=name,
            names=joined(parts),
        )


def mistakes_in_senders(senders: Sequence[object]) -> Iterator[str]:
    """Yield a note for each value of ``--sender`` that looks like several, like JSON, or like ``ANY``."""
    for sender in senders:
        if not isinstance(sender, str):
            continue
        parts = [part.strip() for part in re.split(_COMMA, sender)]
        if len(parts) > 1 and all(parts) and not sender.startswith(":="):
            each = " ".join(f"--sender {_shell_word(part)}" for part in parts)
            yield phrase(
                "'{sender}' is one sender. Several are written: {each}", sender=sender, each=each
            )
        if re.match("：[=＝]|:＝", sender):
            yield _is_text(sender)
        elif sender in _ANY:
            yield phrase(_ANY_IS_TEXT, sender=sender)


def mistakes_in_message(arguments: Sequence[str], *, has_sender: bool = False) -> Iterator[str]:
    """Yield a note for each argument of a send that is probably payload, JSON, a file or a sender."""
    items = [(argument, split_item(argument)) for argument in arguments]
    has_sender = has_sender or any(item is None for _, item in items)
    for argument, item in items:
        if option := intended_option(argument):
            mistake = _OPTION_AS_SENDER if item is None else _OPTION_AS_PAYLOAD
            yield phrase(mistake, argument=argument, option=option)
        elif item is None:
            yield from _mistakes_in_sender(argument)
        else:
            yield from _mistakes_in_item(argument, item, has_sender)
    for (argument, item), (following, next_item) in pairwise(items):
        if item is not None and item[1:] == ("=", "") and next_item is None:
            yield phrase(
                "'{argument}' is an empty text, and '{sender}' is the sender. Without the space it "
                "is payload: {typed}",
                argument=argument,
                sender=following,
                typed=_shell_word(argument + following),
            )


def _mistakes_in_sender(argument: str) -> Iterator[str]:
    if re.match("：＝|:＝", argument):
        yield _is_text(argument)
    elif argument in _ANY:
        yield phrase(_ANY_IS_TEXT, sender=argument)
    elif "＝" in argument[1:]:
        yield _is_sender(argument, "＝", _with_ascii_separator(argument))
    elif match := re.fullmatch(r"(?a:([a-z_]\w*))：(\S+)", argument, re.IGNORECASE):
        yield _is_sender(argument, "：", f"{match[1]}={match[2]}")


def _mistakes_in_item(argument: str, item: tuple[str, str, str], has_sender: bool) -> Iterator[str]:
    key, separator, value = item
    if "＝" in key[1:] or key.endswith("："):
        yield sentences(
            phrase("The payload key is '{key}', with a full-width sign.", key=key),
            _intended(_with_ascii_separator(argument), has_sender),
        )
    elif value.startswith("＠"):
        typed = f"{key}{separator}@{value[1:]}"
        yield phrase(
            "'{value}' is text, because ＠ is text. A file is written: {typed}",
            value=value,
            typed=typed,
        )
    elif key.lower() == "sender" and separator in ("=", ":=") and not has_sender:
        yield sentences(
            phrase("'{argument}' is payload.", argument=argument), _intended(argument, has_sender)
        )


def _is_text(typed: str) -> str:
    fault = phrase("The sender '{typed}' is text.", typed=typed)
    json = typed[2:]
    if not _is_json(json):
        return sentences(fault, phrase("Without the signs it is: {typed}", typed=_shell_word(json)))
    return sentences(fault, phrase("JSON is written with ASCII signs: {json}", json=f":={json}"))


def _is_sender(argument: str, sign: str, typed: str) -> str:
    fault = phrase(
        "'{argument}' is the sender, because {sign} is text.", argument=argument, sign=sign
    )
    return sentences(fault, _intended(typed, has_sender=False))


def _intended(typed: str, has_sender: bool) -> str:
    """Return how to write what an item with ASCII signs means, which is a sender with that key or without one."""
    key, separator, value = split_item(typed) or ("", ":=", typed[2:])
    if separator == ":=" and not _is_json(value):
        separator = "="
    if key and (has_sender or key.lower() != "sender" or separator not in ("=", ":=")):
        return phrase("Payload is written: {typed}", typed=_shell_word(f"{key}{separator}{value}"))
    sender = _shell_word(value if separator == "=" else f":={value}")
    if key:
        return phrase("The sender is written without a key: {typed}", typed=sender)
    if separator == "=":
        return phrase("A sender is written: {typed}", typed=sender)
    return phrase("A sender in JSON is written: {typed}", typed=sender)


def _is_json(text: str) -> bool:
    try:
        from_json(text)
    except InvalidJSON:
        return False
    return True


def _with_ascii_separator(argument: str) -> str:
    """Return a payload item whose first separator is in ASCII."""
    return re.sub("(：|:)?[=＝]＠?", lambda m: m.group().translate(_ASCII), argument, count=1)


def _shell_word(text: str) -> str:
    """Return text as one word for a shell; unlike ``shlex.quote``, leave Chinese unquoted."""
    return text if re.fullmatch(r"[\w@%+=:,./-]+", text) else shlex.quote(text)
