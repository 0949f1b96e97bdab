"""A server whose users have credentials: an operator, an account and a user, as ``nsc`` makes them."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from typing import Any, NamedTuple

import nkeys  # type: ignore[import-untyped]


class Credentials(NamedTuple):
    """A user's file of credentials, and the server's configuration that knows the user."""

    text: str
    configuration: str


def new_credentials() -> Credentials:
    """Return the credentials of a new user, of a new account with JetStream."""
    operator = _new_key(nkeys.PREFIX_BYTE_OPERATOR)
    account = _new_key(nkeys.PREFIX_BYTE_ACCOUNT)
    system = _new_key(nkeys.PREFIX_BYTE_ACCOUNT)  # JetStream needs one
    user = _new_key(nkeys.PREFIX_BYTE_USER)
    unlimited = {"subs": -1, "data": -1, "payload": -1}
    account_limits = {
        **dict.fromkeys(("imports", "exports", "conn", "leaf"), -1),
        **dict.fromkeys(("mem_storage", "disk_storage", "streams", "consumer"), -1),
        **unlimited,
        "wildcards": True,
    }
    operator_token = _token(
        operator, operator, {"type": "operator", "system_account": _public(system)}
    )
    account_token = _token(operator, account, {"type": "account", "limits": account_limits})
    system_token = _token(operator, system, {"type": "account"})
    user_token = _token(account, user, {"type": "user", **unlimited})
    seed = bytes(user.seed).decode()
    return Credentials(
        f"-----BEGIN NATS USER JWT-----\n{user_token}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n",
        f"operator: {operator_token}\nresolver: MEMORY\nresolver_preload: {{\n"
        f"{_public(account)}: {account_token}\n{_public(system)}: {system_token}\n}}\n",
    )


def _new_key(kind: int) -> Any:
    return nkeys.from_seed(nkeys.encode_seed(os.urandom(32), kind))


def _public(key: Any) -> str:
    return bytes(key.public_key).decode()


def _token(issuer: Any, subject: Any, claims: dict[str, Any]) -> str:
    """Return what an issuer signs about a subject, as a JSON Web Token of NATS."""
    body: dict[str, Any] = {
        "iat": int(time.time()),
        "iss": _public(issuer),
        "sub": _public(subject),
        "name": "test",
        "nats": {**claims, "version": 2},
    }
    digest = hashlib.new("sha512_256", json.dumps(body).encode()).digest()
    body["jti"] = base64.b32encode(digest).decode().rstrip("=")
    signed = f"{_encoded({'typ': 'JWT', 'alg': 'ed25519-nkey'})}.{_encoded(body)}"
    return f"{signed}.{_base64(issuer.sign(signed.encode()))}"


def _encoded(document: dict[str, Any]) -> str:
    return _base64(json.dumps(document, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
