"""The session of a command line: its files, and the operations on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

import click

from signalcli.errors import UsageError
from signalcli.language.phrases import phrase, sentences
from signalcli.text import PROGRAM, command, session_command, typed_text

if TYPE_CHECKING:
    from blinker import Namespace

    from signalcli.cli.invocation import Invocation
    from signalcli.cli.parsing.options import EvidenceOptions, HistoryOptions
    from signalcli.doctor.past_sends import SendEvidence
    from signalcli.history.record import Record
    from signalcli.playground.editor import SessionEditor
    from signalcli.playground.followed import FollowedSession
    from signalcli.playground.inspector import SessionInspector
    from signalcli.playground.playground import Playground
    from signalcli.receivers.trust import TrustFile
    from signalcli.sending.interfaces import SignalSender
    from signalcli.session.changes import SessionChange
    from signalcli.session.file import SessionFile
    from signalcli.session.journal import Journal
    from signalcli.streams import Capture
    from signalcli.values.catalog import Drop, ReceiverDetail
    from signalcli.values.change import Change
    from signalcli.values.delivery import SendOptions
    from signalcli.values.session import Session

T = TypeVar("T")
P = TypeVar("P", bound="Playground")
C = TypeVar("C", "Change", "Drop")


class SessionAccess:
    """Read and change the session that the common options choose. Methods raise SessionError."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self._output = invocation.output

    @property
    def directory(self) -> str:
        """The directory of the named sessions."""
        return os.path.join(click.get_app_dir("signalcli"), "sessions")

    @property
    def path_in_use(self) -> str:
        """The file that holds the name of the session in use."""
        return os.path.join(click.get_app_dir("signalcli"), "session-in-use")

    @property
    def name_in_use(self) -> str:
        """The name or absolute path of the session that ``session use`` has set."""
        from signalcli.session.file import name_in_use

        return name_in_use(self.path_in_use)

    @property
    def file(self) -> SessionFile:
        """The file of the chosen session. UsageError if an application was chosen."""
        name = self._invocation.session_name
        return self.file_of(self.name_in_use if name is None else name)

    @property
    def file_to_read(self) -> SessionFile:
        """The file of the chosen session. UnknownName if it doesn't exist, and one of a close name does."""
        file = self.file
        likely = self._likely_name(file)
        if likely is not None:
            from signalcli.errors import UnknownName

            remedy = phrase("See them all: {command}", command="signalcli session list")
            raise UnknownName("session", file.label, [likely], remedy=remedy)
        return file

    @property
    def file_to_change(self) -> SessionFile:
        """The file of the chosen session. A note warns if its name is new and close to another's."""
        file = self.file
        likely = self._likely_name(file)
        if likely is not None:
            self._output.note(
                sentences(
                    phrase("Session '{name}' is new.", name=file.label),
                    phrase("Did you mean '{name}'?", name=likely),
                )
            )
        return file

    def _likely_name(self, file: SessionFile) -> str | None:
        if os.path.lexists(file.path):
            return None
        from signalcli.session.listing import likely_session

        return likely_session(file, self.directory)

    def file_of(self, name: str) -> SessionFile:
        """Return the session file of a name or path. UsageError if it is empty or with ``--app``."""
        from signalcli.session.file import session_file_of

        self.refuse_application()
        return session_file_of(name, self.directory)._replace(
            words=tuple(self._output.words), warn=self._output.note
        )

    def refuse_application(self, argument: str = "") -> None:
        """Raise UsageError if ``--app`` was given.

        :param argument: the argument of the command that needs a session, if others don't.
        """
        app = self._invocation.app
        if app is not None:
            context = click.get_current_context(silent=True)  # none while a shell completes
            command = context.command_path.removeprefix(f"{PROGRAM} ") if context else PROGRAM
            raise UsageError(
                "'{command}' works on a session, not on the application '{app}'. Leave out --app.",
                command=f"{command} {argument}".rstrip(),
                app=str(app),
            )

    def opened(
        self, programs: Mapping[str, Namespace] = MappingProxyType({})
    ) -> AbstractContextManager[SessionInspector]:
        """Open the signals of the session, to look at. ``programs`` is that of the playground."""
        from signalcli.playground.inspector import SessionInspector

        return self._alive(SessionInspector, programs)

    @contextmanager
    def _alive(self, kind: Callable[..., P], *more: object) -> Iterator[P]:
        file = self.file_to_read
        with self._capture() as capture:
            playground = kind(file.read(), file.place, capture, self._trusts, *more)
            yield playground
        self._close(playground)

    @contextmanager
    def followed(self) -> Iterator[FollowedSession]:
        """Open the session, to send its signals for a long time. Changes of its file are followed."""
        from signalcli.playground.followed import FollowedSession
        from signalcli.playground.playground import Playground

        file = self.file_to_read
        with self._capture() as capture:
            followed = FollowedSession(
                file.version,
                lambda: Playground(file.read(), file.place, capture, self._trusts),
                self.write_warnings,
            )
            yield followed
            followed.close()

    def receiver_detail(self, receiver: str, hint: str = "") -> ReceiverDetail:
        """Return a receiver and its connections, or raise UnknownName, with a hint. Nothing is imported."""
        trusted = self.trust_file.trusted()
        with self.opened() as playground:
            return playground.receiver_detail(receiver, trusted, hint)

    def sends(self, options: EvidenceOptions) -> SendEvidence:
        """Return the sends of saved traces if some are given, else of the history.

        :raises UsageError: if a trace can't be read.
        """
        from signalcli.doctor.past_sends import sends_of_journal, sends_of_traces
        from signalcli.tracing.trace_file import read

        if options.traces:
            save_command = command("trace", "run", "--save", options.new_trace, "PROGRAM")
            return sends_of_traces(
                [read(file, save_command) for file in options.traces], options.traces
            )
        return sends_of_journal(self.journal)

    def change(
        self, operation: Callable[[SessionEditor], list[str]], *, may_create: bool = False
    ) -> Change:
        """Change the session by an operation that returns notes. It may be new if ``may_create``."""
        from signalcli.values.change import Change

        playground, notes, changed = self._saved(operation, may_create)
        return Change(changed, tuple(notes), tuple(playground.deliveries))

    def undoable(self, change: C) -> C:
        """Add the note that undo brings back what a change has removed."""
        note = phrase("Undo brings it back: {command}", command=session_command("undo"))
        return change._replace(notes=(*change.notes, note)) if change.changed else change

    def save(self, operation: Callable[[SessionEditor], T], *first: SessionChange) -> T:
        """Return the result of an operation, and save the session if it was changed.

        :param first: what the journal has before the changes of signals.
        """
        return self._saved(operation, False, *first)[1]

    def dispatch(self, operation: Callable[[SignalSender], T], options: SendOptions) -> T:
        """Send signals of the session, and save it only if the options may change it."""
        if options.muted or options.connected_to is not None:
            return self.save(operation)
        from signalcli.playground.playground import Playground

        with self._alive(Playground) as playground:
            return operation(playground)

    def _saved(
        self,
        operation: Callable[[SessionEditor], T],
        may_create: bool = False,
        *first: SessionChange,
    ) -> tuple[SessionEditor, T, bool]:
        """Return the playground, the result, and whether the session was changed."""
        from signalcli.files import LOCK_SECONDS
        from signalcli.playground.editor import SessionEditor
        from signalcli.values.session import differ

        file = self.file_to_change if may_create else self.file_to_read

        def operate(session: Session) -> tuple[Session, tuple[SessionEditor, T, bool]]:
            playground = SessionEditor(session, file.place, capture, self._trusts)
            result = operation(playground)
            after = playground.snapshot()
            return after, (playground, result, differ(session, after))

        with self._capture() as capture:
            saved = file.change(operate, LOCK_SECONDS, *first)
        self._close(saved[0])
        return saved

    @contextmanager
    def _capture(self) -> Iterator[Capture]:
        from signalcli.streams import captured

        output = self._output
        with captured(live=not output.as_json) as capture, output.to(capture.data):
            yield capture
        if capture.has_shown:
            output.may_page = False  # the output belongs below what receivers printed

    def _close(self, playground: Playground) -> None:
        self.write_warnings(playground)
        playground.close()

    def write_warnings(self, playground: Playground) -> None:
        """Write the warnings about uncallable receivers that weren't written yet."""
        for warning in playground.take_warnings():
            self._output.note(warning)
        untrusted = playground.take_untrusted()
        if untrusted:
            from signalcli.receivers.trust import untrusted_notes

            for note in untrusted_notes(untrusted, self.file.label):
                self._output.note(note)

    @property
    def trust_file(self) -> TrustFile:
        """The imports that this user trusts on this machine."""
        from signalcli.receivers.trust import TrustFile

        return TrustFile(os.path.join(click.get_app_dir("signalcli"), "trusted.json"))

    @contextmanager
    def trusting(self, receiver: str | None) -> Iterator[None]:
        """Trust a receiver that this user connects, if it is an import. UsageError if it isn't found.

        It is trusted before its code runs, because that code could change where it is found. The trust
        ends if the block raises.
        """
        from signalcli.values.signal_name import is_import

        if receiver is None or self._invocation.app is not None or not is_import(receiver):
            yield
            return
        from signalcli.receivers.import_names import ImportName, location

        name = ImportName.parse(receiver)
        place = typed_text(location(name))
        is_new = self.trust_file.add(name)
        try:
            yield
        except BaseException:
            if is_new:
                self.trust_file.remove(receiver, place)
            raise
        if is_new:
            self.record_trust("trusted", receiver)
            self._output.note(trusted_note(receiver))

    def record_trust(self, change: str, *receivers: str) -> None:
        """Append that imports were ``"trusted"`` or ``"untrusted"`` to the journal of the session."""
        from signalcli.session.changes import SessionChange

        file = self.file
        if file.version() is not None:  # a session without a file has no journal either
            file.record(*(SessionChange(change, receiver=receiver) for receiver in receivers))

    def _trusts(self, receiver: str) -> bool:
        from signalcli.receivers.import_names import ImportName

        return self.trust_file.trusts(ImportName.parse(receiver))

    @property
    def journal(self) -> Journal:
        """The history file of the session."""
        from signalcli.session.journal import journal_of

        return journal_of(self.file_to_read.target)

    def record(self, record: Record, history: HistoryOptions) -> None:
        """Save a send to the history, unless it is left out. A failure is only a warning: the send was made."""
        from signalcli.session.journal import JournalError

        if history.is_left_out:
            return
        try:
            self.journal.append(record.to_journal(), history.limit)
        except JournalError as error:
            path = typed_text(error.path)
            self._output.note(
                phrase(
                    "Warning: the send isn't saved to the history {path}: {reason}.",
                    path=path,
                    reason=str(error),
                )
            )


def trusted_note(name: str) -> str:
    """Return the note that an import is trusted from now on."""
    return phrase("{name} is trusted here from now on.", name=name)
