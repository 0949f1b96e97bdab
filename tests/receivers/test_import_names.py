"""Names of imports, and where they are. None of their code runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from typing import Any

import pytest

from signalcli.errors import UsageError
from signalcli.receivers.import_names import ImportName, locate
from signalcli.values.signal_name import is_import
from tests.support.cli import Result
from tests.support.import_directories import (
    EXAMPLE,
    LEAVES_A_TRACE,
    LOADER,
    ON_KING,
    ImportDirectories,
)

# Its name.


@pytest.mark.parametrize(
    ("name", "expected"),
    [("shop:on_king", True), ("handlers.py:on_king", True), (":", True), ("animal", False)],
)
def test_a_colon_makes_a_receiver_an_import(name: str, expected: bool) -> None:
    assert is_import(name) == expected


@pytest.mark.parametrize(
    ("typed", "meant", "is_file"),
    [
        ("shop:on_king", ImportName("shop", "on_king"), False),
        ("shop.handlers:on_king", ImportName("shop.handlers", "on_king"), False),
        ("shop.bots:bot.on_king", ImportName("shop.bots", "bot.on_king"), False),
        ("商店.处理:收到", ImportName("商店.处理", "收到"), False),
        ("_:_", ImportName("_", "_"), False),
        ("handlers.py:on_king", ImportName("handlers.py", "on_king"), True),
        ("../my shop/handlers.py:Bot.hear", ImportName("../my shop/handlers.py", "Bot.hear"), True),
        ("/a:b/handlers.py:on_king", ImportName("/a:b/handlers.py", "on_king"), True),
        ("👨\u200d👩.py:on_king", ImportName("👨\u200d👩.py", "on_king"), True),
    ],
)
def test_an_import_is_read_and_written_alike(typed: str, meant: ImportName, is_file: bool) -> None:
    parsed = ImportName.parse(typed)

    assert (parsed, str(parsed), parsed.is_file) == (meant, typed, is_file)


def no_part(part: str, place: str, text: str) -> str:
    return f"An import needs a {part} {place} its colon, and '{text}' has none. {EXAMPLE}"


NO_MODULE = f"'{{}}' is neither a module's name nor a file that ends in .py. {EXAMPLE}"
UNSHOWABLE = "The file '{}' has a character in its name that can't be shown. Give it another name."
REFUSED = {
    **{text: no_part("module", "before", text) for text in (":on_king", ":", "shop")},
    **{text: no_part("function", "after", text) for text in ("shop:", "shop:a:")},
    **{
        f"{module}:on_king": NO_MODULE.format(module)
        for module in (
            *("shop/handlers", "shop..handlers", ".shop", "shop.", "1shop", "my shop"),
            *("shop:a", "sh-op", "shop\x1b[2J", "shop\n", "handlers.py ", "大象！"),
        )
    },
    **{
        f"handlers.py:{attribute}": f"'{attribute}' can't be the name of a function. {EXAMPLE}"
        for attribute in ("on-king", "on_king()", "bot.", ".bot", "a..b", "1", " a", "a\x1b[2J")
    },
    **{  # a person is to type the import that they trust, and to see what they type
        f"{file}:on_king": UNSHOWABLE.format(file)
        for file in ("a\x1b[2J.py", "a\n.py", "a\u202eb.py", "a\x00.py", "\udcff.py")
    },
}
"""What can't be an import, and why."""


