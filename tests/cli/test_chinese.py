"""Help, errors, questions and notes of the command line in Chinese, as whole screens."""

from __future__ import annotations

import re

import pytest

from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.completion import ask

FIRST_SCREEN = """\
signalcli：Python 信号的练习场

把有名字的接收者连接到真正的 blinker 信号，发送信号，
看看哪些接收者被调用、哪些没有、为什么。

从这里开始：signalcli tour 2.1

学习             signalcli tour
教学             signalcli tour 2.4 --save lesson.html
调试 Flask 应用  signalcli --app MODULE doctor

常用命令：
  connect    把接收者连接到信号。
  send       发送信号，并显示调用了哪些接收者、为什么。
  explain    显示一次发送会做什么，但不调用任何接收者。
  inspect    显示信号的接收者，以及它们监听的发送者。
  receivers  列出可以连接的接收者，也可以添加自己的。
  history    显示会话过去的发送，最新的在最后。

所有命令：signalcli --help
指南：signalcli help
"""
HELP = """\
用法：signalcli disconnect [OPTIONS] SIGNAL RECEIVER

  断开接收者与信号的连接。

  不带 --sender 时，它的所有连接都结束。带上时，对 ANY 的连接保留，blinker 会
  为该发送者留下空桶：即使没有接收者监听，has_receivers_for 也返回 True。如果
  元信号的接收者抛出异常，退出状态为 1。

选项：
"""


def in_chinese(signalcli: SignalCli, *arguments: str) -> Result:
    return signalcli("--lang", "zh", *arguments)


def test_the_first_screen(signalcli: SignalCli) -> None:
    assert in_chinese(signalcli).stdout == FIRST_SCREEN


def test_the_help_of_a_command(signalcli: SignalCli) -> None:
    shown = in_chinese(signalcli, "disconnect", "--help").stdout

    assert shown.startswith(HELP)
    assert "\n通用选项：--session、--json、--quiet、" in shown
    assert "\n例子：\n  signalcli disconnect king animal\n" in shown
    assert in_chinese(signalcli, "help", "disconnect").stdout == shown


def test_help_in_json_is_english(signalcli: SignalCli) -> None:
    for words in ("help send", "help", "help options"):
        english = signalcli("--lang", "en", *words.split(), "--json").stdout

        assert in_chinese(signalcli, *words.split(), "--json").stdout == english


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("sned king", "没有名为“sned”的命令。您是不是想输入“send”？查看全部：signalcli --help"),
        ("define", "缺少参数“SIGNAL”。请试：signalcli define --help"),
        (
            "send king --on-error go",
            "“--on-error”的值无效：“go”不是以下之一：“stop”、“continue”。请试：signalcli send --help",
        ),
        (
            "send king a b",
            "一次发送只有一个发送者，不能同时是“a”和“b”。载荷写作 key=value，如：signalcli send king 大象 slogan=巡山",
        ),
        ("send king x=@none", "无法读取载荷的键“x”的文件“none”：没有此文件或目录。要发送文本本身，请输入：x:='\"@none\"'"),
        ("send king --every 1", "--every 和 --threads 用于多次发送。请加上其中之一：--count、--lines、--jsonl"),
        ("history a b", "`history` 只接受一个 SIGNAL；现在有：a、b。请试：signalcli history --help"),
        ("history --since soon", "“soon”不是时间。请写多久之前，如 90s、10m、2h 或 3d；或写 ISO 8601，如 2026-11-24 或 2026-11-24T08:30"),
        ("list --python x", "--python 用于应用。请写出应用：--app shop:app"),
        ("export svg", "“svg”是图片，而 export 输出文本。保存图片：signalcli graph --save signals.svg"),
    ],
)  # fmt: skip
def test_an_error_gives_the_next_step(signalcli: SignalCli, line: str, error: str) -> None:
    result = in_chinese(signalcli, *line.split())

    assert (result.status, result.stdout, result.stderr) == (2, "", f"错误：{error}\n")


def test_a_caret_is_below_the_place_in_json(signalcli: SignalCli) -> None:
    assert in_chinese(signalcli, "send", "king", "口号:=[1,").stderr == (
        "错误：“口号:=[1,”不是 JSON：这里应有一个值。如果是文本，请去掉冒号：口号=[1,\n"
        "  口号:=[1,\n"
        "           ^\n"
    )


def test_a_full_width_sign_is_named_beside_the_error(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal")

    note, error = in_chinese(signalcli, "send", "king", "狮子", "口号＝巡山").stderr.splitlines()

    assert note == "“口号＝巡山”是发送者，因为 ＝ 是文本。载荷写作：口号=巡山"
    assert error.startswith("错误：一次发送只有一个发送者")


def test_undo_and_redo(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal")

    undone = in_chinese(signalcli, "undo").stderr

    assert undone == "已撤销：signalcli connect king animal\n要重做：signalcli redo\n"


def test_lines_of_a_script(signalcli: SignalCli) -> None:
    result = in_chinese_script(signalcli, "define king\nshell\n")

    assert result.stderr.splitlines()[-2:] == [
        "错误：已经在 shell 里了。离开：exit",
        "错误：第 2 行的退出状态为 2，之后的行没有运行：shell",
    ]


def in_chinese_script(signalcli: SignalCli, script: str) -> Result:
    return signalcli("--lang", "zh", "shell", stdin=None, input=script.encode())


def test_a_shell_describes_its_completions(signalcli: SignalCli) -> None:
    answer = ask(signalcli, "zsh", "signalcli mu", SIGNALCLI_LANG="zh")

    assert answer.stdout == "plain\nmute\n使信号静音：发送不会到达任何接收者。\n"


def test_no_line_of_the_help_is_wider_than_the_terminal(signalcli: SignalCli) -> None:
    from signalcli.language.wrapping import columns

    for command in ("send", "trace run", "doctor"):
        result = signalcli(
            *command.split(), "--help", environment={"COLUMNS": "60", "SIGNALCLI_LANG": "zh"}
        )

        lines = result.stdout.split("\n例子")[0].splitlines()
        assert [line for line in lines if columns(line) > 60] == []
        assert not any(re.match("[，。、；：]", line.strip()) for line in lines)


def test_an_unknown_language_of_the_variable_is_an_error_that_names_it(
    signalcli: SignalCli,
) -> None:
    result = signalcli("list", environment={"SIGNALCLI_LANG": "xx"})

    assert result.status == 2
    assert result.stderr.startswith("Error: Invalid value for 'SIGNALCLI_LANG': 'xx'")
