"""The catalogs hold every text, and each translation has the arguments of its text."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Message

from signalcli.language.catalog import ARGUMENT
from tests.support.catalog import CATALOGS, files, read, translation

MESSAGES = [
    pytest.param(message, id=str(message.id)[:60])
    for path in sorted(CATALOGS.glob("*.po"))
    for message in read(path)
    if message.id
]


def test_the_catalogs_are_up_to_date() -> None:
    stale = [path.name for path, content in files() if path.read_bytes() != content]

    assert stale == [], "run: python -m tests.support.catalog"


@pytest.mark.parametrize("message", MESSAGES)
def test_every_text_has_a_translation_with_its_arguments(message: Message) -> None:
    text, shown = str(message.id), translation(message)

    assert shown, "run: python -m tests.support.catalog"
    assert set(ARGUMENT.findall(shown)) <= set(ARGUMENT.findall(text))
