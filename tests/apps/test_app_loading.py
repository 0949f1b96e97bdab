"""Applications are imported, and found in their modules, as the ``flask`` command does."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.support.applications import APPS, HEADING, Answer, frame, load

# What is named.

NAMED: dict[str, tuple[str, str | None, bool]] = {
    "shop": ("shop", None, False),
    "shop.py": ("shop", None, False),
    "./kiosk/../shop.py": ("shop", None, False),
    f"{APPS}/shop.py": ("shop", None, False),
    "shop:app": ("shop", "shop", False),
    "shop:owner.app": ("shop", "shop", False),
    "shop:made": ("shop", "made", True),
    "shop:made()": ("shop", "made", True),
    'shop.py:made("a", debug=True)': ("shop", "made_a", True),
    "shop:owner.make('x')": ("shop", "made_x", True),
    "shop:Kind": ("shop", None, False),
    "lazy:site": ("lazy", "lazy", False),
    "kiosk": ("kiosk", None, False),
    "kiosk.views": ("kiosk.views", None, False),
    "kiosk/views.py": ("kiosk.views", None, False),
    "kiosk/views": ("kiosk.views", None, False),
    "kiosk/admin": ("kiosk.admin", None, False),
    "kiosk/admin/pages.py": ("kiosk.admin.pages", None, False),
    "kiosk/__init__.py": ("kiosk", None, False),
    "inside/plain.py": ("plain", None, False),
    "with space.py": ("with space", None, False),
    "with-dash.py": ("with-dash", None, False),
}
"""What is typed, with the module's name, the application's and whether a factory was called."""


@pytest.mark.parametrize("target", NAMED)
def test_a_module_is_imported_and_a_factory_is_called_only_if_it_is_named(target: str) -> None:
    result = load(target)

    module, named, called = NAMED[target]
    expected: dict[str, object] = {"notes": [], "module": module, "named": named, "called": called}
    assert (result.status, result.value) == (0, expected)


def test_arguments_reach_the_factory() -> None:
    result = load('shop:made("a", SIZE=[1, None])', "loaded.named.config['SIZE']")

    assert result.value["value"] == [1, None]
    assert result.stderr == "importing shop\nmaking ('a',) {'SIZE': [1, None]}\n"


@pytest.mark.parametrize(
    ("target", "directory", "first"),
    [
        ("shop", APPS, [APPS]),
        ("kiosk/admin/pages.py", APPS, [APPS]),
        ("inside/plain.py", APPS, [APPS / "inside", APPS]),
        ("views", APPS / "kiosk", [APPS, APPS / "kiosk"]),
        ("admin.pages", APPS / "kiosk", [APPS, APPS / "kiosk"]),
    ],
)
def test_its_directory_and_the_current_one_are_the_first_that_modules_are_looked_for_in(
    target: str, directory: Path, first: list[Path]
) -> None:
    found = load(target, "sys.path", directory=directory).value["value"]

    assert found[: len(first)] == [str(path) for path in first]
    assert found.count(str(directory)) == 1


def test_a_module_in_a_package_that_we_are_in_has_the_package_in_its_name() -> None:
    assert load("views", directory=APPS / "kiosk").value["module"] == "kiosk.views"


# What isn't there.

FLASK_OR_QUART = "an object of type 'str', and no application of Flask or Quart."
DIRECTORY = f"in {APPS} or among those installed."

MISSING: dict[str, str] = {
    "shp": f"No module 'shp' {DIRECTORY} Did you mean --app shop?",
    "shp:made(1)": f"No module 'shp' {DIRECTORY} Did you mean --app 'shop:made(1)'?",
    "zzzzzz": f"No module 'zzzzzz' {DIRECTORY} There are: aborts, accepts, alarms, alone, "
    "at_the_end, …. For example: --app aborts",
    "kiosk.view": "No module 'view' in 'kiosk'. Did you mean --app kiosk.views?",
    "kiosk.zzzzzz": "No module 'zzzzzz' in 'kiosk'. There are: admin, broken, views. "
    "For example: --app kiosk.admin",
    "shop.app": "'app' in 'shop' is no module. Did you mean --app shop:app?",
    "shop.zz": "'shop' is no package, and has no 'zz' in it. Name the module itself: --app shop",
    "inside": "'inside' is a directory without an __init__.py, and so no package. "
    "Name a file that is in it, such as --app inside/app.py",
    "shpo.py:app": f"No file 'shpo.py' in {APPS}. Did you mean --app shop.py:app?",
    "kiosk/view.py": f"No file 'view.py' in {APPS}/kiosk. Did you mean --app kiosk/views.py?",
    "nowhere/app.py": f"No file 'app.py' in {APPS}/nowhere. "
    "Go to the directory that the application is in.",
    "with.dot.py": "The file 'with.dot.py' can't be imported, because its name has a dot. "
    "Give it another name.",
    "/dev/null": "'/dev/null' is neither a file that ends in .py nor a package's directory. "
    "Name one, for example: --app shop.py",
    "shop:apq": "No 'apq' in 'shop'. Did you mean --app shop:app?",
    "shop:zzzzzz": "No 'zzzzzz' in 'shop'. There are: app, the_same, nothing, owner, made, …. "
    "For example: --app shop:app",
    "shop:owner.mak": "No 'mak' in 'owner' in 'shop'. Did you mean --app shop:owner.make?",
    "lazy:zzzzzz": "No 'zzzzzz' in 'lazy'. Name an application or a factory that is there.",
    "shop:nothing": "'nothing' in 'shop' is None. Name the factory that makes the application: "
    "--app shop:create_app",
    "shop:app()": "'app' in 'shop' is no factory but an object of type 'Flask', which isn't "
    "called. Leave the parentheses out: --app shop:app",
    "shop:takes_none": "The factory 'shop:takes_none' returns nothing. "
    "Let it return the application.",
    "shop:later": "The factory 'shop:later' is async, and nothing awaits it here. "
    "Name one that isn't.",
    "shop:needs_a_name": "The factory 'shop:needs_a_name' can't be called without arguments: "
    "needs_a_name() missing 1 required positional argument: 'name'. "
    "Type those that it takes, in quotes for the shell: --app 'shop:needs_a_name(\"…\")'",
    "shop:takes_none(1)": "The factory 'shop:takes_none' can't be called with these arguments: "
    "takes_none() takes 0 positional arguments but 1 was given. "
    "Type those that it takes, in quotes for the shell: --app 'shop:takes_none(\"…\")'",
}


@pytest.mark.parametrize("target", MISSING)
def test_what_is_not_there_is_told_with_what_to_type_next(target: str) -> None:
    result = load(target)

    assert (result.status, result.error, result.details) == (4, MISSING[target], [])


def test_a_coroutine_that_a_factory_returns_is_closed() -> None:
    """Or Python would say beside our error that it was never awaited."""
    assert load("shop:later").stderr == "importing shop\n"


def test_a_namesake_of_a_module_that_is_in_use_is_not_taken_for_it(tmp_path: Path) -> None:
    import json

    (tmp_path / "json.py").write_text("app = 1")

    by_file, by_name = (load(f"json{end}", directory=tmp_path) for end in (".py", ""))

    assert (by_file.status, by_name.status, by_file.error) == (4, 4, by_name.error)
    assert by_file.error == (
        f"The module 'json' of {tmp_path}/json.py can't be imported, because another one of that "
        f"name is in use, from {json.__file__}. Give it another name."
    )


def test_a_current_directory_that_was_removed_is_told(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()

    result = load("shop", "os.rmdir('.')", directory=APPS)
    removed = _load_where_nothing_is(gone)

    assert result.status != 0, "the driver itself fails"
    assert (removed.status, removed.error) == (
        4,
        "The current directory was removed. Go to another one.",
    )


def _load_where_nothing_is(directory: Path) -> Answer:
    import subprocess

    from tests.support.applications import DRIVER, environment_of

    completed = subprocess.run(
        ["sh", "-c", f'rmdir "$PWD" && exec "{sys.executable}" "{DRIVER}" shop 5'],
        check=False,
        capture_output=True,
        text=True,
        cwd=directory,
        env=environment_of(),
        timeout=60,
    )
    return Answer(completed.returncode, completed.stdout, completed.stderr)


# The application, for a command that needs it.

APPLICATIONS = {
    "shop": "shop",
    "shop:made": "made",
    "alone": "alone",
    "factory": "made",
    "runs_a_server": "runs_a_server",
}


@pytest.mark.parametrize("target", APPLICATIONS)
def test_the_application_is_found_as_flask_finds_it(target: str) -> None:
    result = load(target, "application")

    assert (result.status, result.value["application"]) == (0, APPLICATIONS[target])


def test_a_factory_is_not_called_before_the_application_is_needed() -> None:
    imported, needed = (load("factory", *asked, "module.made") for asked in ((), ("application",)))

    assert (imported.value["value"], imported.stderr) == ([], "")
    assert (needed.value["value"], needed.stderr) == ([1], "made\n")


def test_a_server_that_is_not_guarded_is_kept_from_starting_by_flask_itself() -> None:
    """Flask asks a variable that its own command sets."""
    result = load("runs_a_server", seconds=10)

    assert (result.status, "Ignoring a call to 'app.run()'" in result.stderr) == (0, True)


LOOKED_FOR = "app, application, an instance of Flask or Quart, create_app() and make_app()"

UNFOUND = {
    "several": "There are 2 applications in 'several': front, back. Name one: --app several:front",
    "blueprint": f"No application in 'blueprint': {LOOKED_FOR} were looked for. "
    "Is it --app blueprint:build_shop?",
    "kiosk": f"No application in 'kiosk': {LOOKED_FOR} were looked for. "
    "Name what it is: --app kiosk:NAME",
    "returns_words": f"No application in 'returns_words': {LOOKED_FOR} were looked for, and "
    "create_app() returned an object of type 'str'. Is it --app returns_words:create_app?",
    "needs_arguments": "The factory 'needs_arguments:create_app' can't be called without "
    "arguments: create_app() missing 1 required positional argument: 'settings'. Type those that "
    "it takes, in quotes for the shell: --app 'needs_arguments:create_app(\"…\")'",
    "shop:Kind": "'shop:Kind' is an object of type 'type', and no application of Flask or Quart. "
    "Name one, or leave it to be found: --app shop",
    "factory:create_app": f"What 'factory:create_app' returns is {FLASK_OR_QUART} "
    "Name one, or leave it to be found: --app factory",
}


@pytest.mark.parametrize("target", UNFOUND)
def test_an_application_that_can_not_be_found_is_told_with_what_was_tried(target: str) -> None:
    result = load(target, "application")

    assert (result.status, result.error, result.details) == (4, UNFOUND[target], [])


def test_no_framework_is_imported_to_look_for_an_application() -> None:
    result = load("blueprint", "application", "0")
    loaded = load("blueprint", "sorted({'flask', 'quart', 'werkzeug', 'click'} & set(sys.modules))")

    assert result.status == 4
    assert loaded.value["value"] == []


# Faults of the application's own.

FAULTS: dict[str, tuple[str, list[str]]] = {
    "raises": (
        "raises.py:2 raises ValueError: no database.",
        [
            HEADING,
            *frame("raises.py", 5, "<module>", "connect()"),
            *frame("raises.py", 2, "connect", r'raise ValueError("no database\nat all")'),
            "ValueError: no database",
            "at all",
        ],
    ),
    "broken_syntax": (
        "broken_syntax.py:2 raises SyntaxError: invalid syntax.",
        [
            f'  File "{APPS}/broken_syntax.py", line 2',
            "    def broken(:",
            "SyntaxError: invalid syntax",
        ],
    ),
    "imports_broken_syntax": (
        "broken_syntax.py:2 raises SyntaxError: invalid syntax.",
        [
            HEADING,
            *frame("imports_broken_syntax.py", 1, "<module>", "import broken_syntax"),
            f'  File "{APPS}/broken_syntax.py", line 2',
            "    def broken(:",
            "SyntaxError: invalid syntax",
        ],
    ),
    "needs_missing": (
        (
            "needs_missing.py:1 raises ModuleNotFoundError: No module named "
            f"'warehouse_that_nobody_has'. Install what is missing for {sys.executable}, or mend that "
            "line."
        ),
        [
            HEADING,
            *frame("needs_missing.py", 1, "<module>", "import warehouse_that_nobody_has"),
            "ModuleNotFoundError: No module named 'warehouse_that_nobody_has'",
        ],
    ),
    "kiosk.broken": (
        (
            "kiosk/broken.py:1 raises ModuleNotFoundError: No module named 'kiosk.gone'. "
            f"Install what is missing for {sys.executable}, or mend that line."
        ),
        [
            HEADING,
            *frame("kiosk/broken.py", 1, "<module>", "import kiosk.gone"),
            "ModuleNotFoundError: No module named 'kiosk.gone'",
        ],
    ),
    "nested.gone": (
        (
            "nested/__init__.py:1 raises ModuleNotFoundError: No module named 'nested.gone'. "
            f"Install what is missing for {sys.executable}, or mend that line."
        ),
        [
            HEADING,
            *frame("nested/__init__.py", 1, "<module>", "import nested.gone"),
            "ModuleNotFoundError: No module named 'nested.gone'",
        ],
    ),
    "raises_nonsense": (
        "raises_nonsense.py:6 raises Nonsense: <no message: its __str__ raises ValueError>.",
        [
            HEADING,
            *frame("raises_nonsense.py", 6, "<module>", "raise Nonsense"),
            "raises_nonsense.Nonsense: <exception str() failed>",
        ],
    ),
}
"""How the sentence ends, and the traceback."""


@pytest.mark.parametrize("target", FAULTS)
def test_a_fault_of_the_application_is_told_with_the_frames_of_its_own(target: str) -> None:
    result = load(target)

    sentence, details = FAULTS[target]
    start = f"The application '{target}' can't be imported, because"
    assert (result.status, result.error) == (4, f"{start} {sentence}")
    assert _without_odd_words(result.details) == details


def _without_odd_words(lines: list[str]) -> list[str]:
    """The lines of a traceback, with what older Pythons say of an exception without a text."""
    odd = "<unprintable Nonsense object>"
    return [line.replace(odd, "<exception str() failed>") for line in lines]


def test_an_exception_that_was_raised_from_another_is_told_with_that_one() -> None:
    result = load("raises_in_turn")

    text = "\n".join(result.details)
    assert "raises RuntimeError: can't start." in result.error
    assert text.count(HEADING) == 2
    assert text.index("ValueError: no database") < text.index("RuntimeError: can't start")
    assert "importlib" not in text.replace("importlib.import_module", "")


def test_a_circle_of_imports_is_told_as_what_it_is() -> None:
    result = load("circle")

    assert "because circle_back.py:1 raises ImportError: cannot import name 'one'" in result.error
    assert "circular import" in result.error


def test_a_long_message_is_cut_in_the_sentence_and_whole_in_the_traceback() -> None:
    result = load("raises_at_length")

    assert result.error.endswith(f"RuntimeError: {'x' * 300}…")
    assert result.details[-1] == f"RuntimeError: {'x' * 5000}"


def test_a_file_that_is_not_in_utf_8_is_told() -> None:
    result = load("broken_bytes")

    assert (result.status, "raises SyntaxError: " in result.error) == (4, True)


def test_a_fault_of_a_factory_is_told_as_that() -> None:
    raised, type_error = load("shop:raises"), load("shop:raises_a_type_error")

    start = "The factory 'shop:raises' fails, because shop.py:39 raises KeyError: 'SECRET'."
    code = 'return settings["SECRET"]'
    shown = [HEADING, *frame("shop.py", 39, "raises", code), "KeyError: 'SECRET'"]
    assert (raised.status, raised.error, raised.details) == (4, start, shown)
    assert type_error.error == (
        "The factory 'shop:raises_a_type_error' fails, because shop.py:43 raises TypeError: "
        "object of type 'int' has no len()."
    )


# The variables of .env and .flaskenv.

has_dotenv = find_spec("dotenv") is not None
needs_dotenv = pytest.mark.skipif(not has_dotenv, reason="python-dotenv reads the files")
TIP = "python-dotenv, which reads it, isn't installed: pip install python-dotenv"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory below one with such files, with an application that tells what is set."""
    below = tmp_path / "below"
    below.mkdir()
    (below / "environment.py").write_bytes((APPS / "environment.py").read_bytes())
    return below


