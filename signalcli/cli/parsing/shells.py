"""The completion scripts of bash, zsh and fish, and the answers to their questions.

Click's own scripts lose descriptions after a comma (fish), fail before ``compinit`` has run (zsh) and
break at the colon of ``king:receiver_connected`` (bash). Scripts of Click that were saved earlier still
work, because the protocol is a superset of Click's.
"""

from __future__ import annotations

import os
import re
import shlex
from contextlib import suppress
from typing import TYPE_CHECKING

import click
from click.shell_completion import (
    BashComplete,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    shell_complete,
    split_arg_string,
)

from signalcli.cli.parsing.completion import QUOTED
from signalcli.language.phrases import localized
from signalcli.text import COMPLETE_VARIABLE, PROGRAM

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem as _Item

    CompletionItem = _Item[str]

_BASH = """\
_signalcli_completion() {
    local IFS=$'\\n' line=${COMP_LINE:0:COMP_POINT} current=$2 response type value
    response=$(env COMP_WORDS="$line" COMP_CWORD=end %(complete_var)s=bash_complete "$1")

    # readline replaces only what follows the last colon or equals sign of the word
    local word=${line##*[[:space:]]}
    [[ $word == --*=* ]] && word=${word#*=}
    [[ $word == *"$current" ]] || word=$current  # a word with a space
    local before=${word%%"$current"}

    while IFS=',' read -r type value; do
        if [[ $type == dir ]]; then
            compopt -o dirnames
        elif [[ $type == file ]]; then
            compopt -o default
        elif [[ $type == plain ]]; then
            COMPREPLY+=("${value#"$before"}")
        fi
    done <<< "$response"
}

complete -o nosort -F _signalcli_completion %(prog_name)s
"""

_ZSH = """\
#compdef %(prog_name)s

_signalcli_completion() {
    local -a plain described response
    local type key description
    (( ! $+commands[%(prog_name)s] )) && return 1

    response=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \
%(complete_var)s=zsh_complete %(prog_name)s)}")
    for type key description in ${response}; do
        if [[ $type == dir ]]; then
            _path_files -/
        elif [[ $type == file ]]; then
            _path_files -f
        elif [[ $type == plain && $description == _ ]]; then
            plain+=("$key")
        elif [[ $type == plain ]]; then
            described+=("${key}:${description}")
        fi
    done
    (( $#described )) && _describe -V unsorted described -U
    (( $#plain )) && compadd -U -V unsorted -a plain
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _signalcli_completion "$@"
else
    if (( ! $+functions[compdef] )); then
        autoload -Uz compinit && compinit -i
    fi
    compdef _signalcli_completion %(prog_name)s
fi
"""

_FISH = """\
function _signalcli_completion
    set -l response (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp | string collect) \
COMP_CWORD=(commandline -ct | string collect) %(prog_name)s)
    for completion in $response
        set -l parts (string split --max 1 "," -- $completion)
        switch $parts[1]
            case dir
                __fish_complete_directories $parts[2]
            case file
                __fish_complete_path $parts[2]
            case plain
                printf '%%s\\n' $parts[2]
        end
    end
end

complete --no-files --keep-order --command %(prog_name)s --arguments "(_signalcli_completion)"
"""


def _line_to_cursor() -> tuple[list[str], str]:
    """Return the complete words of a line after the program's name, and the word at its end."""
    *words, last = split_arg_string(f"{os.environ['COMP_WORDS']}x")
    return words[1:], last[:-1]


def _open_quote(line: str) -> str:
    """Return the quotation mark that a line doesn't close, or no text."""
    for quote in ("", "'", '"'):
        with suppress(ValueError):  # it isn't closed
            shlex.split(f"{line}x{quote}")
            return quote
    return ""


class _Bash(BashComplete):
    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        if os.environ["COMP_CWORD"] == "end":
            return _line_to_cursor()
        return super().get_completion_args()  # for a script of Click that was saved earlier

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Return what bash puts on its line as it is: the session may be a file of another user."""
        items = super().get_completions(args, incomplete)
        if os.environ["COMP_CWORD"] != "end":
            return [item for item in items if not re.search(QUOTED, item.value)]
        quote = _open_quote(os.environ["COMP_WORDS"])
        ends = {"'": "'", '"': r'["$`\\!]'}.get(quote)
        if ends is not None:
            return [item for item in items if not re.search(ends, item.value)]
        for item in items:
            if item.type == "plain":
                item.value = re.sub(QUOTED, r"\\\g<0>", item.value)
        return items


class _Zsh(ZshComplete):
    source_template = _ZSH

    def format_completion(self, item: CompletionItem) -> str:
        value = item.value.replace(":", r"\:") if item.help else item.value  # as _describe needs it
        return f"{item.type}\n{value}\n{localized(item.help) if item.help else '_'}"


class _Fish(FishComplete):
    source_template = _FISH

    def get_completion_args(self) -> tuple[list[str], str]:
        return _line_to_cursor()

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.type},{item.value}" + (f"\t{localized(item.help)}" if item.help else "")


_CLASSES: dict[str, type[ShellComplete]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}


def script_for(shell: str, command: click.Command) -> str:
    """Return what a shell evaluates to complete a command."""
    # The method of the base class, because that of BashComplete starts bash to check its version.
    return ShellComplete.source(_CLASSES[shell](command, {}, PROGRAM, COMPLETE_VARIABLE))


def answer_shell(command: click.Command, question: str) -> int:
    """Write the completions for ``question``, the environment variable, such as ``"bash_complete"``."""
    for completion in _CLASSES.values():
        add_completion_class(completion)
    return shell_complete(command, {}, PROGRAM, COMPLETE_VARIABLE, question)
