"""``signalcli help``: print the guide, a page of it, or the help of a command."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click
from click.shell_completion import CompletionItem

from signalcli.cli.command import Command, translate_help
from signalcli.cli.help.guide import Topic, read_topic, topic_names
from signalcli.cli.parsing.completion import HISTORY_WORDS
from signalcli.cli.parsing.synonyms import meant_by
from signalcli.cli.root import COMMANDS, root
from signalcli.cli.shell.words import EXERCISE_WORDS
from signalcli.errors import UnknownName, UsageError
from signalcli.language.phrases import joined, localized, phrase, sentences
from signalcli.text import PROGRAM
from signalcli.values.result import PrintedText

OWN_WORDS = {"history": HISTORY_WORDS, "tour": EXERCISE_WORDS}
"""What some commands take in place of a subcommand. Its help is that of the command."""


def _complete_word(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    words = ctx.params.get("words") or ()
    command: click.Command | None = root
    for word in words:
        command = command.get_command(ctx, word) if isinstance(command, click.Group) else None
    names = [] if words else topic_names()
    if isinstance(command, click.Group):
        names += command.list_commands(ctx)
    elif command is not None and len(words) == 1:
        names += _own_words(command)
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@click.command(
    "help",
    cls=Command,
    works_on="",
    examples=["signalcli help", "signalcli help security", "signalcli help session copy"],
)
@click.argument("words", nargs=-1, metavar="[TOPIC|COMMAND]...", shell_complete=_complete_word)
@click.pass_context
def help_command(context: click.Context, words: tuple[str, ...]) -> Topic | PrintedText:
    """Show the guide, or the help of a command.

    Without TOPIC or COMMAND, list both. The help of a command is that of COMMAND --help. In a pipe, a
    topic is Markdown.
    """
    assert context.parent is not None, "the root group"
    if not words:
        return _index(context.parent)
    topics = topic_names()
    if words[0] in topics and words[1:] and words[0] not in root.list_commands(context):
        raise UsageError(
            sentences(
                phrase("A topic takes no further word; got: {words}.", words=joined(words[1:])),
                phrase("Show it: {command}", command=f"{PROGRAM} help {words[0]}"),
            )
        )
    if words[0] in topics and len(words) == 1:
        return read_topic(words[0])._replace(is_drawn=sys.stdout.isatty())
    return _help_of(words, context.parent, topics)


def _own_words(command: click.Command) -> Iterator[str]:
    """Yield the words that a command takes in place of subcommands: those of its own, and its choices."""
    yield from OWN_WORDS.get(str(command.name), ())
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            yield from getattr(parameter.type, "choices", ())


def _index(parent: click.Context) -> PrintedText:
    topics = tuple(map(read_topic, topic_names()))
    translate_help(parent)
    formatter = parent.make_formatter()
    with formatter.section(phrase("Topics")):
        formatter.write_dl([(topic.topic, topic.shown_summary) for topic in topics])
    root.format_commands(parent, formatter)
    end = phrase("Show one: signalcli help TOPIC, or signalcli help COMMAND")
    document = {
        "topics": [{"topic": topic.topic, "summary": topic.summary} for topic in topics],
        "commands": [
            {"command": name, "summary": text}
            for section in COMMANDS.values()
            for name, text in section.items()
        ],
    }
    return PrintedText(f"{formatter.getvalue()}\n{localized(end)}", document)


def _help_of(words: tuple[str, ...], context: click.Context, topics: list[str]) -> PrintedText:
    command: click.Command = root
    kind, place, remedy = "topic or command", "", f"{PROGRAM} help"
    names = [*topics, *root.list_commands(context)]
    for word in words:
        if not isinstance(command, click.Group):
            if word in _own_words(command):
                break
            path = context.command_path
            raise UsageError(
                sentences(
                    phrase("`{command}` has no subcommands; got: {word}.", command=path, word=word),
                    phrase("Show it: {command}", command=f"{path} --help"),
                )
            )
        found = command.get_command(context, word)
        if found is None:
            from signalcli.doctor.examine import explained_rules

            likely = meant_by(word, names)
            if likely is None and not place and word in [rule.rule for rule in explained_rules()]:
                likely = "rules"
            all_names = phrase("See them all: {command}", command=remedy)
            raise UnknownName(kind, word, names, place=place, likely=likely, remedy=all_names)
        command, context = found, click.Context(found, info_name=word, parent=context)
        kind, place, remedy = ("command", context.command_path, f"{context.command_path} --help")
        names = command.list_commands(context) if isinstance(command, click.Group) else []
    text = command.get_help(context)
    return PrintedText(text, {"command": context.command_path, "text": text})
