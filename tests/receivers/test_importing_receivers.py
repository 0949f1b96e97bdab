"""Importing receivers: what runs, what is printed, and what fails."""

from __future__ import annotations

import json
import os
import sys

import pytest

from signalcli.errors import UnknownName
from signalcli.receivers.import_names import ImportName
from tests.support.cli import Result
from tests.support.import_directories import (
    EXAMPLE,
    LEAVES_A_TRACE,
    LOAD_EACH,
    LOADER,
    ON_KING,
    ImportDirectories,
)

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


def test_a_callable_is_loaded_from_any_place(directories: ImportDirectories) -> None:
    directories.write(SHOP)
    (directories.here / "link.py").symlink_to("text")
    (directories.here / "text").write_text(ON_KING)
    expected = {
        "shop.handlers:on_king": "heard 大象",
        "handlers:on_king": "heard 大象",
        "open.handlers:on_king": "heard 大象",
        "handlers.py:on_king": "heard 大象",
        "a:b/my-handlers.py:on_king": "heard 大象",
        f"{directories.here}/shop/../handlers.py:on_king": "heard 大象",
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

    assert dict(zip(expected, directories.load(*expected), strict=True)) == expected


@pytest.mark.parametrize(
    "texts",
    [
        ["shop.handlers:on_king", "shop/handlers.py:on_king"],
        ["shop/handlers.py:on_king", "./shop/handlers.py:on_king", "link.py:on_king"],
        ["link.py:on_king", "link:on_king", "shop/handlers.py:on_king"],
    ],
    ids=" ".join,
)
def test_a_file_is_executed_once_however_it_is_named(
    directories: ImportDirectories, texts: list[str]
) -> None:
    directories.write({"shop/handlers.py": LEAVES_A_TRACE + ON_KING})
    (directories.here / "link.py").symlink_to("shop/handlers.py")

    assert directories.load(*texts) == ["heard 大象"] * len(texts)
    assert directories.traces() == 1


def test_a_file_takes_no_name_that_a_module_has(directories: ImportDirectories) -> None:
    """Whatever imports json later is not to get a person's json.py."""
    directories.write(
        dict.fromkeys(("json.py", "x/json.py"), "def name(sender):\n    return __name__")
    )

    assert directories.load("json.py:name", "x/json.py:name") == ["json_2", "json_3"]


@pytest.mark.parametrize("installed", [False, True])
def test_a_file_prefers_what_is_installed_to_what_is_beside_it(
    directories: ImportDirectories, installed: bool
) -> None:
    """Trust in a file isn't trust in the files beside it, which could replace modules that others import."""
    handlers = "from helper import place\ndef on_king(sender):\n    return place"
    directories.write({"shop/handlers.py": handlers, "shop/helper.py": "place = 'beside'"})
    if installed:
        directories.write({"helper.py": "place = 'installed'"}, directories.installed)

    assert directories.load("shop/handlers.py:on_king") == ["installed" if installed else "beside"]


def test_a_directory_is_put_on_the_path_once(directories: ImportDirectories) -> None:
    directories.write(dict.fromkeys(("one.py", "two.py", "x/three.py"), ON_KING))
    texts = ["one.py:on_king", "x/three.py:on_king", "two.py:on_king", "two:on_king"]

    script = f"{LOAD_EACH}\nprint(sys.path[-2:], len(sys.path) - len(set(sys.path)))"
    result = directories.run(script, *texts)

    assert result.stdout.splitlines()[1] == f"{[f'{directories.here}', f'{directories.here}/x']} 0"


def test_a_package_found_here_imports_from_here_also_when_it_is_called(
    directories: ImportDirectories,
) -> None:
    directories.write(
        {"shop.py": "def on_king(sender):\n    import helper\n    return helper.place"}
    )
    directories.write({"helper.py": "place = 'here'"})

    assert directories.load("shop:on_king") == ["here"]


def test_a_package_found_here_is_the_one_that_is_loaded(directories: ImportDirectories) -> None:
    """Also where Python knows of the current directory, but would look elsewhere before."""
    directories.write({"shop.py": "def on_king(sender):\n    return 'here'"})
    directories.write(
        {"shop.py": "def on_king(sender):\n    return 'installed'"}, directories.installed
    )

    before = f"import sys\nsys.path.append({str(directories.here)!r})"

    assert directories.load("shop:on_king", before=before) == ["here"]


def test_the_current_directory_shadows_nothing_that_a_package_imports(
    directories: ImportDirectories,
) -> None:
    """Whoever receives a directory may well run an import in it that they trusted long ago."""
    handlers = "from helper import place\ndef on_king(sender):\n    import late\n    return place"
    installed = {"shop.py": handlers, "helper.py": "place = 'installed'", "late.py": ""}
    directories.write(installed, directories.installed)
    directories.write({"helper.py": LEAVES_A_TRACE, "late.py": LEAVES_A_TRACE})
    script = f"import sys\nbefore = [*sys.path]\n{LOAD_EACH}\nprint(sys.path == before)"

    assert directories.run(script, "shop:on_king") == Result(0, '["installed"]\nTrue\n', "")
    assert directories.traces() == 0


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
"""The texts; those that are buffered come last."""


@pytest.mark.parametrize("text", ["noisy:on_king", "noisy.py:on_king"])
def test_what_is_printed_while_importing_goes_to_standard_error(
    directories: ImportDirectories, text: str
) -> None:
    directories.write({"noisy.py": NOISY + ON_KING})
    also_later = "sys.stderr.write('and standard error is open\\n')\n"

    result = directories.run(f"{LOAD_EACH}\n{also_later}", text)

    assert (result.status, result.stdout) == (0, '["heard \\u5927\\u8c61"]\n')
    assert result.stderr.splitlines() == [*NOISE, "and standard error is open"]


def test_what_an_attribute_prints_goes_to_standard_error(directories: ImportDirectories) -> None:
    directories.write(
        {"lazy.py": "def __getattr__(name):\n    print('made', name)\n    return str\n"}
    )

    result = directories.run(LOAD_EACH, "lazy:on_king")

    assert result == Result(0, '["\\u5927\\u8c61"]\n', "made on_king\n")


def test_what_was_printed_before_stays_on_standard_output(directories: ImportDirectories) -> None:
    directories.write({"shop.py": "print('importing')\nraise ValueError"})
    after = "import os\nsys.stdout.flush()\nos.system('echo a child after')"

    result = directories.run(f"print('before')\n{LOAD_EACH}\n{after}", "shop:on_king")

    before, document, child = result.stdout.splitlines()
    assert json.loads(document)[0][0] == "ImportFailed"
    assert (before, child) == ("before", "a child after")
    assert result.stderr == "importing\n"


# What can't be loaded, because it isn't there or can't be called.


GO_THERE = "Go to the directory that it is in, or install it for {python}."
INSTALLED = "{here} or among those installed"
FUNCTION = "Name a function that is defined there."
FILE = "Name a file that is there."
MODULE = "Name a module that is there."


def no(what: str, where: str, then: str, meant: str = "") -> str:
    suggestion = f" Did you mean '{meant}'?" if meant else ""
    return f"No {what} in {where}.{suggestion} {then}"


NOT_THERE = {
    "shpo.handlers:on_king": no("module 'shpo'", INSTALLED, GO_THERE, "shop"),
    "toolls:on_king": no("module 'toolls'", INSTALLED, GO_THERE, "tools"),
    "shop.handlrs:on_king": no("module 'handlrs'", "{here}/shop", MODULE, "handlers"),
    "shop.qqq.deep:on_king": no("module 'qqq'", "{here}/shop", MODULE),
    "handlers.deep:on_king": no("module 'deep'", "'handlers', which isn't a package", MODULE),
    "handler.py:on_king": no("file 'handler.py'", "{here}", FILE, "handlers.py"),
    "shop/handlrs.py:on_king": no("file 'handlrs.py'", "{here}/shop", FILE, "handlers.py"),
    "/nowhere/qqq.py:on_king": no("file 'qqq.py'", "/nowhere", FILE),
    "cave.py:on_king": f"'cave.py' is a directory. Name a file of Python code. {EXAMPLE}",
    "pipe.py:on_king": f"'pipe.py' is not a regular file. Name a file of Python code. {EXAMPLE}",
    "loop.py:on_king": "The file 'loop.py' can't be read: Too many levels of symbolic links.",
    "shop.handlers:on_kng": no("attribute 'on_kng'", "'shop.handlers'", FUNCTION, "on_king"),
    "handlers.py:qqq": no("attribute 'qqq'", "'handlers.py'", FUNCTION),
    "handlers.py:KINGS": no("attribute 'KINGS'", "'handlers.py'", FUNCTION, "on_king"),
    "shop.bots:bto.on_king": no("attribute 'bto'", "'shop.bots'", FUNCTION, "bot"),
    "shop.bots:Nested.bot.on_kin": no(
        "attribute 'on_kin'", "'shop.bots:Nested.bot'", FUNCTION, "on_king"
    ),
    "shop.bots:Bot.off_class": no("attribute 'off_class'", "'shop.bots:Bot'", FUNCTION, "of_class"),
    "shop.bots:bot": "'shop.bots:bot' is a value of type 'Bot' and can't be called. "
    "Name a function, or another object that can be called.",
    "json:on_king": "The module 'json' of {here}/json.py can't be imported, because another one "
    "of that name is in use, from {json}. Give it another name.",
}


@pytest.mark.parametrize("text", NOT_THERE)
def test_what_is_not_there_is_reported_in_a_sentence(
    directories: ImportDirectories, text: str
) -> None:
    directories.write({**SHOP, "json.py": ON_KING, "handlers.py": f"KING = 1\n{ON_KING}"})
    directories.write({"tools.py": ""}, directories.installed)
    (directories.here / "cave.py").mkdir()
    os.mkfifo(directories.here / "pipe.py")
    (directories.here / "loop.py").symlink_to("loop.py")

    refused = directories.refusal(text)

    used = os.path.realpath(os.path.dirname(json.__file__))
    assert refused == NOT_THERE[text].format(
        here=directories.here, python=sys.executable, json=used
    )


def test_without_a_current_directory_the_sentence_names_none(
    directories: ImportDirectories,
) -> None:
    script = f"import os\nos.mkdir('x')\nos.chdir('x')\nos.rmdir('../x')\n{LOAD_EACH}"

    outcomes = directories.run(script, "qqqq:x", "qqqq.py:x").json

    remedy = f"Go to the directory that it is in, or install it for {sys.executable}."
    assert outcomes == [
        ["UnknownName", 2, f"No module 'qqqq'. {remedy}"],
        ["UnknownName", 2, "No file 'qqqq.py'. Name a file that is there."],
    ]


def test_location_says_what_is_missing_without_loading_anything(
    directories: ImportDirectories,
) -> None:
    from signalcli.receivers.import_names import location

    directories.write({"shop.py": LEAVES_A_TRACE, "handlers.py": LEAVES_A_TRACE})
    names = [ImportName.parse(f"{module}:x") for module in ("shop", "handlers.py")]

    assert [location(name) for name in names] == [
        f"{directories.here}/shop.py",
        f"{directories.here}/handlers.py",
    ]
    for missing in ("shpo", "handler.py"):
        with pytest.raises(UnknownName, match="Did you mean"):
            location(ImportName.parse(f"{missing}:x"))
    assert directories.traces() == 0


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
        "Install what is missing for {python}, or fix that line."
    ),
    "def __getattr__(name):\n    raise OSError(name)": "handlers.py:2 raises OSError: on_king.",
}
"""What the code of a receiver may do, and the error for it, after the directory that it is in."""


