"""The source files of an application, read as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalcli.apps.app_details import AppDetails
from signalcli.doctor.source_files import own_source_files
from signalcli.doctor.source_reader import SourceFile, SourceFunction, parse_source

HEAD = """\
import blinker
import shop.signals as s
from blinker import Namespace, signal as named
from shop.signals import events, paid as p
from . import signals
NAME = "king"
king = named(NAME)
on = p.connect
def f(sender): ...
"""


def write(root: Path, *names: str, text: str = "def hear(): ...\n") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def details(root: Path, **modules: str) -> AppDetails:
    """The details of an application that imported these modules."""
    named = ((name.replace("__", "."), str(root / file)) for name, file in modules.items())
    return AppDetails("shop", tuple(named))


def found(root: Path, **modules: str) -> list[str]:
    return [file.module for file in own_source_files(details(root, **modules))]


def connects(code: str) -> list[tuple[int, str | None, str, str | None]]:
    """The connects of a module after ``HEAD``, by their lines there."""
    file = parse_source((HEAD + code).encode(), "shop.mail", "mail.py", is_package=False)
    first = HEAD.count("\n")
    return [(c.line - first, c.receiver, str(c.reference), c.function) for c in file.connects]


@pytest.mark.parametrize(
    ("code", "receiver", "reference"),
    [
        ("p.connect(f)", "f", "shop.signals.paid"),
        ("p.connect(f, sender='x', weak=False)", "f", "shop.signals.paid"),
        ("p.connect(receiver=f)", "f", "shop.signals.paid"),
        ("p.connect(lambda sender: 1)", None, "shop.signals.paid"),
        ("p.connect(f.method)", "f.method", "shop.signals.paid"),
        ("@p.connect\ndef g(sender): ...", "g", "shop.signals.paid"),
        ("@p.connect_via('x')\nasync def g(sender): ...", "g", "shop.signals.paid"),
        ("p.connect_via('x')(f)", "f", "shop.signals.paid"),
        ("@on\ndef g(sender): ...", "g", "shop.signals.paid"),
        ("on(f)", "f", "shop.signals.paid"),
        ("s.paid.connect(f)", "f", "shop.signals.paid"),
        ("signals.paid.connect(f)", "f", "shop.signals.paid"),
        ("king.connect(f)", "f", 'signal("king")'),
        ("blinker.signal('queen').connect(f)", "f", 'signal("queen")'),
        ("events.signal('paid').connect(f)", "f", "shop.signals.events/paid"),
        ("new = Namespace().signal('x')\nnew.connect(f)", "f", "shop.mail.new"),
        (
            "class Order:\n    made = blinker.Signal()\nOrder.made.connect(f)",
            "f",
            "shop.mail.Order.made",
        ),
        ("for one in (p, king):\n    one.connect(f)", "f", "shop.signals.paid"),
        ("getattr(s, NAME).connect(f)", "f", "None"),
    ],
)
def test_a_connect_is_found_with_its_signal(
    code: str, receiver: str | None, reference: str
) -> None:
    ((_, name, resolved, function),) = connects(code)

    assert (name, resolved, function) == (receiver, reference, None)


@pytest.mark.parametrize(
    ("code", "function"),
    [
        ("def register():\n    p.connect(f)", "register"),
        ("class Mailer:\n    def start(self):\n        p.connect(self.hear)", "Mailer.start"),
        ("def make():\n    @p.connect\n    def hear(sender): ...", "make"),
        ("if __name__ == '__main__':\n    p.connect(f)", "__main__"),
        ("class Mailer:\n    p.connect(f)", None),
    ],
)
def test_a_connect_has_the_function_that_it_waits_for(code: str, function: str | None) -> None:
    ((_, _, _, around),) = connects(code)

    assert around == function


def test_a_parameter_hides_a_module_s_name() -> None:
    assert connects("def setup(p):\n    p.connect(f)") == [(2, "f", "None", "setup")]


def test_functions_have_the_lines_that_python_gives_them() -> None:
    text = b"@wrap\n@wrap\ndef f(): ...\nclass A:\n    async def g(self):\n        def h(): ...\n"

    file = parse_source(text, "shop", "shop.py", is_package=False)

    names = [("f", 1), ("A.g", 5), ("A.g.<locals>.h", 6)]
    assert file.functions == tuple(SourceFunction(*one) for one in names)


def test_all_files_of_a_package_are_found_but_tests_and_what_others_made(tmp_path: Path) -> None:
    write(tmp_path / "shop", "__init__.py", "mail.py", "parts/a.py", "parts/__init__.py")
    write(tmp_path / "shop", "test_mail.py", "conftest.py", "tests/b.py", "migrations/c.py")
    write(tmp_path / "shop", "venv/d.py", "venv/pyvenv.cfg", ".hidden/e.py", "notes.txt")
    write(tmp_path, "beside.py")

    assert found(tmp_path, shop="shop/__init__.py") == [
        "shop",
        "shop.mail",
        "shop.parts",
        "shop.parts.a",
    ]


def test_a_package_is_found_by_any_of_its_modules(tmp_path: Path) -> None:
    write(tmp_path / "shop", "web.py", "mail.py")

    assert found(tmp_path, shop__web="shop/web.py") == ["shop.mail", "shop.web"]


def test_files_beside_a_file_count_if_they_import_it(tmp_path: Path) -> None:
    write(tmp_path, "shop.py", "other.py")
    write(tmp_path, "mail.py", text="from shop import paid\n")
    write(tmp_path, "named.py", text="from blinker import signal\nsignal('shop.paid')\n")
    write(tmp_path, "plugins/__init__.py", "loose/a.py", text="import shop\n")

    assert found(tmp_path, shop="shop.py") == ["mail", "plugins", "shop"]


def test_a_file_that_is_not_read_says_why(tmp_path: Path) -> None:
    write(tmp_path / "shop", "__init__.py")
    write(tmp_path / "shop", "broken.py", text="def\n")
    write(tmp_path / "shop", "large.py", text="#" * 1_000_001)

    files = list(own_source_files(details(tmp_path, shop="shop/__init__.py")))[1:]

    assert [(file.module, file.problem) for file in files] == [
        ("shop.broken", "can't be parsed"),
        ("shop.large", "is larger than 1 MB"),
    ]


def test_only_files_with_a_text_are_parsed_if_one_is_given(tmp_path: Path) -> None:
    write(tmp_path / "shop", "__init__.py", "mail.py")
    write(tmp_path / "shop", "broken.py", text="def\n")

    files = own_source_files(details(tmp_path, shop="shop/__init__.py"), "hear")

    assert [(file.module, file.problem) for file in files] == [("shop", None), ("shop.mail", None)]


def test_a_file_has_what_it_imports_and_names() -> None:
    text = (
        b"from ..a import b\nimport c.d\nNAMES = ['shop.e', 'f']\nif __name__ == '__main__': b()\n"
    )

    file = parse_source(text, "shop.x.y", "y.py", is_package=False)

    assert file == SourceFile(
        "shop.x.y",
        "y.py",
        imports=frozenset({"shop.a.b", "c.d"}),
        texts=frozenset({"shop.e"}),
        is_program=True,
    )
