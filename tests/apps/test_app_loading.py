"""Applications are imported, and found in their modules, as the ``flask`` command does."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.support.applications import APPS, HEADING, Answer, frame, load

pytestmark = pytest.mark.integration

has_dotenv = find_spec("dotenv") is not None
needs_dotenv = pytest.mark.skipif(not has_dotenv, reason="python-dotenv reads the files")

# What is named.

NAMED: dict[str, tuple[str, str | None, str | None]] = {
    "shop": ("shop", "shop", None),
    "shop.py": ("shop", "shop", None),
    "./kiosk/../shop.py": ("shop", "shop", None),
    f"{APPS}/shop.py": ("shop", "shop", None),
    "shop:app": ("shop", "shop", None),
    "shop:owner.app": ("shop", "shop", None),
    "shop:made": ("shop", "made", "shop.made()"),
    "shop:made()": ("shop", "made", "shop.made()"),
    'shop.py:made("a", debug=True)': ("shop", "made_a", 'shop.made("a", debug=True)'),
    "shop:owner.make('x')": ("shop", "made_x", "shop.owner.make('x')"),
    "shop:Kind": ("shop", None, None),
    "lazy:site": ("lazy", "lazy", None),
    "kiosk": ("kiosk", None, None),
    "kiosk.views": ("kiosk.views", None, None),
    "kiosk/views.py": ("kiosk.views", None, None),
    "kiosk/views": ("kiosk.views", None, None),
    "kiosk/admin": ("kiosk.admin", None, None),
    "kiosk/admin/pages.py": ("kiosk.admin.pages", None, None),
    "kiosk/__init__.py": ("kiosk", None, None),
    "inside/plain.py": ("plain", None, None),
    "with space.py": ("with space", None, None),
    "with-dash.py": ("with-dash", None, None),
    "several": ("several", None, None),
    "alone": ("alone", "alone", None),
    "runs_a_server": ("runs_a_server", "runs_a_server", None),
    "environment": ("environment", None, None),
}
"""What is typed, with the module's name, the application's and the call that made it."""
SEVERAL = "There are 2 applications in 'several': front, back. Name one: --app several:front"


@pytest.mark.parametrize("target", NAMED)
def test_an_application_is_imported_and_made_as_flask_makes_it(target: str) -> None:
    result = load(target)

    module, app, call = NAMED[target]
    called = [] if call is None else [f"signalcli called {call}."]
    notes = [SEVERAL] if target == "several" else []
    expected = {"notes": notes, "called": called, "module": module, "app": app}
    assert (result.status, result.value) == (0, expected)


def test_arguments_reach_the_factory() -> None:
    result = load('shop:made("a", SIZE=[1, None])', "loaded.app.config['SIZE']")

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

FLASK_OR_QUART = "an object of type 'str', not an application of Flask, Quart, WSGI or ASGI."
UNCALLED = "It can be left uncalled: --no-factory"
DIRECTORY = f"in {APPS} or among those installed."

MISSING: dict[str, str] = {
    "shp": f"No module 'shp' {DIRECTORY} Did you mean --app shop?",
    "shp:made(1)": f"No module 'shp' {DIRECTORY} Did you mean --app 'shop:made(1)'?",
    "zzzzzz": f"No module 'zzzzzz' {DIRECTORY} There are: aborts, accepts, alarms, alone, "
    "at_the_end, …. For example: --app aborts",
    "kiosk.view": "No module 'view' in 'kiosk'. Did you mean --app kiosk.views?",
    "kiosk.zzzzzz": "No module 'zzzzzz' in 'kiosk'. There are: admin, broken, views. "
    "For example: --app kiosk.admin",
    "shop.app": "'app' in 'shop' is not a module. Did you mean --app shop:app?",
    "shop.zz": "'shop' is not a package and contains no 'zz'. Name the module itself: --app shop",
    "inside": "'inside' is a directory without an __init__.py, so it is not "
    "a package. Name a file in it, such as --app inside/app.py",
    "shpo.py:app": f"No file 'shpo.py' in {APPS}. Did you mean --app shop.py:app?",
    "kiosk/view.py": f"No file 'view.py' in {APPS}/kiosk. Did you mean --app kiosk/views.py?",
    "nowhere/app.py": f"No file 'app.py' in {APPS}/nowhere. "
    "Change to the directory of the application.",
    "with.dot.py": "The file 'with.dot.py' can't be imported, because its name has a dot. "
    "Give it another name.",
    "/dev/null": "'/dev/null' is neither a file that ends in .py nor a package's directory. "
    "Name one, for example: --app shop.py",
    "shop:apq": "No 'apq' in 'shop'. Did you mean --app shop:app?",
    "shop:zzzzzz": "No 'zzzzzz' in 'shop'. There are: app, the_same, nothing, owner, made, …. "
    "For example: --app shop:app",
    "factory:zzzzzz": "No 'zzzzzz' in 'factory'. There are: app, made, create_app, make_app. "
    "For example: --app factory:create_app",
    "shop:owner.mak": "No 'mak' in 'owner' in 'shop'. Did you mean --app shop:owner.make?",
    "lazy:zzzzzz": "No 'zzzzzz' in 'lazy'. Name an object that exists.",
    "shop:nothing": "'nothing' in 'shop' is None. Name the factory of the application: "
    "--app shop:create_app",
    "shop:app()": "'app' in 'shop' is not a factory but an object of type "
    "'Flask'. Leave the parentheses out: --app shop:app",
    "shop:takes_none": "The factory 'shop:takes_none' returns nothing. "
    f"Let it return the application. {UNCALLED}",
    "shop:later": "The factory 'shop:later' is async, and signalcli doesn't await it. "
    f"Name a plain function. {UNCALLED}",
    "shop:needs_a_name": "The factory 'shop:needs_a_name' can't be called without arguments: "
    "needs_a_name() missing 1 required positional argument: 'name'. "
    f"Type its arguments, in quotes for the shell: --app 'shop:needs_a_name(\"…\")' {UNCALLED}",
    "shop:takes_none(1)": "The factory 'shop:takes_none' can't be called with these arguments: "
    "takes_none() takes 0 positional arguments but 1 was given. "
    f"Type its arguments, in quotes for the shell: --app 'shop:takes_none(\"…\")' {UNCALLED}",
}


@pytest.mark.parametrize("target", MISSING)
def test_what_is_not_there_is_reported_with_what_to_type_next(target: str) -> None:
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


def test_a_current_directory_that_was_removed_is_reported(tmp_path: Path) -> None:
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


# The factory.


@pytest.mark.parametrize("asked", [(), ("application",)])
def test_a_factory_is_called_if_the_module_has_no_application(asked: tuple[str, ...]) -> None:
    """``create_app`` makes something else here, so ``make_app`` is called too."""
    result = load("factory", *asked, "module.made")

    called = ["signalcli called factory.create_app().", "signalcli called factory.make_app()."]
    assert result.value == {
        "notes": [],
        "called": called,
        "module": "factory",
        "app": "made",
        "value": [1],
    }
    assert result.stderr == "made\n"


@pytest.mark.parametrize(
    ("target", "call"),
    [
        ("factory", "factory.create_app()"),
        ("factory:make_app", "factory.make_app()"),
        ("shop:made('a')", "shop.made('a')"),
    ],
)
def test_a_factory_can_be_left_uncalled(target: str, call: str) -> None:
    result = load(target, "no-factory", "loaded.unmade")
    needed = load(target, "no-factory", "application")

    assert (result.value["app"], result.value["called"]) == (None, [])
    assert result.value["notes"] == [f"{call} was not called, because of --no-factory."]
    assert result.value["value"] == f"{call} was not called"
    assert needed.error == (
        f"No application in '{call.partition('.')[0]}' without {call}, which --no-factory leaves "
        f"uncalled. Leave out --no-factory."
    )


@pytest.mark.parametrize("target", ["shop", "alone", "kiosk"])
def test_without_a_factory_nothing_is_left_uncalled(target: str) -> None:
    assert load(target, "no-factory") == load(target)


def test_a_factory_of_another_name_is_suggested_if_flask_is_imported(tmp_path: Path) -> None:
    (tmp_path / "store.py").write_text("import flask\ndef build_app(): ...\n")
    (tmp_path / "plain.py").write_text("def build_app(): ...\n")

    store, plain = (load(name, "loaded.unmade", directory=tmp_path) for name in ("store", "plain"))

    assert store.value["value"] == "no application was made"
    assert store.value["notes"] == [
        f"No application in 'store': {LOOKED_FOR} were looked for. Is it --app store:build_app?"
    ]
    assert (plain.value["value"], plain.value["notes"]) == (None, [])


# Setup functions.

PLUGINS = """\
from blinker import signal

