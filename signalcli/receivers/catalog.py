"""The receivers there are to connect, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping

from signalcli.errors import UnknownName, UsageError
from signalcli.receivers.demos import CATALOGUE
from signalcli.receivers.entry_points import offers
from signalcli.receivers.import_names import ImportName
from signalcli.receivers.registry import SEE_ALL, ReceiverSet
from signalcli.receivers.templates import described
from signalcli.signals.functions import first_line, is_coroutine_function, place_of
from signalcli.values.inspection import Catalogue, CatalogueEntry
from signalcli.values.receiver_specs import Declared, OfferedReceiver
from signalcli.values.signal_name import is_import


def catalogue(receivers: ReceiverSet, trusted: Mapping[str, tuple[str, ...]]) -> Catalogue:
    """The demo receivers, those of the session, those that packages offer, and trusted imports.

    Nothing is imported for this.

    :param trusted: the imports that are trusted, with the paths they are trusted at.
    """
    offered = offers()
    declared = {**offered, **receivers.declared}
    entries = [*map(_demo, CATALOGUE)]
    entries += [_declared(name, declared[name], offered) for name in declared]
    entries += [_import(name, receivers, trusted) for name in trusted]
    return Catalogue(tuple(entries))


def entry_of(
    name: str, receivers: ReceiverSet, trusted: Mapping[str, tuple[str, ...]]
) -> CatalogueEntry:
    """What is known of one receiver.

    :param trusted: the imports that are trusted, with the paths they are trusted at.
    :raises UnknownName: if there is none of that name.
    :raises UsageError: if it would be an import, and can't be one.
    """
    if name in CATALOGUE:
        return _demo(name)
    if is_import(name):
        return _import(str(ImportName.parse(name)), receivers, trusted)
    offered = offers()
    declared = {**offered, **receivers.declared}
    if name not in declared:
        raise UnknownName("receiver", name, [*CATALOGUE, *declared], remedy=SEE_ALL)
    return _declared(name, declared[name], offered)


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


def _declared(
    name: str, declared: Declared, offered: Mapping[str, OfferedReceiver]
) -> CatalogueEntry:
    if declared.offered_by is None:
        return CatalogueEntry(name, "own", declared.is_async, described(declared), own=declared)
    if name in offered:
        doc = f"Offered by the package {declared.offered_by}; loaded when it's named."
    else:
        doc = f"No installed package offers it; {declared.offered_by} did."
    return CatalogueEntry(name, "package", None, doc)


def _import(
    name: str, receivers: ReceiverSet, trusted: Mapping[str, tuple[str, ...]]
) -> CatalogueEntry:
    try:
        is_trusted = receivers.trusts(name)
        doc = "Imported when it's needed." if is_trusted else "Not trusted here: it doesn't run."
    except UsageError as error:
        doc = str(error)
    places = ", ".join(trusted.get(name, ()))
    return CatalogueEntry(name, "import", None, doc, where=places or None)
