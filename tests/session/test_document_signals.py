"""The signals in the document of a session: how they are written, read and refused."""

from __future__ import annotations

import json
from bisect import bisect_left
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalcli.errors import SessionError
from signalcli.receivers.demos import DEMOS
from signalcli.session.document import format_session, parse_session
from signalcli.session.file import SessionFile
from signalcli.text import from_json
from signalcli.values.session import Bucket, Session, SignalState
from signalcli.values.signal_name import SignalName
from tests.support.documents import any_text, read_again, refusal

MOUNTAIN = Session(
    {
        "king": SignalState(
            doc="大王回山",
            muted=True,
            ordered=False,
            receivers=(("animal", True), ("echo", False)),
            any=("echo",),
            buckets=(Bucket(("animal", "echo"), ("大象", 1, "1")), Bucket((), ("狮子", -7))),
        ),
        "@roar": SignalState(),
    }
)
MOUNTAIN_TEXT = """{
  "version": 1,
  "signals": {
    "king": {
      "doc": "大王回山",
      "muted": true,
      "ordered": false,
      "receivers": {"animal": "weak", "echo": "strong"},
      "any": ["echo"],
      "buckets": [
        {"receivers": ["animal", "echo"], "senders": ["大象", 1, "1"]},
        {"receivers": [], "senders": ["狮子", -7]}
      ]
    },
    "@roar": {
      "doc": null,
      "muted": false,
      "ordered": true,
      "receivers": {},
      "any": [],
      "buckets": []
    }
  }
}
"""


def test_a_session_is_written_to_be_read_and_edited_by_hand() -> None:
    assert format_session(MOUNTAIN) == MOUNTAIN_TEXT


def test_an_empty_session_is_written_in_short() -> None:
    assert format_session(Session({}, {}, ())) == '{\n  "version": 1,\n  "signals": {}\n}\n'


QQ = SignalState(receivers=(("qq", False),), buckets=(Bucket(("qq",), ("大象",)),))
QQ_TEXT = """{"version": 1, "signals": {"king": {"receivers": {"qq": "strong"}, "buckets": [
    {"senders": ["\\u5927\\u8c61"], "receivers": ["qq"]}
]}}}"""


@pytest.mark.parametrize(
    ("document", "session"),
    [
        (MOUNTAIN_TEXT, MOUNTAIN),
        ('\r\n{"signals":{"king":{}},"version":1}\r\n', Session({"king": SignalState()})),
        (QQ_TEXT, Session({"king": QQ})),
    ],
    ids=["everything", "nothing of a signal", "some of a signal"],
)
def test_what_is_left_out_or_laid_out_anew_is_read(document: str, session: Session) -> None:
    assert parse_session(from_json(document)) == session


names = st.builds(
    lambda name, anonymous: str(SignalName(name, anonymous=anonymous)),
    any_text.filter(bool).filter(lambda name: not name.endswith("connected")),
    st.booleans(),
)


@st.composite
def states(draw: st.DrawFn) -> SignalState:
    """Anything that a signal can hold. The order within an unordered bucket means nothing."""
    receivers = draw(st.lists(st.sampled_from(list(DEMOS)), min_size=1, unique=True))
    ordered = draw(st.booleans())
    some = st.lists(st.sampled_from(receivers), unique=True).map(
        lambda chosen: tuple(chosen if ordered else sorted(chosen, key=receivers.index))
    )
    senders = draw(st.lists(any_text | st.integers().filter(bool), min_size=2, unique=True))
    one, two = draw(st.lists(some, min_size=2, max_size=2, unique=True))
    return SignalState(
        doc=draw(st.none() | any_text.filter(bool)),
        muted=draw(st.booleans()),
        ordered=ordered,
        receivers=tuple((receiver, draw(st.booleans())) for receiver in receivers),
        any=draw(some),
        buckets=(Bucket(one, tuple(senders[:1])), Bucket(two, tuple(senders[1:]))),
    )


