"""Receivers that are imports: their names, where they are found, and what loading them does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

import pytest

from signalcli.errors import UnknownName, UsageError
from signalcli.receivers.import_names import ImportName, locate
from signalcli.values.signal_name import is_import
from tests.conftest import Result

ON_KING = "def on_king(sender, **payload):\n    return f'heard {sender}'\n"
LEAVES_A_TRACE = "open('ran', 'a').write('ran\\n')\n"

LOAD_EACH = """
import json, sys
from signalcli.errors import SignalcliError
from signalcli.receivers.import_names import ImportName
from signalcli.receivers.importer import load

outcomes = []
for text in sys.argv[1:]:
    try:
        outcomes.append(load(ImportName.parse(text))("大象"))
    except SignalcliError as error:
        outcomes.append([type(error).__name__, int(error.status), str(error)])
print(json.dumps(outcomes))
"""
"""Loads and calls what the command line names. It prints what came back, or the error."""


class Land(NamedTuple):
    """Directories with code in them, and processes of Python that import it."""

    directory: Path

    @property
    def here(self) -> Path:
        """The current directory of the processes."""
        return self.directory / "here"

    @property
    def installed(self) -> Path:
        """Where Python imports from, besides its own modules."""
        return self.directory / "installed"

    def write(self, files: dict[str, str], place: Path | None = None) -> None:
        """Write files, here if no other place is given."""
        for name, content in files.items():
            path = (place or self.here) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(content), "utf-8")

    def run(self, script: str, *arguments: str) -> Result:
        """Run a script that stands elsewhere, so that Python doesn't look here by itself."""
        path = self.directory / "elsewhere" / "script.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(script, "utf-8")
        paths = [str(self.installed), *filter(None, [os.environ.get("PYTHONPATH")])]
        completed = subprocess.run(
            [sys.executable, str(path), *arguments],
            check=False,
            capture_output=True,
            cwd=self.here,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(paths),
                "PYTHONUNBUFFERED": "",
                "PYTHONUTF8": "1",
            },
            encoding="utf-8",
            timeout=60,
        )
        return Result(completed.returncode, completed.stdout, completed.stderr)

    def load(self, *texts: str, before: str = "") -> Any:
        """What each of the imports gave when it was loaded and called, or how that failed.

        :param before: a script that is run first.
        """
        result = self.run(f"{before}\n{LOAD_EACH}", *texts)
        assert result.status == 0, result
        return result.json

    def refusal(self, text: str) -> str:
        """The message of the error that loading an import ends in, of status 2."""
        ((kind, status, message),) = self.load(text)
        assert (kind, status) in {("UsageError", 2), ("UnknownName", 2)}
        return str(message)

    def failure(self, text: str, before: str = "") -> str:
        """The message of the error that the code of an import ends in.

        :param before: a script that is run first.
        """
        ((kind, status, message),) = self.load(text, before=before)
        assert (kind, status) == ("ImportFailed", 4)
        return str(message)

    def traces(self) -> int:
        """How often code ran that leaves a trace."""
        path = self.here / "ran"
        return len(path.read_text().splitlines()) if path.exists() else 0


