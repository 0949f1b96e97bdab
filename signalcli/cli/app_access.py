"""The application of a command line: looking into it, examining it, and sending its signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from signalcli.apps.hosting.app_interface import AppInterface
    from signalcli.cli.app_source import AppSource
    from signalcli.cli.invocation import Invocation
    from signalcli.cli.parsing.options import EvidenceOptions
    from signalcli.doctor.past_sends import SendEvidence
    from signalcli.sending.bulk import BulkSend
    from signalcli.values.bulk import Run
    from signalcli.values.delivery import Delivery, Message, SendOptions
    from signalcli.values.signal_name import SignalName


class AppAccess:
    """Open the application that the common options choose, until the command's value is written.

    Methods raise ApplicationError if it can't be loaded or its factory fails.
    """

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation

    def opened(self, options: SendOptions | None = None) -> AppInterface:
        """Return the application, to look at; with options, to send or to explain that."""
        if options is None:
            return self._opened("look")
        return self._opened("await" if options.is_async or options.wrap else "send")

    def examined(self, options: EvidenceOptions) -> tuple[AppInterface, SendEvidence]:
        """Return the application after programs and requests, and their sends with those of saved traces.

        :raises UsageError: if a request, a program or a trace can't be read.
        """
        from signalcli.apps.running.traced_program import TracedProgram
        from signalcli.cli.app_source import interpreter_of, memory_of
        from signalcli.doctor.past_sends import no_trace, sends_of_traces
        from signalcli.doctor.traced_sends import traced_program, traced_requests
        from signalcli.tracing.trace_file import read

        invocation = self._invocation
        note = invocation.output.note
        requests, programs = options.parsed_requests(), options.parsed_programs()
        save_command, doctor = self._source.commands_of_trace(options.new_trace)
        traces = [read(file, save_command) for file in options.traces]
        for program in programs:
            python = interpreter_of(program.name, invocation)
            asks_repr, memory = invocation.asks_repr, memory_of(invocation)
            traced = TracedProgram(program, python.path, asks_repr=asks_repr, memory=memory)
            traces.append(traced_program(traced, note))
        application = self.traced() if requests else self.opened()
        traces += traced_requests(application, requests, note) if requests else ()
        if not traces:
            return application, no_trace(doctor)
        return application, sends_of_traces(traces, options.traces)

    def traced(self) -> AppInterface:
        """Return the application, for requests."""
        return self._opened("trace")

    def _opened(self, purpose: str) -> AppInterface:
        return self._invocation.resources.enter_context(
            self._source.opened(purpose, self._invocation)
        )

    @property
    def _source(self) -> AppSource:
        return self._invocation.app or self._invocation.default_app

    def sender(self, options: SendOptions) -> AskingSender:
        """Return the sender of the application's signals. It asks before receivers run."""
        self._invocation.output.may_page = False  # receivers print live
        return AskingSender(self.opened(options), self._invocation)


class AskingSender:
    """Send signals of an application, after asking the user."""

    def __init__(self, application: AppInterface, invocation: Invocation) -> None:
        self._application = application
        self._invocation = invocation

    def send(self, name: SignalName, message: Message) -> Delivery:
        """Send a signal, after asking if that runs any of the application's code."""
        self._ask(self._application.question(name, message))
        return self._application.send(name, message)

    def ask_for_many(self, name: SignalName, options: SendOptions) -> None:
        """Check that a signal can be sent many times, and ask the user."""
        self._ask(self._application.question_of_many(name, options))

    def send_many(self, name: SignalName, bulk: BulkSend) -> Run:
        """Send a signal many times."""
        return self._application.send_many(name, bulk)

    def _ask(self, question: str | None) -> None:
        if question is not None:
            self._invocation.confirm(question, self._invocation.agreed)
