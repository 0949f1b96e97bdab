"""The evidence of a whole suite: what the tests of all processes sent and connected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from signalcli.apps.app_details import AppDetails
from signalcli.apps.connecting.connect_report import ConnectReport
from signalcli.doctor.evidence import Evidence
from signalcli.doctor.past_sends import sends_of_traces
from signalcli.testing.recording.suite_trace import SuiteTrace
from signalcli.tracing.trace_file import SavedTrace
from signalcli.values.inspection import SignalView

MISSING = "The tests sent no signal."


def evidence_of_suite(traces: Sequence[SuiteTrace]) -> Evidence:
    """Return the data of all processes, which imported the same application, as that of one."""
    refusing = {key: refused for one in traces for key, refused in one.refusing.items()}

    def receivers_refusing(signal: str, keys: tuple[str, ...]) -> dict[str, str]:
        return dict(refusing.get((signal, keys), {}))

    modules = tuple(dict.fromkeys(module for one in traces for module in one.details.modules))
    sends = sends_of_traces([SavedTrace.of(one.trace) for one in traces])
    return Evidence(
        tuple(_merged_signals(signal for one in traces for signal in one.signals)),
        sends._replace(missing=MISSING),
        _merged_reports([one.connected for one in traces]),
        receivers_refusing,
        AppDetails(modules=modules),
    )


def _merged_signals(signals: Iterable[SignalView]) -> Iterable[SignalView]:
    """Return each signal once, with the receivers that it has in any process."""
    merged: dict[str, SignalView] = {}
    for signal in signals:
        before = merged.setdefault(signal.signal, signal)
        if before is signal:
            continue
        names = {one.receiver for one in before.receivers}
        receivers = tuple(one for one in signal.receivers if one.receiver not in names)
        asked = {(row.any, str(row.sender)) for row in before.has_receivers_for}
        rows = signal.has_receivers_for
        merged[signal.signal] = before._replace(
            receivers=before.receivers + receivers,
            has_receivers_for=before.has_receivers_for
            + tuple(row for row in rows if (row.any, str(row.sender)) not in asked),
        )
    return merged.values()


def _merged_reports(reports: Sequence[ConnectReport]) -> ConnectReport:
    return ConnectReport(
        sum(one.seen for one in reports),
        tuple(dict.fromkeys(lost for one in reports for lost in one.lost)),
        tuple(dict.fromkeys(zero for one in reports for zero in one.zeros)),
        tuple(dict.fromkeys(literal for one in reports for literal in one.literals)),
    )
