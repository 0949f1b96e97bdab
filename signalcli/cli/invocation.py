"""One run of the command line: what was asked for, and what commands do it with."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from signalcli.cli.output import Output
from signalcli.errors import Declined, ExitStatus, UsageError
from signalcli.text import typed_text

if TYPE_CHECKING:
    from blinker import Namespace

    from signalcli.apps.application import Application
    from signalcli.apps.connects import Connects
    from signalcli.apps.send import Sends
    from signalcli.cli.app_source import Door, Entered
    from signalcli.cli.value import Value
    from signalcli.history.record import Record
    from signalcli.playground.playground import Playground
    from signalcli.receivers.trust import TrustFile
    from signalcli.session.file import SessionFile
    from signalcli.session.journal import Journal
    from signalcli.streams import Capture
    from signalcli.tracing.recorder import Recorder
    from signalcli.values.change import Change
    from signalcli.values.delivery import SendOptions, Session
    from signalcli.web.request import Limits

Result = TypeVar("Result")


class Invocation:
    """The common options of a command line, before or after the command's name."""

    def __init__(self) -> None:
        self.session = "default"
        self.app: Door | None = None
        """The way to the application that was asked for instead of a session."""
        self.debug = False
        self.is_host = False
        """Whether somebody's code was let into this process."""
        self.fail_unheard = False
        """Whether a send that nobody hears ends in a status of its own."""
        self.agreed = False
        """Whether it was agreed to beforehand that an application's receivers run."""
        self.output = Output()
        self.resources = ExitStack()
        """What stays open until the command's value is written."""

    def remember(self, option: str, value: Any) -> None:
        """Take the value of a common option."""
        if option == "session":
            self.session = value
        elif option == "app":
            from signalcli.cli.app_source import AppOption

            self.app = AppOption(value)
        elif option == "debug":
            self.debug = value
        elif option == "quiet":
            self.output.quiet = value
        elif option == "save":
            self.output.save_as(value)
        else:
            self.output.as_json = value

    @property
    def directory(self) -> str:
        """Where the named sessions are saved."""
        return os.path.join(click.get_app_dir("signalcli"), "sessions")

    @property
    def session_file(self) -> SessionFile:
        """The session that was chosen.

        :raises UsageError: if an application was.
        """
        if self.app is not None:
            raise UsageError(
                f"This works on a session, and '{self.app}' is an application, which isn't saved. "
                f"Leave out --app, or SIGNALCLI_APP."
            )
        return self.session_called(self.session)

    def session_called(self, name: str) -> SessionFile:
        """The session of a name or path.

        :raises UsageError: if it is empty.
        """
        from signalcli.session.file import locate

        return locate(name, self.directory)

    @contextmanager
    def ground(self) -> Iterator[Playground | Application]:
        """The signals of the session or the application that was chosen, to look at.

        :raises SessionError: if the session can't be read.
        :raises ApplicationError: if the application can't be loaded.
        """
        if self.app is None:
            with self.playground() as playground:
                yield playground
            return
        from signalcli.apps.application import Application

        entered = self._load(self.app)  # what only it holds would die with it
        yield Application(entered.place, self.app.program)

    @contextmanager
    def examined(self) -> Iterator[tuple[Playground | Application, Connects | None]]:
        """The same signals, with what saw the connects of the application, which is held.

        It is set up: a factory is called, as for a request.

        :raises SessionError: if the session can't be read.
        :raises ApplicationError: if the application can't be loaded, or its factory fails.
        """
        if self.app is None:
            with self.playground() as playground:
                yield playground, None
            return
        from signalcli.apps.application import Application
        from signalcli.apps.connects import Connects

        connects = Connects(self.app.comes_late)
        with connects:
            entered = self._load(self.app)  # what only it holds would die with it
            held = entered.set_up()
        yield Application(entered.place, self.app.program), connects
        del held

    @contextmanager
    def traced_application(self) -> Iterator[tuple[Any, Recorder, Limits | None]]:
        """The application that was chosen, and a recorder that was in place before its import.

        The last is what a request to it has to keep to.

        :raises UsageError: if a session was chosen.
        :raises ApplicationError: if it can't be loaded, or isn't found in what was named.
        """
        from signalcli.apps.tracing import introduce, new_recorder
        from signalcli.flask_demo.installed import check_installed

        if self.app is None:
            raise UsageError(
                "Which application? Name it: signalcli --app shop:app trace request GET /; "
                "signalcli flask request has one of its own."
            )
        check_installed()
        from signalcli.web.request import Limits

        recorder = new_recorder()
        with recorder:
            application = self._load(self.app).application()
            introduce(recorder)
            seconds = self.app.seconds()
            limits = None if seconds is None else Limits(seconds, self.present)
            yield application, recorder, limits

    def _load(self, door: Door) -> Entered:
        """The application that was chosen, imported; all that it prints goes to standard error."""
        self.host()
        return door.enter(self.output.note)

    def host(self) -> None:
        """Be ready for somebody's code in this process: all that it prints goes to standard error."""
        from signalcli.apps.ours import import_what_is_ours
        from signalcli.apps.printing import apart

        import_what_is_ours()
        if not self.output.as_json or self.output.save is not None:
            from signalcli.render import import_what_draws

            import_what_draws(pictures=self.output.save is not None)
        data = self.resources.enter_context(apart() if self.app is None else self.app.apart())
        self.resources.enter_context(self.output.to(data))
        self.is_host = True

    @contextmanager
    def playground(
        self, programs: Mapping[str, Namespace] = MappingProxyType({})
    ) -> Iterator[Playground]:
        """The signals of the chosen session, to look at or send.

        :param programs: as that of :class:`~signalcli.playground.playground.Playground`.
        :raises SessionError: if it can't be read.
        """
        from signalcli.playground.playground import Playground

        file = self.session_file
        with self._capture() as capture:
            playground = Playground(file.read(), file.place, capture, self._trusts, programs)
            yield playground
        self._finish(playground)

    def change(self, operation: Callable[[Playground], list[str]]) -> Change:
        """Do something to the chosen session and save it.

        :param operation: what to do to its playground; gives the notes on what it did.
        :raises SessionError: if it can't be read or written.
        """
        from signalcli.values.change import Change

        playground, notes, changed = self._saved(operation)
        return Change(changed, tuple(notes), tuple(playground.deliveries))

    def save(self, operation: Callable[[Playground], Result]) -> Result:
        """Do something with the chosen session, and save it if that changed it.

        :raises SessionError: if it can't be read or written.
        """
        return self._saved(operation)[1]

    def dispatch(
        self, operation: Callable[[Playground | Sends], Result], options: SendOptions
    ) -> Result:
        """Send something of the chosen session, and save that only if the options may change it.

        Nothing of an application is saved.

        :raises SessionError: if it can't be read or written.
        :raises ApplicationError: if the application can't be loaded, or can't send it.
        """
        if self.app is not None:
            self.expect(options)
            return operation(self.sends())
        if options.muted or options.connected_to is not None:
            return self.save(operation)
        with self.playground() as playground:
            return operation(playground)

    def expect(self, options: SendOptions) -> None:
        """Be ready for what these need, before the application's code runs."""
        if self.app is not None and (options.is_async or options.wrap):
            from signalcli.apps.ours import import_what_awaits

            import_what_awaits()

    def sends(self) -> Sends:
        """What sends the signals of the application that was chosen, after asking.

        :raises ApplicationError: if it can't be loaded.
        """
        from signalcli.apps.application import Application
        from signalcli.apps.send import Sends

        application = self.resources.enter_context(self.ground())
        assert isinstance(application, Application), "one was chosen"

        def agree(question: str) -> None:
            self.confirm(question, self.agreed)

        return Sends(application, agree, live=not self.output.as_json)

    def _saved(self, operation: Callable[[Playground], Result]) -> tuple[Playground, Result, bool]:
        """Do something and save it: the playground, the result, and whether it was a change."""
        from signalcli.playground.playground import Playground
        from signalcli.values.delivery import differ

        file = self.session_file

        def operate(session: Session) -> tuple[Session, tuple[Playground, Result, bool]]:
            playground = Playground(session, file.place, capture, self._trusts)
            result = operation(playground)
            after = playground.snapshot()
            return after, (playground, result, differ(session, after))

        with self._capture() as capture:
            saved = file.change(operate)
        self._finish(saved[0])
        return saved

    @contextmanager
    def _capture(self) -> Iterator[Capture]:
        from signalcli.streams import captured

        with captured(live=not self.output.as_json) as capture, self.output.to(capture.data):
            yield capture

    def _finish(self, playground: Playground) -> None:
        """Say what there is to say about its receivers, and let go of it."""
        self.warn(playground)
        playground.close()

    def warn(self, playground: Playground) -> None:
        """Say what there is to say about receivers that can't be called, if it wasn't said yet."""
        for sentence in playground.take_warnings():
            self.output.note(sentence)

    # Receivers that are imported.

    @property
    def trust_file(self) -> TrustFile:
        """The imports that this user trusts on this machine."""
        from signalcli.receivers.trust import TrustFile

        return TrustFile(os.path.join(click.get_app_dir("signalcli"), "trusted.json"))

    @contextmanager
    def allowing(self, receiver: str | None) -> Iterator[None]:
        """Trust a receiver that this user connects, if it is an import.

        It is trusted before its code runs, which could change where it is found; and for good only
        if the block ends well.

        :raises UsageError: if it isn't anywhere.
        """
        from signalcli.values.signal_name import is_import

        if receiver is None or self.app is not None or not is_import(receiver):
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
            self.output.note(f"{receiver} is trusted here from now on.")

    def _trusts(self, receiver: str) -> bool:
        from signalcli.receivers.import_names import ImportName

        return self.trust_file.trusts(ImportName.parse(receiver))

    # The history.

    @property
    def journal(self) -> Journal:
        """The past sends of the chosen session."""
        from signalcli.session.journal import journal_of

        return journal_of(self.session_file.target)

    def record(self, record: Record, limit: int) -> None:
        """Put a send into the history. It stands, even if that fails: then a warning says so."""
        from signalcli.session.journal import JournalError

        try:
            self.journal.append(record.to_journal(), limit)
        except JournalError as error:
            path = typed_text(error.path)
            self.output.note(f"Warning: the send stands, but for the history {path}: {error}.")

    def confirm(self, question: str, yes: bool) -> None:
        """Ask before something is destroyed, or before somebody's code runs.

        :param yes: whether it was agreed to beforehand, with ``--yes``.
        :raises Declined: if the answer is no.
        :raises UsageError: if nobody is there to answer.
        """
        if yes:
            return
        if sys.stdin is None or not sys.stdin.isatty():
            raise UsageError(f"{question} Nobody is there to ask; to agree beforehand, add --yes")
        answer = None
        while answer not in ("y", "yes", "n", "no", ""):
            self.output.ask(f"{question} [y/N] ")
            typed = sys.stdin.readline()
            if not typed:  # the end of the input
                raise click.Abort
            answer = typed.strip().lower()
        if not answer.startswith("y"):
            raise Declined("Nothing was done.")

    def present(self, value: Value) -> int:
        """Write what a command returned, and say in which status it ends."""
        self.output.value(value)
        self.output.save_picture(value)
        if self.is_host:
            self.output.flush()  # before what keeps its printing apart is closed
        status: int = getattr(value, "status", ExitStatus.DONE)
        if status == ExitStatus.DONE and self.fail_unheard and not getattr(value, "heard", True):
            return ExitStatus.UNHEARD
        return status
