"""Documents of sessions: any text that one can hold, and files that can't be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import strategies as st

from signalcli.errors import SessionError
from signalcli.session.document import format_session, parse_session
from signalcli.session.file import SessionFile
from signalcli.text import from_json
from signalcli.values.session import Session

any_text = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF)  # typed bytes that aren't UTF-8
)


def read_again(session: Session) -> Session:
    """Return what is read from the text that a session is written as."""
    return parse_session(from_json(format_session(session).encode().decode()))


def refusal(directory: Path, content: object) -> str:
    """Return what the error says about a file, between its path and the remedy.

    :param content: bytes, text, or a JSON document.
    """
    path = directory / "mountain.json"
    if not isinstance(content, (str, bytes)):
        content = json.dumps(content)
    written = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(written)
    with pytest.raises(SessionError) as caught:
        SessionFile("mountain", str(path)).read()
    sentence = str(caught.value)
    start = f"The file of session 'mountain', {path}, "
    end = ". Fix it by hand, or delete it: signalcli session delete mountain"
    assert sentence.startswith(start)
    assert sentence.endswith(end)
    assert (int(caught.value.status), path.read_bytes()) == (4, written)
    return sentence.removeprefix(start).removesuffix(end)
