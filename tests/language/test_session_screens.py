"""What commands on a session show in Chinese."""

from __future__ import annotations

import re

import pytest

from tests.support.cli import SessionWith, SignalCli

IN_CHINESE = {"SIGNALCLI_LANG": "zh", "COLUMNS": "80"}

SCREENS = {
    "send king 狮子": """\
小钻风：狮子大王有令！大王回来了，我这就去巡山。
king ← 狮子
╭─────────────────┬──────────┬──────────────┬──────────────┬───────────╮
│ 接收者 receiver │ 状态     │ 原因         │ 结果         │      时间 │
├─────────────────┼──────────┼──────────────┼──────────────┼───────────┤
│ animal          │ ● 已返回 │ 监听：ANY    │ 小钻风去巡山 │  0.000 ms │
│ failing         │ ○ 跳过   │ 只监听：大象 │              │           │
╰─────────────────┴──────────┴──────────────┴──────────────┴───────────╯
1 个已返回，1 个跳过。
""",
    "explain king 大象": """\
king ← 大象
╭─────────────────┬──────────────┬──────────────────────┬──────────────────────╮
│ 接收者 receiver │ 状态         │ 原因                 │ 结果                 │
├─────────────────┼──────────────┼──────────────────────┼──────────────────────┤
│ animal          │ ● 会调用     │ 监听：ANY            │                      │
│ failing         │ ✗ 会抛出异常 │ 监听：大象；它每次被 │ RuntimeError:        │
│                 │              │ 调用都会抛出异常     │ 小钻风在山里迷了路   │
│                 │              │                      │ signalcli/receivers/ │
│                 │              │                      │ demos.py             │
╰─────────────────┴──────────────┴──────────────────────┴──────────────────────╯
1 个会调用，1 个会抛出异常。异常会结束 blinker 的 send：调用者得不到任何结果。
""",
    "inspect queue": """\
queue  命名信号
它没有接收者。
╭───────────────────┬───────┬────────────────────╮
│ has_receivers_for │ 回答  │ receivers_for 给出 │
├───────────────────┼───────┼────────────────────┤
│ ANY               │ False │ –                  │
╰───────────────────┴───────┴────────────────────╯
""",
    "inspect king --sender animal": """\
king  命名信号
╭──────────────────────────────────┬──────┬────────┬──────┬────────────────────╮
│ 接收者 receiver                  │ 监听 │ 引用   │ 类型 │ 作用               │
├──────────────────────────────────┼──────┼────────┼──────┼────────────────────┤
│ animal                           │ ANY  │ 弱引用 │ 同步 │ 小钻风听说大王回来 │
│ signalcli/receivers/demos.py     │      │        │      │ 了，前去巡山。     │
│ failing                          │ 大象 │ 弱引用 │ 同步 │ 无论收到什么都抛出 │
│ signalcli/receivers/demos.py     │      │        │      │ 异常。             │
╰──────────────────────────────────┴──────┴────────┴──────┴────────────────────╯
╭───────────────────┬──────┬────────────────────┬──────────────────────────────╮
│ has_receivers_for │ 回答 │ receivers_for 给出 │ 注意                         │
├───────────────────┼──────┼────────────────────┼──────────────────────────────┤
│ ANY               │ True │ animal             │                              │
│ 大象              │ True │ animal、failing    │                              │
│ animal            │ True │ animal             │ 问的是名为 animal 的发送者， │
│                   │      │                    │ 而不是接收者                 │
╰───────────────────┴──────┴────────────────────┴──────────────────────────────╯
""",
    "drop animal": """\
╭─────────────┬──────┬────────┬──────────╮
│ 信号 signal │ 监听 │ 引用   │ 丢弃之后 │
├─────────────┼──────┼────────┼──────────┤
│ king        │ ANY  │ 弱引用 │ 消失     │
╰─────────────┴──────┴────────┴──────────╯
""",
}


@pytest.fixture
def king_and_queue(session_with: SessionWith) -> SignalCli:
    return session_with("connect king animal; connect king failing --sender 大象; define queue")


def plain(screen: str) -> str:
    """Return a screen without what differs from run to run: durations and line numbers."""
    without = re.sub(r"\d\.\d{3} ms", "0.000 ms", screen)
    return re.sub(r"demos\.py(:\d+)", lambda found: "demos.py" + " " * len(found[1]), without)


@pytest.mark.parametrize("line", SCREENS)
def test_the_screen_is_exactly_this(king_and_queue: SignalCli, line: str) -> None:
    shown = king_and_queue(*line.split(), environment=IN_CHINESE).stdout

    assert plain(shown) == SCREENS[line]


NOTES = {
    "connect king animal --sender 大鹏 --strong": """\
animal 监听 king，发送者：大鹏。
king 现在强引用 animal：以最后一次连接为准。
""",
    "connect night wechat": "已定义 night。\nwechat 监听 night，发送者：ANY（任意）。\n",
    "disconnect king failing --sender 狮子": (
        "failing 没有连接到 king，发送者：狮子。它留下了一个空桶：狮子。\n"
    ),
    "mute king": "king 已静音。\n",
    "define king": "king 已定义：没有改变。\n",
    "send kin": (
        "错误：会话“default”中没有名为“kin”的信号。您是不是想输入“king”？查看全部：signalcli list\n"
    ),
    "receivers add mine --says 大王 --sleeps 0.5": (
        '已添加 mine：休眠 0.5 秒，说 "大王"，返回 null。\n'
    ),
    "replay nosuch": "错误：没有 ID 为“nosuch”的过去的发送。查看全部：signalcli history\n",
}


@pytest.mark.parametrize("line", NOTES)
def test_the_note_is_exactly_this(king_and_queue: SignalCli, line: str) -> None:
    assert king_and_queue(*line.split(), environment=IN_CHINESE).stderr == NOTES[line]


def test_a_past_send_is_shown_in_chinese(king_and_queue: SignalCli) -> None:
    king_and_queue("send", "king", "狮子")

    shown = king_and_queue("history", "show", "last", environment=IN_CHINESE).stdout

    assert "○ 跳过" in shown
    assert "只监听：大象" in shown
    assert "1 个已返回，1 个跳过。" in shown


@pytest.mark.parametrize(
    "line",
    [
        "send king 狮子",
        "explain king 大象",
        "inspect king --sender animal",
        "define king",
        "receivers",
        "history",
        "drop animal",
    ],
)
def test_the_json_is_the_same_in_any_language(king_and_queue: SignalCli, line: str) -> None:
    seconds, ids = r'"seconds": [\d.e-]+', r'"(id|time)": "[^"]*"'

    def document(language: str) -> str:
        king_and_queue("reset", "--yes")
        king_and_queue("connect", "king", "animal")
        shown = king_and_queue(
            *line.split(), "--json", environment={"SIGNALCLI_LANG": language}
        ).stdout
        return re.sub(ids, "", re.sub(seconds, "", shown))

    assert document("zh") == document("auto")