@pytest.mark.parametrize("typed", REFUSED)
def test_what_cannot_be_an_import_is_refused_in_a_sentence(typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        ImportName.parse(typed)

    assert str(caught.value) == REFUSED[typed]


# Where it is.


def place_of(text: str) -> str | None:
    return locate(ImportName.parse(text))


def test_locating_runs_and_imports_nothing(directories: ImportDirectories) -> None:
    """Not even the parents of a dotted name, which importlib imports to find a child."""
    names = ["shop/__init__.py", "shop/handlers/__init__.py", "shop/handlers/deep.py", "alone.py"]
    directories.write(dict.fromkeys(names, LEAVES_A_TRACE + ON_KING))
    modules, path, paths = set(sys.modules), sys.path, list(sys.path)

    found = [
        place_of(f"{module}:on_king")
        for module in ("shop", "shop.handlers.deep", "shop.missing", "alone", "alone.py")
    ]

    shop, alone = str(directories.here / "shop"), str(directories.here / "alone.py")
    assert found == [shop, shop, shop, alone, alone]
    assert directories.traces() == 0
    assert (set(sys.modules), sys.path is path, sys.path) == (modules, True, paths)


BUILT_IN, ABSENT = (
    ("sys", "builtins", "time", "zipimport"),
    ("nowhere", "nowhere.at.all", "nowhere.py", "cave.py"),
)


@pytest.mark.parametrize("module", [*BUILT_IN, *ABSENT])
def test_a_part_of_python_is_built_in_and_what_is_absent_has_no_place(
    directories: ImportDirectories, module: str
) -> None:
    directories.write(
        {f"{name}.py": ON_KING for name in BUILT_IN}
    )  # which Python would never import
    (directories.here / "cave.py").mkdir()

    assert place_of(f"{module}:x") == ("built-in" if module in BUILT_IN else None)


PLACES = {
    "before what is imported already": ("json.py", "", "json", "here/json.py"),
    "before what is installed": ("shop.py", "shop.py", "shop", "here/shop.py"),
    "a package without init": ("", "shop/bots.py", "shop.bots", "installed/shop"),
    "a part of one": ("shop/handlers.py", "shop/bots.py", "shop.bots", "here/shop"),
    "no package": ("shop/readme.txt", "shop/__init__.py", "shop", "installed/shop"),
}
"""What is in the current directory, what is installed, what is asked for, and where that is."""


@pytest.mark.parametrize(("here", "installed", "module", "place"), PLACES.values(), ids=PLACES)
def test_the_current_directory_comes_first(
    directories: ImportDirectories, here: str, installed: str, module: str, place: str
) -> None:
    directories.write(dict.fromkeys(installed.split(), ""), directories.installed)
    place_of(f"{module}:x")  # what Python remembers of this is not in the way
    directories.write(dict.fromkeys(here.split(), ""))

    assert place_of(f"{module}:x") == str(directories.directory / place)


def test_links_lead_to_the_real_path(directories: ImportDirectories) -> None:
    directories.write({"real/__init__.py": "", "real.py": "", "text": ""})
    for link, target in {"shop": "real", "handlers.py": "real.py", "named.py": "text"}.items():
        (directories.here / link).symlink_to(target)

    found = [place_of(f"{module}:x") for module in ("shop", "handlers", "handlers.py", "named.py")]

    assert found == [
        str(directories.here / name) for name in ("real", "real.py", "real.py", "text")
    ]


def test_a_module_that_was_written_a_moment_ago_is_found(directories: ImportDirectories) -> None:
    """Python remembers what is in a directory for as long as its time of change stays the same."""
    assert place_of("shop:x") is None
    times = directories.here.stat().st_atime_ns, directories.here.stat().st_mtime_ns
    directories.write({"shop.py": ""})
    os.utime(directories.here, ns=times)

    assert place_of("shop:x") == str(directories.here / "shop.py")


def test_an_editable_install_is_where_its_source_is(
    directories: ImportDirectories, monkeypatch: pytest.MonkeyPatch
) -> None:
    directories.write({"source/__init__.py": LEAVES_A_TRACE}, directories.directory)
    source = directories.directory / "source"

    class EditableFinder:
        @staticmethod
        def find_spec(name: str, path: Sequence[str] | None, target: Any = None) -> Any:
            if name == "shop":
                return spec_from_file_location(name, source / "__init__.py")
            if name == "shops":
                spec = ModuleSpec(name, None, is_package=True)
                spec.submodule_search_locations = ["__editable__.place_holder", str(source)]
                return spec
            return None

    class FinderOfOld:
        """One from before Python 3.4, which Python 3.12 no longer asks."""

    monkeypatch.setattr(sys, "meta_path", [FinderOfOld, *sys.meta_path, EditableFinder])

    found = [place_of("shop.handlers:on_king"), place_of("shops.handlers:on_king")]

    assert (found, directories.traces()) == ([str(source)] * 2, 0)


def test_a_finder_imports_nothing_from_the_current_directory(
    directories: ImportDirectories,
) -> None:
    """Some import a helper to find a module, such as that of setuptools."""
    directories.write({"helper.py": LEAVES_A_TRACE, "shop.py": ""})

    found = directories.run(f"""{LOADER}
class Finder:
    @staticmethod
    def find_spec(name, path, target=None):
        if name == "shop":
            try:
                import helper
            except ImportError:
                print("no helper")

sys.meta_path.insert(0, Finder)
print(locate(ImportName("shop", "x")))
""")

    assert found == Result(0, f"no helper\n{directories.here / 'shop.py'}\n", "")
    assert directories.traces() == 0


def test_without_a_current_directory_only_what_is_not_in_it_is_located(
    directories: ImportDirectories,
) -> None:
    directories.write({"shop.py": "", "handlers.py": ""})
    directories.write({"tools.py": ""}, directories.installed)
    for file in directories.here.iterdir():
        file.unlink()
    directories.here.rmdir()

    found = [place_of(f"{m}:x") for m in ("shop", "handlers.py", "../x.py", "tools", "time")]

    assert found == [None, None, None, str(directories.installed / "tools.py"), "built-in"]
