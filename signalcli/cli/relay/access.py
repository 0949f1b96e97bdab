"""The server of a relay that a command line chooses, and a connection to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from signalcli.errors import InvalidJSON, RelayError, UsageError
from signalcli.files import reason_of, replace
from signalcli.language.phrases import phrase
from signalcli.relay.address import RelayAddress, address_of_environment, typed_address
from signalcli.relay.background import BackgroundLoop, background_loop
from signalcli.relay.connection import ServerConnection
from signalcli.relay.envelope import source_name
from signalcli.relay.server import NO_SERVER, OwnServer, own_directory
from signalcli.text import field, from_json, to_json, typed_text

if TYPE_CHECKING:
    from signalcli.cli.invocation import Invocation
    from signalcli.cli.parsing.via import ViaOptions

LOCAL = "local"
"""What users type for their own server on this machine."""
OWN_TAKES_NO_CREDENTIALS = phrase("Your own server takes no credentials. Leave out --creds.")
UNREADABLE = phrase("The server in use can't be read in {file}: {reason}.")
UNWRITABLE = phrase("The server in use can't be written in {file}: {reason}.")


class OpenRelay(NamedTuple):
    """A connection to a relay's server, and the event loop that it runs in."""

    loop: BackgroundLoop
    connection: ServerConnection
    own: bool
    """Whether it is the user's own server."""


class RelayAccess:
    """Choose the server of a relay. Methods raise RelayError, or UsageError for a URL that is none."""

    def __init__(self, invocation: Invocation) -> None:
        self._output = invocation.output
        self.directory = own_directory()
        self.own = OwnServer(self.directory)

    @property
    def _path_in_use(self) -> str:
        return os.path.join(self.directory, "server-in-use.json")

    def address(self, options: ViaOptions, *, starts: bool) -> RelayAddress:
        """Return the address of the chosen server.

        :param starts: whether to start the user's own server if it is chosen and doesn't run.
        """
        chosen = self._named(options)
        if chosen is not None:
            return self.own.with_token(chosen)
        if options.creds is not None:
            raise UsageError(OWN_TAKES_NO_CREDENTIALS)
        running = self.own.ensure() if starts else self.own.running()
        if running is None:
            raise RelayError(NO_SERVER)
        return running.address

    def _named(self, options: ViaOptions) -> RelayAddress | None:
        if options.via == LOCAL:
            return None
        if options.via:
            return typed_address(options.via, options.creds)
        found = address_of_environment() or self._in_use()
        if found is not None and options.creds is not None:
            return found._replace(creds=options.creds)
        return found

    def is_own(self, address: RelayAddress) -> bool:
        """Return whether an address is that of the user's own server."""
        running = self.own.running()
        return running is not None and running.address == address

    def _in_use(self) -> RelayAddress | None:
        """Return the server that ``relay use`` has set."""
        try:
            with open(self._path_in_use, encoding="utf-8") as file:
                document = from_json(file.read())
            creds = field(document, "creds", str, type(None))
            return RelayAddress.parse(field(document, "url", str), creds)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(UNREADABLE, reason_of(error)) from error
        except (InvalidJSON, KeyError, TypeError, ValueError):
            raise self._unusable(UNREADABLE, phrase("it is damaged")) from None

    def use(self, url: str, creds: str | None) -> RelayAddress | None:
        """Make a server the usual one; ``local`` is the user's own. Returns its address, or ``None``."""
        address = None if url == LOCAL else RelayAddress.parse(url, creds)
        try:
            if address is None:
                with suppress(FileNotFoundError):
                    os.unlink(self._path_in_use)
            else:
                os.makedirs(self.directory, mode=0o700, exist_ok=True)
                document = {"url": url, "creds": creds and os.path.abspath(creds)}
                replace(self._path_in_use, to_json(document).encode(), 0o600)
        except OSError as error:
            raise self._unusable(UNWRITABLE, reason_of(error)) from error
        return address

    def _unusable(self, sentence: str, reason: str) -> RelayError:
        return RelayError(sentence, file=typed_text(self._path_in_use), reason=reason)

    @contextmanager
    def opened(self, options: ViaOptions, *, starts: bool = True) -> Iterator[OpenRelay]:
        """Connect to the chosen server while the block runs.

        :param starts: see :meth:`address`. With it, notes also say that the connection is lost, or is back.
        """
        address = self.address(options, starts=starts)
        with background_loop() as loop:
            note = self._output.note if starts else lambda sentence: None
            connection = ServerConnection(address, f"signalcli {source_name()}", note)
            loop.run(connection.open())
            try:
                loop.run(connection.ensure_streams())
                yield OpenRelay(loop, connection, self.is_own(address))
            finally:
                loop.run(connection.close())


def url_of_input() -> str:
    """Return the URL on standard input, where no other user can read a secret."""
    import sys

    text = "" if sys.stdin is None else sys.stdin.readline().strip()
    if not text:
        raise UsageError("`relay use -` reads a URL from standard input, and there is none.")
    return text
