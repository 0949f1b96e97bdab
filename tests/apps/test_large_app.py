"""What is shown of an application with many signals: its own first, and few lines for the rest."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.applications import SKIPS_OWN_SIGNALS
from tests.support.cli import SignalCli
from tests.support.discovering import Application
from tests.support.large_app import LIBRARIES, OWN, RECEIVERS, SIGNALS, write_large_app
from tests.support.terminal import on_terminal

pytestmark = [pytest.mark.slow, SKIPS_OWN_SIGNALS]

HEARD = [
    "shop.catalog/price-changed",
    "shop.catalog/stock-low",
    "shop.orders/cancelled",
    "shop.orders/paid",
    "shop.orders/placed",
    "shop.orders/shipped",
    "shop.users/registered",
    "accounts/accounts-event-3",
]
COUNTED = "85 signals of accounts and 3 more packages have no receivers: --all"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """``signalcli --app shop`` is the large application. No test changes it."""
    signalcli = SignalCli(tmp_path_factory.mktemp("large"))
    installed = write_large_app(signalcli.directory)
    signalcli.environment |= {"PYTHONPATH": str(installed), "SIGNALCLI_APP": "shop"}
    return signalcli


def listed(shop: SignalCli, *options: str) -> list[dict[str, Any]]:
    signals: list[dict[str, Any]] = shop.ok("list", *options, "--json").json["signals"]
    return signals


def names(signals: list[dict[str, Any]]) -> list[str]:
    return [signal["signal"] for signal in signals]


def rows(drawing: str) -> list[str]:
    """The first cell of each row of a table, below its heading."""
    return re.findall(r"^│ (\S+)", drawing, re.MULTILINE)[1:]


def test_json_has_every_signal_its_own_first(shop: SignalCli) -> None:
    signals = listed(shop)

    own = [signal["own"] for signal in signals]
    packages = {signal["package"] for signal in signals}
    assert (len(signals), sum(signal["receivers"] for signal in signals)) == (SIGNALS, RECEIVERS)
    assert own == [True] * (SIGNALS - sum(LIBRARIES.values())) + [False] * sum(LIBRARIES.values())
    assert packages == {None, *LIBRARIES}
    assert names(signals[: len(OWN["catalog"])]) == [
        f"shop.catalog/{name.replace('_', '-')}" for name in sorted(OWN["catalog"])
    ]


def test_receivers_are_named_in_full(shop: SignalCli) -> None:
    (placed,) = listed(shop, "placed")

    assert placed["receiver_names"] == [
        "shop.handlers.send_confirmation_email",
        "shop.handlers.update_dashboards",
        "shop.handlers.reserve_stock_of_every_item",
        "shop.audit.Audit.record",
    ]
    assert (placed["receivers"], placed["connections"]) == (4, 4)


def test_text_counts_what_no_one_listens_to_of_packages(shop: SignalCli) -> None:
    shown = shop.ok("list")

    *table, count = shown.stdout.splitlines()
    assert count == COUNTED
    assert (
        rows("\n".join(table)) == [n for n in names(listed(shop)) if "event" not in n] + HEARD[-1:]
    )
    assert shown.stderr == ""


@pytest.mark.parametrize("options", ["--all", "*event* *hook* orders/* catalog/* users/*"])
def test_all_and_patterns_show_each_signal(shop: SignalCli, options: str) -> None:
    shown = shop.ok("list", *options.split()).stdout

    assert rows(shown) == names(listed(shop, *options.split()))
    assert len(rows(shown)) == SIGNALS


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--heard", HEARD),
        ("--heard --mine", HEARD[:-1]),
        ("--heard --sort name", [HEARD[-1], *HEARD[:-1]]),
        ("--heard order* --sort receivers", ["placed", "paid", "shipped", "cancelled"]),
        ("orders/*ed --heard", ["cancelled", "placed", "shipped"]),
        ("stock_low accounts-event-3", ["shop.catalog/stock-low", "accounts/accounts-event-3"]),
        ("*hook-1", ["shop.legacy/hook-1"]),
    ],
)
def test_options_choose_and_sort(shop: SignalCli, options: str, expected: list[str]) -> None:
    found = names(listed(shop, *options.split()))

    assert found == [name if "/" in name else f"shop.orders/{name}" for name in expected]
    assert rows(shop.ok("list", *options.split()).stdout) == found


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            "ordrs*",
            "No signal that matches 'ordrs*' in {}. Did you mean 'orders*'? See all 146: {}",
        ),
        ("placd", "No signal 'placd' in {}. Did you mean 'placed'? See all 146: {}"),
        ("placed x*", "No signal that matches 'x*' in {}. See all 146: {}"),
    ],
)
def test_a_pattern_that_matches_nothing_is_an_error(
    shop: SignalCli, options: str, sentence: str
) -> None:
    refused = shop("list", *options.split())

    expected = sentence.format("application 'shop'", "signalcli --app shop list --all")
    assert (refused.status, refused.stdout) == (2, "")
    assert refused.stderr == f"Error: {expected}\n"


def test_an_empty_choice_has_a_note(shop: SignalCli) -> None:
    shown = shop.ok("list", "hook*", "--mine", "--heard")

    assert shown.stdout == ""
    assert shown.stderr == "No such signal in application 'shop' is its own and has receivers.\n"


@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_terminal_each_signal_takes_a_line(shop: SignalCli, columns: int) -> None:
    shown = on_terminal(shop, "list", "--heard", "--no-pager", columns=columns).text

    lines = re.sub(r"\x1b\[[\d;]*m", "", shown).splitlines()
    assert len(lines) == len(HEARD) + 4
    assert rows("\n".join(lines)) == HEARD
    cells = [re.split(" *│ *", line) for line in lines[3:-1]]
    assert [cell[3].strip() for cell in cells if cell[1] in HEARD[-4:]] == [
        "send_confirmation_email, 3 more",
        "send_confirmation_email, 1 more",
        "send_confirmation_email",
        "Audit.record",
    ]


def test_inspect_has_the_same_order_and_count(shop: SignalCli) -> None:
    shown = shop.ok("inspect").stdout

    headings = re.findall(r"^(\S+)  named", shown, re.MULTILINE)
    assert headings == rows(shop.ok("list").stdout)
    assert shown.splitlines()[-1] == COUNTED
    assert COUNTED not in shop.ok("inspect", "--all").stdout
    assert len(shop.ok("inspect", "--json").json["signals"]) == SIGNALS


def test_the_graph_leads_from_a_signal_to_the_one_that_it_sends(shop: SignalCli) -> None:
    tree = shop.ok("graph", "cancelled").stdout
    (signal,) = shop.ok("graph", "cancelled", "--json").json["signals"]
    dot = shop.ok("export", "dot").stdout

    (sender,) = signal["senders"]
    nodes = dict(re.findall(r'^ +(signal\d+) \[label="([^"]*)"', dot, re.MULTILINE))
    edges = [
        (nodes[one], nodes[other])
        for one, other in re.findall(r"^    (\w+) -> (\w+)", dot, re.MULTILINE)
    ]
    assert tree.splitlines()[-1] == (
        "    └── shop.orders/refunded.send  held weakly  → shop.orders/refunded"
    )
    assert [receiver["sends"] for receiver in sender["receivers"]] == ["shop.orders/refunded"]
    assert edges == [("shop.orders/cancelled", "shop.orders/refunded")]


def test_an_application_that_is_installed_has_signals_of_its_own(shop: SignalCli) -> None:
    signals = shop.ok("--app", "uploads", "list", "--mine", "--json").json["signals"]

    assert len(signals) == LIBRARIES["uploads"]


def test_what_has_only_packages_signals_shows_them(shop: SignalCli) -> None:
    shop.write("plain.py", "import uploads\n")

    shown = shop.ok("--app", "plain", "list").stdout

    assert len(rows(shown)) == LIBRARIES["uploads"]


PACKAGE = """\
from blinker import Namespace, Signal, signal

