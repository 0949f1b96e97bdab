"""Input that is valid, but probably not what was meant: it is done, and a note says so."""

from __future__ import annotations

import shlex

import pytest

from signalcli.cli.parsing.likely_mistakes import (
    mistakes_in_message,
    mistakes_in_senders,
    mistakes_in_signal,
)
from tests.support.cli import SessionWith, SignalCli

MESSAGES = """
口号＝巡山 → '口号＝巡山' is the sender, because ＝ is text. Payload is written: 口号=巡山
count：＝3 → 'count：＝3' is the sender, because ＝ is text. Payload is written: count:=3
map＝＠a → 'map＝＠a' is the sender, because ＝ is text. Payload is written: map=@a
count：=3 → The payload key is 'count：', with a full-width sign. Payload is written: count:=3
：=3 → The payload key is '：', with a full-width sign. A sender in JSON is written: :=3
：＝3 → The sender '：＝3' is text. JSON is written with ASCII signs: :=3
a＝b=c → The payload key is 'a＝b', with a full-width sign. Payload is written: a=b=c
map=＠a → '＠a' is text, because ＠ is text. A file is written: map=@a
sender=大象 → 'sender=大象' is payload. The sender is written without a key: 大象
'sender=a b' → 'sender=a b' is payload. The sender is written without a key: 'a b'
Sender=大象 → 'Sender=大象' is payload. The sender is written without a key: 大象
sender:=1 → 'sender:=1' is payload. The sender is written without a key: :=1
count：3 → 'count：3' is the sender, because ： is text. Payload is written: count=3
口号：=巡山 → The payload key is '口号：', with a full-width sign. Payload is written: 口号=巡山
口号：＝巡山 → '口号：＝巡山' is the sender, because ＝ is text. Payload is written: 口号=巡山
sender：=大象 → The payload key is 'sender：', with a full-width sign. The sender is written without a key: 大象
sender：=1 → The payload key is 'sender：', with a full-width sign. The sender is written without a key: :=1
sender＝大象 → 'sender＝大象' is the sender, because ＝ is text. The sender is written without a key: 大象
sender：大象 → 'sender：大象' is the sender, because ： is text. The sender is written without a key: 大象
：=大象 → The payload key is '：', with a full-width sign. A sender is written: 大象
：＝大象 → The sender '：＝大象' is text. Without the signs it is: 大象
——json → '——json' is the sender. An option starts with ASCII hyphens: --json
—-count=3 大象 → '—-count=3' is payload. An option starts with ASCII hyphens: --count=3
slogan= 巡山 → 'slogan=' is an empty text, and '巡山' is the sender. Without the space it is payload: slogan=巡山
a= 'b c' → 'a=' is an empty text, and 'b c' is the sender. Without the space it is payload: 'a=b c'
大象 slogan= →
slogan= a=b 大象 →
大象 sender=狮子 →
大象：狮子 →
——大象 →
ANY → The sender 'ANY' is text, like any other. To mean any sender, leave out --sender.
company →
大象 口号=巡山 count:=3 a=b＝c a=b,c →
大象,狮子 →
＝ →
"""
"""What is typed, and the note on it, if it gets one."""


@pytest.mark.parametrize("case", MESSAGES.strip().splitlines())
def test_a_slip_in_a_message_is_noted(case: str) -> None:
    line, _, note = case.partition(" →")

    assert list(mistakes_in_message(shlex.split(line))) == ([note.strip()] if note else [])


def test_sender_as_a_key_is_no_slip_beside_a_sender() -> None:
    assert list(mistakes_in_message(["sender=狮子"], has_sender=True)) == []


SEVERAL = "is one sender. Several are written: --sender 大象 --sender 狮子"


ANY_IS_TEXT = "is text, like any other. To mean any sender, leave out --sender."
NOT_ASCII = "is text. JSON is written with ASCII signs: :=1"


@pytest.mark.parametrize(
    ("sender", "notes"),
    [
        ("大象,狮子", [f"'大象,狮子' {SEVERAL}"]),
        ("大象, 狮子", [f"'大象, 狮子' {SEVERAL}"]),
        ("大象，狮子", [f"'大象，狮子' {SEVERAL}"]),
        ("大象、狮子", [f"'大象、狮子' {SEVERAL}"]),
        ("：=1", [f"The sender '：=1' {NOT_ASCII}"]),
        (":＝1", [f"The sender ':＝1' {NOT_ASCII}"]),
        ("ANY", [f"The sender 'ANY' {ANY_IS_TEXT}"]),
        ("any", [f"The sender 'any' {ANY_IS_TEXT}"]),
        *[(sender, []) for sender in ("大象,", ",", "大象", "Any", 1)],
    ],
)
def test_a_slip_in_a_sender_is_noted(sender: object, notes: list[str]) -> None:
    assert list(mistakes_in_senders([sender])) == notes


ASCII = "has a full-width sign. With the ASCII sign it is:"


