"""Lines of text with wide characters."""

from __future__ import annotations

from signalcli.language.wrapping import columns, wrap


def test_chinese_breaks_between_characters() -> None:
    text = "把接收者连接到信号。新的信号会先定义，SENDER 是文字。"

    lines = wrap(text, 20)

    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert max(map(columns, lines)) <= 20
    assert not any(line.startswith(("，", "。")) for line in lines)


def test_words_stay_whole() -> None:
    assert wrap("signalcli help options 列出选项", 16) == ["signalcli help", "options 列出选项"]