heard = []

def register(*words, **options):
    signal("king").connect(heard.append)
    heard.append((words, options))

class Mail:
    @classmethod
    def start(cls):
        heard.append(cls.__name__)

def fails():
    raise OSError("no mail")

async def later(): ...

names = ["a"]
"""


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """A directory with an application, and a package with functions that set up others."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("def create_app(): return object()")
    (tmp_path / "shop" / "plugins.py").write_text(PLUGINS)
    return tmp_path


def test_setup_functions_are_called_in_order_after_the_application_is_made(plugins: Path) -> None:
    setups = (
        "shop.plugins:register",
        "shop.plugins:Mail.start",
        'shop/plugins.py:register(1, a="b")',
    )

    result = load(
        "shop:create_app",
        *(f"setup={setup}" for setup in setups),
        "sys.modules['shop.plugins'].heard",
        directory=plugins,
    )

    assert result.value["value"] == [[[], {}], "Mail", [[1], {"a": "b"}]]
    assert result.value["called"] == [
        "signalcli called shop.create_app().",
        "signalcli called shop.plugins.register().",
        "signalcli called shop.plugins.Mail.start().",
        'signalcli called shop.plugins.register(1, a="b").',
    ]


MISNAMED_SETUPS = {
    "": "A setup needs a name. For example: --setup shop.plugins:register",
    "shop.plugins": "A setup needs a function after a colon, and 'shop.plugins' has none. "
    "For example: --setup shop.plugins:register",
    "shop.plugins:a + b": "'a + b' is neither a function's name nor a call of one. "
    "For example: --setup 'shop.plugins:register(\"mail\")'",
    "shop.plugns:register": "No module 'plugns' in 'shop'. Did you mean --setup shop.plugins:register?",
    "shop.plugins:regster": "No 'regster' in 'shop.plugins'. Did you mean --setup shop.plugins:register?",
}
BROKEN_SETUPS = {
    "shop.plugins:names": "'names' in 'shop.plugins' is an object of type 'list', and --setup calls a function. "
    "For example: --setup shop.plugins:register",
    "shop.plugins:fails(1)": "The setup function 'shop.plugins:fails' can't be called with these arguments: fails() takes 0 "
    "positional arguments but 1 was given. Type its arguments, in quotes for the shell: "
    "--setup 'shop.plugins:fails(\"…\")'",
    "shop.plugins:fails": "The setup function 'shop.plugins:fails' fails, because shop/plugins.py:15 raises OSError: "
    "no mail.",
    "shop.plugins:later": "The setup function 'shop.plugins:later' is async, and signalcli doesn't await it. "
    "Name a plain function.",
}
SETUP_ERRORS = {**MISNAMED_SETUPS, **BROKEN_SETUPS}


