"""``signalcli live``: what the screen shows, and what its keys do."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from signalcli.language.phrases import choose_language
from signalcli.live.commands import CommandRunner
from signalcli.live.screen import LiveApp, LiveOptions
from signalcli.live.sources import ProgramSource
from signalcli.live.views import EntryView
from signalcli.values.traces.edges import Edge, SignalEdges
from tests.support.cli import SignalCli
from tests.support.histories import documents, past
from tests.support.live import (
    SIZE,
    constant,
    live_program,
    live_session,
    screen_lines,
    until,
)
from tests.support.scenario import prepare

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("english")]

SNAPSHOTS = Path(__file__).parent / "snapshots"
Script = Callable[[Any], Awaitable[None]]


@pytest.fixture
def three_signals(signalcli: SignalCli, monkeypatch: pytest.MonkeyPatch) -> SignalCli:
    prepare(signalcli, "connect king animal animal_one --sender 大象; connect king echo --strong")
    prepare(signalcli, "connect zoo/queen failing; define quiet")
    for variable in ("HOME", "XDG_CONFIG_HOME"):
        if variable in signalcli.environment:
            monkeypatch.setenv(variable, signalcli.environment[variable])
    return signalcli


def play(app: Any, script: Script, size: tuple[int, int] = SIZE) -> Any:
    """Run the screen while a script presses keys."""

    async def playing() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await script(pilot)

    asyncio.run(playing())
    return app


def shows(pilot: Any, text: str) -> Callable[[], bool]:
    return lambda: any(text in line for line in screen_lines(pilot.app))


def check_snapshot(name: str, app: Any) -> None:
    """Compare the screen with the file of a snapshot; write it if SNAPSHOTS=1."""
    shown = "\n".join(map(constant, screen_lines(app))) + "\n"
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, "utf-8")
    assert shown == path.read_text("utf-8")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("columns", [80, 120])
def test_the_screen_looks_as_it_did(three_signals: SignalCli, language: str, columns: int) -> None:
    choose_language(language, {})
    app = live_session(three_signals)

    async def script(pilot: Any) -> None:
        three_signals.ok("send", "king", "大象", "count:=3")
        three_signals("send", "zoo/queen")
        three_signals.ok("mute", "quiet")
        await until(pilot, lambda: app.model.changes == 1)
        await until(pilot, lambda: not app.model._marks)
        app.model.add("")
        await pilot.pause(0.2)
        check_snapshot(f"session-{language}-{columns}", app)

    play(app, script, (columns, 24))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("columns", [40, 60, 80])
def test_all_keys_are_named_on_a_screen_of_any_width(
    three_signals: SignalCli, language: str, columns: int
) -> None:
    choose_language(language, {})
    app = live_session(three_signals)

    async def script(pilot: Any) -> None:
        words = {
            "en": "Quit Filter Send again Mute Connect Disconnect Undo",
            "zh": "退出 筛选 重放 撤销",
        }
        for word in words[language].split():
            await until(pilot, shows(pilot, word))

    play(app, script, (columns, 24))


def test_a_send_makes_its_edges_thick_for_a_moment(three_signals: SignalCli) -> None:
    app = live_session(three_signals)
    seen: list[str] = []

    async def script(pilot: Any) -> None:
        three_signals.ok("send", "king", "大象")
        await until(pilot, shows(pilot, "━━▶"))
        seen.extend(screen_lines(app))
        await until(pilot, lambda: not shows(pilot, "━━▶")())

    play(app, script)

    assert [line.strip() for line in seen if "━━▶" in line] == [
        "ANY  ━━▶ echo ●",
        "大象 ━━▶ animal ●",
        "大象 ━━▶ animal_one ●",
    ]
    assert "   ● king  1 send" in {f"  {line}" for line in seen}


def test_an_edge_shows_that_its_receiver_raised(three_signals: SignalCli) -> None:
    app = live_session(three_signals)

    async def script(pilot: Any) -> None:
        three_signals("send", "zoo/queen")
        await until(pilot, shows(pilot, "ANY ━━▶ failing ✗"))

    play(app, script)


def test_another_process_changes_the_graph(three_signals: SignalCli) -> None:
    app = live_session(three_signals)

    async def script(pilot: Any) -> None:
        prepare(three_signals, "connect lion animal; mute king")
        await until(pilot, shows(pilot, "muted king"))
        await until(pilot, shows(pilot, "king  muted"))
        assert shows(pilot, "lion")()
        prepare(three_signals, "undo; remove lion")
        await until(pilot, lambda: not shows(pilot, "king  muted")())

    play(app, script)


def test_an_entry_opens_to_its_table(three_signals: SignalCli) -> None:
    three_signals.ok("send", "king", "大象")
    app = live_session(three_signals)

    async def script(pilot: Any) -> None:
        await until(pilot, shows(pilot, "→  ● echo"))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "listens to 大象"))
        assert shows(pilot, "Esc closes")()
        await pilot.press("escape")
        await until(pilot, lambda: not shows(pilot, "listens to 大象")())

    play(app, script)


def test_keys_send_again_mute_connect_and_undo(three_signals: SignalCli) -> None:
    three_signals.ok("send", "king", "大象")
    app = live_session(three_signals)

    async def script(pilot: Any) -> None:
        await pilot.press("r")
        await until(pilot, lambda: app.model.sends["king"] == 1)
        await pilot.press("m")
        await until(pilot, shows(pilot, "king  muted"))
        await pilot.press("u")
        await until(pilot, lambda: not shows(pilot, "king  muted")())
        await pilot.press("end", "c")
        await pilot.press(*"greeter", "enter")
        await until(pilot, shows(pilot, "greeter"))
        await pilot.press("s")
        await pilot.press(*"x", "enter")
        await until(pilot, lambda: app.model.sends["king"] == 2)

    three_signals.ok("receivers", "add", "greeter", "--says", "hi")
    play(app, script)

    entries = past(three_signals)
    assert [entry["sender"] for entry in entries] == ["大象", "大象", "x"]
    assert entries[1]["replay_of"] == entries[0]["id"]


def test_what_is_wrong_with_a_command_is_shown(three_signals: SignalCli) -> None:
    app = live_session(three_signals)

    async def script(pilot: Any) -> None:
        await pilot.press("tab", "c")
        await pilot.press(*"anima", "enter")
        await until(pilot, shows(pilot, "Did you mean 'animal'?"))
        await pilot.press("s", "ctrl+u")
        await pilot.press(*"reset", "enter")
        await until(pilot, shows(pilot, "'reset' can't be run here."))
        await pilot.press("r")
        await until(pilot, shows(pilot, "Nothing was sent yet."))

    play(app, script)


def test_a_filter_leaves_out_signals_and_entries(three_signals: SignalCli) -> None:
    prepare(three_signals, "send king 大象; send king 狮子")
    app = live_session(three_signals)

    async def script(pilot: Any) -> None:
        await pilot.press("slash", *"animal", "enter")
        await until(pilot, shows(pilot, "filter: animal"))
        assert not shows(pilot, "queen")()
        assert not shows(pilot, "──▶ echo")()
        assert shows(pilot, "┄┄▶ animal_one")()
        await pilot.press("escape")
        await until(pilot, shows(pilot, "queen"))

    play(app, script)


def test_a_filter_finds_what_is_shown_in_chinese(three_signals: SignalCli) -> None:
    choose_language("zh", {})
    prepare(three_signals, "send king 大象; send quiet")
    app = live_session(three_signals)

    async def script(pilot: Any) -> None:
        await until(pilot, shows(pilot, "会话“"))
        await until(pilot, shows(pilot, "zoo/queen"))
        app._set_filter("没有接收者")
        await until(pilot, shows(pilot, "quiet"))
        assert not shows(pilot, "queen")()
        assert len(app.model.shown) == 1
        app._set_filter("nothing of this")
        await until(
            pilot, lambda: sum("没有匹配过滤条件的内容" in line for line in screen_lines(app)) == 2
        )

    play(app, script)


def test_the_error_of_a_send_is_shown_before_its_notes(three_signals: SignalCli) -> None:
    runner = CommandRunner([f"--session={three_signals.session_path}"])

    assert runner.run("send kong 口号＝巡山").sentence.startswith("Error: No signal 'kong'")


def test_a_signal_is_shown_alone(three_signals: SignalCli) -> None:
    app = live_session(three_signals, signal="king")

    async def script(pilot: Any) -> None:
        three_signals("send", "zoo/queen")
        three_signals.ok("send", "king")
        await until(pilot, shows(pilot, "king ← None"))
        assert not shows(pilot, "queen")()

    play(app, script)


def test_a_screen_to_read_only_has_no_keys_that_change(three_signals: SignalCli) -> None:
    three_signals.ok("send", "king")
    app = live_session(three_signals, runner=None)

    async def script(pilot: Any) -> None:
        await pilot.press("m", "r", "c", "s", "u")
        await pilot.pause(0.3)
        assert screen_lines(app)[-1].split() == ["q", "Quit", "/", "Filter"]

    play(app, script)
    assert json.loads(three_signals.ok("list", "--json").stdout)["signals"][0]["muted"] is False


def test_the_mouse_selects_and_opens(three_signals: SignalCli) -> None:
    prepare(three_signals, "send king 大象; send king 狮子; send king 老虎")
    app = live_session(three_signals)

    async def script(pilot: Any) -> None:
        await until(pilot, shows(pilot, "老虎"))
        row = next(n for n, line in enumerate(screen_lines(app)) if "狮子" in line)
        await pilot.click(offset=(5, row))
        await pilot.pause(0.2)
        assert app.entries.cursor == 1
        await pilot.click(offset=(5, row))
        await until(pilot, shows(pilot, "Esc closes"))
        assert shows(pilot, "king ← 狮子")()

    play(app, script)


@pytest.mark.parametrize("size", [(80, 24), (40, 10), (200, 60), (20, 6)], ids=str)
def test_any_size_of_a_terminal_is_drawn(three_signals: SignalCli, size: tuple[int, int]) -> None:
    app = live_session(three_signals)

    async def script(pilot: Any) -> None:
        three_signals.ok("send", "king", "大象")
        await until(pilot, lambda: app.model.sends["king"] == 1)
        await pilot.resize_terminal(*size)
        await pilot.pause(0.3)
        lines = screen_lines(app)
        assert len(lines) == size[1]
        assert any("king" in line for line in lines)

    play(app, script)


def test_markup_and_control_characters_are_shown_literally(three_signals: SignalCli) -> None:
    app = live_session(three_signals)

    async def script(pilot: Any) -> None:
        three_signals.ok("connect", "[red]x[/red]", "animal", "--sender", "[bold]\x1b[2J")
        three_signals.ok("send", "[red]x[/red]", "[bold]\x1b[2J")
        await until(pilot, shows(pilot, '[red]x[/red] ← "[bold]\\u001b[2J"'))
        await until(pilot, shows(pilot, '"[bold]\\u001b[2J" ━━▶ animal'))

    play(app, script)


def test_thousands_of_sends_are_counted_and_drawn_by_frames(
    three_signals: SignalCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = live_session(three_signals)
    line = three_signals.session_path.with_name("default.history.jsonl")
    three_signals.ok("send", "king", "大象")
    entry = re.sub(rb'"id": "\w+"', b'"id": "0"', line.read_bytes().splitlines(keepends=True)[-1])
    drawn: list[int] = []
    draw = EntryView.render

    def counted_draw(view: EntryView) -> Any:
        drawn.append(1)
        return draw(view)

    def write() -> None:
        with open(line, "ab") as journal:
            for _ in range(300):
                journal.write(entry * 40)
                journal.flush()

    monkeypatch.setattr(EntryView, "render", counted_draw)

    async def script(pilot: Any) -> None:
        await asyncio.to_thread(write)
        await until(pilot, lambda: app.model.sends["king"] == 12_000)

    play(app, script)

    assert len(app.model.shown) == 10_000
    assert 0 < len(drawn) < 3_000


def test_an_application_is_shown_and_sent_to(
    signalcli: SignalCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    signalcli.write(
        "shop.py",
        dedent("""
        from blinker import signal
        def animal(sender): return "patrol"
        signal("king").connect(animal)
        """),
    )
    monkeypatch.chdir(signalcli.directory)
    edges = SignalEdges("king", False, ((Edge("king", "ANY", "shop.animal"), True),))
    runner = CommandRunner(["--app=shop"], app=True)
    app = LiveApp(ProgramSource("shop", None, (edges,)), LiveOptions(runner=runner))

    async def script(pilot: Any) -> None:
        await until(pilot, shows(pilot, "ANY ┄┄▶ shop.animal"))
        assert not shows(pilot, "m Mute")()
        await pilot.press("tab", "s")
        await pilot.press(*"x", "enter")
        await until(pilot, shows(pilot, "--yes"))
        await pilot.press("s")
        await pilot.press(*"x --yes", "enter")
        await until(pilot, shows(pilot, "king ← x"))
        await pilot.press("r")
        await until(pilot, lambda: app.model.sends["king"] == 2)

    play(app, script)


def test_a_session_that_becomes_unreadable_is_a_sentence(three_signals: SignalCli) -> None:
    app = live_session(three_signals)
    whole = three_signals.session_path.read_bytes()

    async def script(pilot: Any) -> None:
        await until(pilot, shows(pilot, "queen"))
        three_signals.session_path.write_bytes(b"{")
        await until(pilot, shows(pilot, "The file of session 'default'"))
        assert shows(pilot, "queen")()
        three_signals.session_path.write_bytes(whole.replace(b"queen", b"lion"))
        await until(pilot, shows(pilot, "zoo/lion"))

    play(app, script)


def test_a_program_is_shown_from_its_lines(signalcli: SignalCli, tmp_path: Path) -> None:
    signalcli.write(
        "shop.py",
        dedent("""
        from blinker import signal
        king, queen = signal("king"), signal("queen")
        def animal(sender): queen.send("animal")
        def lion(sender): raise ValueError("no")
        king.connect(animal)
        king.connect(lion, sender="x")
        queen.connect(print)
        king.send("大象")
        try:
            king.send("x")
        except ValueError:
            pass
        king.disconnect(lion)
        """),
    )
    traced = signalcli("trace", "run", "--live=json", "shop.py")
    lines = documents(traced.stdout)
    (tmp_path / "lines").write_text(traced.stdout + "{}\n", "utf-8")
    app = live_program(tmp_path / "lines")

    async def script(pilot: Any) -> None:
        await until(pilot, shows(pilot, "The trace is complete."))
        await until(pilot, shows(pilot, "is no send and no change"))
        assert shows(pilot, "ANY ━━▶ builtins.print ●")() or app.model.sends["queen"] == 2
        assert not shows(pilot, "▶ __main__.lion")()
        await pilot.press("up", "up", "up", "enter")
        await until(pilot, shows(pilot, "ValueError: no"))

    play(app, script)

    assert [next(iter(sorted(set(one) & {"events", "change", "counts"}))) for one in lines] == [
        *["change"] * 3, *["events"] * 2, "change", "counts"
    ]  # fmt: skip
    assert traced.status == 0
    assert app.model.sends == {"king": 2, "queen": 2}
