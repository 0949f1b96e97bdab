"""Discovery finds every live signal and changes nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import blinker
import pytest

from tests.support.discovering import Application


def vendored(app: Application, *place: str) -> None:
    """Bring a copy of blinker along."""
    assert blinker.__file__ is not None
    shutil.copytree(Path(blinker.__file__).parent, app.directory.joinpath(*place))


EVERYWHERE = """
    from blinker import ANY, NamedSignal, Namespace, Signal, signal

    # Named, in namespaces and in none.
    king = signal("king")
    zoo = Namespace()
    zoo.signal("elephant")
    of_none = NamedSignal("of-none")

    # Anonymous: of modules, classes, instances, containers, functions.
    saved = Signal("A doc.")

    class User:
        created = Signal()

        class Meta:
            seen = Signal()

    class Bus:
        def __init__(self):
            self.ready = Signal()

    class Slotted:
        __slots__ = ("ready",)

        def __init__(self):
            self.ready = Signal()

    bus, slotted = Bus(), Slotted()
    registry = {"saved": Signal(), "many": [Signal(), (Signal(), {Signal()})]}

    def closing():
        local = Signal()
        return lambda sender: local

    closed = closing()

    def suspended():
        held = Signal()
        yield held

    waiting = suspended()
    next(waiting)

    def defaulted(sender, hidden=Signal()):
        pass

    defaulted.attribute = Signal()

    # Subclasses.
    class Slots(Signal):
        __slots__ = ("more",)

    class Extra(Signal):
        set_class = type("OwnSet", (set,), {})

        def __init__(self):
            super().__init__()
            self.child = Signal()
            self.name = "extra"

    slots, extra = Slots(), Extra()

    # Held by nothing but another signal, and meta signals.
    king.connect(Signal().send, weak=False)
    king.receiver_connected.connect(defaulted)
    king.receiver_connected.receiver_disconnected
