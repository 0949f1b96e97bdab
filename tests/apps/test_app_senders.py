"""The senders that an application's receivers listen to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.discovering import Application

SENDERS: list[tuple[str, Any]] = [
    ("'大象'", "大象"),
    ("'1'", "1"),
    ("1", 1),
    ("True", 1),
    ("-7", -7),
    ("10**12 + 8", 10**12 + 8),
    ("Kind.RED", "red"),
    ("Number.ONE", 1),
    ("None", None),
    ("Ellipsis", "Ellipsis"),
    ("User", "<class 'shop.User'>"),
    ("User()", "<shop.User object>"),
    ("Named()", "<Named '大象'>"),
    ("hear", "<function shop.hear>"),
    ("Named().hear", "<method shop.Named.hear>"),
    ("signal('king')", "<signal king>"),
    ("Signal()", "<signal shop.sender>"),
    ("__import__('json')", "<module 'json'>"),
    ("[1, 'a']", [1, "a"]),
    ("('a', [])", "('a', [])"),
    ("[Broken()]", "[<shop.Broken object>]"),
    ("Slots()", "<shop.Slots object>"),
    ("1.5", "unknown object"),
    ("Broken()", "<shop.Broken object>"),
    ("Importing()", "<shop.Importing object>"),
    ("Lazy()", "<Lazy 'sender'>"),
]


@pytest.mark.parametrize(("sender", "shown"), SENDERS, ids=[sender for sender, _ in SENDERS])
def test_senders_are_recovered(app: Application, sender: str, shown: object) -> None:
    looked = app.look_at(f"""
        from enum import Enum, IntEnum
        from blinker import Signal, signal

        SAID = []

        class Kind(str, Enum):
            RED = "red"
        class Number(IntEnum):
            ONE = 1
        class User: pass
        class Named:
            def __init__(self): self.name = "大象"
            def __repr__(self): SAID.append("repr")
            def hear(self): pass
        class Slots:
            __slots__ = ()
        class Broken:
            def __repr__(self): raise ValueError
        class Importing:
            def __repr__(self):
                import this
                return "never"
        class Lazy:
            def __getattr__(self, name): SAID.append(name)
            def __repr__(self): SAID.append("repr")
        def hear(sender): pass

        sender = {sender}
        events = signal("events")
        events.connect(hear, sender=sender)
    """)

    assert looked.senders("events") == [shown]
    row = looked.views["events"]["has_receivers_for"][1]
    assert (row["any"], row["sender"], row["result"]) == (False, shown, True)
    assert row["receivers_for"] == ["shop.hear"]
    assert looked.messages == []


def test_a_sender_that_is_gone_and_one_that_looks_alike(app: Application) -> None:
    looked = app.look_at("""
        from blinker import signal
        class User:
            def hear(self, sender): pass
        def hear(sender): pass
        events = signal("events")
        first, second = User(), User()
        for sender in (first, second, User(), second.hear):
            events.connect(hear, sender=sender)
        events._by_sender[(1, 2)].add(id(hear))
    """)

    assert looked.senders("events") == [
        "<shop.User object>",
        "<shop.User object> #2",
        "<method shop.User.hear>",
        "unknown object",
    ]


def test_what_only_says_that_it_is_a_method_is_reported_as_the_one_it_represents(
    app: Application,
) -> None:
    """As the bound methods of wrapt: blinker's weak reference to one can't be followed."""
    looked = app.look_at("""
        from blinker import signal

        class Bound:
            def __init__(self, method, wrapper): self.method = method
            def __getattr__(self, name): return getattr(self.method, name)
            __class__ = property(lambda self: type(self.method))
            def __call__(self, *given): return self.method(*given)

        class User:
            def hear(self, sender): pass

        user = User()
        bound = Bound(user.hear, None)
        events = signal("events")
        events.connect(bound)
        events.connect(user.hear, sender=bound)
    """)

    assert looked.receiver("events")["receiver"] == "shop.User.hear"
    assert looked.senders("events") == [None, "<method shop.User.hear>"]


def test_an_address_is_not_reported_as_a_number(app: Application) -> None:
    """Python tracks neither bytes nor what is near large ones, so that nothing tells of them."""
    looked = app.look_at("""
        from blinker import signal
        def hear(sender): pass
        events = signal("events")
        large = [bytes(size << 20) for size in range(8, 24)]
        for sender in (*large, 8, 1 << 31, 1 << 60, -8):
            events.connect(hear, sender=sender)
    """)

    unknown = ["unknown object", *(f"unknown object #{number}" for number in range(2, 17))]
    assert looked.senders("events") == [*unknown, 8, 1 << 31, 1 << 60, -8]


def test_the_reason_of_one_that_is_skipped_names_the_objects(app: Application) -> None:
    app.write(
        shop="""
            from blinker import signal

            class User:
                def __eq__(self, other): raise AssertionError
                __hash__ = __str__ = __eq__

                def __repr__(self): return "<User>"

            def hear(sender): pass

            events = signal("events")
            events.connect(hear, sender=User)
            events.connect(hear, sender="5")
        """
    )
    script = (
        "import shop\n"
        "from signalcli.apps.discovery.discover import discover\n"
        "from signalcli.apps.receiver_info import ApplicationReceivers\n"
        "from signalcli.sending.rows import Observer, plan_send\n"
        "from signalcli.signals.internals import LiveSignal\n"
        "receivers = ApplicationReceivers(discover())\n"
        "for sender in (5, shop.User(), shop.User):\n"
        "    plan = plan_send(Observer(receivers), LiveSignal('', shop.events, receivers), sender)\n"
        "    print(*(row.reason for row in plan.rows.values()))\n"
    )

    message = app.run(script)

    assert message.splitlines() == [
        "listens only to <class 'shop.User'>, the text \"5\", and this sender is the integer 5",
        "listens only to <class 'shop.User'>, \"5\"",
        "listens to <class 'shop.User'>",
    ]
