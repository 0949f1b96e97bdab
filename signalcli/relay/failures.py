"""Sentences for the errors of ``nats-py``, some of which have no text of their own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nats import errors
from nats.js import errors as jetstream_errors

from signalcli.files import reason_of
from signalcli.language.phrases import phrase

if TYPE_CHECKING:
    from signalcli.relay.address import RelayAddress

_STREAM_IS_FULL = {10077, 10047}
"""The codes of JetStream's errors for a stream, or a server, without room."""
_NO_JETSTREAM = {10076, 10039}


def failure_sentence(
    error: BaseException, last: BaseException | None, address: RelayAddress
) -> str:
    """Return the sentence for an error. It has no secret.

    :param last: the last error that the connection reported, for an error that says less.
    """
    no_answer = jetstream_errors.NoStreamResponseError | jetstream_errors.ServiceUnavailableError
    if isinstance(error, no_answer) or getattr(error, "err_code", None) in _NO_JETSTREAM:
        return phrase(
            "The server at {address} has no JetStream, which the relay needs. Start it with: {command}",
            address=str(address),
            command="nats-server -js",
        )
    if isinstance(error, jetstream_errors.APIError):
        return _refused(error, address)
    if isinstance(error, (errors.NoServersError, asyncio.TimeoutError)) and last is not None:
        error = last
    return _unreachable(error, address)


def _refused(error: jetstream_errors.APIError, address: RelayAddress) -> str:
    description = (error.description or f"code {error.err_code}").rstrip(".")
    if error.err_code in _STREAM_IS_FULL or "maximum" in description:
        return phrase(
            "The server at {address} has no room for the message: {description}. Nothing older is deleted for "
            "it; raise the limit of the stream, or delete old sends from it.",
            address=str(address),
            description=description,
        )
    return phrase(
        "The server at {address} refused: {description}.",
        address=str(address),
        description=description,
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those that it followed: a server that refuses closes the connection, too."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_refusal(error: BaseException) -> bool:
    return isinstance(error, errors.AuthorizationError) or "authorization" in str(error).lower()


def _unreachable(error: BaseException, server: RelayAddress) -> str:
    address = str(server)
    if isinstance(error, ssl.SSLCertVerificationError):
        return phrase(
            "The certificate of {address} isn't trusted: {reason}.",
            address=address,
            reason=error.verify_message,
        )
    if any(map(_is_refusal, _chain(error))):
        return phrase(
            "The server at {address} refused the user, password, token or credentials. Give them in "
            "SIGNALCLI_VIA or with --creds FILE.",
            address=address,
        )
    if isinstance(error, errors.InvalidUserCredentialsError):
        return phrase("The file of credentials '{file}' isn't valid.", file=server.creds)
    if isinstance(error, errors.SecureConnWantedError):
        return phrase(
            "The server at {address} has no TLS, which tls:// asks for. Nothing was sent to it.",
            address=address,
        )
    if isinstance(error, ssl.SSLError | errors.SecureConnFailedError):
        return phrase(
            "The server at {address} and this client find no common TLS.", address=address
        )
    if isinstance(error, errors.SecureConnRequiredError):
        return phrase(
            "The server at {address} asks for TLS. Its URL begins with tls://.", address=address
        )
    command = "signalcli relay serve"
    if isinstance(error, OSError) and error.strerror:
        return phrase(
            "No NATS server answers at {address}: {reason}. Start one: {command}",
            address=address,
            reason=reason_of(error),
            command=command,
        )
    return phrase(
        "No NATS server answers at {address} within {seconds:g} s. Start one: {command}",
        address=address,
        seconds=4,
        command=command,
    )
