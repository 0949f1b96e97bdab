"""Requests as HTTPie writes them: method, path and items to a request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from signalcli.cli.parsing.request_items import is_request, parse_request, parse_then
from signalcli.errors import InvalidJSON, UsageError
from signalcli.values.trace import Request

JSON = (("Content-Type", "application/json"), ("Accept", "application/json, */*;q=0.5"))
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def posted(
    body: object, *headers: tuple[str, str], path: str = "/a", verb: str = "POST"
) -> Request:
    return Request(verb, path, json.dumps(body), (*JSON, *headers))


def got(path: str, *headers: tuple[str, str]) -> Request:
    return Request("GET", path, None, headers)


@pytest.mark.parametrize(
    ("words", "options", "request_"),
    [
        ("/", {}, got("/")),
        ("get /", {}, got("/")),
        ("BREW /pot", {}, Request("BREW", "/pot")),
        ("/a b=1", {}, posted({"b": "1"})),
        ("GET /a b=1", {}, posted({"b": "1"}, verb="GET")),
        ("put /a b:=1", {}, posted({"b": 1}, verb="PUT")),
        ("/a b=1 c:=[1,null] 大=象", {}, posted({"b": "1", "c": [1, None], "大": "象"})),
        ("/a b= c:=false", {}, posted({"b": "", "c": False})),
        ("/a X-Who:king", {}, got("/a", ("X-Who", "king"))),
        ("/a b==1", {}, got("/a?b=1")),
        ("/a?b=0 b==1 b==2&c", {}, got("/a?b=0&b=1&b=2%26c")),
        ("/a 大==象 b=1", {}, posted({"b": "1"}, path="/a?%E5%A4%A7=%E8%B1%A1")),
        ("/a b==1 X:y c=d", {}, posted({"c": "d"}, ("X", "y"), path="/a?b=1")),
        ("/a Referer:http://x/?a==b", {}, got("/a", ("Referer", "http://x/?a==b"))),
        ("/a time=10:30", {}, posted({"time": "10:30"})),
        ("/a b=c==d", {}, posted({"b": "c==d"})),
        # The first separator decides, and a backslash makes one plain text.
        (r"/a b\:c=1", {}, posted({"b:c": "1"})),
        (r"/a b\=c:=1", {}, posted({"b=c": 1})),
        (r"/a b\=\=c==1", {}, got("/a?b%3D%3Dc=1")),
        (r"/a b=\@c", {}, posted({"b": "@c"})),
        (r"/a b\x=\d\\:", {}, posted({r"b\x": r"\d\\:"})),
        (r"/a user@example=1", {}, posted({"user@example": "1"})),
        # Headers replace those that come with data; without a value, one is not sent.
        (
            "/a b=1 content-type:text/x",
            {},
            Request("POST", "/a", '{"b": "1"}', (JSON[1], ("content-type", "text/x"))),
        ),
        ("/a b=1 Accept: X:", {}, Request("POST", "/a", '{"b": "1"}', (JSON[0],))),
        # Data may be a form.
        ("/a b=1 b=2", {"form": True}, Request("POST", "/a", "b=1&b=2", FORM)),
        (
            '/a b:=1.5 c:=true d:="x"',
            {"form": True},
            Request("POST", "/a", "b=1.5&c=true&d=x", FORM),
        ),
        ("/a 大=象+&", {"form": True}, Request("POST", "/a", "%E5%A4%A7=%E8%B1%A1%2B%26", FORM)),
        ("/a b==1", {"form": True}, got("/a?b=1")),
        ("/a", {"form": True, "data": "b=1"}, Request("POST", "/a", "b=1", FORM)),
        # Options add to a request.
        ("/a", {"data": "x"}, Request("POST", "/a", "x", FORM)),
        ("/a", {"data": ""}, Request("POST", "/a", "", FORM)),
        ("GET /a c==d", {"data": "x"}, Request("GET", "/a?c=d", "x", FORM)),
        (
            "/a Content-Type:text/plain",
            {"data": "x"},
            Request("POST", "/a", "x", (("Content-Type", "text/plain"),)),
        ),
        ("/a", {"headers": [("A", "1")]}, got("/a", ("A", "1"))),
        ("/a A:2", {"headers": [("a", "1"), ("B", "")]}, got("/a", ("B", ""), ("A", "2"))),
        ("/a A:", {"headers": [("a", "1")]}, got("/a")),
        ("/a", {"method": "PUT"}, Request("PUT", "/a")),
    ],
)
def test_words_are_a_request(words: str, options: dict[str, Any], request_: Request) -> None:
    assert parse_request(words.split(), **options) == request_


def test_values_may_be_those_of_files(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text('{"a": "大"}', encoding="utf-8")

    request = parse_request(["/a", f"text=@{file}", f"json:=@{file}"])

    assert request == posted({"text": '{"a": "大"}', "json": {"a": "大"}})


ITEMS = (
    "'{}' is not an item of a request. Items are key=text, key:=json, key==text in the query, and "
    "Header:value"
)
HEADER = (
    "'{}' is not a header. Its name and its value are written in ASCII, with a colon between them, as "
    "in Accept:text/html"
)
WHOLE_BODY = "--data is the whole body of the request, so it has no room for 'b'. Leave one out."
NO_PATH = "A request has a path, as in: {} /hello"
EXAMPLE = "--then 'POST /order item=banana'"
NO_REQUEST = f"--then takes a request, such as: {EXAMPLE}"
NO_END = f"'/a 'b' has a quote without an end. --then takes a request as one word: {EXAMPLE}"
METHOD = "'G T' is not an HTTP method. For example: POST"
TWO_METHODS = "The method is given twice: PUT and --method POST. Leave one out."
URL = "'{}' has a host, and requests are made without one. Type the path: {}"
PATH = "'{}' is not a path: those begin with a slash, as in /hello"
TWICE = (
    "The key 'b' is given twice, which JSON can't hold. Leave one out, write a list "
    "(b:='[1, 2]'), or send a form: --form"
)
NOT_IN_A_FORM = (
    "A form has text, numbers and booleans only, and 'b' is none of these. Leave out --form, or send "
    "it as text: b=…"
)


@pytest.mark.parametrize(
    ("words", "options", "sentence"),
    [
        (["hello"], {}, PATH.format("hello")),
        (["a=1"], {}, PATH.format("a=1")),
        (["http://shop.example/a?b"], {}, URL.format("http://shop.example/a?b", "/a?b")),
        (["POST", "localhost:5000"], {}, URL.format("localhost:5000", "/")),
        ([":5000/a"], {}, URL.format(":5000/a", "/a")),
        (["POST", "a=1"], {}, PATH.format("a=1")),
        (["get"], {}, NO_PATH.format("get")),
        (["G T", "/a"], {}, METHOD),
        (["/a", "/b"], {}, ITEMS.format("/b")),
        (["/a", "=b"], {}, ITEMS.format("=b")),
        (["/a", r"b\:c"], {}, ITEMS.format(r"b\:c")),
        (["/a", "大:象"], {}, HEADER.format("大:象")),
        (["/a", "b=1", "b:=2"], {}, TWICE),
        (["/a", "b:=[]"], {"form": True}, NOT_IN_A_FORM),
        (["/a", "b:=null"], {"form": True}, NOT_IN_A_FORM),
        (["/a", "b=1"], {"data": "x"}, WHOLE_BODY),
        (["PUT", "/a"], {"method": "POST"}, TWO_METHODS),
        ("", {}, NO_REQUEST),
        ("--form", {}, NO_REQUEST),
        ("/a 'b", {}, NO_END),
        ("/a --data x", {}, ITEMS.format("--data")),
        ("POST", {}, NO_PATH.format("POST")),
    ],
)
def test_what_is_no_request_is_refused_in_a_sentence(
    words: list[str] | str, options: dict[str, Any], sentence: str
) -> None:
    """Text is that of ``--then``."""
    with pytest.raises(UsageError) as refused:
        parse_then(words) if isinstance(words, str) else parse_request(words, **options)

    assert str(refused.value) == sentence


def test_bad_json_is_pointed_at() -> None:
    with pytest.raises(InvalidJSON) as refused:
        parse_request(["/a", "b:=[1, x]"])

    assert refused.value.text[refused.value.position :] == "x]"


@pytest.mark.parametrize(
    ("text", "options", "request_"),
    [
        ("/a", {}, got("/a")),
        ("POST /a b='c d'", {}, posted({"b": "c d"})),
        ("--form /a b=1", {}, Request("POST", "/a", "b=1", FORM)),
        (r"/a 'b\:c=1'", {}, posted({"b:c": "1"})),
        (
            "/a b=1",
            {"form": True, "headers": [("A", "1")]},
            Request("POST", "/a", "b=1", (*FORM, ("A", "1"))),
        ),
    ],
)
def test_the_text_of_then_is_split_as_a_shell_does(
    text: str, options: dict[str, Any], request_: Request
) -> None:
    assert parse_then(text, **options) == request_


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *[(word, True) for word in ("/", "https://x", "post", "GET")],
        *[(word, False) for word in ("run", "request", "show")],
    ],
)
def test_a_path_or_a_method_starts_a_request(word: str, expected: bool) -> None:
    assert is_request(word) is expected
