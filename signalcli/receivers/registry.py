"""The live functions behind the names of receivers: what one program would have in its variables."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from blinker._utilities import make_id

from signalcli.errors import ImportFailed, SignalcliError, UnknownName, UsageError
from signalcli.receivers.demos import CATALOGUE, LOST, new_demo
from signalcli.signals.functions import (
    Receiver,
    answer,
    first_line,
    is_coroutine_function,
    place_of,
)
from signalcli.signals.internals import sender_in
from signalcli.values.signal_name import is_import

if TYPE_CHECKING:
    from blinker import Signal

    from signalcli.values.receiver_specs import Declared, OfferedReceiver, OwnReceiver

SEE_ALL = "See them all: signalcli receivers"


class ReceiverSet:
    """The receivers of one program, by name: each is one function as long as anything holds it.

    The program's own reference is what keeps a weak connection alive, until it is let go. What was
    imported is held by its module besides, and never dies.

    :param declared: the receivers that only this session knows.
    :param trusts: whether an import may run here, by its text; by default none may.
    """

    withholds = True

    def __init__(
        self,
        declared: Mapping[str, Declared] | None = None,
        trusts: Callable[[str], bool] = lambda text: False,
    ) -> None:
        self.declared = dict(declared or {})
        self.warnings: list[str] = []
        """What there is to say about receivers that can't be called, a sentence each."""
        self.trusts = trusts
        """Whether an import may run here, by its text."""
        self._held: dict[str, Receiver] = {}
        self._alive: WeakValueDictionary[str, Receiver] = WeakValueDictionary()
        self._names: dict[Hashable, str] = {}
        self._withheld: dict[Hashable, str] = {}
        self._broken: dict[Hashable, Exception] = {}
        self._failures: dict[str, SignalcliError] = {}

    def take(self, name: str) -> Receiver:
        """The function called ``name``, which the program holds from now on.

        :raises UnknownName: if there is no receiver of that name.
        :raises SignalcliError: if its code can't be imported.
        """
        receiver = self._held[name] = self.find(name)
        if name in self._failures:
            raise self._failures[name]
        return receiver

    def find(self, name: str) -> Receiver:
        """The function called ``name``: that which is alive, or else a new one.

        :raises UnknownName: if there is no receiver of that name.
        :raises SignalcliError: if its code can't be imported.
        """
        for functions in (self._held, self._alive):
            if name in functions:
                return functions[name]
        receiver = self._new(name)
        if (
            self.session_name_of(receiver) is None
        ):  # else it has another name; one that died had its id
            self._names[make_id(receiver)] = name
        return receiver

    def restored(self, name: str) -> Receiver:
        """As :meth:`take`, for a receiver that is connected: one that fails to load stands there.

        It raises, when it is called, what importing it did.
        """
        try:
            receiver = self._held[name] = self.find(name)
        except (UsageError, ImportFailed) as error:
            self._failures[name] = error
            self.warnings.append(f"{name} is connected, and can't be loaded. {error}")
            return self._stand_in(name, broken=ImportError(str(error)))
        return receiver

    def let_go(self, name: str) -> None:
        """Drop the program's reference to a receiver. What was imported, its module holds on to."""
        if name in self._alive:
            self._held.pop(name, None)

    def is_alive(self, name: str) -> bool:
        """Whether anything holds a receiver."""
        return name in self._held or name in self._alive

    def lives_on(self, name: str) -> bool:
        """Whether something holds a receiver that the program has let go of."""
        return name in self._alive and name not in self._held

    def declare(self, name: str) -> None:
        """Let the session know a receiver that an installed package offers, if that's what it is.

        :raises UnknownName: if there is no receiver of that name.
        """
        offered = self.check_known(name)
        if offered is not None:
            self.declared[name] = offered

    def check_known(self, name: str) -> OfferedReceiver | None:
        """Make sure that there is a receiver of a name; what a package offers that the session
        doesn't know yet.

        :raises UnknownName: if there is none.
        """
        if self.knows(name):
            return None
        from signalcli.receivers.entry_points import offers

        offered = offers()
        if name not in offered:
            known = [*known_receivers(self.declared), *offered]
            function = f"A function of yours is written {name}:function. " if "." in name else ""
            raise UnknownName("receiver", name, known, remedy=function + SEE_ALL)
        return offered[name]

    def runs_code(self, name: str) -> bool:
        """Whether a receiver is somebody's code, which may send any signal."""
        declared = self.declared.get(name)
        return is_import(name) or (declared is not None and declared.offered_by is not None)

    def check_trusted(self, name: str) -> None:
        """Make sure that a receiver may be loaded, if it is an import.

        :raises UsageError: if it may not.
        """
        if is_import(name) and not self.trusts(name):
            from signalcli.receivers.trust import remedy

            raise UsageError(
                f"{name} isn't trusted here, and what it would do can't be told without running its "
                f"code. Trust it first: {remedy(name)}"
            )

    def add(self, name: str, own: OwnReceiver) -> list[str]:
        """Let there be a receiver of the person's own; gives the notes.

        :raises UsageError: if it can't be built, or if there is another of that name.
        """
        from signalcli.receivers.templates import check, described

        if not name or is_import(name) or name in CATALOGUE:
            what = "that of a demo" if name in CATALOGUE else "an import's" if name else "empty"
            raise UsageError(
                f"The name '{name}' is {what}. Choose another one for a receiver of your own."
            )
        check(name, own)
        before = self.declared.get(name)
        if before is not None and not is_same(before, own):
            raise UsageError(
                f"There is a receiver '{name}' already, which does something else. "
                f"Remove it first: signalcli receivers remove {name}"
            )
        if before is not None:
            return [f"{name} is that already: nothing changed."]
        self.declared[name] = own
        return [f"Added {name}: {described(own)}"]

    def remove(self, name: str) -> list[str]:
        """Forget a receiver that only the session knows; gives the notes.

        :raises UnknownName: if it has none of that name.
        """
        if name in CATALOGUE:
            raise UsageError(f"{name} is a demo receiver, and those stay. {SEE_ALL}")
        if name not in self.declared:
            raise UnknownName("receiver of your own", name, self.declared, remedy=SEE_ALL)
        del self.declared[name]
        return [f"Removed {name}."]

    def knows(self, name: str) -> bool:
        """Whether it can tell, without looking any further, what receiver that is."""
        return name in self.declared or name in CATALOGUE or is_import(name)

    # What is known of a function.

    def session_name_of(self, receiver: Receiver) -> str | None:
        """The name under which the session knows a function; a module may connect others."""
        receiver_id = make_id(receiver)
        name = self._names.get(receiver_id)
        if name is not None:
            for functions in (self._held, self._alive):
                if name in functions and make_id(functions[name]) == receiver_id:
                    return name
        return None

    def name_of(self, receiver: Receiver) -> str:
        """The name of a function, the session's or its own."""
        name = self.session_name_of(receiver)
        if name is not None:
            return name
        module = getattr(receiver, "__module__", None)
        return f"{module}:{getattr(receiver, '__qualname__', repr(receiver))}"

    def place_of(self, receiver: Receiver) -> str | None:
        """The file and line of its definition; ``None`` for one that has none of its own."""
        receiver_id = make_id(receiver)
        if receiver_id in self._withheld or receiver_id in self._broken:
            return None
        if self._own(self._names.get(receiver_id)) is not None:
            return None
        return place_of(receiver)

    def withheld(self, receiver: Receiver) -> str | None:
        """Why a receiver is never called, where it isn't."""
        return self._withheld.get(make_id(receiver)) if self._withheld else None

    def is_async(self, receiver: Receiver) -> bool | None:
        """Whether blinker takes it for a coroutine function; ``None`` for what isn't loaded."""
        receiver_id = make_id(receiver)
        if receiver_id in self._withheld or receiver_id in self._broken:
            return None
        return answer(lambda: is_coroutine_function(receiver), None)

    def known_to_raise(self, receiver: Receiver) -> Exception | None:
        """What a receiver raises whenever it is called, where that is known."""
        broken = self._broken.get(make_id(receiver))
        name = self.session_name_of(receiver)
        if broken is not None or name is None:
            return broken
        own = self._own(name)
        if own is not None:
            return None if own.raises is None else RuntimeError(own.raises)
        return RuntimeError(LOST) if name == "failing" else None

    def doc_of(self, receiver: Receiver) -> str | None:
        """The first line of its docstring."""
        return first_line(receiver)

    def in_program(self, receiver: Receiver) -> None:
        """Nothing: a session's own view says everything of its receivers."""

    def shown(self, sender: object) -> None:
        """Nothing: a session's senders are compared by value."""

    def sender_of(self, signal: Signal, sender_id: Hashable) -> object:
        """The sender of an id: text and integers are their own.

        A session has no others, but the code of an import may have connected to an object.
        """
        sender = sender_in(signal, sender_id)
        return sender_id if sender is None else sender

    # Bringing one to life.

    def _own(self, name: str | None) -> OwnReceiver | None:
        """What a receiver of the person's own was added as, if it is one."""
        declared = None if name is None else self.declared.get(name)
        if declared is None or declared.offered_by is not None:
            return None
        return declared

    def _new(self, name: str) -> Receiver:
        own = self._own(name)
        if own is not None:
            from signalcli.receivers.templates import build

            receiver = self._alive[name] = build(name, own)
        elif name in self.declared:
            receiver = self._held[name] = self._offered(name)
        elif name in CATALOGUE:
            receiver = self._alive[name] = new_demo(name)
        elif is_import(name):
            receiver = self._held[name] = self._imported(name)
        else:
            raise UnknownName("receiver", name, known_receivers(self.declared), remedy=SEE_ALL)
        return receiver

    def _offered(self, name: str) -> Receiver:
        from signalcli.receivers.entry_points import entry_points
        from signalcli.receivers.importer import checked, importing

        offer = entry_points().get(name)
        package = self.declared[name].offered_by
        if offer is None:
            reason = f"no installed package offers it; {package} did"
            self.warnings.append(f"{name} doesn't run: {reason}.")
            return self._stand_in(name, withheld=reason)
        with importing(f"The receiver '{name}' of the package {package}"):
            found = offer.load()
        return checked(name, found)

    def _imported(self, name: str) -> Receiver:
        from signalcli.receivers.import_names import ImportName
        from signalcli.receivers.importer import load

        if self.trusts(name):
            return load(ImportName.parse(name))
        from signalcli.receivers.trust import remedy

        self.warnings.append(
            f"{name} isn't trusted here, and doesn't run. To trust it: {remedy(name)}"
        )
        return self._stand_in(name, withheld=f"isn't trusted here: {remedy(name)}")

    def _stand_in(
        self, name: str, *, withheld: str | None = None, broken: Exception | None = None
    ) -> Receiver:
        """A function in the place of one that can't be called, or that can't be loaded."""

        def stand_in(sender: object, /, **payload: object) -> None:
            assert broken is not None, "what is withheld is never called"
            raise broken

        receiver_id = make_id(stand_in)
        self._held[name] = stand_in
        self._names[receiver_id] = name
        if withheld is not None:
            self._withheld[receiver_id] = withheld
        if broken is not None:
            self._broken[receiver_id] = broken
        return stand_in


def is_same(one: Declared, other: Declared) -> bool:
    """Whether two receivers are declared alike; true is not the same as 1 here."""
    return one == other and repr(one) == repr(other)


def known_receivers(declared: Iterable[str] = ()) -> list[str]:
    """The names that can be connected: the demos, and what a session declares."""
    return [*CATALOGUE, *declared]
