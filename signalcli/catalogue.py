"""The receivers there are to connect, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping

from signalcli.declared import Declared
from signalcli.demos import CATALOGUE
from signalcli.errors import UnknownName
from signalcli.functions import first_line, is_coroutine_function, place_of
from signalcli.offered import offers
from signalcli.own import described
from signalcli.receivers import SEE_ALL, ReceiverSet
from signalcli.views import Catalogue, CatalogueEntry


def catalogue(receivers: ReceiverSet, trusted: Mapping[str, tuple[str, ...]]) -> Catalogue:
    """The demo receivers, those of the session, those that packages offer, and trusted imports.

    Nothing is imported for this.
    """
    declared: dict[str, Declared] = {**offers(), **receivers.declared}
    entries = [*map(_demo, CATALOGUE)]
    entries += [_declared(name, declared[name]) for name in declared]
    entries += [_import(name, trusted) for name in trusted]
    return Catalogue(tuple(entries))


def entry_of(
    name: str, receivers: ReceiverSet, trusted: Mapping[str, tuple[str, ...]]
) -> CatalogueEntry:
    """What is known of one receiver.

    :raises UnknownName: if there is none of that name.
    """
    if name in CATALOGUE:
        return _demo(name)
    if ":" in name:
        return _import(name, trusted)
    declared: dict[str, Declared] = {**offers(), **receivers.declared}
    if name not in declared:
        raise UnknownName("receiver", name, [*CATALOGUE, *declared], remedy=SEE_ALL)
    return _declared(name, declared[name])


def _demo(name: str) -> CatalogueEntry:
    function, teaches = CATALOGUE[name].function, CATALOGUE[name].teaches
    return CatalogueEntry(
        receiver=name,
        source="demo",
        is_async=is_coroutine_function(function),
        doc=first_line(function) or "",
        teaches=teaches,
        where=place_of(function),
    )


def _declared(name: str, declared: Declared) -> CatalogueEntry:
    if declared.offered_by is None:
        return CatalogueEntry(name, "own", declared.is_async, described(declared), own=declared)
    doc = f"Offered by the package {declared.offered_by}; loaded when it's named."
    return CatalogueEntry(name, "package", None, doc)


def _import(name: str, trusted: Mapping[str, tuple[str, ...]]) -> CatalogueEntry:
    doc = "Imported when it's needed." if name in trusted else "Not trusted here: it doesn't run."
    return CatalogueEntry(name, "import", None, doc, where=", ".join(trusted.get(name, ())) or None)
