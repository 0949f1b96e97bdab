"""An error that quotes a file's key, name or value shortens it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest

from signalcli.errors import SignalcliError
from signalcli.receivers.trust import TrustFile
from signalcli.session.file import SessionFile
from signalcli.values.signal_name import META_SIGNALS

pytestmark = pytest.mark.slow

LONG = 300_000
"""characters of each key and value that is put into a file."""
LONGEST_ERROR = 1_500
"""characters, those of the file's own path included."""

SESSION = {
    "version": 1,
    "signals": {
        "king": {
            "doc": "the king",
            "muted": False,
            "ordered": True,
            "receivers": {"animal": "weak", "herald": "strong", "shop:on_king": "weak"},
            "any": ["animal"],
            "buckets": [{"receivers": ["herald"], "senders": ["x", 1]}],
        },
        "king:receiver_connected": {"receivers": {"echo": "weak"}, "any": ["echo"]},
    },
    "receivers": {"herald": {"says": "{sender}", "sleeps": 0.5}, "bell": {"offered_by": "bells"}},
    "dropped": ["herald"],
}
TRUSTED = {"version": 1, "trusted": {"shop:on_king": ["/shop"]}}
LONG_TEXTS = [
    *("x" * LONG, "{" * LONG, "m:" + "a.b" * LONG, ":receiver_connected" * (LONG // 20), "@")
]
LONG_VALUES: list[Any] = [
    *(*LONG_TEXTS, ["y"] * LONG, {"z" * LONG: 1}, {}, 10**4000, -1.5, None, True)
]


def owner_of(document: Any, place: list[Any]) -> Any:
    """What a place is in: the object or the array."""
    return reduce(getitem, place[:-1], document)


def changed(document: Any) -> Iterator[Any]:
    """Yield copies of a document, each with one key or one value replaced."""
    places: list[list[Any]] = [[]]
    for place in places:
        found = reduce(getitem, place, document)
        if isinstance(found, (dict, list)):
            steps = found if isinstance(found, dict) else range(len(found))
            places += [[*place, step] for step in steps]
    for place in places[1:]:
        for value in LONG_VALUES:
            copy, renamed = deepcopy(document), deepcopy(document)
            owner = owner_of(renamed, place)
            if isinstance(owner, dict) and isinstance(value, str):
                owner[value] = owner.pop(place[-1])
                yield renamed
            owner_of(copy, place)[place[-1]] = value
            yield copy


def read_session(path: Path) -> object:
    return SessionFile("mine", str(path)).read()


def read_trust(path: Path) -> object:
    return TrustFile(str(path)).trusted()


@pytest.mark.parametrize(
    ("document", "read"), [(SESSION, read_session), (TRUSTED, read_trust)], ids=["session", "trust"]
)
def test_whatever_a_file_holds_its_error_is_short(
    tmp_path: Path, document: Any, read: Callable[[Path], object]
) -> None:
    path = tmp_path / "mine.json"
    errors = []
    path.write_text(json.dumps(document))
    read(path)

    for wrong in changed(document):
        path.write_text(json.dumps(wrong))
        try:
            read(path)
        except SignalcliError as error:
            errors.append(str(error))

    assert len(errors) > 20
    assert [error[:200] for error in errors if len(error) > LONGEST_ERROR] == []


NOT_JSON = {
    "repeated key": f'{{"{"k" * LONG}": 1, "{"k" * LONG}": 2}}',
    "large integer": f"[{'9' * LONG}]",
    "large number": f"[1{'0' * LONG}.0]",
    "large exponent": "[1e999999]",
}


@pytest.mark.parametrize("text", NOT_JSON.values(), ids=NOT_JSON)
def test_json_that_does_not_parse_is_quoted_in_short(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.json"
    path.write_text(text)

    with pytest.raises(SignalcliError) as raised:
        read_session(path)

    assert len(str(raised.value)) < LONGEST_ERROR


def test_a_chain_of_meta_signals_is_refused_however_long(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    name = "king" + f":{META_SIGNALS[0]}" * 10_000
    path.write_text(json.dumps({"version": 1, "signals": {name: {}}}))

    with pytest.raises(SignalcliError, match="is the meta signal of a meta signal"):
        read_session(path)
