"""The package's metadata, and what no text may say about where it comes from."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
TEXTS = [
    path
    for pattern in ("*.md", "signalcli/**/*.md", "signalcli/**/*.py", ".ci/run")
    for path in sorted(ROOT.glob(pattern))
]


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_development_group_is_the_development_extra() -> None:
    settings = project()

    extra = settings["project"]["optional-dependencies"]["dev"]
    assert settings["dependency-groups"]["dev"] == extra


def test_the_licence_is_there() -> None:
    settings = project()["project"]

    assert settings["license"] == "MIT"
    assert "the signalcli contributors" in (ROOT / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_installs_the_name_from_the_package_index(path: Path) -> None:
    """The name is not registered there, and a similar one belongs to another tool."""
    installs = r"(?:pip3? install|pipx install|pipx run|uvx|uv tool install|uv add|--with)"
    options = r"(?:\s+-\S+)*"
    named = re.compile(rf"{installs}{options}\s+['\"]?signalcli(?:\[\w+\])?(?![-\w./]| @)[^\n]*")

    assert named.findall(path.read_text(encoding="utf-8")) == []
