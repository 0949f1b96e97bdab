"""``signalcli import``: another session in the place of this one, checked, and after asking."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_session_commands import change, typing
from tests.conftest import Result, SignalCli
from tests.support.scenario import prepare

KING: dict[str, Any] = {"receivers": {"animal": "weak"}, "any": ["animal"]}
QUESTION = "This replaces what is in session 'default'. Replace it?"


def write(signalcli: SignalCli, document: object, name: str = "king.json") -> Path:
    """A file with a session in it, or with what is none."""
    path = signalcli.directory / name
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")
    return path


def session(**parts: Any) -> dict[str, Any]:
    return {"version": 1, "signals": {"king": KING}, **parts}


def saved(signalcli: SignalCli) -> str:
    return signalcli.ok("export", "--format", "json").stdout


def test_what_was_exported_is_imported_as_it_was(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "receivers add herald --says '{sender}'",
        "connect king herald --sender 大象 --strong",
        "connect king animal",
        "disconnect king animal --sender 狮子",
        "define mob --unordered --doc 'a \\ b'",
        "mute mob",
    )
    exported = saved(signalcli)
    write(signalcli, exported)

    result = signalcli.ok("--session", "other", "import", "king.json")

    assert result == Result(0, "", "Replaced session 'other' by king.json.\n")
    assert signalcli.ok("--session", "other", "export", "--format", "json").stdout == exported


def test_standard_input_is_a_session_too(signalcli: SignalCli) -> None:
    path = write(signalcli, session())

    with path.open("rb") as file:
        result = signalcli("import", "-", "--json", stdin=file)

    assert result.json == change(True, "Replaced session 'default' by standard input.")
    assert json.loads(saved(signalcli))["signals"]["king"]["any"] == ["animal"]


def test_what_is_there_already_changes_nothing(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", "animal")
    write(signalcli, session())
    before = signalcli.session_path.stat()

    result = signalcli.ok("import", "king.json", "--json")

    assert result.json == change(False, "Nothing changed: session 'default' is that already.")
    assert signalcli.session_path.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 1), ("", 1)])
def test_it_asks_before_something_is_lost(signalcli: SignalCli, answer: str, status: int) -> None:
    signalcli.ok("connect", "moon", "echo")
    write(signalcli, session())
    before = saved(signalcli)

    with typing(answer) as stdin:
        result = signalcli("import", "king.json", stdin=stdin)

    assert result.status == status
    assert result.stderr.startswith(f"{QUESTION} [y/N] ")
    assert (saved(signalcli) == before) == (status == 1)


def test_it_is_not_done_when_nobody_can_be_asked(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "moon", "echo")
    write(signalcli, session())
    before = saved(signalcli)

    result = signalcli("import", "king.json")

    told = f"Error: {QUESTION} Nobody is there to ask; to agree beforehand, add --yes\n"
    assert result == Result(2, "", told)
    assert saved(signalcli) == before
    assert signalcli("import", "king.json", "--yes").status == 0


@pytest.mark.parametrize(
    ("line", "imported", "asks"),
    [
        ("connect king animal", session(signals={"king": KING, "moon": {}}), False),
        ("connect king animal --strong", session(), True),
        ("receivers add herald", session(), True),
        ("receivers add herald", session(receivers={"herald": {}}), False),
        (
            "receivers add herald --returns 1",
            session(receivers={"herald": {"returns": True}}),
            True,
        ),
    ],
)
def test_it_asks_only_where_something_would_be_lost(
    signalcli: SignalCli, line: str, imported: object, asks: bool
) -> None:
    prepare(signalcli, line)
    write(signalcli, imported)

    result = signalcli("import", "king.json")

    assert result.status == (2 if asks else 0), result


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is empty."),
        (
            "{",
            "is not JSON: expecting property name enclosed in double quotes at line 1, column 2.",
        ),
        (
            '{"version": 1,\n "signals": NaN}',
            "is not JSON: NaN is not a JSON value at line 2, column 13.",
        ),
        ("[]", "is not a session: the document must be an object, not []."),
        (
            session(signals={"king": {"doc": 1}}),
            "is not a session: signals.king.doc must be text or null, not 1.",
        ),
        (
            session(signals={"king": {"receivers": {"nobody": "weak"}}}),
            "is not a session: signals.king.receivers: there is no receiver 'nobody'.",
        ),
    ],
)
def test_what_is_no_session_is_refused_with_the_place(
    signalcli: SignalCli, content: object, reason: str
) -> None:
    signalcli.ok("connect", "moon", "echo")
    before = saved(signalcli)
    write(signalcli, content)

    result = signalcli("import", "king.json", "--yes")

    example = "Export a session: signalcli export --format json > king.json"
    assert result == Result(4, "", f"Error: The file 'king.json' {reason} {example}\n")
    assert saved(signalcli) == before


def test_a_file_that_can_not_be_read_is_told(signalcli: SignalCli) -> None:
    (signalcli.directory / "bad.json").write_bytes(b'{"version": 1, \xff')
    (signalcli.directory / "folder").mkdir()
    with (signalcli.directory / "large.json").open("wb") as file:
        file.truncate(32 * 2**20 + 1)

    told = [
        signalcli("import", name)
        for name in ("nobody.json", "folder", "bad.json", "large.json", "newer.json")
        if name != "newer.json" or write(signalcli, {"version": 2}, name)
    ]

    example = "Export a session: signalcli export --format json > king.json\n"
    newer = "has version 2, and this signalcli reads up to version 1. Install a newer one: pip"
    assert told == [
        Result(4, "", "Error: The file 'nobody.json' can't be read: No such file or directory.\n"),
        Result(4, "", "Error: The file 'folder' can't be read: Is a directory.\n"),
        Result(4, "", f"Error: The file 'bad.json' is not UTF-8 text: byte 16. {example}"),
        Result(
            4,
            "",
            f"Error: The file 'large.json' is larger than 32 MiB, the most that is read. {example}",
        ),
        Result(4, "", f"Error: The file 'newer.json' {newer} install --upgrade signalcli\n"),
    ]
    assert not signalcli.session_path.exists()


def test_nothing_comes_from_a_standard_input_that_is_closed(signalcli: SignalCli) -> None:
    result = signalcli("import", "-")

    assert result.status == 4
    assert result.stderr.startswith("Error: Standard input is empty. Export a session: ")


def test_a_file_with_a_byte_order_mark_is_read(signalcli: SignalCli) -> None:
    (signalcli.directory / "king.json").write_bytes(
        b"\xef\xbb\xbf" + json.dumps(session()).encode()
    )

    assert (
        signalcli.ok("import", "king.json").stderr == "Replaced session 'default' by king.json.\n"
    )


def test_the_history_stays(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect moon echo", "send moon")
    write(signalcli, session())

    signalcli.ok("import", "king.json", "--yes")

    assert signalcli.ok("history", "--json").json["signal"] == "moon"


def test_imports_that_are_not_trusted_get_a_note(signalcli: SignalCli) -> None:
    (signalcli.directory / "handlers.py").write_text("open('ran', 'w')\ndef on_king(sender): ...\n")
    names = {"handlers.py:on_king": "weak", "a.b:c": "weak"}
    write(signalcli, session(signals={"king": {"receivers": names, "any": [*names]}}))

    result = signalcli.ok("import", "king.json")

    assert result.stderr.splitlines() == [
        "Replaced session 'default' by king.json.",
        *(
            f"{name} isn't trusted here, and won't run. To trust it: signalcli receivers trust {name}"
            for name in names
        ),
    ]
    assert not (signalcli.directory / "ran").exists()


def test_a_file_is_completed(signalcli: SignalCli) -> None:
    environment = {
        "_SIGNALCLI_COMPLETE": "bash_complete",
        "COMP_WORDS": "signalcli import k",
        "COMP_CWORD": "2",
    }

    assert signalcli(environment=environment).stdout.splitlines() == ["file,k"]


def test_an_import_that_was_trusted_and_is_gone_gets_a_note(signalcli: SignalCli) -> None:
    handlers = signalcli.directory / "handlers.py"
    handlers.write_text("def on_king(sender): ...\n")
    signalcli.ok("connect", "king", "handlers.py:on_king")
    write(signalcli, saved(signalcli))
    handlers.unlink()

    result = signalcli.ok("import", "king.json", "--session", "other")

    assert "handlers.py:on_king isn't trusted here, and won't run." in result.stderr