@given(signals=st.dictionaries(names, states(), max_size=3))
@settings(deadline=None)
def test_every_session_survives_its_text(signals: dict[str, SignalState]) -> None:
    """Whatever the text in it, even what isn't UTF-8, and in the same order."""
    assert list(read_again(Session(signals)).signals.items()) == list(signals.items())


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "is empty"),
        (b" \n\t", "is empty"),
        (b"\x80\x04\x95", "is not UTF-8 text: byte 1"),
        ('{"doc": "大象"}'.encode("gb18030"), "is not UTF-8 text: byte 10"),
        ("{}".encode("utf-16"), "is not UTF-8 text: byte 1"),
    ],
)
def test_what_is_not_text_is_refused(tmp_path: Path, content: bytes, found: str) -> None:
    assert refusal(tmp_path, content) == found


DIGITS = f'{{"version":\n{"9" * 5000}}}'


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('{"version": 1,\n "sig', "unterminated string starting at line 2, column 2"),
        ('{"version": 1,\n "大象": }', "expecting value at line 2, column 8"),
        ('{"version": 1\r\n "signals": {}}', "expecting ',' delimiter at line 2, column 2"),
        ('{"version": 1}\n{}', "extra data at line 2, column 1"),
        ('{"doc": "NaN",\n "muted": NaN}', "NaN is not a JSON value at line 2, column 11"),
        ('{"version":\n-Infinity}', "-Infinity is not a JSON value at line 2, column 1"),
        ('{"version":\n1e999}', "the number 1e999 is too large at line 2, column 1"),
        (DIGITS, "the integer of 5000 digits is too large at line 2, column 1"),
        ('{"version": 1,\n "version": 1}', "the key 'version' is given twice at line 2, column 2"),
        ('{"king": {},\n "king": {}}', "the key 'king' is given twice at line 2, column 2"),
        ('{"大象": {},\n "大象": {}}', "the key '大象' is given twice at line 2, column 2"),
        ('{"any": ["qq"],\n"qq": 1,\n"qq": 1}', "the key 'qq' is given twice at line 3, column 1"),
        ('[{"qq": 1},\n{"qq": 1,\n"qq": 1}]', "the key 'qq' is given twice at line 3, column 1"),
    ],
)
def test_wrong_json_is_refused_with_its_place(tmp_path: Path, content: str, found: str) -> None:
    assert refusal(tmp_path, content) == f"is not JSON: {found}"


@pytest.mark.parametrize(
    "content",
    ['{{"version": {}}}', '{{"version": 1, "signals": {{"king": {{"doc": {}}}}}}}'],
    ids=["version", "doc"],
)
def test_nesting_is_refused_however_deep_it_is(tmp_path: Path, content: str) -> None:
    """Near Python's limit, what was just parsed can still be too deep to be written out."""

    def is_too_deep(depth: int) -> bool:
        return "nested too deeply" in refusal(tmp_path, content.format("[" * depth + "]" * depth))

    limit = bisect_left(range(1_000_000), True, lo=1, key=is_too_deep)

    near_it = [is_too_deep(depth) for depth in range(limit - 20, limit + 20)]
    assert near_it == sorted(near_it)
    assert set(near_it) == {False, True}


