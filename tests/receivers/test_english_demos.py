"""Demo receivers that speak English, where that is asked for."""

from __future__ import annotations

import inspect
import re

import pytest

from signalcli.receivers import english_demos
from signalcli.receivers.demos import DEMOS, demo_named
from tests.support.cli import SessionWith, SignalCli

ENGLISH = {"SIGNALCLI_LANG": "en"}


@pytest.mark.parametrize("name", DEMOS)
def test_each_demo_receiver_has_an_english_one_of_the_same_parameters(name: str) -> None:
    chinese, other = DEMOS[name].function, getattr(english_demos, name)

    assert inspect.signature(other) == inspect.signature(chinese)
    assert inspect.iscoroutinefunction(other) == inspect.iscoroutinefunction(chinese)
    assert not re.search("[\u4e00-\u9fff]", inspect.getsource(other))


@pytest.mark.usefixtures("english")
def test_english_is_spoken_if_it_is_asked_for() -> None:
    failing = demo_named("failing")

    assert failing.raises == "Little Wind got lost in the mountains"
    assert failing.function is english_demos.failing
    assert demo_named("sleepy").sleeps == DEMOS["sleepy"].sleeps


@pytest.fixture
def king(session_with: SessionWith) -> SignalCli:
    return session_with("connect king animal strict failing")


@pytest.mark.parametrize("options", [["--lang", "en"], []])
def test_what_they_say_return_and_raise_is_english(king: SignalCli, options: list[str]) -> None:
    result = king(*options, "send", "king", "大象", "--json", environment=ENGLISH)
    animal, strict, failing = result.json["calls"]

    assert animal["output"] == (
        "Little Wind: an order from King 大象! The king is back, so I am off on patrol.\n"
    )
    assert animal["value"] == "Little Wind is on patrol"
    assert strict["value"] == "Old Wind nods"
    assert failing["error"]["message"] == "Little Wind got lost in the mountains"
    assert failing["error"]["where"].startswith("signalcli/receivers/english_demos.py:")


@pytest.mark.parametrize("environment", [{}, {"SIGNALCLI_LANG": "auto"}, {"LANG": "en_US.UTF-8"}])
def test_demo_receivers_speak_chinese_if_nothing_is_asked_for(
    king: SignalCli, environment: dict[str, str]
) -> None:
    calls = king("send", "king", "--json", environment=environment).json["calls"]

    assert calls[0]["value"] == "小钻风去巡山"


def test_the_session_is_the_same(king: SignalCli) -> None:
    before = king.session_path.read_bytes()

    king("connect", "king", "animal", environment=ENGLISH)

    assert king.session_path.read_bytes() == before


def test_an_export_does_what_is_explained(king: SignalCli) -> None:
    script = king("export", "python", environment=ENGLISH).stdout
    explained = king("explain", "king", "--json", environment=ENGLISH).json["calls"][2]

    assert "Little Wind" in script
    assert "钻风" not in script
    assert f'"{explained["error"]["message"]}"' in script


@pytest.mark.parametrize(
    "line",
    [
        "receivers",
        "receivers show animal",
        "inspect king",
        "why animal --signal king --sender 大象",
        "doctor",
    ],
)
def test_json_of_what_is_connected_is_the_same_in_every_language(
    king: SignalCli, line: str
) -> None:
    plain, *others = (
        king(*options, *line.split(), "--json").json
        for options in ([], ["--lang", "en"], ["--lang", "zh"])
    )

    assert others == [plain, plain]