@pytest.mark.parametrize("setup", SETUP_ERRORS)
def test_a_setup_function_that_can_not_be_called_is_reported(plugins: Path, setup: str) -> None:
    result = load("shop:create_app", f"setup={setup}", directory=plugins)

    status = 2 if setup in MISNAMED_SETUPS else 4
    assert (result.status, result.error) == (status, SETUP_ERRORS[setup])


# Without --app.

DEFAULTS = [
    ("app.py", ["wsgi.py", "app.py"], "that of wsgi.py.", "wsgi"),
    ("app.py", ["app.py", "shop.py"], "that of app.py.", "app"),
    ("app.py", ["app/__init__.py"], "that of app/__init__.py.", "app"),
    ("shop", ["shop.py", "app.py"], "that of FLASK_APP: shop", "shop"),
    ("shop.py:app", ["shop.py", "app.py"], "that of FLASK_APP: shop.py:app", "shop"),
]


@pytest.mark.parametrize(("flask_app", "files", "note", "module"), DEFAULTS)
@pytest.mark.parametrize("by_file", [False, pytest.param(True, marks=needs_dotenv)])
def test_without_a_name_it_is_the_application_that_flask_finds(
    tmp_path: Path, flask_app: str, files: list[str], note: str, module: str, by_file: bool
) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("import flask\napp = flask.Flask(__name__)")
    environment = {"FLASK_APP": flask_app} if "FLASK_APP" in note else {}
    if by_file:
        text = "".join(f"{name}={value}\n" for name, value in environment.items())
        (tmp_path / ".flaskenv").write_text(text)
        environment = {}

    result = load("", "application", directory=tmp_path, environment=environment)

    assert (result.status, result.value["app"]) == (0, module)
    assert result.value["notes"] == [f"Without --app, the application is {note}"]