def variables(place: Path, **environment: str) -> tuple[Any, list[str]]:
    """The variables of the application's, and the notes."""
    value = load("environment", "module.NAMES", directory=place, environment=environment).value
    return value.get("value", value.get("error")), value["notes"]


@needs_dotenv
def test_variables_of_the_files_are_set_unless_they_are(place: Path) -> None:
    """.env wins over .flaskenv, and what was set before over both; as with Flask."""
    (place.parent / ".flaskenv").write_text("SHOP_A=flaskenv\nSHOP_B=flaskenv\nSHOP_C=flaskenv\n")
    (place / ".env").write_text("SHOP_B=env\nSHOP_C=env\nSHOP_NONE\nSHOP_大=${SHOP_C}象\n", "utf-8")

    found = variables(place, SHOP_C="shell")

    expected = {"SHOP_A": "flaskenv", "SHOP_B": "env", "SHOP_C": "shell", "SHOP_大": "env象"}
    assert found == (expected, [])


@needs_dotenv
def test_a_file_of_variables_that_is_not_in_utf_8_is_told(place: Path) -> None:
    (place / ".env").write_bytes(b"SHOP_A=\xff\n")

    found, _ = variables(place)

    assert found == (
        f"The file {place}/.env can't be read: it isn't UTF-8 at byte 7. "
        f"Mend it, or set FLASK_SKIP_DOTENV=1"
    )


