"""Lines of text with wide characters."""

from __future__ import annotations

from signalcli.language.wrapping import columns, units, wrap


def test_chinese_breaks_between_characters() -> None:
    text = "把接收者连接到信号。新的信号会先定义，SENDER 是文字。"

    lines = wrap(text, 20)

    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert max(map(columns, lines)) <= 20
    assert not any(line.startswith(("，", "。")) for line in lines)


def test_a_default_stays_in_one_piece() -> None:
    text = "发送失败时停下还是继续。 [默认：stop]"

    for width in range(16, 40):
        lines = wrap(text, width)
        assert any("[默认：stop]" in line for line in lines)
        assert max(map(columns, lines)) <= width


def test_no_line_begins_with_a_closing_bracket() -> None:
    text = "查看应用 (只看应用)，详见列表 [甲] 以及其余。"

    for width in range(12, 40):
        assert not any(line.startswith((")", "]", "，")) for line in wrap(text, width))


def test_words_stay_whole() -> None:
    assert wrap("signalcli help options 列出选项", 16) == ["signalcli help", "options 列出选项"]


def test_units_leave_nothing_out() -> None:
    text = "（ 去“ 巡山（（ [甲 乙] “"

    assert "".join(units(text)) == text