def test_without_any_application_here_the_error_says_how_to_name_one(tmp_path: Path) -> None:
    result = load("", "application", directory=tmp_path)

    assert (result.status, result.error) == (
        2,
        (
            "Which application? There is no FLASK_APP, and no wsgi.py or app.py here. Name it: "
            "--app shop:app. The demo application is that of signalcli flask"
        ),
    )


# An application that a command needs.


def test_a_server_that_is_not_guarded_is_kept_from_starting_by_flask_itself() -> None:
    """Flask asks a variable that its own command sets."""
    result = load("runs_a_server", seconds=10)

    assert (result.status, "Ignoring a call to 'app.run()'" in result.stderr) == (0, True)


LOOKED_FOR = "app, application, an instance of Flask or Quart, create_app() and make_app()"

UNFOUND = {
    "several": SEVERAL,
    "blueprint": f"No application in 'blueprint': {LOOKED_FOR} were looked for. "
    "Is it --app blueprint:build_shop?",
    "kiosk": f"No application in 'kiosk': {LOOKED_FOR} were looked for. Name it: --app kiosk:NAME",
    "returns_words": f"No application in 'returns_words': {LOOKED_FOR} were looked for, and "
    "create_app() returned an object of type 'str'. Is it --app returns_words:create_app?",
    "needs_arguments": "The factory 'needs_arguments:create_app' can't be called without "
    "arguments: create_app() missing 1 required positional argument: 'settings'. Type its "
    "arguments, in quotes for the shell: --app 'needs_arguments:create_app(\"…\")'",
    "shop:Kind": "'shop:Kind' is an object of type 'type', not an application of Flask, Quart, WSGI or ASGI. "
    "Name one, or let signalcli find it: --app shop",
    "factory:create_app": f"What 'factory:create_app' returns is {FLASK_OR_QUART} "
    "Name one, or let signalcli find it: --app factory",
}


@pytest.mark.parametrize("target", UNFOUND)
def test_an_application_that_can_not_be_found_is_reported_with_what_was_tried(target: str) -> None:
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
            f"'warehouse_that_nobody_has'. Install what is missing for {sys.executable}, or fix that "
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
            f"Install what is missing for {sys.executable}, or fix that line."
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
            f"Install what is missing for {sys.executable}, or fix that line."
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
def test_a_fault_of_the_application_is_reported_with_the_frames_of_its_own(target: str) -> None:
    result = load(target)

    sentence, details = FAULTS[target]
    start = f"The application '{target}' can't be imported, because"
    assert (result.status, result.error) == (4, f"{start} {sentence}")
    assert _without_odd_words(result.details) == details