"""


def test_every_signal_is_found_and_nothing_changes(app: Application) -> None:
    looked = app.look_at(EVERYWHERE)

    assert looked.names == [
        "anonymous#1",
        "anonymous#2",
        "anonymous#3",
        "anonymous#4",
        "king",
        "shop.User.Meta.seen",
        "shop.User.created",
        "shop.bus.ready",
        "shop.closing.<locals>.local",
        "shop.defaulted.attribute",
        "shop.extra",
        "shop.extra.child",
        "shop.of_none",
        "shop.registry['many'][0]",
        "shop.registry['many'][1][0]",
        "shop.registry['saved']",
        "shop.saved",
        "shop.slots",
        "shop.slotted.ready",
        "shop/elephant",
    ]
    assert [found["name"] for found in looked.found if found["meta_of"] is not None] == [
        "king:receiver_connected",
        "king:receiver_connected:receiver_disconnected",
    ]
    assert len(looked.found) == looked.alive
    assert sum(connections for _, connections in looked.summaries.values()) == looked.connections


def test_three_hundred_signals_with_their_connections_are_found(app: Application) -> None:
    looked = app.look_at("""
        from blinker import Namespace, Signal, signal

        def hear(sender, **payload):
            pass

        class Bus:
            def __init__(self):
                self.ready = Signal()

        zoo = Namespace()
        named = [signal(f"king-{number}") for number in range(100)]
        caged = [zoo.signal(f"king-{number}") for number in range(100)]
        buses = [Bus() for number in range(100)]
        for one in (*named, *caged, *(bus.ready for bus in buses)):
            one.connect(hear)
            one.connect(hear, sender=one)
    """)

    assert len(looked.names) == len(set(looked.names)) == looked.alive == 300
    assert sum(connections for _, connections in looked.summaries.values()) == 600
    assert looked.connections == 600


def test_a_copy_of_blinker_is_distinguished(app: Application) -> None:
    app.write(
        shop="",
        shop__vendor="",
        shop__signals="""
            from blinker import Signal, signal
            from shop.vendor import blinker as copy

            king, its_king = signal("king"), copy.signal("king")
            saved, its_saved = Signal(), copy.Signal()

            class Own(copy.Signal):
                pass

            own = Own()

            def hear(sender):
                pass

            its_king.connect(hear, sender="大象")
            its_king.connect(hear, sender=hear)
            its_saved.receiver_connected
        """,
    )
    (app.directory / "shop" / "vendor.py").rename(app.directory / "vendor.py")
    (app.directory / "shop" / "vendor").mkdir()
    (app.directory / "vendor.py").rename(app.directory / "shop" / "vendor" / "__init__.py")
    vendored(app, "shop", "vendor", "blinker")

    looked = app.look(module="shop.signals")

    assert [(found["name"], found["library"], found["kind"]) for found in looked.found] == [
        ("king", "blinker", "named"),
        ("shop.signals.its_saved", "shop.vendor.blinker", "anonymous"),
        ("shop.signals.its_saved:receiver_connected", "shop.vendor.blinker", "anonymous"),
        ("shop.signals.own", "shop.vendor.blinker", "anonymous"),
        ("shop.signals.saved", "blinker", "anonymous"),
        ("shop/king", "shop.vendor.blinker", "named"),
    ]
    assert looked.senders("shop/king") == ["大象", "<function shop.signals.hear>"]
    assert looked.alive == 2


def test_a_weak_method_of_an_old_copy_of_blinker_is_one(app: Application) -> None:
    """Before 1.8, blinker had a class of its own for that."""
    looked = app.look_at("""
        from blinker import signal

        class BoundMethodWeakref:
            def __init__(self, method):
                self.weak_self = self.weak_func = None
                self.method = method

            def __call__(self):
                return self.method

        class Demon:
            def hear(self, sender): pass

        demon = Demon()
        king = signal("king")
        king.connect(demon.hear)
        king.receivers = {id_: BoundMethodWeakref(demon.hear) for id_ in king.receivers}
    """)

    receiver = looked.receiver("king")
    assert (receiver["receiver"], receiver["weak"]) == ("shop.Demon.hear", True)


def test_a_signal_of_an_old_copy_of_blinker_can_not_be_muted(app: Application) -> None:
    """Before 1.6, none could; a send is foreseen all the same."""
    looked = app.look_at("""
        from blinker import signal

        def hear(sender): pass

        king = signal("king")
        king.connect(hear)
        del king.is_muted
    """)

    assert looked.views["king"]["muted"] is False


def test_what_only_has_the_methods_of_a_signal_is_none(app: Application) -> None:
    looked = app.look_at("""
        class Signal:
            def connect(self): raise AssertionError
            disconnect = send = receivers_for = has_receivers_for = connect

        one = Signal()
    """)

    assert looked.found == []


@pytest.mark.parametrize(
    "garbage",
    [
        "king = Signal(); king.connect(lambda sender: king, weak=False)",
        "king = Signal(); king.connect(hear)",
        "type('Local', (), {'created': Signal()})",
        "Local()",
        "zoo = Namespace(); zoo.itself = zoo; zoo.signal('elephant')",
        "bus = Bus(); bus.itself = bus",
    ],
)
def test_a_signal_that_nothing_holds_is_not_alive(app: Application, garbage: str) -> None:
    looked = app.look_at(f"""
        import gc
        from blinker import Namespace, Signal

        LEAVES_GARBAGE = True

        class Bus:
            def __init__(self):
                self.ready = Signal()

        def hear(sender):
            pass

        def Local():
            class Local:
                created = Signal()

        def forgotten():
            {garbage}

        kept = Bus()
        gc.disable()
        forgotten()
    """)

    assert looked.names == ["shop.kept.ready"]
    assert looked.alive == 1


def test_what_was_frozen_for_a_fork_is_found(app: Application) -> None:
    looked = app.look_at(EVERYWHERE + "\n    import gc\n    gc.freeze()\n")

    assert len(looked.found) == looked.alive
    assert "shop.registry['many'][1][0]" in looked.names
    assert "shop.closing.<locals>.local" in looked.names


HOSTILE = """
    import sys
    from types import ModuleType
    from blinker import NamedSignal, Namespace, Signal, signal
    from werkzeug.local import LocalProxy

    SAID = []
    HOSTILE = True

    def say(*what):
        SAID.append(what)
        raise RuntimeError(what)

    def forbidden(name):
        return lambda self, *given: say(name)

    DUNDERS = (
        "__eq__ __hash__ __repr__ __str__ __bool__ __len__ __iter__ __getattr__ __contains__ "
        "__instancecheck__ __subclasscheck__ __dir__ __format__ __index__ __get__ __reduce__"
    ).split()

    class HostileMeta(type):
        __eq__ = forbidden("meta __eq__")
        __hash__ = forbidden("meta __hash__")
        __repr__ = forbidden("meta __repr__")
        __getattribute__ = forbidden("meta __getattribute__")
        __instancecheck__ = forbidden("meta __instancecheck__")
        __subclasscheck__ = forbidden("meta __subclasscheck__")

    class Hostile:
        # Whoever asks it anything is found out.
        locals().update({name: forbidden(name) for name in DUNDERS})
        __class__ = property(forbidden("__class__"))

        def __call__(self, sender):
            say("__call__")

    Worse = HostileMeta("Worse", (Hostile,), {
        "__getattribute__": forbidden("__getattribute__"), "created": Signal(),
    })

    class HostileSignal(Signal):
        locals().update({name: forbidden(name) for name in DUNDERS if name != "__getattr__"})

    class Property:
        lazy = property(forbidden("lazy"))

    lazy = Property()
    hostile, worse = Hostile(), object.__new__(Worse)
    keys = {id(hostile): hostile, "worse": worse, "nested": [hostile, worse]}
    proxy = LocalProxy(lambda: say("resolved"))

    class LazyModule(ModuleType):
        def __getattr__(self, name):
            say("module", name)
        __class__ = property(forbidden("module __class__"))

    module = sys.modules["lazy_module"] = LazyModule("lazy_module")
    sys.modules["no_module"] = hostile
    sys.modules["none"] = None

    def __getattr__(name):
        if not name.startswith("__"):
            say("shop", name)
        raise AttributeError(name)

    king = signal("king")
    odd = HostileSignal()

    def hear(sender):
        pass

    # What blinker itself makes of a receiver or a sender is not asked here.
    for receiver in (hostile, worse, proxy):
        king.receivers[id(receiver)] = receiver
        king._by_sender[0].add(id(receiver))
        king._by_receiver[id(receiver)].add(0)
    import weakref
    king.connect(hear)
    for sender in (hostile, worse, proxy):
        king._by_sender[id(sender)].add(id(hear))
        king._by_receiver[id(hear)].add(id(sender))
        try:
            king._weak_senders[id(sender)] = weakref.ref(sender)
        except TypeError:
            pass