@pytest.mark.parametrize("text", ["shop.handlers:on_king", "shop/handlers.py:on_king"])
@pytest.mark.parametrize("code", FAULTS)
def test_what_its_own_code_raises_is_reported_with_the_place(
    directories: ImportDirectories, text: str, code: str
) -> None:
    helper = "def fail():\n\n    raise RuntimeError('helpless')\nfail()"
    files = {"__init__.py": "", "handlers.py": code, "helper.py": helper, "broken.py": "\nx y"}
    directories.write({f"shop/{name}": content for name, content in files.items()})
    directories.write(
        {"site-packages/tool.py": "def use(n):\n    return 1 / n"}, directories.installed
    )
    here, packages = str(directories.here), str(directories.installed / "site-packages")

    reported = directories.failure(text, f"import sys\nsys.path += [{here!r}, {packages!r}]\n")

    fault = FAULTS[code].format(python=sys.executable)
    assert reported == f"The receiver '{text}' can't be imported, because shop/{fault}"


def test_an_installed_package_that_fails_is_reported_with_its_own_place(
    directories: ImportDirectories,
) -> None:
    directories.write(
        {"site-packages/shop.py": "import json\njson.loads('')"}, directories.directory
    )
    packages = directories.directory / "site-packages"

    reported = directories.failure("shop:x", f"import sys\nsys.path.append({str(packages)!r})")

    assert reported.startswith("The receiver 'shop:x' can't be imported, because shop.py:2 raises ")