WRONG_DOCUMENTS: list[tuple[object, str]] = [
    ([], "the document must be an object, not []"),
    (None, "the document must be an object, not null"),
    ({"signals": {}}, "version must be the number 1, not nothing"),
    ({"version": "1", "signals": {}}, 'version must be the number 1, not "1"'),
    ({"version": True, "signals": {}}, "version must be the number 1, not true"),
    ({"version": 1.0, "signals": {}}, "version must be the number 1, not 1.0"),
    ({"version": 0, "signals": {}}, "version must be the number 1, not 0"),
    ({"version": 1}, "signals must be an object, not nothing"),
    ({"version": 1, "signals": []}, "signals must be an object, not []"),
    ({"version": 1, "signals": {}, "sgn": 1}, "the document has the unknown key 'sgn'"),
    ({"version": 1, "signals": {"/king": {}}}, "signals: '/king' must be written 'king'"),
    (
        {"version": 1, "signals": {"": {}}},
        "signals: A signal needs a name, and '' has none. For example: signalcli define king",
    ),
]
TWICE = ".senders: a sender is in it, or in an earlier bucket, twice"
WRONG_SIGNALS: list[tuple[Any, str]] = [
    (None, " must be an object, not null"),
    ({"mutted": True}, " has the unknown key 'mutted'"),
    ({"doc": 7}, ".doc must be text or null, not 7"),
    ({"doc": ["大" * 100]}, f'.doc must be text or null, not ["{"大" * 38}…'),
    ({"muted": 1}, ".muted must be true or false, not 1"),
    ({"ordered": None}, ".ordered must be true or false, not null"),
    ({"receivers": ["qq"]}, '.receivers must be an object, not ["qq"]'),
    ({"receivers": {"bear": "weak"}}, ".receivers: there is no receiver 'bear'"),
    ({"receivers": {"qq": True}}, '.receivers.qq must be "weak" or "strong", not true'),
    ({"any": "echo"}, '.any must be an array, not "echo"'),
    ({"any": ["echo", "qq"]}, '.any[1] must be one of the signal\'s receivers, not "qq"'),
    ({"any": [[]]}, ".any[0] must be one of the signal's receivers, not []"),
    ({"any": ["echo", "echo"]}, ".any: a receiver is in it twice"),
    ({"buckets": {}}, ".buckets must be an array, not {}"),
    ({"buckets": ["大象"]}, '.buckets[0] must be an object, not "大象"'),
    (
        {"buckets": [{"receivers": [], "senders": [1]}, {"receivers": [], "senders": [2, 1]}]},
        f".buckets[1]{TWICE}",
    ),
]
WRONG_BUCKETS: list[tuple[dict[str, Any], str]] = [
    ({"any": 1}, " has the unknown key 'any'"),
    ({"receivers": None}, ".receivers must be an array, not null"),
    ({"receivers": ["qq"]}, '.receivers[0] must be one of the signal\'s receivers, not "qq"'),
    ({"receivers": ["echo", "echo"]}, ".receivers: a receiver is in it twice"),
    ({"senders": None}, ".senders must be an array, not null"),
    ({"senders": [1, 1]}, TWICE),
    *[
        (
            {"senders": ["大象", json.loads(sender)]},
            f".senders[1] must be text or an integer other than 0, not {sender}",
        )
        for sender in ("0", "true", "false", "1.5", "0.0", "[]", "{}")
    ],
]


def in_king(state: Any) -> dict[str, Any]:
    """A document with a part of the signal ``king``."""
    king = state and {"receivers": {"animal": "weak", "echo": "strong"}, **state}
    return {"version": 1, "signals": {"king": king}}


def in_bucket(part: dict[str, Any]) -> dict[str, Any]:
    """A document with a part of the only bucket of ``king``."""
    return in_king({"buckets": [{"receivers": ["echo"], "senders": ["狮子"], **part}]})


@pytest.mark.parametrize(
    ("content", "found"),
    [
        *WRONG_DOCUMENTS,
        *[(in_king(state), f"signals.king{found}") for state, found in WRONG_SIGNALS],
        *[(in_bucket(part), f"signals.king.buckets[0]{found}") for part, found in WRONG_BUCKETS],
    ],
)
def test_a_wrong_document_is_refused_with_path(tmp_path: Path, content: object, found: str) -> None:
    assert refusal(tmp_path, json.dumps(content)) == f"is not a session: {found}"


def test_a_newer_version_is_refused_by_name_before_anything_else_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "mountain.json"
    path.write_text('{"version": 2, "caves": []}')

    with pytest.raises(SessionError) as caught:
        SessionFile("mountain", str(path)).read()

    assert str(caught.value) == (
        f"The file of session 'mountain', {path}, has version 2, and this signalcli reads up to "
        "version 1. Upgrade signalcli: see signalcli help install"
    )
