"""The receivers in the document of a session: how they are written, read and refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalcli.errors import UsageError
from signalcli.receivers.demos import DEMOS
from signalcli.receivers.registry import is_same
from signalcli.receivers.templates import check_own_receiver
from signalcli.session.document import format_session, parse_session
from signalcli.text import LONGEST as LONGEST_SLEEP
from signalcli.text import from_json
from signalcli.values.receiver_specs import OfferedReceiver, OwnReceiver, ReceiverSpec
from signalcli.values.session import Session, SignalState
from tests.support.cli import SignalCli
from tests.support.documents import any_text, read_again, refusal
from tests.support.scenario import prepare

EVERYTHING = Session(
    {
        "king": SignalState(
            receivers=(("herald", False), ("bell", True), ("shop:on_king", False)),
            any=("herald", "bell", "shop:on_king"),
        )
    },
    {
        "herald": OwnReceiver("{sender}!", [1, "大"], "迷路", 0.5, True, True),
        "bell": OfferedReceiver("bells"),
        "silent": OwnReceiver(),
    },
    ("herald", "shop:on_king", "animal"),
)
EVERYTHING_TEXT = """{
  "version": 1,
  "signals": {
    "king": {
      "doc": null,
      "muted": false,
      "ordered": true,
      "receivers": {"herald": "strong", "bell": "weak", "shop:on_king": "strong"},
      "any": ["herald", "bell", "shop:on_king"],
      "buckets": []
    }
  },
  "receivers": {
    "herald": {"says": "{sender}!", "returns": [1, "大"], "raises": "迷路", "sleeps": 0.5, "async": true, "strict": true},
    "bell": {"offered_by": "bells"},
    "silent": {}
  },
  "dropped": ["herald", "shop:on_king", "animal"]
}
"""


def test_receivers_are_written_to_be_read_and_edited_by_hand() -> None:
    assert format_session(EVERYTHING) == EVERYTHING_TEXT
    assert parse_session(from_json(EVERYTHING_TEXT)) == EVERYTHING


def test_what_is_left_out_of_a_receiver_is_as_it_is_without() -> None:
    a = {"returns": None, "says": None, "raises": None, "sleeps": 0, "strict": False}
    receivers = {"a": a, "b": {"sleeps": 1}}

    session = parse_session({"signals": {}, "version": 1, "receivers": receivers})

    expected = {"a": OwnReceiver(), "b": OwnReceiver(sleeps=1.0)}
    assert session == Session({}, expected)
    assert repr(session.receivers) == repr(expected)


names = any_text.filter(lambda name: bool(name) and ":" not in name and name not in DEMOS)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=8,
)
own_receivers = st.builds(
    OwnReceiver,
    says=st.none() | any_text.map(lambda message: message.replace("{", "{{").replace("}", "}}")),
    returns=json_values,
    raises=st.none() | any_text,
    sleeps=st.floats(0, LONGEST_SLEEP),
    is_async=st.booleans(),
    strict=st.booleans(),
)
declarations = own_receivers | st.builds(OfferedReceiver, any_text)


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    """Receivers of any kind, connected and let go of in any way."""
    declared: dict[str, ReceiverSpec] = draw(st.dictionaries(names, declarations, max_size=3))
    known = [*declared, "animal", "os:system", "my shop/大.py:Bot.hear"]
    connected = draw(st.lists(st.sampled_from(known), unique=True))
    receivers = tuple((name, draw(st.booleans())) for name in connected)
    state = SignalState(receivers=receivers, any=tuple(connected))
    dropped = draw(st.lists(st.sampled_from(known), unique=True))
    return Session({"king": state}, declared, tuple(dropped))


@given(session=sessions())
@settings(deadline=None)
def test_every_session_survives_its_text(session: Session) -> None:
    """In the same order, and with values of the same type."""
    assert repr(read_again(session)) == repr(session)


@given(own=own_receivers)
@settings(deadline=None)
def test_a_receiver_that_may_be_added_can_be_read_again(own: OwnReceiver) -> None:
    """Nothing is saved that would be refused the next time."""
    try:
        check_own_receiver("herald", own)
    except UsageError:
        return

    assert is_same(read_again(Session({}, {"herald": own})).receivers["herald"], own)


@pytest.mark.parametrize("sleeps", [-0.0, 5e-324, 1e-9, 0.1 + 0.2, LONGEST_SLEEP])
def test_a_time_to_sleep_survives(sleeps: float) -> None:
    session = Session({}, {"herald": OwnReceiver(sleeps=sleeps)})

    assert read_again(session) == session


@pytest.mark.parametrize("depth", [99, 100, 101])
def test_what_is_returned_survives_as_deep_as_it_may_be(depth: int) -> None:
    returns: Any = "大"
    for _ in range(depth):
        returns = [returns]
    session = Session({}, {"a": OwnReceiver(returns=returns)})
    try:
        check_own_receiver("herald", OwnReceiver(returns=returns))
    except UsageError:
        assert depth > 99
        return

    assert read_again(session) == session


NO_NAME = "a receiver of this session can't have that name"
TEMPLATE = (
    "a template takes {sender}, {signal}, {payload} and payload keys, without attributes, "
    "indexes or formats"
)
CAN_SLEEP = "herald can sleep from 0 to 86400 seconds, and not"
NOT_RECEIVERS = ("herald", "", "shop:", ":on_king", "a b:c", "shop:a:", "a:b-c", "x.py:")
BAD_TEMPLATES = (
    *("{sender.__class__}", "{sender[0]}", "{sender!r}", "{sender:>9}", "{a:{b}}", "{}"),
)
WRONG_HERALD: list[tuple[object, str]] = [
    (None, " must be an object, not null"),
    ("x", ' must be an object, not "x"'),
    ([{}], " must be an object, not [{}]"),
    ({"sais": "x"}, " has the unknown key 'sais'"),
    ({"code": "print()"}, " has the unknown key 'code'"),
    ({"is_async": True}, " has the unknown key 'is_async'"),
    ({"says": 1}, ".says must be text, not 1"),
    ({"says": ["x"]}, '.says must be text, not ["x"]'),
    ({"says": False}, ".says must be text, not false"),
    ({"raises": {}}, ".raises must be text, not {}"),
    ({"raises": 0}, ".raises must be text, not 0"),
    ({"sleeps": None}, ".sleeps must be a number of seconds, not null"),
    ({"sleeps": "1"}, '.sleeps must be a number of seconds, not "1"'),
    ({"sleeps": True}, ".sleeps must be a number of seconds, not true"),
    ({"sleeps": [1]}, ".sleeps must be a number of seconds, not [1]"),
    ({"sleeps": 1e300}, ".sleeps must be a number of seconds, not 1e+300"),
    ({"sleeps": -1}, f": {CAN_SLEEP} -1.0"),
    ({"sleeps": 86401}, f": {CAN_SLEEP} 86401.0"),
    ({"async": 1}, ".async must be true or false, not 1"),
    ({"async": None}, ".async must be true or false, not null"),
    ({"strict": "yes"}, '.strict must be true or false, not "yes"'),
    ({"offered_by": None}, ".offered_by must be text, not null"),
    ({"offered_by": ["x"]}, '.offered_by must be text, not ["x"]'),
    ({"offered_by": "x", "says": "y"}, " has the unknown key 'says'"),
    *[({"says": says}, f': herald can\'t say "{says}": {TEMPLATE}') for says in BAD_TEMPLATES],
]
WRONG_DROPPED: list[tuple[object, str]] = [
    (None, " must be an array, not null"),
    ("animal", ' must be an array, not "animal"'),
    ({"animal": 1}, ' must be an array, not {"animal": 1}'),
    (["animal", "bear"], '[1] must be a receiver, not "bear"'),
    (["animal", 1], "[1] must be a receiver, not 1"),
    ([["animal"]], '[0] must be a receiver, not ["animal"]'),
    ([None], "[0] must be a receiver, not null"),
    (["shop:"], '[0] must be a receiver, not "shop:"'),
]
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"receivers": None}, "receivers must be an object, not null"),
    ({"receivers": []}, "receivers must be an object, not []"),
    ({"receivers": ["herald"]}, 'receivers must be an object, not ["herald"]'),
    ({"receivers": "herald"}, 'receivers must be an object, not "herald"'),
    *[
        ({"receivers": {name: {}}}, f"receivers.{name}: {NO_NAME}")
        for name in ("animal", "shop:on_king", ":", "")
    ],
    *[
        ({"receivers": {"bell": {}, "herald": herald}}, f"receivers.herald{found}")
        for herald, found in WRONG_HERALD
    ],
    *[
        (
            {"signals": {"king": {"receivers": {name: "weak"}}}},
            f"signals.king.receivers: there is no receiver '{name}'",
        )
        for name in NOT_RECEIVERS
    ],
    *[
        ({"receivers": {"herald": {}}, "dropped": dropped}, f"dropped{found}")
        for dropped, found in WRONG_DROPPED
    ],
]


@pytest.mark.parametrize(
    ("parts", "found"), WRONG, ids=[json.dumps(parts, ensure_ascii=False) for parts, _ in WRONG]
)
def test_a_wrong_receiver_is_refused(tmp_path: Path, parts: dict[str, Any], found: str) -> None:
    content = {"version": 1, "signals": {}, **parts}

    assert refusal(tmp_path, content) == f"is not a session: {found}"


@pytest.mark.parametrize("sleeps", [10**400, -(10**400)], ids=["positive", "negative"])
def test_an_integer_too_large_for_a_float_is_no_time_to_sleep(tmp_path: Path, sleeps: int) -> None:
    content = {"version": 1, "signals": {}, "receivers": {"herald": {"sleeps": sleeps}}}

    reported = refusal(tmp_path, content)

    start = "is not a session: receivers.herald.sleeps must be a number of seconds, not "
    assert reported.startswith(start)
    assert len(reported) < len(start) + 50


TOO_DEEP = "herald can't return what is nested deeper than 100 levels"
NOT_RETURNED = {
    "large": (
        "9" * 5000,
        "is not JSON: the integer of 5000 digits is too large at line 1, column 67",
    ),
    "deep": ("[" * 102 + "]" * 102, f"is not a session: receivers.herald: {TOO_DEEP}"),
    "deeper": ("[" * 100_000, "is not JSON: it is nested too deeply"),
    "NaN": ("NaN", "is not JSON: NaN is not a JSON value at line 1, column 67"),
    "infinite": ("1e999", "is not JSON: the number 1e999 is too large at line 1, column 67"),
    "twice": ('{"a": 1, "a": 2}', "is not JSON: the key 'a' is given twice at line 1, column 76"),
}


@pytest.mark.parametrize(("returns", "found"), NOT_RETURNED.values(), ids=NOT_RETURNED)
def test_what_can_not_be_returned_is_refused(tmp_path: Path, returns: str, found: str) -> None:
    start = '{"version": 1, "signals": {}, "receivers": {"herald": {"returns": '

    assert refusal(tmp_path, f"{start}{returns}}}}}}}") == found


COMMANDS = (
    *("list", "send king", "receivers", "receivers add x", "receivers remove herald"),
    *("connect king animal", "session copy x.json y.json", "reset --yes"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_touches_a_file_whose_receivers_can_not_be_understood(
    signalcli: SignalCli, command: str
) -> None:
    path = signalcli.directory / "x.json"
    template = "{sender.__class__}"
    content = {"version": 1, "signals": {}, "receivers": {"herald": {"says": template}}}
    path.write_text(f"\n {json.dumps(content)}\n\n")
    before = path.read_bytes(), path.stat().st_mtime_ns

    error = signalcli.refused(f"--session x.json {command} --json", 4)

    assert f'receivers.herald: herald can\'t say "{template}": {TEMPLATE}. Fix it by hand' in error
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_file_that_is_read_only_by_hand_is_kept_as_it_is_written(signalcli: SignalCli) -> None:
    """Only what changes it writes it anew."""
    path = signalcli.directory / "x.json"
    path.write_text(
        '{"version":1,"signals":{},"receivers":{"b":{"sleeps":0},"a":{"says":null}},"dropped":[]}'
    )
    before = path.read_bytes()

    prepare(signalcli, "--session x.json receivers show b; --session x.json receivers add a")
    unchanged = path.read_bytes()
    signalcli.ok("--session", "x.json", "receivers", "add", "c", "--says", "x")

    assert unchanged == before
    assert json.loads(path.read_text())["receivers"] == {"b": {}, "a": {}, "c": {"says": "x"}}
