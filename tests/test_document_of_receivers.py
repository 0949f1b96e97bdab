"""What a session's file says of its receivers, and how what says something else is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalcli.cli.parsing.senders_and_payload import LONGEST as LONGEST_SLEEP
from signalcli.errors import SessionError, UsageError
from signalcli.receivers.demos import CATALOGUE
from signalcli.receivers.registry import is_same
from signalcli.receivers.templates import check
from signalcli.session.document import format_session, parse_session
from signalcli.session.file import SessionFile
from signalcli.text import from_json
from signalcli.values.delivery import Session, SignalState
from signalcli.values.receiver_specs import Declared, OfferedReceiver, OwnReceiver
from tests.conftest import SignalCli

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


def refusal(directory: Path, content: object) -> str:
    """What is said of a file with this content, between its name and the remedy."""
    path = directory / "mountain.json"
    written = content if isinstance(content, str) else json.dumps(content)
    path.write_text(written, "utf-8")
    with pytest.raises(SessionError) as caught:
        SessionFile("mountain", str(path)).read()
    sentence = str(caught.value)
    start = f"The file of session 'mountain', {path}, "
    end = ". Mend it by hand, or give it up: signalcli session delete mountain"
    assert sentence.startswith(start)
    assert sentence.endswith(end)
    assert (int(caught.value.status), path.read_text("utf-8")) == (4, written)
    return sentence.removeprefix(start).removesuffix(end)


# Round trips.


def test_receivers_are_written_to_be_read_and_edited_by_hand() -> None:
    assert format_session(EVERYTHING) == EVERYTHING_TEXT
    assert parse_session(from_json(EVERYTHING_TEXT)) == EVERYTHING


def test_what_is_left_out_of_a_receiver_is_as_it_is_without() -> None:
    document = {
        "signals": {},
        "version": 1,
        "receivers": {
            "a": {"returns": None, "says": None, "raises": None, "sleeps": 0, "strict": False},
            "b": {"sleeps": 1},
        },
    }

    session = parse_session(document)

    expected = {"a": OwnReceiver(), "b": OwnReceiver(sleeps=1.0)}
    assert session == Session({}, expected)
    assert repr(session.receivers) == repr(expected)


def test_a_session_without_receivers_says_nothing_of_them() -> None:
    text = format_session(Session({}, {}, ()))

    assert text == '{\n  "version": 1,\n  "signals": {}\n}\n'


text = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF)  # typed bytes that aren't UTF-8
)
names = text.filter(lambda name: bool(name) and ":" not in name and name not in CATALOGUE)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
own_receivers = st.builds(
    OwnReceiver,
    says=st.none() | text.map(lambda said: said.replace("{", "{{").replace("}", "}}")),
    returns=json_values,
    raises=st.none() | text,
    sleeps=st.floats(0, LONGEST_SLEEP),
    is_async=st.booleans(),
    strict=st.booleans(),
)
declarations = own_receivers | st.builds(OfferedReceiver, text)


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    """Receivers of any kind, connected and let go of in any way."""
    declared: dict[str, Declared] = draw(st.dictionaries(names, declarations, max_size=3))
    known = [*declared, "animal", "os:system", "my shop/大.py:Bot.hear"]
    connected = draw(st.lists(st.sampled_from(known), unique=True))
    state = SignalState(
        receivers=tuple((name, draw(st.booleans())) for name in connected),
        any=tuple(connected),
    )
    dropped = draw(st.lists(st.sampled_from(known), unique=True))
    return Session({"king": state}, declared, tuple(dropped))


@given(session=sessions())
@settings(deadline=None)
def test_every_session_survives_its_text(session: Session) -> None:
    """In the same order, and with values of the same type."""
    content = format_session(session).encode()

    again = parse_session(from_json(content.decode()))

    assert repr(again) == repr(session)


@given(own=own_receivers)
@settings(deadline=None)
def test_a_receiver_that_may_be_added_can_be_read_again(own: OwnReceiver) -> None:
    """Nothing is saved that would be refused the next time."""
    try:
        check("herald", own)
    except UsageError:
        return

    text = format_session(Session({}, {"herald": own}))

    assert is_same(parse_session(from_json(text)).receivers["herald"], own)


@pytest.mark.parametrize("sleeps", [-0.0, 5e-324, 1e-9, 0.1 + 0.2, LONGEST_SLEEP])
def test_a_time_to_sleep_survives(sleeps: float) -> None:
    own = OwnReceiver(sleeps=sleeps)

    again = parse_session(from_json(format_session(Session({}, {"herald": own}))))

    assert again.receivers["herald"] == own


@pytest.mark.parametrize("depth", [99, 100, 101])
def test_what_is_returned_survives_as_deep_as_it_may_be(depth: int) -> None:
    returns: Any = "大"
    for _ in range(depth):
        returns = [returns]
    own = OwnReceiver(returns=returns)
    try:
        check("herald", own)
    except UsageError:
        assert depth > 99
        return

    assert parse_session(from_json(format_session(Session({}, {"a": own})))).receivers["a"] == own


# Receivers that are refused.

NO_NAME = "a receiver of this session can't have that name"
WRONG_NAME = [("animal", NO_NAME), ("shop:on_king", NO_NAME), (":", NO_NAME), ("", NO_NAME)]
TEMPLATE = (
    "a template knows {sender}, {signal}, {payload} and the payload's keys, and no attribute, "
    "index or format of them."
)
CAN_SLEEP = "herald can sleep from 0 to 86400 seconds, and not"


@pytest.mark.parametrize(("name", "found"), WRONG_NAME)
def test_a_receiver_of_a_name_that_is_not_its_own_is_refused(
    tmp_path: Path, name: str, found: str
) -> None:
    content = {"version": 1, "signals": {}, "receivers": {name: {}}}

    assert refusal(tmp_path, content) == f"is not a session: receivers.{name}: {found}"


@pytest.mark.parametrize(
    ("receivers", "found"),
    [
        (None, "receivers must be an object, not nothing"),
        ([], "receivers must be an object, not []"),
        (["herald"], 'receivers must be an object, not ["herald"]'),
        ("herald", 'receivers must be an object, not "herald"'),
    ],
)
def test_receivers_of_a_wrong_shape_are_refused(
    tmp_path: Path, receivers: object, found: str
) -> None:
    content = {"version": 1, "signals": {}, "receivers": receivers}

    assert refusal(tmp_path, content) == f"is not a session: {found}"


@pytest.mark.parametrize(
    ("herald", "found"),
    [
        (None, " must be an object, not nothing"),
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
        ({"sleeps": None}, ".sleeps must be a number of seconds, not nothing"),
        ({"sleeps": "1"}, '.sleeps must be a number of seconds, not "1"'),
        ({"sleeps": True}, ".sleeps must be a number of seconds, not true"),
        ({"sleeps": [1]}, ".sleeps must be a number of seconds, not [1]"),
        ({"sleeps": 1e300}, ".sleeps must be a number of seconds, not 1e+300"),
        ({"sleeps": -1}, f": {CAN_SLEEP} -1.0."),
        ({"sleeps": 86401}, f": {CAN_SLEEP} 86401.0."),
        ({"async": 1}, ".async must be true or false, not 1"),
        ({"async": None}, ".async must be true or false, not nothing"),
        ({"strict": "yes"}, '.strict must be true or false, not "yes"'),
        ({"offered_by": None}, ".offered_by must be text, not nothing"),
        ({"offered_by": ["x"]}, '.offered_by must be text, not ["x"]'),
        ({"offered_by": "x", "says": "y"}, " has the unknown key 'says'"),
        ({"says": "{sender.__class__}"}, f': herald can\'t say "{{sender.__class__}}": {TEMPLATE}'),
        ({"says": "{sender[0]}"}, f': herald can\'t say "{{sender[0]}}": {TEMPLATE}'),
        ({"says": "{sender!r}"}, f': herald can\'t say "{{sender!r}}": {TEMPLATE}'),
        ({"says": "{sender:>9}"}, f': herald can\'t say "{{sender:>9}}": {TEMPLATE}'),
        ({"says": "{a:{b}}"}, f': herald can\'t say "{{a:{{b}}}}": {TEMPLATE}'),
        ({"says": "{}"}, f': herald can\'t say "{{}}": {TEMPLATE}'),
    ],
    ids=lambda value: json.dumps(value)[:40] if isinstance(value, dict) else "",
)
def test_a_receiver_of_a_wrong_shape_is_refused_with_the_path(
    tmp_path: Path, herald: object, found: str
) -> None:
    content = {"version": 1, "signals": {}, "receivers": {"bell": {}, "herald": herald}}

    told = refusal(tmp_path, content)

    assert told.rstrip(".") == f"is not a session: receivers.herald{found.rstrip('.')}"


def test_an_integer_too_large_for_a_float_is_no_time_to_sleep(tmp_path: Path) -> None:
    for sleeps in (10**400, -(10**400)):
        content = {"version": 1, "signals": {}, "receivers": {"herald": {"sleeps": sleeps}}}

        told = refusal(tmp_path, content)

        start = "is not a session: receivers.herald.sleeps must be a number of seconds, not "
        assert told.startswith(start)
        assert len(told) < len(start) + 50


@pytest.mark.parametrize(
    ("returns", "found"),
    [
        (
            "9" * 5000,
            "is not JSON: the integer of 5000 digits is too large at line 1, column 67",
        ),
        (
            "[" * 102 + "]" * 102,
            (
                "is not a session: receivers.herald: "
                "herald can't return what is nested deeper than 100 levels"
            ),
        ),
        ("[" * 100_000, "is not JSON: it is nested too deeply"),
        ("NaN", "is not JSON: NaN is not a JSON value at line 1, column 67"),
        ("1e999", "is not JSON: the number 1e999 is too large at line 1, column 67"),
        ('{"a": 1, "a": 2}', "is not JSON: the key 'a' is given twice at line 1, column 76"),
    ],
    ids=["large", "deep", "deeper", "NaN", "infinite", "twice"],
)
def test_what_can_not_be_returned_is_refused(tmp_path: Path, returns: str, found: str) -> None:
    content = (
        f'{{"version": 1, "signals": {{}}, "receivers": {{"herald": {{"returns": {returns}}}}}}}'
    )

    assert refusal(tmp_path, content).rstrip(".") == found


# Connections to receivers there are not, and those that were let go of.


@pytest.mark.parametrize(
    "name", ["herald", "", "shop:", ":on_king", "a b:c", "shop:a:", "a:b-c", "x.py:"]
)
def test_a_connection_to_a_receiver_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    content = {"version": 1, "signals": {"king": {"receivers": {name: "weak"}}}}

    told = refusal(tmp_path, content)

    assert told == f"is not a session: signals.king.receivers: there is no receiver '{name}'"


@pytest.mark.parametrize(
    ("dropped", "found"),
    [
        (None, "dropped must be an array, not nothing"),
        ("animal", 'dropped must be an array, not "animal"'),
        ({"animal": 1}, 'dropped must be an array, not {"animal": 1}'),
        (["animal", "bear"], 'dropped[1] must be a receiver, not "bear"'),
        (["animal", 1], "dropped[1] must be a receiver, not 1"),
        ([["animal"]], 'dropped[0] must be a receiver, not ["animal"]'),
        ([None], "dropped[0] must be a receiver, not nothing"),
        (["shop:"], 'dropped[0] must be a receiver, not "shop:"'),
    ],
)
def test_what_was_let_go_of_is_refused_with_the_path(
    tmp_path: Path, dropped: object, found: str
) -> None:
    content = {"version": 1, "signals": {}, "receivers": {"herald": {}}, "dropped": dropped}

    assert refusal(tmp_path, content) == f"is not a session: {found}"


@pytest.mark.parametrize(
    "command",
    [
        "list",
        "send king",
        "receivers",
        "receivers add x",
        "receivers remove herald",
        "connect king animal",
        "session copy x.json y.json",
        "reset --yes",
    ],
)
def test_no_command_touches_a_file_whose_receivers_can_not_be_understood(
    signalcli: SignalCli, command: str
) -> None:
    path = signalcli.directory / "x.json"
    template = "{sender.__class__}"
    content = {"version": 1, "signals": {}, "receivers": {"herald": {"says": template}}}
    path.write_text(f"\n {json.dumps(content)}\n\n")
    before = path.read_bytes(), path.stat().st_mtime_ns

    result = signalcli("--session", "x.json", *command.split(), "--json")

    sentence = f'receivers.herald: herald can\'t say "{template}": {TEMPLATE} Mend it by hand'
    assert (result.status, result.stdout) == (4, "")
    assert sentence in result.stderr.replace("..", ".")
    assert result.stderr.count("\n") == 1
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_sentence_of_a_receiver_ends_in_one_full_stop(signalcli: SignalCli) -> None:
    content = {"version": 1, "signals": {}, "receivers": {"herald": {"says": "{}"}}}
    (signalcli.directory / "x.json").write_text(json.dumps(content))

    told = signalcli("--session", "x.json", "list").stderr

    assert ".." not in told


def test_a_file_that_is_read_only_by_hand_is_kept_as_it_is_written(signalcli: SignalCli) -> None:
    """Only what changes it writes it anew."""
    path = signalcli.directory / "x.json"
    path.write_text(
        '{"version":1,"signals":{},"receivers":{"b":{"sleeps":0},"a":{"says":null}},"dropped":[]}'
    )
    before = path.read_bytes()

    signalcli.ok("--session", "x.json", "receivers", "show", "b")
    signalcli.ok("--session", "x.json", "receivers", "add", "a")
    unchanged = path.read_bytes()
    signalcli.ok("--session", "x.json", "receivers", "add", "c", "--says", "x")

    assert unchanged == before
    assert json.loads(path.read_text())["receivers"] == {"b": {}, "a": {}, "c": {"says": "x"}}
