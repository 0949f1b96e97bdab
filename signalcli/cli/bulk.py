"""Send many messages from the command line, with a progress bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.options import BulkOptions
from signalcli.errors import UsageError
from signalcli.sending.bulk import BulkCallbacks, BulkSend, Pace
from signalcli.sending.bulk_sources import (
    JsonLines,
    Lines,
    MessageSource,
    RepeatedMessage,
    open_lines,
)
from signalcli.text import copied
from signalcli.values.bulk import Run, RunOrigin
from signalcli.values.delivery import Message
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.cli.parsing.via import SendViaOptions
    from signalcli.sending.interfaces import SignalSender


def run_bulk_send(
    invocation: Invocation,
    signal: SignalName,
    message: Message,
    bulk_options: BulkOptions,
    relayed: SendViaOptions,
) -> Run:
    """Send the chosen messages. UsageError if the options or the first line are invalid."""
    _check(bulk_options, message)
    source, origin = _source(bulk_options, message)
    output = invocation.output
    stream = output.stream if output.as_json else None
    callbacks = BulkCallbacks(lambda sent: None, output.note, stream)
    pace = Pace(bulk_options.every or 0.0, bulk_options.threads or 1)
    bulk = BulkSend(source, origin, message.options, pace, callbacks)
    if not relayed.is_asked:
        done = _run(invocation, signal, bulk)
    elif relayed.remote_only and (bulk_options.every or bulk_options.threads):
        raise UsageError("--every and --threads are for receivers here. Leave out --remote-only.")
    else:
        done = _run_relayed(invocation, signal, bulk, relayed)
    if done.stopped is not None and done.stopped_by_bad_line and not done.sent:
        raise UsageError(done.stopped)
    return done


def _run(invocation: Invocation, signal: SignalName, bulk: BulkSend) -> Run:
    """Send the messages to the receivers here, and draw the progress."""
    sends = None
    if invocation.app is not None:  # the import and the question come before the progress bar
        sends = invocation.application.sender(bulk.options)
        sends.ask_for_many(signal, bulk.options)
    with invocation.output.progress(bulk.source) as progress:
        with_progress = bulk._replace(callbacks=bulk.callbacks._replace(progress=progress))

        def run(signals: SignalSender) -> Run:
            return signals.send_many(signal, with_progress)

        return invocation.dispatch(run, bulk.options) if sends is None else run(sends)


def _run_relayed(
    invocation: Invocation, signal: SignalName, bulk: BulkSend, relayed: SendViaOptions
) -> Run:
    """Send the messages to other processes too, or only there."""
    access, output = invocation.relay, invocation.output
    from signalcli.cli.relay.sending import BatchPublisher, PublishingSource, publish_only

    if relayed.wait is not None:
        raise UsageError("--wait is for one send. Leave it out, or send once.")
    with access.opened(relayed.server) as relay:
        publisher = BatchPublisher(relay, signal)
        publishing = PublishingSource(bulk.source, publisher, stop=bulk.options.on_error == "stop")
        if relayed.remote_only:
            empty = Run(str(signal), bulk.origin, 0, 0, 0.0, (), bulk.options)
            with output.progress(publishing) as progress:
                done = publish_only(publishing, empty, progress, output.note)
        else:
            done = _run(invocation, signal, bulk._replace(source=publishing))
        publisher.finish()
        return done._replace(notes=(*done.notes, publisher.note))


def _check(bulk_options: BulkOptions, message: Message) -> None:
    asked = [
        option
        for option, value in (
            ("--count", bulk_options.times),
            ("--lines", bulk_options.lines),
            ("--jsonl", bulk_options.jsonl),
        )
        if value is not None
    ]
    if not asked:
        raise UsageError(
            "--every and --threads are for many sends. Add one of: --count, --lines, --jsonl"
        )
    if len(asked) > 1:
        raise UsageError(
            "{first} and {second} both choose the messages. Leave one out.",
            first=asked[0],
            second=asked[1],
        )
    if bulk_options.times is None and message.sender is not None:
        raise UsageError(
            "{option} gives the sender of each send. Leave out the sender.", option=asked[0]
        )
    if bulk_options.jsonl is not None and message.payload:
        raise UsageError(
            "--jsonl gives the payload of each send. Leave out '{key}'.",
            key=next(iter(message.payload)),
        )


def _source(bulk_options: BulkOptions, message: Message) -> tuple[MessageSource, RunOrigin]:
    sender, payload, stop = message.sender, message.payload, message.options.on_error == "stop"
    if bulk_options.times is not None:
        return RepeatedMessage((sender, payload), bulk_options.times), RunOrigin(
            "count", None, copied(sender), copied(payload), bulk_options.times
        )
    if bulk_options.lines is not None:
        lines = open_lines(Lines, bulk_options.lines, payload, stop=stop)
        return lines, RunOrigin("lines", bulk_options.lines, payload=copied(payload))
    assert bulk_options.jsonl is not None, "one of the three was asked for"
    return open_lines(JsonLines, bulk_options.jsonl, {}, stop=stop), RunOrigin(
        "jsonl", bulk_options.jsonl
    )
