"""Parse requests in the syntax of HTTPie: ``[METHOD] PATH [ITEM]...``.

``key=text`` and ``key:=json`` are data, ``key==text`` is part of the query, and ``Name:value`` is a
header. ``=@file`` and ``:=@file`` read a file. A backslash before a separator makes it plain text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from signalcli.cli.parsing.option_values import URL, parse_header, parse_method, parse_url_path
from signalcli.cli.parsing.senders_and_payload import payload_value, split_item
from signalcli.errors import UsageError, closest
from signalcli.language.phrases import phrase
from signalcli.values.trace import Request

Headers = Sequence[tuple[str, str]]

FORM_OPTION = "--form"
_ITEM = re.compile(r"((?:\\.|[^:=\\])+)(:=@|:=|==|=@|=|:)(.*)", re.DOTALL)
"""An item of a request: its key, separator and value."""
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
_FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
_JSON = (("Content-Type", "application/json"), ("Accept", "application/json, */*;q=0.5"))
"""The headers of a request with data, as HTTPie sends them."""


class _Items(NamedTuple):
    """The items of one request."""

    query: list[tuple[str, str]]
    data: list[tuple[str, Any]]
    headers: list[tuple[str, str]]
    """Those with an empty value are not sent."""


def is_request(word: str) -> bool:
    """Return whether a word starts a request: a path or URL, or a method of HTTP."""
    is_path = word.startswith("/") or re.match(URL, word) is not None
    return is_path or word.upper() in _METHODS


def closest_method(word: str) -> str | None:
    """Return the method of HTTP that a word is close to, if there is one."""
    return closest(word.upper(), _METHODS)


def parse_request(
    words: Sequence[str],
    *,
    form: bool = False,
    data: str | None = None,
    headers: Headers = (),
    method: str | None = None,
) -> Request:
    """Return the request of the words of a command line.

    :param form: whether its data is sent as a form, instead of JSON.
    :param data: the whole body, instead of data items; a form unless a header says otherwise.
    :param headers: headers that items may replace.
    :param method: the method, if it isn't among the words.
    :raises UsageError: if the words are no request, or contradict the options.
    """
    typed, path, rest = _request_line(words)
    items = _parsed(rest)
    if method is not None and typed is not None:
        raise UsageError(
            "The method is given twice: {first} and {second}. Leave one out.",
            first=typed,
            second=f"--method {method}",
        )
    if data is not None and items.data:
        raise UsageError(
            "--data is the whole body of the request, so it has no room for '{key}'. Leave one "
            "out.",
            key=items.data[0][0],
        )
    body, defaults = (data, _FORM) if data is not None else _body(items.data, form)
    has_body = body is not None
    return Request(
        method or typed or ("POST" if has_body else "GET"),
        _with_query(path, items.query),
        body,
        _headers(headers, items.headers, defaults if has_body else ()),
    )


def parse_then(
    text: str, option: str = "--then", *, form: bool = False, headers: Headers = ()
) -> Request:
    """Return the request of an option, whose text is split as a shell does.

    ``--form`` in the text is for this request only.
    """
    words = split_words(text, option, phrase("a request"), f"{option} 'POST /order item=banana'")
    plain = [word for word in words if word != FORM_OPTION]
    return parse_request(plain, form=form or len(plain) < len(words), headers=headers)


def split_words(text: str, option: str, what: str, example: str) -> list[str]:
    """Return the words of an option's text. UsageError, with an example, if there is none."""
    import shlex

    try:
        words = shlex.split(text)
    except ValueError:
        raise UsageError(
            "'{text}' has a quote without an end. {option} takes {what} as one word: {example}",
            text=text,
            option=option,
            what=what,
            example=example,
        ) from None
    if not [word for word in words if word != FORM_OPTION]:
        raise UsageError(
            "{option} takes {what}, such as: {example}", option=option, what=what, example=example
        )
    return words


def _request_line(words: Sequence[str]) -> tuple[str | None, str, Sequence[str]]:
    """Return the method, if it is typed, the path, and the items."""
    first, rest = words[0], words[1:]
    is_word = re.fullmatch("[A-Za-z]+", first) is not None
    if not first.startswith("/") and rest and (is_word or rest[0].startswith("/")):
        return parse_method(first), parse_url_path(rest[0]), rest[1:]
    if first.upper() in _METHODS:
        raise UsageError("A request has a path, as in: {example}", example=f"{first} /hello")
    return None, parse_url_path(first), rest


def _parsed(arguments: Sequence[str]) -> _Items:
    items = _Items([], [], [])
    for argument in arguments:
        split = split_item(argument, _ITEM)
        if split is None:
            raise UsageError(
                "'{argument}' is not an item of a request. Items are key=text, key:=json, "
                "key==text in the query, and Header:value",
                argument=argument,
            )
        separator = split[1]
        key, value = _unescaped(split[0]), _unescaped(split[2])
        if separator == ":":
            items.headers.append(parse_header(f"{key}:{value}"))
        elif separator == "==":
            items.query.append((key, value))
        else:
            items.data.append((key, payload_value(argument, key, separator, value)))
    return items


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: match[match[1] in ":=@"], text, flags=re.DOTALL)


def _body(data: list[tuple[str, Any]], form: bool) -> tuple[str | None, Headers]:
    """Return the body with these fields, and its usual headers."""
    import json

    if not data:
        return None, ()
    if form:
        return _encoded([(key, _form_text(key, value)) for key, value in data]), _FORM
    fields = dict(data)
    if len(fields) < len(data):
        keys = [key for key, _ in data]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise UsageError(
            "The key '{key}' is given twice, which JSON can't hold. Leave one out, write a list "
            "({list}), or send a form: {option}",
            key=twice,
            list=f"{twice}:='[1, 2]'",
            option=FORM_OPTION,
        )
    return json.dumps(fields), _JSON


def _form_text(key: str, value: object) -> str:
    import json

    if isinstance(value, str):
        return value
    if value is None or isinstance(value, (list, dict)):
        raise UsageError(
            "A form has text, numbers and booleans only, and '{key}' is none of these. Leave out "
            "{option}, or send it as text: {item}",
            key=key,
            option=FORM_OPTION,
            item=f"{key}=…",
        )
    return json.dumps(value)


def _with_query(path: str, query: list[tuple[str, str]]) -> str:
    if not query:
        return path
    return f"{path}{'&' if '?' in path else '?'}{_encoded(query)}"


def _encoded(fields: list[tuple[str, str]]) -> str:
    from urllib.parse import urlencode

    return urlencode(fields, errors="surrogateescape")


def _headers(
    given: Headers, own: Sequence[tuple[str, str]], defaults: Headers
) -> tuple[tuple[str, str], ...]:
    """Return all headers: own ones replace given ones, and both replace the defaults."""

    def without(headers: Headers, others: Headers) -> list[tuple[str, str]]:
        names = {name.lower() for name, _ in others}
        return [header for header in headers if header[0].lower() not in names]

    left = without(given, own)
    return (*without(defaults, [*left, *own]), *left, *(header for header in own if header[1]))
