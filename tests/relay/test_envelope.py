"""The message that carries one send: what is written, what is read, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from signalcli.errors import UsageError
from signalcli.relay.envelope import (
    CURRENT,
    MOST_HOPS,
    Envelope,
    RefusedMessage,
    new_envelope,
    read_envelope,
    source_name,
    write_envelope,
)
from signalcli.values.signal_name import SignalName

KING = SignalName("king")
DOCUMENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "a1",
    "source": "laptop/4711",
    "type": "signalcli.send",
    "subject": "king",
    "time": "2026-11-28T12:00:00.000+00:00",
    "datacontenttype": "application/json",
    "data": {"sender": "大象", "payload": {"slogan": "巡山"}},
}


def read(document: object) -> Envelope:
    return read_envelope(json.dumps(document).encode(), KING)


def changed(**attributes: object) -> dict[str, object]:
    return {**DOCUMENT, **attributes}


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in DOCUMENT.items() if key != name}


@pytest.fixture
def within_a_receiver() -> Iterator[Envelope]:
    """Act as a receiver of a message that has come through all the relays that are allowed."""
    envelope = read(changed(hops=MOST_HOPS - 1, parentid="a0"))
    token = CURRENT.set(envelope)
    yield envelope
    CURRENT.reset(token)


@pytest.mark.parametrize("sender", ["大象", "", None, 1, -7, 2.5, True, "\x1b[31m", "a\u2028b"])
def test_what_is_written_is_read_as_it_was(sender: object) -> None:
    payload: dict[str, object] = {"deep": [[{"a": None}]], "text": "]\n\x00", "number": 1e300}
    envelope = new_envelope(
        SignalName("king", "zoo"), sender, payload, source_name("shop"), "_INBOX.a.b"
    )

    assert read_envelope(write_envelope(envelope), envelope.signal) == envelope


def test_a_message_is_a_cloud_event() -> None:
    document = json.loads(write_envelope(read(DOCUMENT)))

    assert document == DOCUMENT


def test_what_another_language_may_leave_out() -> None:
    needed = {key: DOCUMENT[key] for key in ("specversion", "id", "source", "type")}

    envelope = read({**needed, "data": {}, "traceparent": "00-ab"})

    assert (envelope.sender, envelope.payload, envelope.time, envelope.hops) == (None, {}, None, 0)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ([], "not a JSON object"),
        (without("specversion"), '"specversion"'),
        (changed(specversion="0.3"), '"specversion"'),
        (without("id"), '"id"'),
        (changed(id=""), '"id"'),
        (changed(id="x" * 501), '"id"'),
        (changed(id=1), '"id"'),
        (without("source"), '"source"'),
        (without("type"), '"type"'),
        (changed(type="com.example.order"), '"type"'),
        (changed(subject="queen"), "another signal"),
        (changed(datacontenttype="application/python-pickle"), '"datacontenttype"'),
        (changed(time="yesterday"), '"time"'),
        (changed(time="9999-99-99T99:99:99Z"), '"time"'),
        (without("data"), '"data"'),
        (changed(data={"sender": "a", "run": "os:system"}), "'run'"),
        (changed(data={"sender": ["a"]}), "an array"),
        (changed(data={"sender": {"py/object": "os.system"}}), "an object"),
        (changed(data={"sender": 0}), "ANY"),
        (changed(data={"sender": False}), "ANY"),
        (changed(data={"payload": ["a"]}), '"payload"'),
        (changed(data={"payload": {"_async_wrapper": 1}}), "'_async_wrapper'"),
        (changed(data={"sender": "\ud800"}), "Unicode"),
        (changed(hops=-1), '"hops"'),
        (changed(hops=True), '"hops"'),
        (changed(hops=MOST_HOPS + 1), "loop"),
        (changed(replyto="$JS.API.STREAM.DELETE.SIGNALCLI"), '"replyto"'),
        (changed(replyto="_INBOX.>"), '"replyto"'),
        (changed(replyto="_INBOX.a\r\nPUB x 1"), '"replyto"'),
    ],
)
def test_what_is_refused(document: object, reason: str) -> None:
    with pytest.raises(RefusedMessage, match=reason):
        read(document)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("hops", -1, "-1, not a whole number from 0"),
        ("hops", "x\u202e", '"x\\u202e", not a whole number from 0'),
        ("time", "yesterday", '"yesterday", not a time such as "2026-11-28T12:00:00Z"'),
        ("parentid", "", '"", not a text of 1 to 500 characters'),
        ("replyto", "a\r\nPUB x", '"a\\r\\nPUB x", not a subject such as "_INBOX.a1"'),
        ("traceto", ["a"], 'an array, not a subject such as "_INBOX.a1"'),
        ("heardby", "大" * 600, f'"{"大" * 98}…, not names of listeners such as "mail audit"'),
    ],
)
def test_what_was_found_and_what_is_expected(name: str, value: object, reason: str) -> None:
    with pytest.raises(RefusedMessage) as refused:
        read(changed(**{name: value}))

    assert str(refused.value) == f'its "{name}" is {reason}'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not JSON"),
        (b"\x80\x04K\x01.", "UTF-8"),
        (b"{", "not JSON"),
        (b'{"id": NaN}', "not JSON"),
        (b'{"id": "a", "id": "b"}', "twice"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"id": ' + b"9" * 5000 + b"}", "too large"),
    ],
)
def test_bytes_that_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(RefusedMessage, match=reason):
        read_envelope(data, KING)


def test_a_payload_that_is_nested_too_deeply_is_refused() -> None:
    deep: object = "end"
    for _ in range(150):
        deep = [deep]

    with pytest.raises(RefusedMessage, match="nested"):
        read(changed(data={"payload": {"deep": deep}}))


@pytest.mark.parametrize(
    ("sender", "payload", "reason"),
    [
        (object(), {}, "of the type object"),
        ([1], {}, "an array"),
        (0, {}, "ANY"),
        (False, {}, "ANY"),
        (float("nan"), {}, "JSON can't hold it"),
        ("a\ud800", {}, "not valid Unicode"),
        ("a", {"caf\udce9": 1}, "its key is not valid Unicode"),
        ("a", {"note": "caf\udce9"}, "'note'.*its value is not valid Unicode"),
        ("a", {"notes": [{"caf\udce9": 1}]}, "'notes'.*JSON can't hold its value"),
        ("a", {"order": object()}, "'order'.*of the type object"),
        ("a", {"when": {1: 2}}, "'when'.*an object"),
        ("a", {"pair": (1, 2)}, "'pair'.*tuple"),
        ("a", {"_sync_wrapper": 1}, "'_sync_wrapper'"),
    ],
)
def test_a_send_that_cannot_be_relayed(
    sender: object, payload: dict[str, object], reason: str
) -> None:
    with pytest.raises(UsageError, match=reason):
        new_envelope(KING, sender, payload, "laptop/1")


@pytest.mark.parametrize("text", ["caf\udce9", "caf\udce9/king"])
def test_a_signal_whose_name_is_no_text_cannot_be_relayed(text: str) -> None:
    with pytest.raises(UsageError, match="its name is not valid Unicode"):
        new_envelope(SignalName.parse(text), "a", {}, "laptop/1")


@pytest.mark.parametrize("text", ["@roar", "king:receiver_connected"])
def test_a_signal_without_a_shared_name_cannot_be_relayed(text: str) -> None:
    with pytest.raises(UsageError, match="only named signals"):
        new_envelope(SignalName.parse(text), "a", {}, "laptop/1")


def test_a_send_within_a_receiver_names_its_parent(within_a_receiver: Envelope) -> None:
    envelope = new_envelope(KING, "a", {}, "laptop/1")

    assert (envelope.parent, envelope.hops) == (within_a_receiver.id, MOST_HOPS)


def test_a_chain_ends(within_a_receiver: Envelope) -> None:
    CURRENT.set(new_envelope(KING, "a", {}, "laptop/1"))

    with pytest.raises(UsageError, match="probably a loop"):
        new_envelope(KING, "a", {}, "laptop/1")
