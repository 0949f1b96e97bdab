"""The address of a NATS server: its URLs and the secret that it asks for, which is never shown."""

from __future__ import annotations

import os
import re
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from signalcli.errors import UsageError, shortened

SCHEMES = ("nats", "tls")
PORT = 4222
"""The port of a URL without one, and of ``relay serve``."""
_HOST = r"\w[\w.-]*|[0-9a-f:.]*:[\w:.%]*"
"""A name, an IPv4 address, or an IPv6 address."""
VARIABLE = "SIGNALCLI_VIA"


class RelayAddress(NamedTuple):
    """The servers of a relay. Its text and its ``repr`` have no secrets."""

    servers: tuple[str, ...]
    """The URLs, without secrets: of one server, or of several servers of a cluster."""
    user: str | None = None
    password: str | None = None
    token: str | None = None
    creds: str | None = None
    """The path of a file of credentials."""
    own: tuple[str, str] | None = None
    """The URL and the token of the user's own server, if it is one of several. The others don't get the token."""

    @classmethod
    def parse(cls, text: str, creds: str | None = None) -> RelayAddress:
        """Read the URLs of servers, separated by commas.

        :param creds: the path of a file of credentials.
        :raises UsageError: if one of them isn't valid, or if two have different secrets. The error
            quotes no secret.
        """
        parts = [_split(url.strip()) for url in text.split(",")]
        secrets = {(part.username, part.password) for part in parts if part.username is not None}
        if len(secrets) > 1:
            raise UsageError("The URLs of a cluster must have the same user and password.")
        user, password = (one and unquote(one) for one in next(iter(secrets), (None, None)))
        servers = tuple(_without_secret(part) for part in parts)
        if user is not None and password is None:  # as in NATS, a user alone is a token
            return cls(servers, token=user, creds=creds)
        return cls(servers, user, password, creds=creds)

    @property
    def urls(self) -> list[str]:
        """The URLs to connect to, with the token of the user's own server if it is one of several."""
        if self.own is None:
            return list(self.servers)
        own, token = self.own
        return [one.replace("//", f"//{token}@") if one == own else one for one in self.servers]

    @property
    def has_secret(self) -> bool:
        """Whether the URLs had a password or a token."""
        return self.password is not None or self.token is not None

    def __str__(self) -> str:
        return ", ".join(self.servers)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


def typed_address(text: str, creds: str | None = None) -> RelayAddress:
    """Read a URL from a command line, where other users of the machine could read a secret.

    :raises UsageError: for a secret too.
    """
    address = RelayAddress.parse(text, creds)
    if address.has_secret:
        raise UsageError(
            "The URL of {address} has a password or a token, and other users can read a command line. Give "
            "it with the variable {variable}, or: {command}",
            address=str(address),
            variable=VARIABLE,
            command="signalcli relay use -",
        )
    return address


def address_of_environment() -> RelayAddress | None:
    """Return the address in ``SIGNALCLI_VIA``. UsageError if it isn't valid."""
    text = os.environ.get(VARIABLE)
    return RelayAddress.parse(text) if text else None


def _split(url: str) -> SplitResult:
    try:
        part = urlsplit(url if "://" in url else f"nats://{url}")
        port = part.port
    except ValueError:
        raise _invalid(url) from None
    is_plain = part.path in ("", "/") and not part.query and not part.fragment
    is_host = re.fullmatch(_HOST, part.hostname or "") is not None
    if part.scheme not in SCHEMES or not is_host or port == 0 or not is_plain:
        raise _invalid(url)
    return part


def _invalid(url: str) -> UsageError:
    shown = shortened(re.split("[?#]", url.rpartition("@")[2])[0])
    if url.startswith(("http://", "https://", "ws://", "wss://")):
        return UsageError(
            "'{url}' is no URL of a NATS server: only nats:// and tls:// are supported.", url=shown
        )
    if "@" in url and set("#/?").intersection(url.partition("://")[2].rpartition("@")[0]):
        return UsageError(
            "The URL of '{url}' is no URL of a NATS server: write '#' in a password as %23, '/' as %2F "
            "and '?' as %3F.",
            url=shown,
        )
    if "*" in url and "://" not in url:
        return UsageError(
            "'{url}' is no URL of a NATS server. If it is a pattern of signals, put it before --via.",
            url=shown,
        )
    return UsageError(
        "'{url}' is no URL of a NATS server. For example: nats://127.0.0.1:{port}, or tls:// with a host",
        url=shown,
        port=PORT,
    )


def _without_secret(part: SplitResult) -> str:
    host = f"[{part.hostname}]" if ":" in (part.hostname or "") else part.hostname
    return f"{part.scheme}://{host}:{part.port or PORT}"
