"""Receivers by name: what a name refers to, and the one live function behind it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from signalcli.errors import ImportFailed, SignalcliError, UnknownName, UsageError
from signalcli.language.phrases import phrase, sentences
from signalcli.receivers.demos import DEMOS, demo_named, new_demo
from signalcli.signals.internals import is_coroutine_function, make_id
from signalcli.signals.receivers import Receiver, ReceiverInfo, first_line, place_of, try_call
from signalcli.signals.reflection import builtin_value
from signalcli.text import as_json_value, copied, is_json, session_command
from signalcli.values.signal_name import is_import

if TYPE_CHECKING:
    from signalcli.values.receiver_specs import OwnReceiver, ReceiverSpec


def source_of(name: str, declared: Mapping[str, ReceiverSpec]) -> str | None:
    """Return where a receiver comes from: ``"demo"``, ``"import"``, ``"own"`` or ``"package"``.

    :param declared: the receivers that only the session has.
    :return: ``None`` for an unknown name. No installed package is searched.
    """
    if name in DEMOS:
        return "demo"
    if is_import(name):
        return "import"
    if name not in declared:
        return None
    return "own" if declared[name].offered_by is None else "package"


def resolve(
    name: str, declared: Mapping[str, ReceiverSpec], hint: str = ""
) -> tuple[str, ReceiverSpec | None]:
    """Return the source of a receiver, as :func:`source_of` does, and its declaration if it has one.

    For a name that is unknown otherwise, this searches the installed packages.

    :param hint: a sentence for the error.
    :raises UnknownName: if there is no receiver of that name.
    """
    source = source_of(name, declared)
    if source is not None:
        return source, declared.get(name)
    from signalcli.receivers.entry_points import offers

    offered = offers()
    if name not in offered:
        known = [*DEMOS, *declared, *offered]
        function = ""
        if "." in name:
            function = phrase("A function of yours is written {name}:function.", name=name)
        remedy = sentences(hint, function, see_all_hint())
        raise UnknownName("receiver", name, known, remedy=remedy)
    return "package", offered[name]


class ReceiverSet(ReceiverInfo):
    """The receivers of one program, by name. While a function is referenced, its name returns it.

    A weak connection ends when the program's own reference is deleted, unless something else
    references the function. The module of an imported function always does.

    Methods that take a name raise UnknownName if no receiver has it; those that return the function
    raise SignalcliError if its code can't be imported.

    :param declared: the receivers that only the session has.
    :param trusts: returns whether an import may run here; by default none may.
    """

    withholds = True

    def __init__(
        self,
        declared: Mapping[str, ReceiverSpec] | None = None,
        trusts: Callable[[str], bool] = lambda text: False,
    ) -> None:
        self.declared = dict(declared or {})
        self.warnings: list[str] = []
        """Sentences about receivers that can't be called, but for those that aren't trusted."""
        self.untrusted: list[str] = []
        """The receivers that are imports which aren't trusted here."""
        self.trusts = trusts
        """Returns whether an import may run here."""
        self._held: dict[str, Receiver] = {}
        self._alive: WeakValueDictionary[str, Receiver] = WeakValueDictionary()
        self._names: dict[Hashable, str] = {}
        self._withheld: dict[Hashable, str] = {}
        self._broken: dict[Hashable, Exception] = {}
        self._failures: dict[str, SignalcliError] = {}

    def take(self, name: str) -> Receiver:
        """Return the function of a name. The program references it from now on."""
        receiver = self._held[name] = self.find(name)
        if name in self._failures:
            raise self._failures[name]
        return receiver

    def find(self, name: str) -> Receiver:
        """Return the live function of a name, or a new one."""
        for functions in (self._held, self._alive):
            if name in functions:
                return functions[name]
        receiver = self._new(name)
        # A function with two names keeps the first. A deleted function may have had the same id.
        if self.session_name_of(receiver) is None:
            self._names[make_id(receiver)] = name
        return receiver

    def restore(self, name: str) -> Receiver:
        """Return the function of a connected receiver, or a placeholder that raises its import error."""
        try:
            receiver = self._held[name] = self.find(name)
        except (UsageError, ImportFailed) as error:
            self._failures[name] = error
            warning = phrase("{receiver} is connected, but can't be loaded.", receiver=name)
            self.warnings.append(sentences(warning, str(error)))
            return self._placeholder(name, broken=ImportError(str(error)))
        return receiver

    def release(self, name: str) -> None:
        """Delete the program's reference to a receiver. A module keeps its own functions."""
        if name in self._alive:
            self._held.pop(name, None)

    def is_referenced(self, name: str) -> bool:
        """Return whether anything references a receiver."""
        return name in self._held or name in self._alive

    def is_referenced_elsewhere(self, name: str) -> bool:
        """Return whether a receiver is referenced, but not by the program."""
        return name in self._alive and name not in self._held

    def declare(self, name: str) -> None:
        """Add a receiver that an installed package offers to the session, if the name is of one."""
        _, declared = resolve(name, self.declared)
        if declared is not None:
            self.declared[name] = declared

    def runs_code(self, name: str) -> bool:
        """Return whether a receiver is user or package code, which may send any signal."""
        return source_of(name, self.declared) in ("import", "package")

    def check_trusted(self, name: str) -> None:
        """Raise UsageError if a receiver is an import that isn't trusted here."""
        if is_import(name) and not self.trusts(name):
            from signalcli.receivers.trust import remedy

            raise UsageError(
                "{receiver} isn't trusted here, and only its code can show what it would do. "
                "Trust it first: {command}",
                receiver=name,
                command=remedy(name),
            )

    def add(self, name: str, own: OwnReceiver) -> list[str]:
        """Add a receiver of the user's. Return notes; UsageError if it is invalid or the name is taken."""
        from signalcli.receivers.templates import check_own_receiver, describe_template

        source = source_of(name, self.declared)
        if not name or source in ("demo", "import"):
            if source == "demo":
                fault = phrase("The name '{name}' is that of a demo.", name=name)
            elif name:
                fault = phrase("The name '{name}' is an import's.", name=name)
            else:
                fault = phrase("The name '{name}' is empty.", name=name)
            other = phrase("Choose another one for a receiver of your own.")
            raise UsageError(sentences(fault, other))
        check_own_receiver(name, own)
        before = self.declared.get(name)
        if before is not None and not is_same(before, own):
            raise UsageError(
                "There is a receiver '{name}' already, which does something else. Remove it first: "
                "{command}",
                name=name,
                command=session_command("receivers", "remove", name),
            )
        if before is not None:
            return [phrase("{receiver} is that already: nothing changed.", receiver=name)]
        self.declared[name] = own
        does = describe_template(own)
        return [phrase("Added {receiver}: {does}", receiver=name, does=does)]

    def remove(self, name: str) -> list[str]:
        """Remove a receiver that only the session has, and return the notes."""
        if source_of(name, self.declared) == "demo":
            demo = phrase("{receiver} is a demo receiver, and those stay.", receiver=name)
            raise UsageError(sentences(demo, see_all_hint()))
        if name not in self.declared:
            kind = "receiver of your own"
            raise UnknownName(kind, name, self.declared, remedy=see_all_hint())
        del self.declared[name]
        return [phrase("Removed {receiver}.", receiver=name)]

    def session_name_of(self, receiver: Receiver) -> str | None:
        """Return the session's name of a function; a module may connect functions without one."""
        receiver_id = make_id(receiver)
        name = self._names.get(receiver_id, "")
        found = [functions[name] for functions in (self._held, self._alive) if name in functions]
        return name if receiver_id in map(make_id, found) else None

    def name_of(self, receiver: Receiver) -> str:
        """Return the session's name of a function, or else its module and qualified name."""
        name = self.session_name_of(receiver)
        if name is not None:
            return name
        module = getattr(receiver, "__module__", None)
        return f"{module}:{getattr(receiver, '__qualname__', repr(receiver))}"

    def place_of(self, receiver: Receiver) -> str | None:
        """Return the file and line of a function's definition; ``None`` for a generated one.

        That of a demo is the same in every language.
        """
        name = self._names.get(make_id(receiver))
        if self._own(name) is not None or self._is_placeholder(receiver):
            return None
        return place_of(DEMOS[name].function if name in DEMOS else receiver)

    def withheld(self, receiver: Receiver) -> str | None:
        """Return why a receiver is never called; ``None`` if it is."""
        return self._withheld.get(make_id(receiver)) if self._withheld else None

    def is_async(self, receiver: Receiver) -> bool | None:
        """Return whether blinker treats it as a coroutine function; ``None`` if not loaded."""
        if self._is_placeholder(receiver):
            return None
        return try_call(lambda: is_coroutine_function(receiver), None)

    def _is_placeholder(self, receiver: Receiver) -> bool:
        receiver_id = make_id(receiver)
        return receiver_id in self._withheld or receiver_id in self._broken

    def known_to_raise(self, receiver: Receiver) -> Exception | None:
        """Return what a receiver raises on every call; ``None`` if nothing, or if unknown."""
        broken = self._broken.get(make_id(receiver))
        name = self.session_name_of(receiver)
        if broken is not None or name is None:
            return broken
        try:
            is_coroutine_function(receiver)
        except Exception as error:  # noqa: BLE001 - blinker asks too, and a proxy may raise anything
            return error
        declared = self._own(name) or (demo_named(name) if name in DEMOS else None)
        raises = None if declared is None else declared.raises
        return None if raises is None else RuntimeError(raises)

    def doc_of(self, receiver: Receiver) -> str | None:
        """Return the first line of a receiver's docstring. That of a demo or of the user's is a phrase."""
        name = self.session_name_of(receiver)
        own = self._own(name)
        if own is not None:
            from signalcli.receivers.templates import describe_template

            return describe_template(own)
        doc = first_line(receiver)
        return phrase(doc) if doc and name in DEMOS else doc

    def shown_value(self, value: object) -> object:
        """Return a JSON value as such, however deep, and another as its ``repr``."""
        is_exact = try_call(lambda: is_json(value, deepest=sys.maxsize), False)
        return copied(value if is_exact else as_json_value(value))

    def shown_sender(self, sender: object) -> object:
        """Return the same for a sender: blinker takes an enum's text for text."""
        return self.shown_value(sender if type(sender) is bool else builtin_value(sender))

    def _own(self, name: str | None) -> OwnReceiver | None:
        declared = None if name is None else self.declared.get(name)
        if declared is None or declared.offered_by is not None:
            return None
        return declared

    def _new(self, name: str) -> Receiver:
        source = source_of(name, self.declared)
        own = self._own(name)
        if own is not None:
            from signalcli.receivers.templates import build

            receiver = self._alive[name] = build(name, own)
        elif source == "demo":
            receiver = self._alive[name] = new_demo(name)
        elif source == "import":
            receiver = self._held[name] = self._imported(name)
        elif source == "package":
            receiver = self._held[name] = self._offered(name)
        else:
            resolve(name, self.declared)  # raises, unless a package offers what isn't in use yet
            kind, known = "receiver", [*DEMOS, *self.declared]
            raise UnknownName(kind, name, known, remedy=see_all_hint())
        return receiver

    def _offered(self, name: str) -> Receiver:
        from signalcli.receivers.entry_points import entry_points
        from signalcli.receivers.importer import check_callable, importing

        offer = entry_points().get(name)
        package = self.declared[name].offered_by
        if offer is None:
            reason = phrase("no installed package offers it; {package} did", package=package)
            self.warnings.append(
                phrase("{receiver} doesn't run: {reason}.", receiver=name, reason=reason)
            )
            return self._placeholder(name, withheld=reason)
        what = phrase("The receiver '{name}' of the package {package}", name=name, package=package)
        with importing(what):
            found = offer.load()
        return check_callable(name, found)

    def _imported(self, name: str) -> Receiver:
        from signalcli.receivers.import_names import ImportName
        from signalcli.receivers.importer import load

        if self.trusts(name):
            return load(ImportName.parse(name))
        from signalcli.receivers.trust import remedy

        self.untrusted.append(name)
        return self._placeholder(
            name, withheld=phrase("isn't trusted here: {command}", command=remedy(name))
        )

    def _placeholder(
        self, name: str, *, withheld: str | None = None, broken: Exception | None = None
    ) -> Receiver:
        """Return a function in place of one that may not be called, or that can't be loaded."""

        def placeholder(sender: object, /, **payload: object) -> None:
            assert broken is not None, "a withheld receiver is never called"
            raise broken

        receiver_id = make_id(placeholder)
        self._held[name] = placeholder
        self._names[receiver_id] = name
        if withheld is not None:
            self._withheld[receiver_id] = withheld
        if broken is not None:
            self._broken[receiver_id] = broken
        return placeholder


def see_all_hint() -> str:
    """Return the sentence that names the list of all receivers."""
    return phrase("See them all: {command}", command=session_command("receivers"))


def is_same(one: ReceiverSpec, other: ReceiverSpec) -> bool:
    """Return whether two declarations are equal. Unlike ``==``, this tells true from 1."""
    return one == other and repr(one) == repr(other)
