"""Write an application as large as real ones: 146 signals, of which few have receivers, and 143 receivers."""

from __future__ import annotations

from pathlib import Path

LIBRARIES = {"accounts": 32, "billing_gateway": 28, "search_index": 18, "uploads": 8}
"""The installed packages, and how many signals each has."""
OWN = {
    "orders": ("placed", "paid", "shipped", "cancelled", "refunded", "amended", "held", "archived"),
    "catalog": ("product_added", "product_removed", "price_changed", "stock_low", "reindexed"),
    "users": ("registered", "confirmed", "logged_in", "logged_out", "locked", "deleted", "merged"),
}
"""The signals of the application's own modules; the others are numbered."""
SIGNALS, RECEIVERS = 146, 143
IMPORT = "from blinker import Namespace"

HANDLERS = '''
"""What the shop does when something happened."""
from accounts import accounts_event_3
from shop import catalog, orders, users
from shop.audit import Audit

def send_confirmation_email(sender, **payload):
    """Write to the customer."""

def reserve_stock_of_every_item(sender, **payload): ...
def update_dashboards(sender, **payload): ...

audit = Audit()
for signal in (orders.placed, orders.paid, orders.shipped):
    signal.connect(send_confirmation_email)
    signal.connect(update_dashboards, sender=Audit)
orders.placed.connect(reserve_stock_of_every_item)
orders.placed.connect(audit.record)
orders.cancelled.connect(orders.refunded.send)
users.registered.connect(send_confirmation_email)
accounts_event_3.connect(audit.record)

def watch(number):
    def receiver(sender, **payload): ...
    return receiver

kept = [watch(number) for number in range(132)]
for number, receiver in enumerate(kept):
    (catalog.price_changed if number % 4 else catalog.stock_low).connect(receiver)
'''


def write_large_app(directory: Path) -> Path:
    """Write the package ``shop`` and the directory ``site-packages``, and return the latter."""
    installed = directory / "site-packages"
    for name, count in LIBRARIES.items():
        events = [
            f"{name}_event_{i} = _signals.signal('{_dashed(name)}-event-{i}')" for i in range(count)
        ]
        _write(installed / name / "__init__.py", IMPORT, "_signals = Namespace()", *events)
    left = SIGNALS - sum(LIBRARIES.values()) - sum(map(len, OWN.values()))
    for module, names in {**OWN, "legacy": tuple(f"hook_{i}" for i in range(left))}.items():
        lines = [f'{n} = signals.signal("{_dashed(n)}", doc="Sent when it is {n}.")' for n in names]
        _write(directory / "shop" / f"{module}.py", IMPORT, "signals = Namespace()", *lines)
    _write(
        directory / "shop" / "audit.py",
        "class Audit:\n    def record(self, sender, **payload): ...",
    )
    _write(directory / "shop" / "handlers.py", HANDLERS.rstrip())
    imports = [f"import {name}" for name in LIBRARIES]
    _write(directory / "shop" / "__init__.py", *imports, "from shop import handlers, legacy")
    return installed


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _write(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
