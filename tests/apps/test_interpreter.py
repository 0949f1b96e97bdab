"""Which Python interpreter runs an application."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from signalcli.apps.interpreter import Interpreter, find_interpreter
from signalcli.errors import ApplicationError, SignalcliError, UsageError
from tests.support.cli import SignalCli
from tests.support.environments import make_environment

GIVEN = "--python or SIGNALCLI_PYTHON"
ACTIVE = "the active virtual environment"
PROJECT = "the project's .venv"
OWN = Interpreter(sys.executable, None, is_fallback=True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, ``work/shop`` in a home without any environment."""
    directory = tmp_path / "work" / "shop"
    directory.mkdir(parents=True)
    monkeypatch.chdir(directory)
    return tmp_path


def found(module: str, given: str | None = None, **environment: object) -> Interpreter:
    return find_interpreter(
        module, given, {name: str(value) for name, value in environment.items()}
    )


def test_without_any_environment_it_is_the_interpreter_of_signalcli(home: Path) -> None:
    assert found("shop", HOME=home) == OWN


@pytest.mark.parametrize(
    ("environment", "repository", "module", "is_found"),
    [
        ("work/shop/.venv", None, "shop", True),
        ("work/shop/.venv", None, "shop.web", True),
        ("work/shop/.venv", None, "src/shop.py", True),
        ("work/shop/src/.venv", None, "src/shop.py", True),
        ("work/shop/src/.venv", None, "shop", False),
        ("work/.venv", None, "shop", False),
        ("work/.venv", "work", "shop", True),
        ("work/.venv", "work", "src/shop.py", True),
        ("work/.venv", "work/shop", "shop", False),
        (".venv", "work", "shop", False),
        (".venv", None, "shop", False),
        ("work/other/.venv", None, "../other/app.py", True),
        ("work/other/.venv", None, "../other", True),
        ("work/.venv", None, "../other/app.py", False),
        ("work/shop/venv", None, "shop", False),
    ],
)
def test_the_projects_environment_is_searched_for_up_to_the_repositorys_root(
    home: Path, environment: str, repository: str | None, module: str, is_found: bool
) -> None:
    (home / "work" / "other").mkdir()
    (home / "work" / "shop" / "src").mkdir()
    python = make_environment(home / environment)
    if repository is not None:
        (home / repository / ".git").mkdir()

    chosen = found(module, HOME=home)

    assert chosen == (Interpreter(str(python), PROJECT) if is_found else OWN)


def test_the_environment_of_the_home_directory_is_no_projects_but_its_own(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = make_environment(home / ".venv")
    (home / ".git").mkdir()

    assert found("shop", HOME=home) == OWN
    monkeypatch.chdir(home)
    assert found("shop", HOME=home) == Interpreter(str(python), PROJECT)


def test_the_active_environment_goes_before_the_projects_and_a_given_one_before_both(
    home: Path,
) -> None:
    project = make_environment(home / "work" / "shop" / ".venv")
    active = make_environment(home / "active")
    given = make_environment(home / "given")

    def chosen(given: str | None, directory: str) -> Interpreter:
        return found("shop", given, HOME=home, VIRTUAL_ENV=home / directory)

    assert chosen(str(given), "active") == Interpreter(str(given), GIVEN)
    assert chosen(None, "active") == Interpreter(str(active), ACTIVE)
    assert chosen("", "active") == Interpreter(str(active), ACTIVE)
    assert chosen(None, "removed") == Interpreter(str(project), PROJECT)


@pytest.mark.parametrize(
    "typed", ["../given", "../given/", "../given/bin/python", "~/work/given", "python-given"]
)
def test_a_given_interpreter_is_a_path_a_directory_or_a_name_on_the_search_path(
    home: Path, typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = make_environment(home / "work" / "given")
    monkeypatch.setenv("HOME", str(home))
    programs = home / "programs"
    programs.mkdir()
    (programs / "python-given").symlink_to(python)

    chosen = found("shop", typed, HOME=home, PATH=programs)

    path = programs / "python-given" if typed == "python-given" else python
    assert chosen == Interpreter(str(path), GIVEN)


@pytest.mark.parametrize("link", [True, False])
def test_an_environment_is_signalclis_own_only_if_it_has_the_same_packages(
    home: Path, link: bool
) -> None:
    """The python of an environment may be a link to the very interpreter that runs signalcli."""
    other = make_environment(home / "other")
    own = home / "own"
    own.symlink_to(sys.prefix)

    assert other.samefile(os.path.realpath(sys.executable))
    assert found("shop", str(other)) == Interpreter(str(other), GIVEN)
    assert found("shop", str(own) if link else sys.prefix).source is None
    assert found("shop", VIRTUAL_ENV=own if link else sys.prefix).source is None
    if sys.prefix != sys.base_prefix:
        base = os.path.realpath(sys.executable)
        assert found("shop", base) == Interpreter(base, GIVEN)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("missing", "No Python interpreter 'missing'."),
        ("empty", "The directory 'empty' has no bin/python."),
        ("notes.txt", "'notes.txt' is not an executable file. Name an interpreter."),
    ],
)
def test_a_given_path_that_is_no_interpreter_is_an_error(
    home: Path, typed: str, message: str
) -> None:
    Path("empty").mkdir()
    Path("notes.txt").touch()

    with pytest.raises(UsageError) as caught:
        found("shop", typed, HOME=home)

    assert str(caught.value) == f"{message} For example: --python .venv/bin/python"


@pytest.mark.parametrize("version", ["version = 3.9.18", "version_info = 3.9.18.final.0"])
@pytest.mark.parametrize("given", ["old", None])
def test_an_environment_with_an_old_python_is_an_error(
    home: Path, version: str, given: str | None
) -> None:
    python = make_environment(Path("old").absolute())
    (python.parent.parent / "pyvenv.cfg").write_text(f"home = /usr/bin\n{version}\n")

    with pytest.raises(SignalcliError) as caught:
        found("shop", given, HOME=home, VIRTUAL_ENV=Path("old").absolute())

    assert isinstance(caught.value, ApplicationError)
    assert str(caught.value) == (
        f"The Python of '{python}' is 3.9, and signalcli needs 3.10 or newer to look into an "
        f"application. Name another one: --python PATH"
    )


def test_in_a_removed_directory_it_is_the_interpreter_of_signalcli(home: Path) -> None:
    (home / "work" / "shop").rmdir()

    assert found("shop", HOME=home) == OWN


def test_an_environment_without_blinker_is_an_error(signalcli: SignalCli, tmp_path: Path) -> None:
    python = make_environment(tmp_path / "bare")
    signalcli.write("shop.py", "import blinker\n")

    refused = signalcli("--python", str(python), "--app", "shop", "list")

    assert (refused.status, refused.stdout) == (4, "")
    assert refused.stderr.splitlines()[-1] == (
        f"Error: blinker isn't installed for {python}, so nothing there has signals. Install the "
        f"application's packages, or name another interpreter: --python PATH"
    )