@pytest.mark.parametrize(
    ("name", "notes"),
    [
        (
            "king：receiver_connected",
            [f"The name 'king：receiver_connected' {ASCII} king:receiver_connected"],
        ),
        ("zoo／king", [f"The name 'zoo／king' {ASCII} zoo/king"]),
        ("＠roar", [f"The name '＠roar' {ASCII} @roar"]),
        ("king，gate", ["'king，gate' is one signal. Several need a command each: king, gate"]),
        *[(name, []) for name in ("king：x", "king", "大王")],
    ],
)
def test_a_slip_in_the_name_of_a_signal_is_noted(name: str, notes: list[str]) -> None:
    assert list(mistakes_in_signal(name)) == notes


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("send king Sender=大象", "is payload"),
        ("send king ——json", "--json"),
        ("connect king,gate echo", "is one signal"),
        ("send king 口号＝巡山", "is the sender, because ＝ is text"),
        ("explain king 口号＝巡山", "is the sender, because ＝ is text"),
        ("send king sender=大象", "is payload"),
        ("send king --sender 大象,狮子", "is one sender"),
        ("connect king echo --sender 大象,狮子", "is one sender"),
        ("disconnect king echo --sender 大象,狮子", "is one sender"),
        ("inspect king --sender 大象,狮子", "is one sender"),
        ("history --sender 大象,狮子", "is one sender"),
        ("connect king echo --sender ANY", "'ANY' is text"),
        ("disconnect king echo --sender ANY", "'ANY' is text"),
        ("send king ANY", "'ANY' is text"),
        ("explain king --sender any", "'any' is text"),
        ("connect king：receiver_connected echo", "king:receiver_connected"),
        ("define zoo／king", "zoo/king"),
    ],
)
def test_the_note_goes_to_standard_error(session_with: SessionWith, line: str, note: str) -> None:
    signalcli = session_with("connect king echo", "send king")

    result = signalcli.ok(*line.split(), "--json")
    quiet = signalcli.ok(*line.split(), "-q")

    assert note in result.stderr
    assert note not in result.stdout + quiet.stderr


def test_connect_takes_several_receivers(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal animal_one --sender 大象")

    receivers = signalcli.read("inspect king")["receivers"]

    listened = [(entry["receiver"], entry["connections"]) for entry in receivers]
    to = [{"any": False, "sender": "大象"}]
    assert listened == [("animal", to), ("animal_one", to)]


@pytest.mark.parametrize(
    ("words", "wrong", "advice"),
    [
        ("animal 大象", "大象", "A sender is written: --sender '大象'."),
        ("animal sender=大象", "sender=大象", "A sender is written: --sender '大象'."),
        ("animal —-sender 大象", "—-sender", "An option starts with ASCII hyphens: --sender."),
        ("animal,qq", "animal,qq", "Receivers are separated by spaces: animal qq."),
        ("echo animal，qq", "animal，qq", "Receivers are separated by spaces: animal qq."),
    ],
)
def test_a_word_that_is_no_receiver_connects_nothing(
    signalcli: SignalCli, words: str, wrong: str, advice: str
) -> None:
    error = signalcli.refused(f"connect king {words}")

    assert f"No receiver '{wrong}'" in error
    assert advice in error
    assert signalcli.read("list") == {"signals": []}


@pytest.mark.parametrize("sender", ["大象,狮子", "大象，狮子", "大象、狮子", "狮子 王"])
def test_text_that_looks_like_several_is_quoted(session_with: SessionWith, sender: str) -> None:
    signalcli = session_with(f"connect king animal --sender '{sender}' --sender 大鹏")

    call = signalcli.read("send king x")["calls"][0]
    assert call["reason"] == f'listens only to "{sender}", 大鹏'
    assert f'"{sender}", 大鹏' in signalcli.ok("inspect", "king").stdout


def test_doctor_quotes_such_text_too(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal --sender 大象,狮子", "send king 大象")

    findings = signalcli("doctor", "--json").json["findings"]

    [message] = [f["message"] for f in findings if f["rule"] == "sender-never-sent"]
    assert 'listens only to "大象,狮子", but' in message


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("connect animal king", "No receiver 'king'. 'king' is a signal. "),
        ("receivers show king", "No receiver 'king'. 'king' is a signal. "),
        (
            "disconnect animal king",
            "No signal 'animal' in session 'default'. 'animal' is a receiver. ",
        ),
        ("send animal", "No signal 'animal' in session 'default'. 'animal' is a receiver. "),
        ("send zoo:king", "No signal 'zoo:king' in session 'default'. Did you mean 'king'? "),
    ],
)
def test_a_signal_in_place_of_a_receiver_is_called_one(
    signalcli: SignalCli, line: str, error: str
) -> None:
    """A receiver in place of a signal is called a receiver, too."""
    signalcli.ok("connect", "king", "animal")

    assert signalcli.refused(line).partition("See them all: ")[0] == error