def _without_odd_words(lines: list[str]) -> list[str]:
    """The lines of a traceback, with what older Pythons say of an exception without a text."""
    odd = "<unprintable Nonsense object>"
    return [line.replace(odd, "<exception str() failed>") for line in lines]


def test_an_exception_that_was_raised_from_another_is_reported_with_that_one() -> None:
    result = load("raises_in_turn")

    text = "\n".join(result.details)
    assert "raises RuntimeError: can't start." in result.error
    assert text.count(HEADING) == 2
    assert text.index("ValueError: no database") < text.index("RuntimeError: can't start")
    assert "importlib" not in text.replace("importlib.import_module", "")


def test_a_circle_of_imports_is_reported_as_what_it_is() -> None:
    result = load("circle")

    assert "because circle_back.py:1 raises ImportError: cannot import name 'one'" in result.error
    assert "circular import" in result.error


def test_a_long_message_is_cut_in_the_sentence_and_whole_in_the_traceback() -> None:
    result = load("raises_at_length")

    assert result.error.endswith(f"RuntimeError: {'x' * 300}…")
    assert result.details[-1] == f"RuntimeError: {'x' * 5000}"


def test_a_file_that_is_not_in_utf_8_is_reported() -> None:
    result = load("broken_bytes")

    assert (result.status, "raises SyntaxError: " in result.error) == (4, True)


def test_a_fault_of_a_factory_is_reported_as_that() -> None:
    raised, type_error = load("shop:raises"), load("shop:raises_a_type_error")

    start = (
        "The factory 'shop:raises' fails, because shop.py:39 raises KeyError: 'SECRET'. " + UNCALLED
    )
    code = 'return settings["SECRET"]'
    shown = [HEADING, *frame("shop.py", 39, "raises", code), "KeyError: 'SECRET'"]
    assert (raised.status, raised.error, raised.details) == (4, start, shown)
    assert type_error.error == (
        "The factory 'shop:raises_a_type_error' fails, because shop.py:43 raises TypeError: "
        f"object of type 'int' has no len(). {UNCALLED}"
    )


# The variables of .env and .flaskenv.

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
def test_a_file_of_variables_that_is_not_in_utf_8_is_reported(place: Path) -> None:
    (place / ".env").write_bytes(b"SHOP_A=\xff\n")

    found, _ = variables(place)

    assert found == (
        f"The file {place}/.env can't be read: it isn't UTF-8 at byte 7. "
        f"Fix it, or set FLASK_SKIP_DOTENV=1"
    )


@pytest.mark.parametrize(("skip", "is_read"), [("1", False), ("yes", False), ("false", True)])
def test_the_files_are_left_alone_if_flask_is_configured_so(
    place: Path, skip: str, is_read: bool
) -> None:
    (place / ".env").write_text("SHOP_A=env\n")

    found, notes = variables(place, FLASK_SKIP_DOTENV=skip)

    assert bool(found or notes) == is_read


@pytest.mark.parametrize("file", [".env", ".flaskenv"])
@pytest.mark.parametrize(
    "dotenv", ["raise ImportError", "load_dotenv = print"], ids=["missing", "only called like it"]
)
def test_without_python_dotenv_a_note_names_what_reads_the_file(
    place: Path, file: str, dotenv: str
) -> None:
    """Without it, Python imports as a package a directory that is called like it."""
    hidden = place.parent / "hidden"
    hidden.mkdir()
    (hidden / "dotenv.py").write_text(dotenv)
    (place / file).write_text("SHOP_A=env\n")

    found = variables(place, PYTHONPATH=str(hidden))

    assert found == ({}, [f"There is a {file} here, and {TIP}"])


def test_without_python_dotenv_there_is_no_note_where_there_is_no_file(place: Path) -> None:
    (place / "dotenv.py").write_text("raise ImportError")

    assert variables(place, PYTHONPATH=str(place)) == ({}, [])
