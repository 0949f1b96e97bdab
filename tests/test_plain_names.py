"""Names and words: no two things share a name, and docstrings and comments use plain words."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import defaultdict
from pathlib import Path

PROJECT = Path(__file__).parents[1]
COPIES = ("export/code/runtime.py", "receivers/english_demos.py")
"""Files with other versions of functions and classes, which need the same names."""
COMMANDS = ("cli/commands/relay.py", "cli/commands/session.py", "__main__.py", "cli/main.py")
"""Files whose functions are named by the commands, or by the convention for a start."""
DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
WORDS = re.compile(
    r"\b(told|said|stands|whom|somebody|nobody|anybody|everybody|mend(s|ed|ing)?|whoever)\b"
)
ALLOWED = {"# such as ``paid`` and ``said``"}


def test_classes_and_public_functions_have_names_of_their_own() -> None:
    places = defaultdict(list)
    for path in (PROJECT / "signalcli").rglob("*.py"):
        name = path.relative_to(PROJECT / "signalcli").as_posix()
        for node in ast.parse(path.read_text("utf-8")).body:
            if not isinstance(node, DEFINITIONS) or name in COPIES + COMMANDS:
                continue
            if not node.name.startswith("_"):
                places[node.name].append(name)

    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_docstrings_comments_and_names_of_tests_use_plain_words() -> None:
    found = []
    for path in [*(PROJECT / "signalcli").rglob("*.py"), *(PROJECT / "tests").rglob("test_*.py")]:
        text = path.read_text("utf-8")
        if not WORDS.search(text.replace("_", " ")):
            continue  # most files, without parsing them
        comments = [
            token.string
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.type == tokenize.COMMENT
        ]
        tree = ast.parse(text)
        nodes = [tree, *(node for node in ast.walk(tree) if isinstance(node, DEFINITIONS))]
        names = [getattr(node, "name", "").replace("_", " ") for node in nodes]
        written = [*comments, *names, *(ast.get_docstring(node) or "" for node in nodes)]
        found += [(path.name, one) for one in written if WORDS.search(one) and one not in ALLOWED]

    assert found == []
