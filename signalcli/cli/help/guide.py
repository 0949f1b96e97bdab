"""The topics of ``signalcli help``: files of the guide, and topics made from the code."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NamedTuple

import signalcli
from signalcli.values.result import Result

_DIRECTORY = os.path.join(os.path.dirname(signalcli.__file__), "guide")


class Topic(NamedTuple):
    """One topic of the guide."""

    topic: str
    text: str
    """Markdown. It begins with a title, an empty line and a summary of one line."""
    is_drawn: bool = False
    """Whether it is written as a drawing, not as Markdown."""

    @property
    def summary(self) -> str:
        """The first sentence of the topic."""
        return self.text.split("\n", 3)[2]

    def result(self) -> Result:
        return Result(self, lines=None if self.is_drawn else tuple(self.text.splitlines()))

    def to_json(self) -> dict[str, Any]:
        return {"topic": self.topic, "text": self.text}


class Index(NamedTuple):
    """The topics of the guide and the commands, each with its summary."""

    topics: tuple[Topic, ...]
    commands: dict[str, str]
    text: str

    def result(self) -> Result:
        return Result(self, lines=tuple(self.text.splitlines()))

    def to_json(self) -> dict[str, Any]:
        topics = [{"topic": topic.topic, "summary": topic.summary} for topic in self.topics]
        commands = [{"command": name, "summary": text} for name, text in self.commands.items()]
        return {"topics": topics, "commands": commands}


class CommandHelp(NamedTuple):
    """The help of one command."""

    command: str
    text: str

    def result(self) -> Result:
        return Result(self, lines=tuple(self.text.splitlines()))

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


def topic_names() -> list[str]:
    """Return the names of all topics, sorted."""
    files = (name.removesuffix(".md") for name in os.listdir(_DIRECTORY) if name.endswith(".md"))
    return sorted([*files, *_FROM_CODE])


def read_topic(name: str) -> Topic:
    """Return one topic of :func:`topic_names`."""
    if name in _FROM_CODE:
        return Topic(name, _FROM_CODE[name]())
    with open(os.path.join(_DIRECTORY, f"{name}.md"), encoding="utf-8") as file:
        return Topic(name, file.read())


def _options_text() -> str:
    from signalcli.cli.command import common_options

    lines = [f"- `{', '.join(option.opts)}`: {option.help}" for option in common_options({})]
    return (
        "# Options\n\nOptions that every command accepts, before or after its name.\n\n"
        "Commands that work on a session refuse `--app`.\n\n" + "\n".join(lines) + "\n"
    )


def _rules_text() -> str:
    from signalcli.doctor.examine import rules

    sections = (
        f"## {rule.rule}\n\n{rule.what} {_escape(rule.why)}\n\nBad:\n\n```python\n{rule.bad}\n```\n\n"
        f"Good:\n\n```python\n{rule.good}\n```\n\n{_escape(rule.remedy)}\n"
        for rule in rules()
    )
    title = "# Rules\n\nThe rules that doctor checks, each with an example and its remedy.\n\n"
    return title + "\n".join(sections)


def _escape(sentence: str) -> str:
    """Return a sentence as Markdown that shows ``__call__`` literally."""
    return sentence.replace("__", r"\_\_")


_FROM_CODE: dict[str, Callable[[], str]] = {"options": _options_text, "rules": _rules_text}
