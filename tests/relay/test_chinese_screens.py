"""What ``listen`` and ``relay`` show to a person who reads Chinese, as a whole."""

from __future__ import annotations

import re

import pytest

from tests.support.cli import SignalCli
from tests.support.listening import listening
from tests.support.nats_servers import NatsServer


def shown(signalcli: SignalCli, nats: NatsServer, line: str) -> str:
    """Return all that a command writes in Chinese, with words for the server, its version and processes."""
    result = signalcli(*line.split(), "--lang", "zh")
    text = (result.stdout + result.stderr).replace(nats.url, "SERVER")
    text = re.sub(r"NATS \d+\.\d+\.\d+", "NATS VERSION", text)
    return re.sub(r" +$", "", text, flags=re.MULTILINE)


@pytest.mark.slow
def test_the_state_of_the_server(relayed: SignalCli, nats: NatsServer) -> None:
    relayed("listen", "king", "--durable", "mail", "--timeout", "0")
    relayed.ok("send", "king", "--via", "--remote-only", "-q")

    assert (
        shown(relayed, nats, "relay status")
        == """\
服务器        SERVER，NATS VERSION
流            1 次发送、0.0 / 1,024 MiB、1 个副本
监听者        0
死信          0
╭──────────┬──────┬────────┬──────┬────────┬──────────╮
│ 持久名称 │ 信号 │ 运行中 │ 等待 │ 未确认 │ 重新投递 │
├──────────┼──────┼────────┼──────┼────────┼──────────┤
│ mail     │ king │      0 │    1 │      0 │        0 │
╰──────────┴──────┴────────┴──────┴────────┴──────────╯
"""
    )


@pytest.mark.slow
def test_a_listener_and_its_receipt(relayed: SignalCli, nats: NatsServer) -> None:
    with listening(relayed, "nobody*") as listener:
        listeners = shown(relayed, nats, "relay listeners")
        table = shown(relayed, nats, "send nobody-heard --via --remote-only --wait 20")
        number = listener.process.pid

    row = rf"│ \S+/{number} +│ nobody\* +│ \S.+ +│ – +│ \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d │"
    assert "│ 监听者" in listeners
    assert re.search(row, listeners), listeners
    assert re.search(r"│ 接收者 @ 监听者 +│ 状态 +│ 原因 +│", table)
    assert re.search(rf"│ \S+/{number} +│ ○ 没有接收者 │ 这里没有定义同名的信号 │", table), table


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("relay forget nix --yes", "错误：没有名为“nix”的持久监听者。查看全部：signalcli relay listeners\n"),
        ("relay dead show 9", "错误：没有 ID 为“9”的死信。查看全部：signalcli relay dead list\n"),
        ("relay dead drop", "错误：请按 id 选择死信，或用 --all 选择全部。\n"),
        ("relay use http://host", "错误：“http://host”不是 NATS 服务器的 URL：只支持 nats:// 和 tls://。\n"),
        ("listen --durable a/b", "错误：“a/b”不能用作持久监听者的名称：请使用 1 到 64 个字母、数字、“-”、“_”和“.”。\n"),
        ("send king :=[1] --via", "错误：无法中继此发送者：它必须是文本、数字、true 或 null，而实际是数组。\n"),
        ("listen king --timeout 0", "正在 SERVER 监听（king），交给PLACE。按 Ctrl-C 结束。\n超时：0 秒内没有消息到来。\n"),
    ],
)  # fmt: skip
def test_errors_and_notes(relayed: SignalCli, nats: NatsServer, line: str, text: str) -> None:
    found = re.sub("交给.+?。", "交给PLACE。", shown(relayed, nats, line))

    assert found == text