@pytest.fixture
def land(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Land:
    """An empty one. The test itself stands in its current directory, too."""
    land = Land(Path(os.path.realpath(tmp_path)))
    land.here.mkdir()
    land.installed.mkdir()
    monkeypatch.chdir(land.here)
    return land


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
def test_an_import_is_read_and_written_in_the_same_way(
    typed: str, meant: ImportName, is_file: bool
) -> None:
    parsed = ImportName.parse(typed)

    assert (parsed, str(parsed), parsed.is_file) == (meant, typed, is_file)


EXAMPLE = "For example: signalcli connect king shop.handlers:on_king"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (":on_king", "An import needs a module before its colon, and ':on_king' has none."),
        (":", "An import needs a module before its colon, and ':' has none."),
        ("shop", "An import needs a module before its colon, and 'shop' has none."),
        ("shop:", "An import needs a function after its colon, and 'shop:' has none."),
        ("shop:a:", "An import needs a function after its colon, and 'shop:a:' has none."),
        *(
            (f"{module}:on_king", f"'{module}' is neither a module's name nor a file that ends in .py.")
            for module in (
                *("shop/handlers", "shop..handlers", ".shop", "shop.", "1shop", "my shop"),
                *("shop:a", "sh-op", "shop\x1b[2J", "shop\n", "handlers.py ", "大象！"),
            )
        ),
        *(
            (f"handlers.py:{attribute}", f"'{attribute}' can't be the name of a function.")
            for attribute in ("on-king", "on_king()", "bot.", ".bot", "a..b", "1", " a", "a\x1b[2J")
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_an_import_is_refused_with_an_example(typed: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        ImportName.parse(typed)

    assert str(caught.value) == f"{sentence} {EXAMPLE}"


@pytest.mark.parametrize("file", ["a\x1b[2J.py", "a\n.py", "a\u202eb.py", "a\x00.py", "\udcff.py"])
def test_a_file_that_cannot_be_shown_is_refused(file: str) -> None:
    """A person is to type the import that they trust, and to see what they type."""
    with pytest.raises(UsageError) as caught:
        ImportName.parse(f"{file}:on_king")

    assert str(caught.value) == (
        f"The file '{file}' has a character in its name that can't be shown. Give it another name."
    )


# Where it is.


def place_of(text: str) -> str | None:
    return locate(ImportName.parse(text))


def test_locating_runs_and_imports_nothing(land: Land) -> None:
    """Not even the parents of a dotted name, which importlib imports to find a child."""
    names = ["shop/__init__.py", "shop/handlers/__init__.py", "shop/handlers/deep.py", "alone.py"]
    land.write(dict.fromkeys(names, LEAVES_A_TRACE + ON_KING))
    modules, path, paths = set(sys.modules), sys.path, list(sys.path)

    found = [
        place_of(f"{module}:on_king")
        for module in ("shop", "shop.handlers.deep", "shop.missing", "alone", "alone.py")
    ]

    shop, alone = str(land.here / "shop"), str(land.here / "alone.py")
    assert found == [shop, shop, shop, alone, alone]
    assert land.traces() == 0
    assert (set(sys.modules), sys.path is path, sys.path) == (modules, True, paths)


@pytest.mark.parametrize("module", ["sys", "builtins", "time", "zipimport"])
def test_what_is_part_of_python_itself_is_built_in(land: Land, module: str) -> None:
    land.write({f"{module}.py": ON_KING})  # which Python would never import

    assert place_of(f"{module}:x") == "built-in"


@pytest.mark.parametrize("text", ["nowhere:x", "nowhere.at.all:x", "nowhere.py:x", "cave.py:x"])
def test_what_is_not_there_has_no_place(land: Land, text: str) -> None:
    (land.here / "cave.py").mkdir()

    assert place_of(text) is None


def test_the_current_directory_comes_first_even_before_what_is_imported_already(
    land: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    land.write({"json.py": "", "shop.py": ""})
    land.write({"shop.py": ""}, land.installed)
    monkeypatch.syspath_prepend(land.installed)

    found = [place_of("json:loads"), place_of("shop:on_king")]

    assert found == [str(land.here / "json.py"), str(land.here / "shop.py")]


def test_a_package_without_init_is_where_its_first_part_is(
    land: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(land.installed)
    land.write({"shop/bots.py": ""}, land.installed)
    installed = place_of("shop.bots:x")
    land.write({"shop/handlers.py": ""})

    both = place_of("shop.bots:x")

    assert (installed, both) == (str(land.installed / "shop"), str(land.here / "shop"))


def test_a_directory_that_is_only_called_like_an_installed_package_is_not_in_its_way(
    land: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(land.installed)
    land.write({"shop/__init__.py": ""}, land.installed)
    land.write({"shop/readme.txt": ""})

    assert place_of("shop:x") == str(land.installed / "shop")


def test_links_lead_to_the_real_path(land: Land) -> None:
    land.write({"real/__init__.py": "", "real.py": "", "text": ""})
    for link, target in {"shop": "real", "handlers.py": "real.py", "named.py": "text"}.items():
        (land.here / link).symlink_to(target)

    found = [place_of(f"{module}:x") for module in ("shop", "handlers", "handlers.py", "named.py")]

    assert found == [str(land.here / name) for name in ("real", "real.py", "real.py", "text")]


def test_a_module_that_was_written_a_moment_ago_is_found(land: Land) -> None:
    """Python remembers what is in a directory for as long as its time of change stays the same."""
    assert place_of("shop:x") is None
    times = land.here.stat().st_atime_ns, land.here.stat().st_mtime_ns
    land.write({"shop.py": ""})
    os.utime(land.here, ns=times)

    assert place_of("shop:x") == str(land.here / "shop.py")


def test_an_editable_install_is_where_its_source_is(
    land: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    land.write({"source/__init__.py": LEAVES_A_TRACE}, land.directory)
    source = land.directory / "source"

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

    assert (found, land.traces()) == ([str(source)] * 2, 0)


def test_a_finder_imports_nothing_from_the_current_directory(land: Land) -> None:
    """Some import a helper to find a module, such as that of setuptools."""
    land.write({"helper.py": LEAVES_A_TRACE, "shop.py": ""})

    result = land.run(
        dedent("""
        import sys
        from signalcli.receivers.import_names import ImportName, locate

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
    )

    assert result == Result(0, f"no helper\n{land.here / 'shop.py'}\n", "")
    assert land.traces() == 0


def test_without_a_current_directory_only_what_is_not_in_it_is_located(
    land: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    land.write({"shop.py": "", "handlers.py": ""})
    land.write({"tools.py": ""}, land.installed)
    monkeypatch.syspath_prepend(land.installed)
    for file in land.here.iterdir():
        file.unlink()
    land.here.rmdir()

    found = [place_of(f"{m}:x") for m in ("shop", "handlers.py", "../x.py", "tools", "time")]

    assert found == [None, None, None, str(land.installed / "tools.py"), "built-in"]


# Loading it.

SHOP = {
    "shop/__init__.py": "",
    "shop/handlers.py": ON_KING,
    "shop/bots.py": """
        class Bot:
            def __init__(self, sender=None):
                self.sender = sender
            def on_king(self, sender, **payload):
                return f'a bot heard {sender}'
            @classmethod
            def of_class(cls, sender, **payload):
                return f'{cls.__name__} heard {sender}'
        class Nested:
            bot = Bot()
        class Sentence(str):
            pass
        bot = Bot()
        """,
    "handlers.py": ON_KING,
    "open/handlers.py": ON_KING,
    "a:b/my-handlers.py": ON_KING,
    "商店/处理.py": "def 收到(sender, **payload):\n    return f'收到{sender}'\n",
    "ligature.py": "def ﬁnish(sender, **payload):\n    return 'finished'\n",
}


def test_what_can_be_called_is_loaded_wherever_it_stands(land: Land) -> None:
    land.write(SHOP)
    (land.here / "link.py").symlink_to("text")
    (land.here / "text").write_text(ON_KING)
    expected = {
        "shop.handlers:on_king": "heard 大象",
        "handlers:on_king": "heard 大象",
        "open.handlers:on_king": "heard 大象",
        "handlers.py:on_king": "heard 大象",
        "a:b/my-handlers.py:on_king": "heard 大象",
        f"{land.here}/shop/../handlers.py:on_king": "heard 大象",
        "link.py:on_king": "heard 大象",
        "shop.bots:bot.on_king": "a bot heard 大象",
        "shop.bots:Nested.bot.on_king": "a bot heard 大象",
        "shop.bots:Bot.of_class": "Bot heard 大象",
        "shop.bots:Sentence": "大象",
        "商店.处理:收到": "收到大象",
        "商店/处理.py:收到": "收到大象",
        "ligature:ﬁnish": "finished",
        "builtins:str": "大象",
    }

    assert dict(zip(expected, land.load(*expected), strict=True)) == expected


@pytest.mark.parametrize(
    "texts",
    [
        ["shop.handlers:on_king", "shop/handlers.py:on_king"],
        ["shop/handlers.py:on_king", "./shop/handlers.py:on_king", "link.py:on_king"],
        ["link.py:on_king", "link:on_king", "shop/handlers.py:on_king"],
    ],
    ids=" ".join,
)
def test_a_file_is_executed_once_however_it_is_named(land: Land, texts: list[str]) -> None:
    land.write({"shop/handlers.py": LEAVES_A_TRACE + ON_KING})
    (land.here / "link.py").symlink_to("shop/handlers.py")

    assert land.load(*texts) == ["heard 大象"] * len(texts)
    assert land.traces() == 1


def test_a_file_takes_no_name_that_a_module_has(land: Land) -> None:
    """Whatever imports json later is not to get a person's json.py."""
    land.write(dict.fromkeys(("json.py", "x/json.py"), "def name(sender):\n    return __name__"))

    assert land.load("json.py:name", "x/json.py:name") == ["json_2", "json_3"]


def test_a_file_imports_what_stands_beside_it(land: Land) -> None:
    handlers = "from helper import place\ndef on_king(sender):\n    return place"
    land.write({"shop/handlers.py": handlers, "shop/helper.py": "place = 'beside'"})

    assert land.load("shop/handlers.py:on_king") == ["beside"]


def test_what_stands_beside_a_file_is_in_the_way_of_nothing_installed(land: Land) -> None:
    """Whoever trusts a file didn't trust that to become what others import."""
    handlers = "from helper import place\ndef on_king(sender):\n    return place"
    land.write({"shop/handlers.py": handlers, "shop/helper.py": "place = 'beside'"})
    land.write({"helper.py": "place = 'installed'"}, land.installed)

    assert land.load("shop/handlers.py:on_king") == ["installed"]


def test_a_directory_is_put_on_the_path_once(land: Land) -> None:
    land.write(dict.fromkeys(("one.py", "two.py", "x/three.py"), ON_KING))
    texts = ["one.py:on_king", "x/three.py:on_king", "two.py:on_king", "two:on_king"]

    result = land.run(
        f"{LOAD_EACH}\nprint(sys.path[-2:], len(sys.path) - len(set(sys.path)))", *texts
    )

    assert result.stdout.splitlines()[1] == f"{[f'{land.here}', f'{land.here}/x']} 0"


def test_a_package_found_here_imports_from_here_also_when_it_is_called(land: Land) -> None:
    land.write({"shop.py": "def on_king(sender):\n    import helper\n    return helper.place"})
    land.write({"helper.py": "place = 'here'"})

    assert land.load("shop:on_king") == ["here"]


def test_a_package_found_here_is_the_one_that_is_loaded(land: Land) -> None:
    """Also where Python knows of the current directory, but would look elsewhere before."""
    land.write({"shop.py": "def on_king(sender):\n    return 'here'"})
    land.write({"shop.py": "def on_king(sender):\n    return 'installed'"}, land.installed)

    before = f"import sys\nsys.path.append({str(land.here)!r})"

    assert land.load("shop:on_king", before=before) == ["here"]


def test_the_current_directory_shadows_nothing_that_an_installed_package_imports(
    land: Land,
) -> None:
    """Whoever receives a directory may well run an import in it that they trusted long ago."""
    handlers = "from helper import place\ndef on_king(sender):\n    import late\n    return place"
    land.write(
        {"shop.py": handlers, "helper.py": "place = 'installed'", "late.py": ""}, land.installed
    )
    land.write({"helper.py": LEAVES_A_TRACE, "late.py": LEAVES_A_TRACE})
    script = f"import sys\nbefore = [*sys.path]\n{LOAD_EACH}\nprint(sys.path == before)"

    assert land.run(script, "shop:on_king") == Result(0, '["installed"]\nTrue\n', "")
    assert land.traces() == 0


# What it prints.

NOISY = """
import io, os, sys
print("printed")
print("大象\\udcff")
sys.stdout.buffer.write(b"bytes\\n")
sys.__stdout__.write("past it\\n")
os.write(1, b"descriptor\\n")
os.system("echo child")
sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8")
print("wrapped")
"""
NOISE = ["printed", "大象\\udcff", "bytes", "descriptor", "child", "wrapped", "past it"]
"""Those that keep it to themselves for a while come last."""


@pytest.mark.parametrize("text", ["noisy:on_king", "noisy.py:on_king"])
def test_what_is_printed_while_importing_goes_to_standard_error(land: Land, text: str) -> None:
    land.write({"noisy.py": NOISY + ON_KING})
    also_later = "sys.stderr.write('and standard error is open\\n')\n"

    result = land.run(f"{LOAD_EACH}\n{also_later}", text)

    assert (result.status, result.stdout) == (0, '["heard \\u5927\\u8c61"]\n')
    assert result.stderr.splitlines() == [*NOISE, "and standard error is open"]


def test_what_an_attribute_prints_goes_to_standard_error(land: Land) -> None:
    land.write({"lazy.py": "def __getattr__(name):\n    print('made', name)\n    return str\n"})

    assert land.run(LOAD_EACH, "lazy:on_king") == Result(
        0, '["\\u5927\\u8c61"]\n', "made on_king\n"
    )


def test_what_was_printed_before_stays_on_standard_output(land: Land) -> None:
    land.write({"shop.py": "print('importing')\nraise ValueError"})
    after = "import os\nsys.stdout.flush()\nos.system('echo a child after')"

    result = land.run(f"print('before')\n{LOAD_EACH}\n{after}", "shop:on_king")

    before, document, child = result.stdout.splitlines()
    assert (before, json.loads(document)[0][0], child) == (
        "before",
        "ImportFailed",
        "a child after",
    )
    assert result.stderr == "importing\n"


# What can't be loaded, because it isn't there or can't be called.


GO_THERE = "Go to the directory that it is in, or install it for {python}."
NOT_THERE = {
    "shpo.handlers:on_king": "No module 'shpo' in {here} or among those installed. "
    f"Did you mean 'shop'? {GO_THERE}",
    "toolls:on_king": "No module 'toolls' in {here} or among those installed. "
    f"Did you mean 'tools'? {GO_THERE}",
    "shop.handlrs:on_king": "No module 'handlrs' in {here}/shop. Did you mean 'handlers'? "
    "Name a module that is there.",
    "shop.qqq.deep:on_king": "No module 'qqq' in {here}/shop. Name a module that is there.",
    "handlers.deep:on_king": "No module 'deep' in 'handlers', which isn't a package. "
    "Name a module that is there.",
    "handler.py:on_king": "No file 'handler.py' in {here}. Did you mean 'handlers.py'? "
    "Name a file that is there.",
    "shop/handlrs.py:on_king": "No file 'handlrs.py' in {here}/shop. "
    "Did you mean 'handlers.py'? Name a file that is there.",
    "/nowhere/qqq.py:on_king": "No file 'qqq.py' in /nowhere. Name a file that is there.",
    "cave.py:on_king": f"'cave.py' is a directory. Name a file of Python code. {EXAMPLE}",
    "pipe.py:on_king": f"'pipe.py' is not a regular file. Name a file of Python code. {EXAMPLE}",
    "loop.py:on_king": "The file 'loop.py' can't be read: Too many levels of symbolic links.",
    "shop.handlers:on_kng": "No attribute 'on_kng' in 'shop.handlers'. Did you mean 'on_king'? "
    "Name a function that is defined there.",
    "handlers.py:qqq": "No attribute 'qqq' in 'handlers.py'. "
    "Name a function that is defined there.",
    "handlers.py:KINGS": "No attribute 'KINGS' in 'handlers.py'. Did you mean 'on_king'? "
    "Name a function that is defined there.",
    "shop.bots:bto.on_king": "No attribute 'bto' in 'shop.bots'. Did you mean 'bot'? "
    "Name a function that is defined there.",
    "shop.bots:Nested.bot.on_kin": "No attribute 'on_kin' in 'shop.bots:Nested.bot'. "
    "Did you mean 'on_king'? Name a function that is defined there.",
    "shop.bots:Bot.off_class": "No attribute 'off_class' in 'shop.bots:Bot'. "
    "Did you mean 'of_class'? Name a function that is defined there.",
    "shop.bots:bot": "'shop.bots:bot' is a value of type 'Bot' and can't be called. "
    "Name a function, or another object that can be called.",
    "json:on_king": "The module 'json' of {here}/json.py can't be imported, because another one "
    "of that name is in use, from {json}. Give it another name.",
}


@pytest.mark.parametrize("text", NOT_THERE)
def test_what_is_not_there_is_told_in_a_sentence(land: Land, text: str) -> None:
    land.write({**SHOP, "json.py": ON_KING, "handlers.py": f"KING = 1\n{ON_KING}"})
    land.write({"tools.py": ""}, land.installed)
    (land.here / "cave.py").mkdir()
    os.mkfifo(land.here / "pipe.py")
    (land.here / "loop.py").symlink_to("loop.py")

    refused = land.refusal(text)

    json_package = os.path.realpath(os.path.dirname(json.__file__))
    assert refused == NOT_THERE[text].format(
        here=land.here, python=sys.executable, json=json_package
    )


def test_without_a_current_directory_the_sentence_names_none(land: Land) -> None:
    script = f"import os\nos.mkdir('x')\nos.chdir('x')\nos.rmdir('../x')\n{LOAD_EACH}"

    outcomes = land.run(script, "qqqq:x", "qqqq.py:x").json

    remedy = f"Go to the directory that it is in, or install it for {sys.executable}."
    assert outcomes == [
        ["UnknownName", 2, f"No module 'qqqq'. {remedy}"],
        ["UnknownName", 2, "No file 'qqqq.py'. Name a file that is there."],
    ]


def test_location_says_what_is_missing_without_loading_anything(land: Land) -> None:
    from signalcli.receivers.import_names import location

    land.write({"shop.py": LEAVES_A_TRACE, "handlers.py": LEAVES_A_TRACE})
    names = [ImportName.parse(f"{module}:x") for module in ("shop", "handlers.py")]

    assert [location(name) for name in names] == [
        str(land.here / "shop.py"),
        str(land.here / "handlers.py"),
    ]
    for missing in ("shpo", "handler.py"):
        with pytest.raises(UnknownName, match="Did you mean"):
            location(ImportName.parse(f"{missing}:x"))
    assert land.traces() == 0


# What can't be loaded, because of its own code.


FAULTS = {
    "\nraise ValueError('no king')": "handlers.py:2 raises ValueError: no king.",
    "raise ValueError('No king!')": "handlers.py:1 raises ValueError: No king!",
    "raise ValueError": "handlers.py:1 raises ValueError.",
    "import sys\nsys.exit(3)": "handlers.py:2 raises SystemExit: 3.",
    "import sys\nsys.exit()": "handlers.py:2 raises SystemExit.",
    "class End(BaseException): pass\nraise End": "handlers.py:2 raises End.",
    "raise StopIteration(1)": "handlers.py:1 raises StopIteration: 1.",
    "\n\ndef on_king(:\n  pass": "handlers.py:3 raises SyntaxError: invalid syntax.",
    "exec('x y')": "handlers.py:1 raises SyntaxError: invalid syntax.",
    "import shop.helper": "helper.py:3 raises RuntimeError: helpless.",
    "import shop.broken": "broken.py:2 raises SyntaxError: invalid syntax.",
    "from string import Template\nTemplate('$x').substitute()": "handlers.py:2 raises KeyError: 'x'.",
    "import tool\ntool.use(0)": "handlers.py:2 raises ZeroDivisionError: division by zero.",
    "class Mute(Exception):\n    def __str__(self): raise KeyError\nraise Mute": (
        "handlers.py:3 raises Mute: <no message: its __str__ raises KeyError>."
    ),
    "import shop, requested": (
        "handlers.py:1 raises ModuleNotFoundError: No module named 'requested'. "
        "Install what is missing for {python}, or mend that line."
    ),
    "def __getattr__(name):\n    raise OSError('no ' + name)": (
        "handlers.py:2 raises OSError: no on_king."
    ),
}
"""What the code of a receiver may do, and how that is told after the directory it is in."""


@pytest.mark.parametrize("text", ["shop.handlers:on_king", "shop/handlers.py:on_king"])
@pytest.mark.parametrize("code", FAULTS)
def test_what_its_own_code_raises_is_told_with_the_place(land: Land, text: str, code: str) -> None:
    helper = "def fail():\n\n    raise RuntimeError('helpless')\nfail()"
    files = {"__init__.py": "", "handlers.py": code, "helper.py": helper, "broken.py": "\nx y"}
    land.write({f"shop/{name}": content for name, content in files.items()})
    land.write({"site-packages/tool.py": "def use(n):\n    return 1 / n"}, land.installed)
    here, packages = str(land.here), str(land.installed / "site-packages")

    told = land.failure(text, f"import sys\nsys.path += [{here!r}, {packages!r}]\n")

    fault = FAULTS[code].format(python=sys.executable)
    assert told == f"The receiver '{text}' can't be imported, because shop/{fault}"


def test_an_installed_package_that_fails_is_told_with_its_own_place(land: Land) -> None:
    land.write({"site-packages/shop.py": "import json\njson.loads('')"}, land.directory)
    packages = land.directory / "site-packages"

    told = land.failure("shop:x", f"import sys\nsys.path.append({str(packages)!r})")

    assert told.startswith("The receiver 'shop:x' can't be imported, because shop.py:2 raises ")


def test_an_interrupt_while_importing_passes(land: Land) -> None:
    land.write({"shop.py": "raise KeyboardInterrupt", "handlers.py": "raise KeyboardInterrupt"})
    script = """
import sys
from signalcli.receivers.import_names import ImportName
from signalcli.receivers.importer import load

for text in ("shop:x", "handlers.py:x"):
    try:
        load(ImportName.parse(text))
    except KeyboardInterrupt:
        print("interrupted", "handlers" in sys.modules)
"""

    assert land.run(script) == Result(0, "interrupted False\n" * 2, "")


def test_a_file_that_failed_can_be_mended_and_loaded_in_the_same_process(land: Land) -> None:
    land.write({"handlers.py": "import sys\nsys.modules['witness'] = sys\nraise ValueError"})
    script = f"""
import sys
from signalcli.errors import ImportFailed
from signalcli.receivers.import_names import ImportName
from signalcli.receivers.importer import load

name = ImportName.parse("handlers.py:on_king")
try:
    load(name)
except ImportFailed:
    print("handlers" in sys.modules, "witness" in sys.modules)
open("handlers.py", "w").write({ON_KING!r})
receiver = load(name)
print(receiver.__module__, receiver("大象"))
"""

    assert land.run(script) == Result(0, "False True\nhandlers heard 大象\n", "")


def test_other_code_can_be_imported_with_the_same_care(land: Land) -> None:
    """As that of the receivers that an installed package offers."""
    land.write({"shop.py": "print('importing')\n{}['king']"}, land.installed)
    script = """
from signalcli.errors import ImportFailed, UsageError
from signalcli.receivers.importer import checked, importing

try:
    with importing("The receiver 'king' of the package shop"):
        import shop
except ImportFailed as error:
    print(error)
print(checked("king", print) is print)
try:
    checked("king", 1)
except UsageError as error:
    print(error)
"""

    assert land.run(script) == Result(
        0,
        "The receiver 'king' of the package shop can't be imported, because shop.py:2 raises "
        "KeyError: 'king'.\n"
        "True\n"
        "'king' is a value of type 'int' and can't be called. "
        "Name a function, or another object that can be called.\n",
        "importing\n",
    )
