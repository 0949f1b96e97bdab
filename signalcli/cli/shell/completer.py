"""Complete a line of the shell as it is typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document

from signalcli.cli.shell.candidates import candidates
from signalcli.language.phrases import localized


class LineCompleter(Completer):
    """Completes commands, options and their values.

    :param options: the common options of the shell.
    """

    def __init__(self, options: Sequence[str]) -> None:
        self._options = options

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterator[Completion]:
        items, typed = candidates(self._options, document.current_line_before_cursor)
        for item in items:
            if item.type == "plain":
                yield Completion(item.value, -len(typed), display_meta=localized(item.help or ""))
            else:
                yield from PathCompleter().get_completions(Document(typed), event)
