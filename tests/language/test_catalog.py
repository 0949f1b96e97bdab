"""The catalogs hold every text, and each translation has the arguments of its text."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Message

from signalcli.language.catalog import ARGUMENT, Catalog
from signalcli.language.phrases import phrase
from tests.support.catalog import CATALOGS, files, read, translation

LONG = 80
"""characters from which on no two texts mean the same."""


def test_the_catalogs_are_up_to_date() -> None:
    stale = [path.name for path, content in files() if path.read_bytes() != content]

    assert stale == [], "run: python -m tests.support.catalog"


@pytest.mark.parametrize("path", sorted(CATALOGS.glob("*.po")), ids=lambda path: path.stem)
def test_every_text_has_a_translation_with_its_arguments(path: Path) -> None:
    messages = [message for message in read(path) if message.id]

    assert [message.id for message in messages if not has_its_arguments(message)] == []


def has_its_arguments(message: Message) -> bool:
    """Return whether a translation is there, and has no arguments besides those of its text."""
    shown = translation(message)
    return bool(shown) and set(ARGUMENT.findall(shown)) <= set(ARGUMENT.findall(str(message.id)))


def test_no_two_paragraphs_have_the_same_translation() -> None:
    translations: dict[str, list[str]] = {}
    for path in CATALOGS.glob("*.po"):
        for message in read(path):
            if len(str(message.id)) > LONG:
                translations.setdefault(translation(message), []).append(str(message.id))

    assert [texts for texts in translations.values() if len(texts) > 1] == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (phrase("Connect it to {signal}.", signal=phrase("a signal")), "请把它连接到一个信号。"),
        (phrase("Connect it to {signal}.", signal="大象"), "请把它连接到 大象。"),
        (
            phrase(
                "{path} must be {expected}, not {found}",
                path="x",
                expected=phrase("true or false"),
                found=phrase("nothing"),
            ),
            "x 必须是 true 或 false，而不是空",
        ),
        (
            phrase(
                "{path} must be {expected}, not {found}",
                path="x",
                expected=phrase("text"),
                found="null",
            ),
            "x 必须是文本，而不是 null",
        ),
    ],
)
def test_chinese_has_spaces_beside_ascii_and_names_only(text: str, shown: str) -> None:
    assert Catalog("zh").localized(text) == shown
