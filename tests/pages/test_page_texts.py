"""The texts of pages, in the user's language."""

from __future__ import annotations

import json
import re

from signalcli.language.phrases import choose_language
from signalcli.pages.page import asset
from signalcli.pages.page_texts import FRAME, SCRIPT, TRACE
from signalcli.pages.trace_page import SCRIPTS, trace_page
from signalcli.values.trace import Event, ProgramTrace


def test_every_text_is_in_the_catalog() -> None:
    scripts = "".join(map(asset, SCRIPTS))

    assert set(re.findall("{{(.+?)}}", asset("page.html"))) == set(FRAME)
    assert set(re.findall("{{(.+?)}}", asset("trace.html"))) == set(TRACE)
    assert set(re.findall(r'\bsay\("(.+?)"', scripts)) == set(SCRIPT)


def test_a_page_is_in_the_language_of_the_person() -> None:
    sent = Event("king", 0, "大象", (), False, (), 0.001)
    trace = ProgramTrace(("shop.py",), 3, (sent,), 0.05)
    choose_language("zh", {})
    page = trace_page([trace], "signalcli trace run shop.py")

    facts = re.findall("<li>(.*)</li>", page)
    [words] = re.findall('id="words">(.*)</script>', page)
    assert '<html lang="zh">' in page
    assert facts == ["状态 3", "50.0 ms", "1 次发送", "1 次无人接收"]
    assert "搜索 <input" in page
    assert 'data-to-dark="切换到深色"' in page
    assert json.loads(words)["{count} of {total} sends"] == "{total} 次发送中的 {count} 次"


def test_an_english_page_has_the_texts_of_its_files() -> None:
    page = trace_page([ProgramTrace(("shop.py",), 0, (), 0.05)], "signalcli trace run shop.py")

    assert '<html lang="en">' in page
    assert "{{" not in page
    assert "Search <input" in page
    assert 'id="words">{}</script>' in page
