"""The catalog of receivers: demos, the session's own, packages' and trusted imports."""

from __future__ import annotations

from collections.abc import Mapping

from signalcli.errors import UsageError
from signalcli.language.phrases import phrase
from signalcli.receivers.demos import DEMOS
from signalcli.receivers.entry_points import offers
from signalcli.receivers.import_names import ImportName
from signalcli.receivers.registry import ReceiverSet, resolve
from signalcli.receivers.templates import describe_template
from signalcli.receivers.trust import Trusted
from signalcli.signals.internals import is_coroutine_function
from signalcli.signals.receivers import first_line, place_of
from signalcli.values.catalog import CatalogEntry, ReceiverCatalog
from signalcli.values.receiver_specs import OfferedReceiver, ReceiverSpec


def build_catalog(receivers: ReceiverSet, trusted: Trusted) -> ReceiverCatalog:
    """Return every receiver that can be connected. This imports none of them."""
    offered = offers()
    declared = {**offered, **receivers.declared}
    entries = [*map(_demo, DEMOS)]
    entries += [_declared(name, declared[name], offered) for name in declared]
    entries += [_import(name, receivers, trusted) for name in trusted]
    return ReceiverCatalog(tuple(entries))


def entry_of(name: str, receivers: ReceiverSet, trusted: Trusted, hint: str = "") -> CatalogEntry:
    """Return the entry of one receiver. UsageError if there is none, or if the import isn't valid.

    :param hint: a sentence for the error.
    """
    source, declared = resolve(name, receivers.declared, hint)
    if declared is not None:
        return _declared(name, declared, offers())
    if source == "demo":
        return _demo(name)
    return _import(str(ImportName.parse(name)), receivers, trusted)


def _demo(name: str) -> CatalogEntry:
    demo = DEMOS[name]
    is_async, doc = is_coroutine_function(demo.function), first_line(demo.function)
    shown = phrase(doc) if doc else ""
    return CatalogEntry(name, "demo", is_async, shown, demo.teaches, place_of(demo.function))


def _declared(
    name: str, declared: ReceiverSpec, offered: Mapping[str, OfferedReceiver]
) -> CatalogEntry:
    if declared.offered_by is None:
        doc = describe_template(declared)
        return CatalogEntry(name, "own", declared.is_async, doc, own=declared)
    if name in offered:
        doc = phrase(
            "Offered by the package {package}; loaded when it's named.", package=declared.offered_by
        )
    else:
        doc = phrase("No installed package offers it; {package} did.", package=declared.offered_by)
    return CatalogEntry(name, "package", None, doc)


def _import(name: str, receivers: ReceiverSet, trusted: Trusted) -> CatalogEntry:
    try:
        is_trusted = receivers.trusts(name)
        doc: str = phrase("Not trusted here: it doesn't run.")
        if is_trusted:
            doc = phrase("Imported when it's needed.")
    except UsageError as error:
        doc = str(error)
    places = ", ".join(trusted.get(name, ()))
    return CatalogEntry(name, "import", None, doc, where=places or None)
