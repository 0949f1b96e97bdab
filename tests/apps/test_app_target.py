"""Parsing the value of ``--app``."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalcli.apps.importing.target import Arguments, Target, option
from signalcli.errors import UsageError

READ: dict[str, Target] = {
    "shop": Target("shop"),
    "shop.web.app": Target("shop.web.app"),
    "大象": Target("大象"),
    "shop.py": Target("shop.py"),
    "src/shop": Target("src/shop"),
    "my shop/the app.py:app": Target("my shop/the app.py", "app", "app"),
    "shop:app": Target("shop", "app", "app"),
    "shop: app ": Target("shop", "app", "app"),
    "shop:owner.app": Target("shop", "owner.app", "owner.app"),
    "shop:make()": Target("shop", "make()", "make", Arguments()),
    "shop:owner.make(1)": Target("shop", "owner.make(1)", "owner.make", Arguments((1,), {})),
    "shop:make('a:b', -1, [None], key={'x': (1.5, b'')})": Target(
        "shop",
        "make('a:b', -1, [None], key={'x': (1.5, b'')})",
        "make",
        Arguments(("a:b", -1, [None]), {"key": {"x": (1.5, b"")}}),
    ),
    r"shop:make('\d')": Target("shop", r"make('\d')", "make", Arguments((r"\d",), {})),
    "c:/shop.py:app": Target("c:/shop.py", "app", "app"),
}


@pytest.mark.parametrize("text", READ)
def test_a_module_an_object_or_a_factory_with_arguments_can_be_named(text: str) -> None:
    assert Target.parse(text) == READ[text]


@pytest.mark.parametrize("text", [text for text in READ if text != "shop: app "])
def test_one_is_written_as_it_was_typed(text: str) -> None:
    assert str(Target.parse(text)) == text


EXAMPLE = "For example: --app shop:create_app"
CALL = "For example: --app 'shop:create_app(\"test\", debug=True)'"

REFUSED: dict[str, str] = {
    "": f"An application needs a name. {EXAMPLE}",
    "  ": f"An application needs a name. {EXAMPLE}",
    ":app": f"An application needs a module before its colon, and ':app' has none. {EXAMPLE}",
    "shop:": f"An application needs an object after its colon, and 'shop:' has none. {EXAMPLE}",
    "shop: ": f"An application needs an object after its colon, and 'shop: ' has none. {EXAMPLE}",
    "my shop": f"'my shop' is neither a module's name nor a file that ends in .py. {EXAMPLE}",
    "shop..app": f"'shop..app' is neither a module's name nor a file that ends in .py. {EXAMPLE}",
    **{
        f"shop:{expression}": f"'{expression}' is neither an object's name nor a factory's with "
        f"its arguments. {CALL}"
        for expression in (
            "create_app(",
            "a b",
            "class",
            "1",
            "None",
            "a[0]",
            "a()()",
            "a().b",
            "a + b",
            "a; b",
            "(" * 1000,
            f"{'-' * 50_000}1",
            "a:b",
            "a\x00b",
        )
    },
    **{
        f"shop:{expression}": f"The arguments of '{expression}' must be literals, because signalcli "
        f"evaluates no code. {CALL}"
        for expression in (
            "make(dev)",
            "make(f'{x}')",
            "make(*[1])",
            "make(**{'a': 1})",
            "make({[]: 1})",
            "make(a=print())",
            f"make({'-' * 400}1)",
        )
    },
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:20])
def test_what_can_not_be_understood_is_reported_in_a_sentence(text: str) -> None:
    with pytest.raises(UsageError) as reported:
        Target.parse(text)

    assert str(reported.value) == REFUSED[text]


def test_nothing_is_evaluated(tmp_path: Path) -> None:
    mark = tmp_path / "ran"

    with pytest.raises(UsageError):
        Target.parse(f"shop:make(open({str(mark)!r}, 'w'))")

    assert not mark.exists()


def test_a_directory_is_named_if_it_is_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("plain", "package"):
        (tmp_path / name).mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    (tmp_path / "with-dash.py").touch()
    reported = []
    for text in ("plain/", ".", "with-dash:app"):
        with pytest.raises(UsageError) as error:
            Target.parse(text)
        reported.append(str(error.value))

    package = Target.parse("./package:app")

    directory = "is a directory without an __init__.py, so it is not a package. Name a file in"
    assert package == Target("./package", "app", "app")
    assert reported == [
        f"'plain/' {directory} it, such as --app plain/app.py",
        f"'.' {directory} it, such as --app ./app.py",
        (
            "'with-dash' is neither a module's name nor a file that ends in .py. "
            "Name the file: --app with-dash.py"
        ),
    ]


def test_what_to_type_is_quoted_for_the_shell() -> None:
    typed = [option("shop"), option("my shop.py", "app"), option("shop", 'make("a")')]

    assert typed == ["--app shop", "--app 'my shop.py:app'", "--app 'shop:make(\"a\")'"]
