"""What ``doctor`` and ``why`` show, and errors about applications, to a person who reads Chinese."""

from __future__ import annotations

import re
import shlex

import pytest

from signalcli.apps.hosting.codec import from_line, to_line
from signalcli.doctor.examine import explained_rules
from signalcli.language.phrases import Phrase, choose_language, counted, joined, localized, phrase
from tests.support.cli import SignalCli

SHOP = """\
import time
from blinker import signal
from flask import Flask

app = Flask("shop")
ordered, paid = signal("ordered"), signal("paid")

@ordered.connect
def ship(sender, item=None, **extra): ...

@ordered.connect_via("shop")
def mail(sender, **extra): ...

@paid.connect
def count(sender): ...

@app.post("/order")
def order():
    ordered.send(app, item="tea")
    return "ok"

@app.post("/pay")
def pay():
    try:
        paid.send(app, amount=3)
    except TypeError:
        return "no", 402
    return "ok"

@app.get("/slow")
def slow():
    time.sleep(60)

def create_app(name): ...

def leave(): raise SystemExit(3)
"""


@pytest.fixture
def shop(signalcli: SignalCli) -> SignalCli:
    signalcli.write("shop.py", SHOP)
    return signalcli


def shown(signalcli: SignalCli, line: str, **environment: str) -> str:
    """Return all that a command writes in Chinese, without spaces at the ends of lines."""
    words = shlex.split(line)
    result = signalcli("--lang", "zh", *words, environment=environment)
    written = result.stdout + result.stderr
    return re.sub(" +$", "", written.replace(str(signalcli.directory), "HERE"), flags=re.MULTILINE)


def test_the_findings_of_an_application(shop: SignalCli) -> None:
    assert (
        shown(shop, "--app shop:app doctor --request 'POST /order' --request 'POST /pay'")
        == """\
shop.py:14: 错误: payload-not-taken: shop.count 不接受 paid 的载荷：TypeError: count() got an unexpected \
keyword argument 'amount'。请把它声明为 def receiver(sender, /, **payload)，其他形参都给出默认值。
shop.py:11: 警告: sender-never-sent: shop.mail 只监听 shop，但 ordered 从未由它发送：唯一一次发送来自 \
<Flask 'shop'>。请由该发送者发送信号，或把接收者连接到会发送它的发送者。
POST /pay 的响应状态是 402。
已检查 23 条规则，依据 2 个请求，发现 1 个错误和 1 个警告。查看规则说明：\
signalcli --app shop:app doctor --explain payload-not-taken
"""
    )


def test_the_steps_of_an_answer(shop: SignalCli) -> None:
    assert (
        shown(shop, "--app shop:app why mail --request 'POST /order'")
        == """\
shop.mail 没有被调用
✓ 已定义             shop.py:11
✓ 已导入             shop
✓ 已连接             连接到 ordered，发送者 shop，强引用，位于 shop.py:11
✓ 仍存在             由信号保存
✓ 信号已发送         ordered 发送了 1 次，来自 <Flask 'shop'>
✗ 过滤条件匹配       它只监听 shop；而发送者是 <Flask 'shop'>
解决办法：请由它监听的发送者发送 ordered，或把它连接到实际的发送者。
下一步：signalcli --app shop:app inspect ordered
"""
    )


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("--app nix list", "错误：HERE 和已安装的模块中都没有“nix”。可用的有：shop。例如：--app shop"),
        ("--app shop:ap list", "错误：“shop”中没有“ap”。您是不是想输入 --app shop:app？\n"),
        ("--app shop:app( list", "错误：“app(”既不是对象的名字，也不是带参数的工厂函数。例如：--app 'shop:create_app(\"test\", debug=True)'\n"),
        ("--app shop:create_app list", "错误：工厂函数“shop:create_app”不能不带参数调用：create_app() missing 1 required positional argument: 'name'。请输入它的参数，并为 shell 加上引号：--app 'shop:create_app(\"…\")' 也可以不调用它：--no-factory\n"),
        ("--app shop:app explain ordered --muted", "错误：explain 不能使用 --muted，因为它会改变应用“shop:app”。请去掉它。\n"),
        ("trace run nix.py", "错误：没有名为“nix.py”的程序。请指明一个文件或模块：signalcli trace run -m nix.py\n"),
        ("trace show shop.py", "错误：文件“shop.py”不是追踪。请保存一个："),
        ("doctor --explain nix", "错误：没有名为“nix”的规则。可用的有：dead-receiver、"),
        ("--app shop:app why nix", "错误：没有名为“nix”的接收者。"),
    ],
)  # fmt: skip
def test_errors_about_applications(shop: SignalCli, line: str, text: str) -> None:
    assert text in shown(shop, line)


@pytest.mark.slow
def test_code_that_ends_or_never_ends(shop: SignalCli) -> None:
    slow = shown(shop, "--app shop:app trace request GET /slow", SIGNALCLI_APP_TIMEOUT="1")
    ended = shown(shop, "--app shop:leave list")

    assert (
        "错误：请求“GET /slow”在 1 秒内没有返回" not in slow
        and "错误：请求“GET /slow”在 1 秒内没有得到响应：它可能在 shop.py:32 等待什么，或者它的响应没有结尾。"
        "请给它更多时间：SIGNALCLI_APP_TIMEOUT=2\n"
        in slow
    )
    assert "错误：工厂函数“shop:leave”在被调用时以状态 3 退出了，位置是 shop.py:36。" in ended


def test_every_rule_is_explained() -> None:
    choose_language("zh", {})
    texts = [
        localized(text) for rule in explained_rules() for text in (rule.what, rule.why, rule.remedy)
    ]

    assert all(re.search("[\u4e00-\u9fff].*。$", text) for text in texts)


@pytest.mark.parametrize(
    "text",
    [
        phrase("a JSON object {…}"),
        phrase("No receivers in {place}.", place=phrase("application '{name}'", name="shop")),
        counted("{n} send", "{n} sends", 2),
        joined([phrase("receiver"), "king"]),
    ],
)
def test_a_text_of_an_applications_process_stays_a_phrase(text: Phrase) -> None:
    _, (read,) = from_line(to_line("error", (text,)))

    assert read == text
    assert type(read) is type(text)
    assert (read.template, read.plural, read.arguments) == (
        text.template,
        text.plural,
        text.arguments,
    )
