"""Counts the signals and the connections of a module by itself: ``python count.py MODULE``.

Every ``Signal()`` and every ``connect`` is seen as it happens, from before the module is imported.
What is alive at the end is written as JSON. Nothing of it comes from signalcli.
"""

import importlib
import json
import re
import sys
from functools import partial
from types import FunctionType, MethodType
from weakref import WeakMethod, ref

from blinker import ANY, Signal

signals = []
connections = []
GONE = object()


def weakly(thing):
    """Something that gives the thing as long as it is alive."""
    try:
        held = WeakMethod(thing) if isinstance(thing, MethodType) else ref(thing)
    except TypeError:  # such as text, or None: it is what it is
        return lambda: thing
    return lambda: GONE if held() is None else held()


def hook():
    """See what is made and connected from now on."""
    make, connect, disconnect = Signal.__init__, Signal.connect, Signal.disconnect

    def made(signal, *given, **named):
        make(signal, *given, **named)
        signals.append(weakly(signal))

    def connected(signal, receiver, sender=ANY, weak=True):
        connect(signal, receiver, sender, weak)
        forget(signal, receiver, sender)  # no receiver is connected twice
        connections.append((weakly(signal), weakly(receiver), weakly(sender)))
        return receiver

    def disconnected(signal, receiver, sender=ANY):
        disconnect(signal, receiver, sender)
        forget(signal, receiver, sender)
        if sender is ANY:
            forget(signal, receiver, *(its_sender() for _, _, its_sender in connections))

    Signal.__init__, Signal.connect, Signal.disconnect = made, connected, disconnected


def forget(signal, receiver, *senders):
    """There are no connections of these any more."""
    connections[:] = (
        (of, to, by)
        for of, to, by in connections
        if not (of() is signal and to() == receiver and any(by() is one for one in senders))
    )


def name_of(receiver):
    if isinstance(receiver, MethodType):
        owner = (
            receiver.__self__ if isinstance(receiver.__self__, type) else type(receiver.__self__)
        )
        return f"{name_of(owner)}.{receiver.__name__}"
    if isinstance(receiver, (FunctionType, type)):
        name = f"{receiver.__module__}.{receiver.__qualname__}"
        is_closure = "<locals>" in name and not hasattr(receiver, "__wrapped__")
        cells = receiver.__closure__ or () if is_closure else ()
        held = [cell.cell_contents for cell in cells]
        inside = [one for one in held if isinstance(one, (FunctionType, MethodType, partial))]
        return f"{name}({', '.join(map(name_of, inside))})" if inside else name
    if isinstance(receiver, partial):
        return f"partial({name_of(receiver.func)})"
    return f"{name_of(type(receiver))}()"


def shown(sender):
    return sender if isinstance(sender, str) else re.sub(" at 0x[0-9a-f]+", "", repr(sender))


def main(module):
    """Import, and write what is alive."""
    hook()
    imported = importlib.import_module(module)
    alive = [(of(), to(), by()) for of, to, by in connections]
    alive = [one for one in alive if all(thing is not GONE for thing in one)]
    counted = {
        "signals": [numbers(one(), alive) for one in signals if one() is not GONE],
        "connections": [
            [own_name(of), name_of(to), None if by is ANY else shown(by)] for of, to, by in alive
        ],
    }
    sys.stdout.write(json.dumps(counted))
    del imported


def own_name(signal):
    return getattr(signal, "name", None)


def numbers(signal, alive):
    """A signal's own name, and how many receivers and connections it has."""
    receivers = [to for of, to, _ in alive if of is signal]
    distinct = [one for i, one in enumerate(receivers) if one not in receivers[:i]]
    return [own_name(signal), len(distinct), len(receivers)]


if __name__ == "__main__":
    main(sys.argv[1])