_signals = Namespace()
exported = Signal()
_signals.signal("only-in-the-namespace")
in_default = signal("in-default")

class Model:
    saved = Signal()

class Bus:
    def __init__(self):
        self.ready = Signal()

bus = Bus()
registry = {"of_registry": Signal()}
"""
APPLICATION = """\
from blinker import Signal, signal
from installed import exported as renamed

inline = signal("inline")
kept = [signal("sent-inline")]

class Order:
    placed = Signal()
"""


def test_a_signal_has_the_package_that_made_it(app: Application) -> None:
    """The module, class, namespace or instance that has it decides; an import of it doesn't."""
    installed = app.directory / "site-packages"
    installed.mkdir()
    (installed / "installed.py").write_text(PACKAGE, encoding="utf-8")
    path = f"import sys\nsys.path.insert(0, {str(installed)!r})\n"

    looked = app.look_at(f"{path}{APPLICATION}")

    assert {found["name"]: found["package"] for found in looked.found} == {
        "installed.exported": "installed",
        "installed/only-in-the-namespace": "installed",
        "in-default": "installed",
        "installed.Model.saved": "installed",
        "installed.bus.ready": "installed",
        "installed.registry['of_registry']": "installed",
        "inline": None,
        "sent-inline": None,
        "shop.Order.placed": None,
    }