def test_an_interrupt_while_importing_passes(directories: ImportDirectories) -> None:
    directories.write(
        {"shop.py": "raise KeyboardInterrupt", "handlers.py": "raise KeyboardInterrupt"}
    )
    script = f"""{LOADER}
for text in ("shop:x", "handlers.py:x"):
    try:
        load(ImportName.parse(text))
    except KeyboardInterrupt:
        print("interrupted", "handlers" in sys.modules)
"""

    assert directories.run(script) == Result(0, "interrupted False\n" * 2, "")


def test_a_file_that_failed_can_be_fixed_and_loaded_in_the_same_process(
    directories: ImportDirectories,
) -> None:
    directories.write({"handlers.py": "import sys\nsys.modules['witness'] = sys\nraise ValueError"})
    script = f"""{LOADER}
name = ImportName.parse("handlers.py:on_king")
try:
    load(name)
except ImportFailed:
    print("handlers" in sys.modules, "witness" in sys.modules)
open("handlers.py", "w").write({ON_KING!r})
receiver = load(name)
print(receiver.__module__, receiver("大象"))
"""

    assert directories.run(script) == Result(0, "False True\nhandlers heard 大象\n", "")


def test_other_code_can_be_imported_with_the_same_care(directories: ImportDirectories) -> None:
    """As that of the receivers that an installed package offers."""
    directories.write({"shop.py": "print('importing')\n{}['king']"}, directories.installed)
    script = f"""{LOADER}
try:
    with importing("The receiver 'king' of the package shop"):
        import shop
except ImportFailed as error:
    print(error)
print(check_callable("king", print) is print)
try:
    check_callable("king", 1)
except UsageError as error:
    print(error)
"""

    reported = (
        "The receiver 'king' of the package shop can't be imported, because shop.py:2 raises "
        "KeyError: 'king'.\nTrue\n'king' is a value of type 'int' and can't be called. "
        "Name a function, or another object that can be called.\n"
    )
    assert directories.run(script) == Result(0, reported, "importing\n")
