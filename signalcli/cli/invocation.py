"""One run of the command line: its common options, and the signals that they choose."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from signalcli.cli.output import Output
from signalcli.errors import DeclinedQuestion, ExitStatus, UsageError
from signalcli.language.phrases import (
    LANGUAGES,
    choose_language,
    current_language,
    phrase,
    sentences,
)
from signalcli.text import session_command

if TYPE_CHECKING:
    from signalcli.cli.app_access import AppAccess
    from signalcli.cli.app_source import AppSource
    from signalcli.cli.parsing.options import EvidenceOptions
    from signalcli.cli.relay.access import RelayAccess
    from signalcli.cli.session_access import SessionAccess
    from signalcli.doctor.evidence import Evidence
    from signalcli.sending.interfaces import SignalSender, SignalSource
    from signalcli.values.delivery import SenderObject, SendOptions
    from signalcli.values.result import Value

T = TypeVar("T")
APP_OPTIONS = ("app", "setup", "no_factory")
"""The options for an application."""
PROCESS_OPTIONS = ("python", "memory", "asks_repr")
"""The options for an application or a program, which runs in a process of its own."""
OUTPUT_OPTIONS = ("as_json", "quiet", "theme")
"""The options that are attributes of the output. Other common options are attributes of the invocation."""
_SIGNS_OF_SLIPS = frozenset("＝：＠／，、,‐‑‒–—―−－")
"""Without one of these, only the key ``sender`` in a message and the sender ANY may be slips."""


class Invocation:
    """The common options of a command line, before or after the command's name.

    Methods raise SessionError if the session can't be read or written, ApplicationError if the
    application can't be loaded or its code fails.
    """

    def __init__(self) -> None:
        self.session_name: str | None = None
        """The value of ``--session``; ``None`` is the session in use."""
        self.app_source: AppSource | None = None
        """The application that another program chose, such as ``flask``."""
        self._app_options: dict[str, Any] = {}
        self._typed: dict[str, str] = {}
        """The common options that were typed, not set by variables, each as the user writes it."""
        self._typed_values: dict[str, Any] = {}
        self.language: str | None = None
        """The value of ``--lang``."""
        self.asks_repr = False
        """Whether an application's objects are described by their own ``repr``."""
        self.shows_python = False
        """Whether ``--show-python`` shows the calls of blinker that the command makes."""
        self.debug = False
        self.python: str | None = None
        """The value of ``--python``: the interpreter of the application."""
        self.memory: str | None = None
        """The value of ``--memory``: the most memory of the application's process, in MiB."""
        self.fail_unheard = False
        """Whether a send that calls no receiver has an exit status of its own."""
        self.agreed = False
        """Whether ``--yes`` lets an application's receivers run without asking."""
        self.output = Output()
        self.resources = ExitStack()
        """Closed when the command's value is written."""

    def set_option(self, option: str, value: Any, typed: str | None = None) -> None:
        """Set a common option.

        :param typed: the option as the user writes it; ``None`` if a variable sets it.
        """
        if typed is not None:
            self._typed[option] = typed
            self._typed_values[option] = value
        if option in APP_OPTIONS:
            self._app_options[option] = value
        elif option == "no_pager":
            self.output.may_page = False
        elif option == "save":
            self.output.save_as(value)
        elif option in OUTPUT_OPTIONS:
            setattr(self.output, option, value)
        else:
            setattr(self, "session_name" if option == "session" else option, value)

    def ignore_environment(self, works_on: Collection[str]) -> None:
        """Leave out the application of a variable, if the command works on sessions only."""
        if "app" not in works_on and "app" not in self._typed:
            self._app_options.pop("app", None)

    def choose_language(self) -> None:
        """Show this command in the language of ``--lang``, of the variable, or of the locale."""
        choose_language(self.language, os.environ)

    @property
    def lesson_language(self) -> str:
        """The language of lessons. In JSON it is English, whatever the locale, unless ``--lang`` was typed."""
        typed = self._typed_values.get("language")
        if self.output.as_json and typed not in LANGUAGES:
            return "en"
        return current_language()

    def call(self, context: click.Context, command: Callable[[click.Context], Any]) -> Any:
        """Call a command whose arguments were parsed. The shell gives some a process of their own."""
        self.show_calls(context)
        return command(context)

    def show_calls(self, context: click.Context) -> None:
        """Write the calls of blinker that a command makes, with ``--show-python``, before it runs.

        :raises UsageError: if they aren't known.
        """
        if not self.shows_python:
            return
        from signalcli.cli.shown_calls import calls_of

        for statement in calls_of(self, context):
            for number, text in enumerate(statement.split("\n")):
                self.output.note(f"{'...' if number else '>>>'} {text}")

    @property
    def typed_options(self) -> list[str]:
        """The common options that were typed, as words of another command line."""
        words = []
        for option, value in self._typed_values.items():
            name = self._typed[option]
            values = value if isinstance(value, tuple) else (value,)
            words += [word for one in values for word in ([name] if one is True else [name, one])]
        return words

    def refuse_options(self, reason: str, *options: str) -> None:
        """Raise UsageError if one of these options was typed, which the command would ignore."""
        for option in options:
            if option in self._typed:
                raise UsageError(
                    sentences(reason, phrase("Leave out {option}.", option=self._typed[option]))
                )

    @property
    def app(self) -> AppSource | None:
        """The application to use instead of a session. A typed session overrules one of a variable."""
        if self.app_source is not None:
            return self.app_source
        is_overruled = "session" in self._typed and "app" not in self._typed
        return None if is_overruled or "app" not in self._app_options else self.default_app

    @property
    def default_app(self) -> AppSource:
        """The application of the options; without ``--app``, the one that ``flask`` would find here."""
        from signalcli.cli.app_source import ProcessAppSource

        return ProcessAppSource(**self._app_options, python=self.python, memory=self.memory)

    @property
    def setups(self) -> Sequence[str]:
        """The values of ``--setup``."""
        return tuple(self._app_options.get("setup", ()))

    @property
    def session(self) -> SessionAccess:
        """The chosen session. Its methods raise UsageError if an application was chosen.

        :raises UsageError: if an option for an application was given without ``--app``.
        """
        from signalcli.cli.session_access import SessionAccess

        for option in (*APP_OPTIONS, *PROCESS_OPTIONS) if self.app is None else ():
            if option in self._typed:
                name = self._typed[option]
                raise UsageError(
                    "{option} is for an application. Name it: --app shop:app", option=name
                )
        return SessionAccess(self)

    @property
    def application(self) -> AppAccess:
        """The chosen application. UsageError if a session was typed."""
        from signalcli.cli.app_access import AppAccess

        self.refuse_options(
            phrase("This works on an application, and not on a session."), "session"
        )
        self.session_name = None  # a variable may have chosen one, which isn't used
        return AppAccess(self)

    @property
    def relay(self) -> RelayAccess:
        """The server of a relay. RelayError if the package that it needs isn't installed."""
        from signalcli.cli.relay.access import RelayAccess
        from signalcli.relay.connection import check_nats

        check_nats()
        return RelayAccess(self)

    @contextmanager
    def source(self, options: SendOptions | None = None) -> Iterator[SignalSource]:
        """Yield the chosen session or application, to look at. ``options`` are those of an explained send."""
        if self.app is not None:
            yield self.application.opened(options)
        else:
            with self.session.opened() as inspector:
                yield inspector

    @contextmanager
    def examined(self, options: EvidenceOptions) -> Iterator[tuple[SignalSource, Evidence]]:
        """Yield the chosen session or application, and all that is known of its signals and sends.

        A program of ``--run`` is the application if none is chosen.
        """
        from signalcli.doctor.examine import evidence_of

        program = next(iter(options.parsed_programs()), None)
        if program is not None and self.app is None and not program.is_module:
            self.set_option("app", program.name)
        if self.app is not None or options.requests or options.programs:
            application, sends = self.application.examined(options)
            connected, details = application.connect_report(), application.details()
            yield application, evidence_of(application, sends, connected, details)
        else:
            with self.session.opened() as source:
                yield source, evidence_of(source, self.session.sends(options))

    @property
    def program(self) -> str:
        """The command line up to the name of a command, with the session or the application that was chosen."""
        return session_command() if self.app is None else self.app.program

    def dispatch(self, operation: Callable[[SignalSender], T], options: SendOptions) -> T:
        """Send signals of the chosen session or application.

        The session is saved only if the options may change it. Sends of an application are not saved.
        """
        if self.app is not None:
            return operation(self.application.sender(options))
        return self.session.dispatch(operation, options)

    def objects(self, senders: tuple[SenderObject, ...]) -> tuple[SenderObject, ...]:
        """Return the values of ``--sender-object``. UsageError if a session was chosen."""
        if senders and self.app is None:
            raise UsageError(
                "--sender-object is an object of an application, and a session has none. Name "
                "the application: --app shop:app"
            )
        return senders

    def note_likely_mistakes(
        self, signal: object = "", senders: Sequence[object] = (), message: Sequence[str] = ()
    ) -> None:
        """Write notes on input that is valid, but probably not what the user meant."""
        text = " ".join(map(str, (signal, *senders, *message)))
        words = text.lower()
        if _SIGNS_OF_SLIPS.isdisjoint(text) and "sender" not in words and "any" not in words:
            return  # the usual case, without an import
        from signalcli.cli.parsing import likely_mistakes

        for note in (
            *likely_mistakes.mistakes_in_signal(str(signal)),
            *likely_mistakes.mistakes_in_senders(senders),
            *likely_mistakes.mistakes_in_message(message, has_sender=bool(senders)),
        ):
            self.output.note(note)

    def confirm(self, question: str, yes: bool, shown: Sequence[str] = ()) -> None:
        """Ask first. Raises DeclinedQuestion for a no, UsageError if standard input isn't a terminal.

        :param shown: lines to write before the question.
        """
        if yes:
            return
        if sys.stdin is None or not sys.stdin.isatty():
            no_terminal = phrase("Standard input isn't a terminal; to agree, add --yes")
            raise UsageError(sentences(question, no_terminal))
        for line in shown:
            self.output.ask(line, end="\n")
        answer = None
        while answer not in ("y", "yes", "n", "no", ""):
            self.output.ask(phrase("{question} [y/N] ", question=question))
            typed = sys.stdin.readline()
            if not typed:  # the end of the input
                raise click.Abort
            answer = typed.strip().lower()
        if not answer.startswith("y"):
            raise DeclinedQuestion("Nothing was done.")

    def present(self, value: Value) -> int:
        """Write the value of a command, and return the exit status."""
        result = value.result()
        self.output.show(result)
        self.output.save_results(result)
        self.output.flush()  # before an application's exit functions run
        if result.status == ExitStatus.DONE and self.fail_unheard and not result.called_receiver:
            return ExitStatus.UNHEARD
        return result.status