"""


def test_hostile_objects_are_not_asked_anything(app: Application) -> None:
    looked = app.look_at(HOSTILE)

    assert looked.messages == []
    assert looked.names == ["king", "shop.Worse.created", "shop.odd"]
    assert [receiver["receiver"] for receiver in looked.views["king"]["receivers"]] == [
        "shop.Hostile()",
        "shop.Worse()",
        "werkzeug.local.LocalProxy()",
        "shop.hear",
    ]
    assert [receiver["async"] for receiver in looked.views["king"]["receivers"]] == [
        None,
        None,
        None,
        False,
    ]
    assert [c["sender"] for c in looked.receiver("king", 3)["connections"]] == [
        None,
        "<Hostile 'hostile'>",
        "<Worse 'worse'>",
        "<LocalProxy 'proxy'>",
    ]
    assert len(looked.found) == looked.alive


def test_a_subclass_that_decides_itself_is_asked_and_not_changed(app: Application) -> None:
    looked = app.look_at("""
        from blinker import Signal

        class Choosy(Signal):
            __slots__ = ("allowed", "empty")

            def __init__(self):
                super().__init__()
                self.asked = []
                self.count = 0
                self.allowed = {"animal"}

            def receivers_for(self, sender):
                self.asked.append(sender)
                self.count += 1
                self._by_sender["asked"].add(1)
                self._by_sender[0].add("asked")
                for receiver in super().receivers_for(sender):
                    if receiver.__name__ in self.allowed:
                        yield receiver

        class Broken(Signal):
            def has_receivers_for(self, sender):
                raise RuntimeError("never works")

        def animal(sender): pass
        def other(sender): pass
        choosy, broken = Choosy(), Broken()
        for receiver in (animal, other):
            choosy.connect(receiver)
            broken.connect(receiver, sender="大象")
    """)

    choosy, broken = looked.views["shop.choosy"], looked.views["shop.broken"]
    assert [row["receivers_for"] for row in choosy["has_receivers_for"]] == [["shop.animal"]] * 3
    assert [row["result"] for row in broken["has_receivers_for"]] == [False, True, False, False]


def test_a_dead_receiver_is_left_alone(app: Application) -> None:
    looked = app.look_at("""
        import weakref
        from blinker import signal

        def animal(sender): pass
        def gone(sender): pass

        king = signal("king")
        king.connect(animal, sender="大象")
        king.connect(gone)
        king.receivers[id(gone)] = weakref.ref(gone)  # without what cleans up after it
        queue = signal("queue")
        queue.connect(gone)
        queue.receivers[id(gone)] = weakref.ref(gone)
        temporary = signal("temporary")
        temporary.connect(lambda sender: None)
        del gone
    """)

    king = looked.views["king"]
    assert [receiver["receiver"] for receiver in king["receivers"]] == ["shop.animal"]
    assert [
        (row["sender"], row["result"], row["receivers_for"]) for row in king["has_receivers_for"]
    ] == [(None, True, []), ("大象", True, ["shop.animal"]), ("nobody", True, []), (5, True, [])]
    assert looked.views["queue"]["receivers"] == []
    assert looked.views["queue"]["has_receivers_for"][0]["result"] is True
    assert looked.views["temporary"]["has_receivers_for"][0]["result"] is False


def test_what_a_session_makes_is_not_the_applications(app: Application) -> None:
    looked = app.look_at("""
        from blinker import signal
        from signalcli.signals.snapshot import OrderedNamedSignal, OrderedSignal

        ours = [OrderedNamedSignal("king"), OrderedSignal()]
        theirs = signal("king")
    """)

    assert looked.names == ["king"]
