"""English texts, and what they are in Chinese."""

from __future__ import annotations

import copy
import json

import pytest

from signalcli.language.phrases import (
    Phrase,
    choose_language,
    counted,
    current_language,
    is_english_chosen,
    joined,
    language_of,
    localized,
    phrase,
    sentences,
)


def takes(example: str) -> Phrase:
    template = "{option} takes {what}, such as: {example}"
    return phrase(template, option="--run", what=phrase("a program"), example=example)


def test_a_phrase_is_an_english_text() -> None:
    text = phrase("No {kind} '{name}'.", kind="command", name="{x}")

    assert text == "No command '{x}'."
    assert json.dumps({"text": text}) == json.dumps({"text": str(text)})
    assert str(ValueError(text)) is text
    assert localized(text) is text
    assert copy.deepcopy(text).arguments == text.arguments


def test_braces_of_a_text_without_arguments_are_shown() -> None:
    assert phrase("a JSON object {…}") == "a JSON object {…}"


@pytest.mark.parametrize(("n", "text"), [(0, "0 lines"), (1, "1 line"), (1200, "1,200 lines")])
def test_a_number_chooses_the_form(n: int, text: str) -> None:
    assert counted("{n} line", "{n:,} lines", n) == text


@pytest.mark.usefixtures("chinese")
def test_arguments_are_translated_within_a_phrase() -> None:
    text = sentences(takes("x.py"), "", phrase("Did you mean '{name}'?", name="connect"))

    assert text == "--run takes a program, such as: x.py Did you mean 'connect'?"
    assert localized(text) == "--run 接受一个程序，如：x.py 您是不是想输入“connect”？"
    assert localized(joined(["a", "b"])) == "a、b"


@pytest.mark.usefixtures("chinese")
def test_a_text_from_json_is_recognized() -> None:
    text = json.loads(json.dumps(takes("x.py")))

    assert localized(text) == "--run 接受一个程序，如：x.py"


@pytest.mark.usefixtures("chinese")
def test_a_name_is_not_translated_although_it_is_a_word_of_the_catalog() -> None:
    text = takes("queue")

    assert localized("queue") == "队列"
    assert localized(text) == localized(str.__str__(text)) == "--run 接受一个程序，如：queue"
    assert localized(joined(["queue", "b"])) == "queue、b"


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("text", ["salt and pepper", "a word in it", "one, or two"])
def test_the_separator_of_two_texts_recognizes_no_text(text: str) -> None:
    assert localized(text) == text


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    "text",
    ["", "never raised", "小钻风去巡山", "signalcli tour next", "a, b", "x has one, and y"],
)
def test_a_text_without_a_translation_stays(text: str) -> None:
    assert localized(text) == text


@pytest.mark.parametrize(
    ("chosen", "environment", "language", "is_asked"),
    [
        ("zh", {"SIGNALCLI_LANG": "en"}, "zh", False),
        ("en", {"LANG": "zh_CN.UTF-8"}, "en", True),
        (None, {"SIGNALCLI_LANG": "zh"}, "zh", False),
        ("auto", {"SIGNALCLI_LANG": "zh", "LANG": "en_US.UTF-8"}, "en", False),
        (None, {"LC_ALL": "zh_TW.UTF-8", "LANG": "en_US.UTF-8"}, "zh", False),
        (None, {}, "en", False),
    ],
)
def test_the_option_goes_before_the_variable_and_the_locale(
    chosen: str | None, environment: dict[str, str], language: str, is_asked: bool
) -> None:
    choose_language(chosen, environment)

    assert current_language() == language
    assert is_english_chosen() is is_asked


def test_the_first_variable_that_is_set_is_the_locale() -> None:
    assert language_of({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}) == "en"
