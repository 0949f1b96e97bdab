"""Signal names: what is typed, what is meant, and the one way to type it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalcli.errors import UsageError
from signalcli.names import META_SUFFIXES, SignalName

words = st.text(min_size=1).filter(lambda text: not text.endswith(META_SUFFIXES))
namespaces = words.filter(lambda text: "/" not in text and not text.startswith("@"))
signal_names = st.builds(SignalName, words, st.none() | namespaces, st.just(False)) | st.builds(
    SignalName, words, st.none(), st.just(True)
)


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
    typed = str(name)

    assert SignalName.parse(typed) == name


@settings(deadline=None)
@given(signal_names, signal_names)
def test_two_signals_are_never_typed_alike(one: SignalName, other: SignalName) -> None:
    typed = str(one), str(other)

    assert (typed[0] == typed[1]) == (one == other)


@pytest.mark.parametrize(
    ("typed", "kind"),
    [("king", "named"), ("zoo/king", "named"), ("/@x", "named"), ("@roar", "anonymous")],
)
def test_a_signal_is_named_or_anonymous(typed: str, kind: str) -> None:
    name = SignalName.parse(typed)

    assert name.kind == kind


@pytest.mark.parametrize("typed", ["", "/", "zoo/", "@"])
def test_a_name_is_needed(typed: str) -> None:
    with pytest.raises(UsageError) as raised:
        SignalName.parse(typed)

    assert str(raised.value) == (
        f"A signal needs a name, and '{typed}' has none. For example: signalcli define king"
    )


@pytest.mark.parametrize("base", ["king", "zoo/king", "@roar", "a:b"])
@pytest.mark.parametrize("suffix", ["receiver_connected", "receiver_disconnected"])
def test_a_meta_signal_is_not_a_signal_of_its_own(base: str, suffix: str) -> None:
    with pytest.raises(UsageError) as raised:
        SignalName.parse(f"{base}:{suffix}")

    assert str(raised.value).startswith(f"'{base}:{suffix}' is the meta signal {suffix} of ")
