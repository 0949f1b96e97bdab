"""URLs of NATS servers, whose secrets are never shown."""

from __future__ import annotations

import re

import pytest

from signalcli.errors import UsageError
from signalcli.relay.address import RelayAddress, typed_address

NO_URL = "is no URL of a NATS server"


@pytest.mark.parametrize(
    ("text", "servers"),
    [
        ("nats://127.0.0.1:4222", "nats://127.0.0.1:4222"),
        ("relay.example", "nats://relay.example:4222"),
        ("tls://relay.example", "tls://relay.example:4222"),
        ("nats://[::1]:4223/", "nats://[::1]:4223"),
        ("nats://a, nats://b:1,c", "nats://a:4222, nats://b:1, nats://c:4222"),
        ("nats://king:s*cret@a", "nats://a:4222"),
        ("nats://king:secret@a,nats://king:secret@b", "nats://a:4222, nats://b:4222"),
    ],
)
def test_urls(text: str, servers: str) -> None:
    assert str(RelayAddress.parse(text)) == servers


def test_a_secret_is_kept_and_not_shown() -> None:
    address = RelayAddress.parse("nats://king:s%40cret@127.0.0.1:4222")

    assert (address.user, address.password) == ("king", "s@cret")
    assert RelayAddress.parse("nats://s3cret@a").token == "s3cret"
    assert "cret" not in f"{address} {address!r} {address._replace(token='cret')!r}"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("http://secret@a", NO_URL),
        ("nats://", NO_URL),
        ("nats://a:99999", NO_URL),
        ("nats://a:0", NO_URL),
        ("nats://a,", NO_URL),
        ("", NO_URL),
        ("nats://secret@a/path", NO_URL),
        ("nats://a?secret", NO_URL),
        ("nats://secret@[a", NO_URL),
        ("nats://a?token=secret@", NO_URL),
        ("nats://a?token=secret", NO_URL),
        ("nats://king:secret@a,nats://queen:other@b", "same user and password"),
        ("http://king:secret@a", "'a' is no URL of a NATS server: only nats:// and tls://"),
        ("nats://king:se#cret@a", "'#' in a password as %23"),
        ("nats://king:se/cret@a", "'/' as %2F"),
        ("k*", "put it before --via"),
    ],
)
def test_what_is_no_url_is_refused_with_the_cause_and_without_a_secret(
    text: str, cause: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(cause)) as refused:
        RelayAddress.parse(text)
    assert "cret" not in str(refused.value)


@pytest.mark.parametrize("text", ["nats://king:secret@a", "nats://secret@a"])
def test_a_secret_in_a_command_line_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="other users can read a command line") as refused:
        typed_address(text)
    assert "secret" not in str(refused.value)
