"""The topics of ``signalcli help``: files of the guide, and topics made from the code."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NamedTuple

import signalcli
from signalcli.language.phrases import current_language, localized, phrase, sentences
from signalcli.values.result import Result

_DIRECTORY = os.path.join(os.path.dirname(signalcli.__file__), "guide")


class Topic(NamedTuple):
    """One topic of the guide."""

    topic: str
    text: str
    """Markdown. It begins with a title, an empty line and a summary of one line."""
    shown: str
    """The same in the user's language; English where there is no translation."""
    is_drawn: bool = False
    """Whether it is written as a drawing, not as Markdown."""

    @property
    def summary(self) -> str:
        """The first sentence of the topic."""
        return _summary(self.text)

    @property
    def shown_summary(self) -> str:
        """The first sentence of the topic in the user's language."""
        return _summary(self.shown)

    def result(self) -> Result:
        return Result(self, lines=None if self.is_drawn else tuple(self.shown.splitlines()))

    def to_json(self) -> dict[str, Any]:
        return {"topic": self.topic, "text": self.text}


def _summary(text: str) -> str:
    return text.split("\n", 3)[2]


def topic_names() -> list[str]:
    """Return the names of all topics, sorted."""
    files = (name.removesuffix(".md") for name in os.listdir(_DIRECTORY) if name.endswith(".md"))
    return sorted([*files, *_FROM_CODE])


def read_topic(name: str) -> Topic:
    """Return one topic of :func:`topic_names`."""
    if name in _FROM_CODE:
        make = _FROM_CODE[name]
        return Topic(name, make(str), make(localized))
    text = _read("", name)
    return Topic(name, text, _read(current_language(), name) or text)


def _read(language: str, name: str) -> str:
    """Return the file of a topic in a language, ``""`` for English; an empty text if there is none."""
    path = os.path.join(_DIRECTORY, language, f"{name}.md")
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


def _options_text(shown: Callable[[str], str]) -> str:
    from signalcli.cli.command import common_options

    lines = [
        f"- `{', '.join(option.opts)}`: {shown(option.help or '')}" for option in common_options({})
    ]
    title = shown(phrase("Options"))
    summary = shown(
        phrase(
            "Options of several commands, before or after the name of the command. The help of a command lists its own."
        )
    )
    refusal = shown(
        phrase(
            "Commands that work only on sessions refuse `--app`, `--setup`, `--no-factory`, `--python`, `--memory` and "
            "`--repr`. Those that work only on an application refuse `--session`."
        )
    )
    return f"# {title}\n\n{summary}\n\n{refusal}\n\n" + "\n".join(lines) + "\n"


def _rules_text(shown: Callable[[str], str]) -> str:
    from signalcli.doctor.examine import explained_rules

    bad, good = shown(phrase("Bad:")), shown(phrase("Good:"))
    sections = (
        f"## {rule.rule}\n\n{_escape(shown(sentences(rule.what, rule.why)))}\n\n"
        f"{bad}\n\n```python\n{rule.bad}\n```\n\n"
        f"{good}\n\n```python\n{rule.good}\n```\n\n{_escape(shown(rule.remedy))}\n"
        for rule in explained_rules()
    )
    title = shown(phrase("Rules"))
    summary = shown(phrase("The rules that doctor checks, each with an example and its remedy."))
    return f"# {title}\n\n{summary}\n\n" + "\n".join(sections)


def _escape(sentence: str) -> str:
    """Return a sentence as Markdown that shows ``__call__`` literally."""
    return sentence.replace("__", r"\_\_")


_FROM_CODE: dict[str, Callable[[Callable[[str], str]], str]] = {
    "options": _options_text,
    "rules": _rules_text,
}
"""The topics that are made from the code, each with a function that translates its texts."""
