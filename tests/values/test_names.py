"""Signal names: what is typed, what is meant, and the one way to type it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalcli.errors import UsageError
from signalcli.values.signal_name import META_SIGNALS, SignalName

words = st.text(min_size=1).filter(lambda text: not text.endswith(META_SIGNALS))
namespaces = words.filter(lambda text: "/" not in text and not text.startswith("@"))
metas = st.none() | st.sampled_from(META_SIGNALS)
signal_names = st.builds(
    SignalName, words, st.none() | namespaces, st.just(False), metas
) | st.builds(SignalName, words, st.none(), st.just(True), metas)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("king", SignalName("king")),
        ("大象 🐘", SignalName("大象 🐘")),
        (" ", SignalName(" ")),
        ("zoo/king", SignalName("king", "zoo")),
        ("zoo/a/b", SignalName("a/b", "zoo")),
        ("zoo/@x", SignalName("@x", "zoo")),
        ("/a/b", SignalName("a/b")),
        ("/@x", SignalName("@x")),
        ("//", SignalName("/")),
        ("@roar", SignalName("roar", anonymous=True)),
        ("@a/b", SignalName("a/b", anonymous=True)),
        ("a:b", SignalName("a:b")),
        ("zoo:north/king", SignalName("king", "zoo:north")),
        ("king:receiver", SignalName("king:receiver")),
        ("king:Receiver_connected", SignalName("king:Receiver_connected")),
        ("king:receiver_connected:x", SignalName("king:receiver_connected:x")),
        ("receiver_connected", SignalName("receiver_connected")),
    ],
)
def test_a_name_is_read_and_written_in_the_same_way(typed: str, meant: SignalName) -> None:
    parsed = SignalName.parse(typed)

    assert (parsed, str(parsed)) == (meant, typed)


def test_a_slash_in_front_is_not_written_where_it_is_not_needed() -> None:
    """Otherwise one signal would have two names in a session."""
    parsed = SignalName.parse("/king")

    assert (parsed, str(parsed)) == (SignalName("king"), "king")


@settings(deadline=None)
@given(signal_names)
def test_every_signal_can_be_typed(name: SignalName) -> None:
    assert SignalName.parse(str(name)) == name


@settings(deadline=None)
@given(signal_names, signal_names)
def test_two_signals_are_never_typed_alike(one: SignalName, other: SignalName) -> None:
    assert (str(one) == str(other)) == (one == other)


@pytest.mark.parametrize(
    ("typed", "kind"),
    [("king", "named"), ("zoo/king", "named"), ("/@x", "named"), ("@roar", "anonymous")],
)
def test_a_signal_is_named_or_anonymous(typed: str, kind: str) -> None:
    assert SignalName.parse(typed).kind == kind


NEEDED = "A signal needs a name, and '{}' has none. For example: signalcli define king"
REFUSED = {
    **{typed: NEEDED.format(typed) for typed in ("", "/", "zoo/", "@")},
    "king:receiver_connected:receiver_disconnected": (
        "'king:receiver_connected:receiver_disconnected' is the meta signal of a meta signal, and "
        "those are out of reach here. See the first: signalcli inspect king:receiver_connected"
    ),
}


@pytest.mark.parametrize("typed", REFUSED)
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(UsageError) as raised:
        SignalName.parse(typed)

    assert str(raised.value) == REFUSED[typed]


@pytest.mark.parametrize("base", ["king", "zoo/king", "@roar", "a:b", "/a/b"])
@pytest.mark.parametrize("meta", META_SIGNALS)
def test_a_suffix_means_the_meta_signal_of_a_signal(base: str, meta: str) -> None:
    name = SignalName.parse(f"{base}:{meta}")

    assert name == SignalName.parse(base)._replace(meta=meta)
    assert (str(name), name.kind) == (f"{base}:{meta}", "anonymous")
    assert name.base == SignalName.parse(base)
