"""Completion as the scripts for shells ask for it."""

from __future__ import annotations

from tests.support.cli import Result, SignalCli


def ask(signalcli: SignalCli, shell: str, line: str, **environment: str) -> Result:
    """Ask what the word at the end of a line may become, as the script for a shell does."""
    words = line.split(" ")
    position = words[-1] if shell == "fish" else str(len(words) - 1)
    asked = {"COMP_WORDS": line, "COMP_CWORD": position, **environment}
    return signalcli(environment={"_SIGNALCLI_COMPLETE": f"{shell}_complete", **asked})


def offered(signalcli: SignalCli, shell: str, line: str, **environment: str) -> list[str]:
    """What a shell reads from the answer, which has to be silent otherwise."""
    answer = ask(signalcli, shell, line, **environment)
    assert (answer.status, answer.stderr) == (0, "")
    lines = answer.stdout.splitlines()
    if shell == "zsh":
        assert lines[0::3] == ["plain"] * (len(lines) // 3)
        return lines[1::3]
    return [line.removeprefix("plain,").split("\t")[0] for line in lines if line]
