"""The options that choose a relay's server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from signalcli.cli.parsing.options import grouped
from signalcli.cli.parsing.types import MOMENT, SECONDS
from signalcli.errors import UsageError
from signalcli.language.phrases import phrase

if TYPE_CHECKING:
    from signalcli.relay.listening.arrival import ListenOptions, ListenStart


class ViaOptions(NamedTuple):
    """The server of a relay. Empty means the usual one."""

    via: str | None
    creds: str | None


def via_server(via: str | None, creds: str | None) -> ViaOptions | None:
    """Return the server of ``--via``; ``None`` without one. UsageError for an option that needs it."""
    if via is None and creds is not None:
        raise UsageError("{option} logs in to a server. Add: --via", option="--creds")
    return None if via is None else ViaOptions(via or None, creds)


class SendViaOptions(NamedTuple):
    """Whether a send goes to a relay, to which, and what to wait for."""

    via: str | None
    """``None`` for a send within this process; empty for the usual server."""
    creds: str | None
    wait: float | None
    remote_only: bool = False

    @property
    def is_asked(self) -> bool:
        """Whether the send leaves the process. UsageError for an option that needs ``--via``."""
        if self.via is None:
            options = {
                "--creds": self.creds,
                "--wait": self.wait,
                "--remote-only": self.remote_only,
            }
            for option, value in options.items():
                if value not in (None, False):
                    raise UsageError(
                        "{option} is for a send that leaves this process. Add: --via", option=option
                    )
        return self.via is not None

    @property
    def server(self) -> ViaOptions:
        """The server."""
        return ViaOptions(self.via or None, self.creds)


class TypedListenOptions(NamedTuple):
    """How to listen, as it was typed."""

    queue: str | None
    durable: str | None
    since: float | None
    last: int | None
    every: bool
    max_deliver: int | None
    retry_after: float | None
    ack_wait: float | None

    def parsed(self, patterns: tuple[str, ...]) -> ListenOptions:
        """Return how to listen to some patterns, or to every signal. UsageError if that isn't possible."""
        from signalcli.relay.listening.arrival import ListenOptions
        from signalcli.relay.subjects import SignalPattern, check_group

        self._check()
        for kind, name in (
            (phrase("queue"), self.queue),
            (phrase("durable listener"), self.durable),
        ):
            if name is not None:
                check_group(kind, name)
        parsed = tuple(map(SignalPattern.parse, dict.fromkeys(patterns or ("*",))))
        options = ListenOptions(parsed, self.queue, self.durable, self._start())
        retrying = ("max_deliver", "retry_after", "ack_wait")
        typed = {name: getattr(self, name) for name in retrying}
        return options._replace(
            **{name: value for name, value in typed.items() if value is not None}
        )

    def _check(self) -> None:
        if self.queue is not None and self.durable is not None:
            raise UsageError(
                "Listeners of one --durable name share its sends already. Leave out --queue."
            )
        for name in ("max_deliver", "retry_after", "ack_wait"):
            if getattr(self, name) is not None and self.durable is None:
                option = f"--{name.replace('_', '-')}"
                raise UsageError(
                    "{option} is for a durable listener. Add: --durable NAME", option=option
                )
        if self.ack_wait is not None and self.ack_wait < 1:
            raise UsageError("--ack-wait must be 1 second or more.")
        if self.queue is not None and (
            self.every or self.since is not None or self.last is not None
        ):
            raise UsageError("--queue shares new sends only. For stored ones, use --durable NAME.")

    def _start(self) -> ListenStart:
        from signalcli.relay.listening.arrival import NEW, ListenStart

        chosen = [ListenStart("all")] if self.every else []
        if self.since is not None:
            chosen.append(ListenStart("since", self.since))
        if self.last is not None:
            chosen.append(ListenStart("last", self.last))
        if len(chosen) > 1:
            raise UsageError("--since, --last and --all each choose the first send. Leave one out.")
        return chosen[0] if chosen else NEW


creds_option = click.option(
    "--creds", metavar="FILE", help="Log in to the server with this file of credentials."
)

server_options = grouped(
    "server",
    ViaOptions,
    click.option(
        "--via",
        metavar="URL",
        help="Use this server: nats:// or tls://, several with commas; or SIGNALCLI_VIA."
        "  [default: that of `relay use`, or your own]",
    ),
    creds_option,
)


def via_option(help: str) -> Callable[..., Any]:
    """Return the option ``--via``, whose URL may be left out at the end or before another option."""
    return click.option("--via", is_flag=False, flag_value="", metavar="[URL]", help=help)


def names_server(word: str) -> bool:
    """Return whether a word after ``--via`` is a server, and not the program, which may follow too."""
    return "://" in word or word == "local" or word.rpartition(":")[2].isdecimal()


send_via_options = grouped(
    "relayed",
    SendViaOptions,
    via_option("Send it to other processes too, through this server or the usual one."),
    creds_option,
    click.option(
        "--wait", type=SECONDS, metavar="SECONDS", help="Wait for the receipts of listeners."
    ),
    click.option(
        "--remote-only", is_flag=True, help="Call no receiver here, only those elsewhere."
    ),
)

trace_via_options = grouped(
    "relayed",
    SendViaOptions,
    via_option("Show what listeners do with its sends, which pass this server or the usual one."),
    creds_option,
    click.option(
        "--wait",
        type=SECONDS,
        metavar="SECONDS",
        help="With --via, wait this long for the next receipt after the end.  [default: 2]",
    ),
)

listen_options = grouped(
    "typed",
    TypedListenOptions,
    click.option(
        "--queue", metavar="GROUP", help="Let only one listener of the group hear each send."
    ),
    click.option(
        "--durable", metavar="NAME", help="Keep sends for this name while no listener of it runs."
    ),
    click.option(
        "--since",
        type=MOMENT,
        metavar="TIME",
        help="First hear the stored sends since then: 90s, 10m, 2h or 3d ago, or ISO 8601.",
    ),
    click.option(
        "--last", type=click.IntRange(1), metavar="N", help="First hear the last N stored sends."
    ),
    click.option("--all", "every", is_flag=True, help="First hear every stored send."),
    click.option(
        "--max-deliver",
        type=click.IntRange(1, 1000),
        metavar="N",
        help="With --durable, try a send N times until it is a dead letter.  [default: 5]",
    ),
    click.option(
        "--retry-after",
        type=SECONDS,
        metavar="SECONDS",
        help="With --durable, wait before the second try, and twice as long before each further one."
        "  [default: 1]",
    ),
    click.option(
        "--ack-wait",
        type=SECONDS,
        metavar="SECONDS",
        help="With a new --durable name, give a send to another process after this silence."
        "  [default: 30]",
    ),
)