@pytest.mark.parametrize(("skip", "is_read"), [("1", False), ("yes", False), ("false", True)])
def test_the_files_are_left_alone_if_flask_is_told_to(
    place: Path, skip: str, is_read: bool
) -> None:
    (place / ".env").write_text("SHOP_A=env\n")

    found, notes = variables(place, FLASK_SKIP_DOTENV=skip)

    assert bool(found or notes) == is_read


@pytest.mark.parametrize("file", [".env", ".flaskenv"])
def test_without_python_dotenv_it_is_said_what_reads_the_file(place: Path, file: str) -> None:
    hidden = place.parent / "hidden"
    hidden.mkdir()
    (hidden / "dotenv.py").write_text("raise ImportError")
    (place / file).write_text("SHOP_A=env\n")

    found = variables(place, PYTHONPATH=str(hidden))

    assert found == ({}, [f"There is a {file} here, and {TIP}"])


def test_without_python_dotenv_nothing_is_said_where_there_is_no_file(place: Path) -> None:
    (place / "dotenv.py").write_text("raise ImportError")

    assert variables(place, PYTHONPATH=str(place)) == ({}, [])


def test_what_is_only_called_like_python_dotenv_is_not_taken_for_it(place: Path) -> None:
    """Such as a directory: without the real one installed, Python imports it as a package."""
    hidden = place.parent / "hidden"
    hidden.mkdir()
    (hidden / "dotenv.py").write_text("load_dotenv = print")
    (place / ".env").write_text("SHOP_A=env\n")

    found = variables(place, PYTHONPATH=str(hidden))

    assert found == ({}, [f"There is a .env here, and {TIP}"])
