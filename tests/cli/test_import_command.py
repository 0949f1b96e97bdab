"""``signalcli import``: another session in the place of this one, checked, and after asking."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.completion import offered
from tests.support.questions import change, typing
from tests.support.scenario import prepare

KING: dict[str, Any] = {"receivers": {"animal": "weak"}, "any": ["animal"]}
QUESTION = "This replaces the signals and receivers of session 'default'. Replace them?"
REPLACED = "Replaced session 'default' by king.json.\n"
EXAMPLE = "Export a session: signalcli export --format json > king.json"


def write(signalcli: SignalCli, document: object) -> None:
    """Write ``king.json``: a session, or what is none."""
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
    signalcli.write("king.json", text)


def session(**parts: Any) -> dict[str, Any]:
    return {"version": 1, "signals": {"king": KING}, **parts}


def saved(signalcli: SignalCli) -> str:
    return signalcli.ok("export", "--format", "json").stdout


@pytest.fixture
def moon(session_with: SessionWith) -> SignalCli:
    """A session that ``king.json``, which is another, would replace."""
    signalcli = session_with("connect moon echo")
    write(signalcli, session())
    return signalcli


def test_what_was_exported_is_imported_as_it_was(session_with: SessionWith) -> None:
    signalcli = session_with(
        "receivers add herald --says '{sender}'; connect king herald --sender 大象 --strong",
        "connect king animal; disconnect king animal --sender 狮子",
        "define mob --unordered --doc 'a \\ b'; mute mob",
    )
    exported = saved(signalcli)
    write(signalcli, exported)

    result = signalcli.ok("--session", "other", "import", "king.json")

    assert result == Result(0, "", "Replaced session 'other' by king.json.\n")
    assert signalcli.ok("--session", "other", "export", "--format", "json").stdout == exported


def test_standard_input_is_a_session_too(signalcli: SignalCli) -> None:
    write(signalcli, session())

    with (signalcli.directory / "king.json").open("rb") as file:
        document = signalcli.read("import -", stdin=file)

    assert document == change(True, "Replaced session 'default' by standard input.")
    assert json.loads(saved(signalcli))["signals"]["king"]["any"] == ["animal"]


def test_what_is_there_already_changes_nothing(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal")
    write(signalcli, session())
    before = signalcli.session_path.stat()

    document = signalcli.read("import king.json")

    assert document == change(False, "Nothing changed: session 'default' is the same already.")
    assert signalcli.session_path.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 1), ("", 1)])
def test_import_asks_before_something_is_lost(moon: SignalCli, answer: str, status: int) -> None:
    before = saved(moon)

    with typing(answer) as stdin:
        result = moon("import", "king.json", stdin=stdin)

    assert result.status == status
    assert result.stderr.startswith(f"{QUESTION} [y/N] ")
    assert (saved(moon) == before) == (status == 1)


def test_nothing_is_imported_without_an_answer(moon: SignalCli) -> None:
    before = saved(moon)

    error = moon.refused("import king.json")

    assert error == f"{QUESTION} Standard input isn't a terminal; to agree, add --yes"
    assert saved(moon) == before
    assert moon("import", "king.json", "--yes").status == 0


HERALD: dict[str, Any] = {"herald": {"returns": True}}


@pytest.mark.parametrize(
    ("line", "imported", "asks"),
    [
        ("connect king animal", session(signals={"king": KING, "moon": {}}), False),
        ("connect king animal --strong", session(), True),
        ("receivers add herald", session(), True),
        ("receivers add herald", session(receivers={"herald": {}}), False),
        ("receivers add herald --returns 1", session(receivers=HERALD), True),
    ],
)
def test_import_asks_only_where_something_would_be_lost(
    session_with: SessionWith, line: str, imported: object, asks: bool
) -> None:
    signalcli = session_with(line)
    write(signalcli, imported)

    result = signalcli("import", "king.json")

    assert result.status == (2 if asks else 0), result


LARGEST = 32 * 2**20
NO_PROPERTY = "expecting property name enclosed in double quotes at line 1, column 2"

VERSION_2 = "has version 2, and this signalcli reads up to version 1"

NOBODY = {"king": {"receivers": {"nobody": "weak"}}}
NO_SESSIONS: dict[str, tuple[object, str]] = {
    "empty": ("", f"is empty. {EXAMPLE}"),
    "a brace": ("{", f"is not JSON: {NO_PROPERTY}. {EXAMPLE}"),
    "NaN": (
        '{"version": 1,\n "signals": NaN}',
        f"is not JSON: NaN is not a JSON value at line 2, column 13. {EXAMPLE}",
    ),
    "a list": ("[]", f"is not a session: the document must be an object, not []. {EXAMPLE}"),
    "a number": (
        session(signals={"king": {"doc": 1}}),
        f"is not a session: signals.king.doc must be text or null, not 1. {EXAMPLE}",
    ),
    "nobody": (
        session(signals=NOBODY),
        f"is not a session: signals.king.receivers: there is no receiver 'nobody'. {EXAMPLE}",
    ),
    "newer": ({"version": 2}, f"{VERSION_2}. Upgrade signalcli: see signalcli help install"),
    "large": (" " * (LARGEST + 1), f"is larger than 32 MiB, the most that is read. {EXAMPLE}"),
}


@pytest.mark.parametrize(("content", "reason"), NO_SESSIONS.values(), ids=NO_SESSIONS)
def test_a_wrong_file_is_refused_with_the_place(
    moon: SignalCli, content: object, reason: str
) -> None:
    before = saved(moon)
    write(moon, content)

    assert moon.refused("import king.json --yes", 4) == f"The file 'king.json' {reason}"
    assert saved(moon) == before


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nobody.json", "can't be read: No such file or directory."),
        ("folder", "can't be read: Is a directory."),
        ("bad.json", f"is not UTF-8 text: byte 16. {EXAMPLE}"),
    ],
)
def test_a_file_that_can_not_be_read_is_reported(
    signalcli: SignalCli, name: str, reason: str
) -> None:
    (signalcli.directory / "bad.json").write_bytes(b'{"version": 1, \xff')
    (signalcli.directory / "folder").mkdir()

    assert signalcli.refused(f"import {name}", 4) == f"The file '{name}' {reason}"
    assert not signalcli.session_path.exists()


def test_nothing_comes_from_a_standard_input_that_is_closed(signalcli: SignalCli) -> None:
    error = signalcli.refused("import -", 4)

    assert error.startswith("Standard input is empty. Export a session: ")


def test_a_file_with_a_byte_order_mark_is_read(signalcli: SignalCli) -> None:
    write(signalcli, f"\ufeff{json.dumps(session())}")

    assert signalcli.ok("import", "king.json").stderr == REPLACED


def test_the_history_stays(moon: SignalCli) -> None:
    prepare(moon, "send moon; import king.json --yes")

    assert moon.read("history")["signal"] == "moon"


def test_imports_that_are_not_trusted_get_a_note(signalcli: SignalCli) -> None:
    signalcli.write("handlers.py", "open('ran', 'w')\ndef on_king(sender): ...\n")
    names = {"handlers.py:on_king": "weak", "a.b:c": "weak"}
    write(signalcli, session(signals={"king": {"receivers": names, "any": [*names]}}))

    result = signalcli.ok("import", "king.json")

    untrusted = "2 receivers are imports that you have not trusted, and don't run: "
    trust = "signalcli receivers trust --all-of king.json\n"
    assert result.stderr == f"{REPLACED}{untrusted}{trust}"
    assert not (signalcli.directory / "ran").exists()


def test_a_file_is_completed(signalcli: SignalCli) -> None:
    assert offered(signalcli, "bash", "signalcli import k") == ["file,k"]


def test_an_import_that_was_trusted_and_is_gone_gets_a_note(session_with: SessionWith) -> None:
    handlers = "def on_king(sender): ...\n"
    signalcli = session_with("connect king handlers.py:on_king", handlers=handlers)
    write(signalcli, saved(signalcli))
    (signalcli.directory / "handlers.py").unlink()

    result = signalcli.ok("import", "king.json", "--session", "other")

    assert "handlers.py:on_king isn't trusted here, and doesn't run." in result.stderr
