"""Words that users of other tools type for commands of this one, for "did you mean"."""

from __future__ import annotations

from collections.abc import Collection

from signalcli.errors import closest

SYNONYMS: dict[str, str] = {
    "connect": "bind on register subscribe",
    "disconnect": "off unbind unregister unsubscribe",
    "send": "call dispatch emit fire notify publish trigger",
    "define": "add create make new signal",
    "inspect": "cat describe get info print show view",
    "list": "find ls show signals status",
    "remove": "del delete rm undefine unregister",
    "receivers": "handlers list listeners ls",
    "receivers add": "add",
    "receivers trust": "trust",
    "watch": "tail",
    "history": "list log logs ls",
    "replay": "repeat resend",
    "graph": "diagram draw plot",
    "doctor": "check lint test",
    "why": "debug",
    "flask": "demo",
    "trace request": "request",
    "trace run": "run",
    "flask serve": "serve",
    "tour": "course example examples init learn lesson lessons start tutorial",
    "help": "about doc docs guide man topic topics",
    "--help": "docs guide help man",
    "--version": "version",
    "import": "load",
    "export": "save",
    "reset": "clear",
    "history clear": "clear del delete rm",
    "history show": "cat describe get info print view",
    "session list": "sessions",
    # subcommands of receivers and session
    "new": "add create make",
    "add": "create make new register",
    "show": "cat describe get info print view",
    "path": "cat",
    "use": "switch",
    "copy": "cp",
    "rename": "mv",
    "delete": "del rm",
    "session use": "switch use",
    "session copy": "cp save",
    "session rename": "mv rename",
}
"""What a word may mean, and the words. The first meaning that the group of commands has is suggested."""

LEAVING_WORDS = ("bye", "exit", "logout", "q", "quit")
"""What is typed to leave a shell."""
_LIKENESS = 0.85
"""the least likeness of a misspelled word, from 0 to 1."""


def meant_by(word: str, known: Collection[str]) -> str | None:
    """Return what a word that is no command probably means. The word may be misspelled."""
    found = _meaning(word.lower(), known)
    if found is None and closest(word, known, _LIKENESS) is None:
        words = (typed for words in SYNONYMS.values() for typed in words.split())
        found = _meaning(closest(word, words, _LIKENESS), known)
    return found


def _meaning(word: str | None, known: Collection[str]) -> str | None:
    meanings = (meaning for meaning, words in SYNONYMS.items() if word in words.split())
    return next((meaning for meaning in meanings if meaning.split()[0] in known), None)
