"""The Python of lessons in the user's language: what its receivers and its ``print`` calls write."""

from __future__ import annotations

_SENDER = "an order from {f'King {sender}' if sender else 'the king'}"
_ENGLISH = {
    "小钻风：有客到！": "Little Wind: We have visitors!",
    "小钻风去迎客": "Little Wind welcomes them",
    "微信：叮咚！有人敲门，洞主还没应声呢。": (
        "WeChat: Ding-dong! Someone is at the gate, and the master has not answered yet."
    ),
    "微信已提醒": "WeChat rang",
    "QQ：嘀嘀嘀！洞口来了一封新信。": "QQ: Beep beep beep! A new letter is at the cave.",
    "QQ 已提醒": "QQ rang",
    "老钻风：我只认人，不收东西。": "Old Wind: I know faces, and I take no parcels.",
    "老钻风点头": "Old Wind nods",
    "顺风耳：消息在路上，等等就到。": ("Sharp Ears: the news is on its way, it will be here soon."),
    "顺风耳听到了": "Sharp Ears heard it",
    "小钻风在山里迷了路": "Little Wind got lost in the mountains",
    "小钻风去巡山": "Little Wind is on patrol",
    "小钻风记住了": "Little Wind remembers",
    "大钻风记住了": "Big Wind remembers",
    "小钻风：": "Little Wind: ",
    "大钻风：": "Big Wind: ",
    "{sender or ''}大王有令": _SENDER,
    "{sender}大王有令": "an order from King {sender}",
    "大王有令": "an order from the king",
    "：slogan是{slogan}": ": slogan is {slogan}",
    "！大王回来了，我这就去巡山。": "! The king is back, so I am off on patrol.",
    "，我记住了！": ", and I will remember it!",
    "，我也记住了！": ", and I will remember it too!",
}
"""Replaced one after the other, so a text comes before one that is a part of it. The texts on the right are
those of :mod:`signalcli.receivers.english_demos`."""
_CHINESE = {'"alive"': '"仍存在"', '"gone"': '"消失"', '"not made yet"': '"还没有创建"'}


def in_english(code: str) -> str:
    """Return code whose receivers speak English. Senders and payload stay as users type them."""
    return _replaced(code, _ENGLISH)


def in_chinese(code: str) -> str:
    """Return code that prints Chinese."""
    return _replaced(code, _CHINESE)


def _replaced(code: str, texts: dict[str, str]) -> str:
    for text, other in texts.items():
        code = code.replace(text, other)
    return code
