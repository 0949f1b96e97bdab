"""Sending many messages from the command line: where they come from, and what is seen meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signalcli.cli.invocation import Invocation
from signalcli.cli.options import Many
from signalcli.errors import UsageError
from signalcli.sending.bulk import Audience, Pace
from signalcli.sending.bulk_sources import JsonLines, Lines, Repeated, Source, open_lines
from signalcli.text import copied
from signalcli.values.bulk import Run, RunOrigin
from signalcli.values.delivery import SendOptions
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.apps.send import Sends
    from signalcli.playground.playground import Playground


def send_many(
    invocation: Invocation,
    signal: SignalName,
    sender: object,
    payload: dict[str, object],
    options: SendOptions,
    many: Many,
) -> Run:
    """Send the messages that the options ask for.

    :raises UsageError: if they contradict each other, and for a first line that is bad.
    """
    _check(many, sender, payload)
    source, origin = _source(many, sender, payload, stop=options.on_error == "stop")
    output = invocation.output
    sends = None
    if invocation.app is not None:  # its import, and the question, come before the progress bar
        invocation.expect(options)
        sends = invocation.sends()
        sends.check_many(signal, options)
    with output.progress(source) as progress:
        audience = Audience(progress, output.note, output.stream if output.as_json else None)
        pace = Pace(many.every or 0.0, many.threads or 1)

        def run(ground: Playground | Sends) -> Run:
            return ground.send_many(signal, source, origin, options, pace, audience)

        done = invocation.dispatch(run, options) if sends is None else run(sends)
    if done.stopped is not None and done.stopped_by_bad_line and not done.sent:
        raise UsageError(done.stopped)
    return done


def _check(many: Many, sender: object, payload: dict[str, object]) -> None:
    asked = [
        option
        for option, value in (
            ("--count", many.times),
            ("--lines", many.lines),
            ("--jsonl", many.jsonl),
        )
        if value is not None
    ]
    if not asked:
        raise UsageError(
            "--every and --threads are for many sends. Say which: --count, --lines or --jsonl"
        )
    if len(asked) > 1:
        raise UsageError(f"{asked[0]} and {asked[1]} both say what to send. Leave one out.")
    if many.times is None and sender is not None:
        raise UsageError(f"{asked[0]} gives the sender of each send. Leave out the other one.")
    if many.jsonl is not None and payload:
        raise UsageError(
            f"--jsonl gives the payload of each send. Leave out '{next(iter(payload))}'."
        )


def _source(
    many: Many, sender: object, payload: dict[str, object], *, stop: bool
) -> tuple[Source, RunOrigin]:
    if many.times is not None:
        return Repeated((sender, payload), many.times), RunOrigin(
            "count", None, copied(sender), copied(payload), many.times
        )
    if many.lines is not None:
        lines = open_lines(Lines, many.lines, payload, stop=stop)
        return lines, RunOrigin("lines", many.lines, payload=copied(payload))
    assert many.jsonl is not None, "one of the three was asked for"
    return open_lines(JsonLines, many.jsonl, {}, stop=stop), RunOrigin("jsonl", many.jsonl)
