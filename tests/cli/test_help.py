"""Every command's help: it ends in examples that run, and is the same in every place."""

from __future__ import annotations

import platform
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO
from urllib.request import urlopen

import click
import pytest

from signalcli.cli.command import Command, Group, common_options
from signalcli.cli.help.guide import Topic, read_topic, topic_names
from signalcli.cli.parsing.synonyms import SYNONYMS
from signalcli.cli.root import COMMANDS, COMMON_COMMANDS, root
from signalcli.doctor.examine import RULES
from signalcli.language.wrapping import columns
from signalcli.render.draw import draw
from signalcli.tour.exercises.index import EXERCISES
from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.reference import GENERATED, MAN_PAGE, every_command
from tests.support.scenario import write_session

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
GUIDE = ROOT / "signalcli" / "guide"


EVERY: dict[str, Command | Group] = {"signalcli": root, **dict(every_command())}
EXAMPLES = dict.fromkeys(example for command in EVERY.values() for example in command.examples)

every = pytest.mark.parametrize("path", EVERY)


@every
def test_help_ends_in_an_example_of_the_command(path: str) -> None:
    command = EVERY[path]

    shown = command.get_help(click.Context(command)).splitlines()

    end = [line.strip() for line in shown[-len(command.examples) :]]
    assert end == list(command.examples) != []
    assert [example for example in command.examples if not example.startswith(path)] == []


@every
def test_help_starts_with_one_sentence(path: str) -> None:
    help_text = EVERY[path].help or ""

    assert re.fullmatch(r"[A-Z][^.]*[^.\s]\.", help_text.split("\n\n")[0].replace("\n", " "))


KING = {
    "muted": False,
    "receivers": {"animal": "weak"},
    "any": ["animal"],
    "buckets": [{"receivers": ["animal"], "senders": ["大象"]}],
}
OWN = {"bugle": {"returns": 1}, "shout": {"returns": 2}}
FILES = {
    "map.txt": "花果山",
    "doctor.json": '{"findings": []}',
    "senders.txt": "大象\n狮子\n",
    "tidy.py": "import blinker\n",
    "shop/handlers.py": "def on_king(sender, **payload): ...\n",
    "shop/__init__.py": """\
import flask

from shop import handlers

app = flask.Flask("shop")
flask.request_started.connect(handlers.on_king)

@app.get("/login")
def login():
    return "in"
""",
}
TRACE = '{\n  "version": 1, "program": ["tidy.py"], "status": 0, "events": [], "seconds": 0.5}'
TRACES = "trace.json", "before.json", "after.json", "monday.json", "tuesday.json"


TO_REMOVE = "signalcli receivers remove herald"
"""An example that needs what an example of ``receivers add`` makes."""


@pytest.fixture(scope="module")
def meaningful(shared_session: SessionWith) -> SignalCli:
    """A session in which every example means something."""
    signalcli = shared_session()
    write_session(signalcli, {"king": KING}, receivers=OWN)
    write_session(signalcli, {}, signalcli.session_path.with_stem("backup"), receivers=OWN)
    for name, content in (*FILES.items(), *((name, TRACE) for name in TRACES)):
        signalcli.write(name, content)
    signalcli.ok("send", "king")
    exported = signalcli.ok("export", "--format", "json").stdout
    signalcli.write("king.json", exported)
    return signalcli


@pytest.fixture
def prepared(signalcli: SignalCli, meaningful: SignalCli) -> Iterator[SignalCli]:
    """A copy of that session."""
    shutil.copytree(meaningful.directory, signalcli.directory, dirs_exist_ok=True)
    yield signalcli
    signalcli.ok("relay", "stop")  # which the examples of the relay have started


@pytest.mark.integration
@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs(prepared: SignalCli, example: str) -> None:
    """What a redirection would read or write is left alone."""
    program, *arguments = shlex.split(re.split(" [<>]", example)[0])
    if "watch" in arguments:
        check_that_it_watches(prepared, arguments)
        return
    if "--watch" in arguments:
        with started(prepared, *arguments) as (stdout, _):
            assert stdout.readline() != b""
        return
    if "live" in arguments:  # tests/live runs it on a terminal
        assert prepared("live").status == 2
        return
    if arguments[0] == "listen":
        check_that_it_listens(prepared, arguments)
        return
    if arguments[:2] == ["relay", "serve"]:
        check_that_the_relay_serves(prepared)
        return
    if arguments[0] == "relay" and "use" not in arguments:
        leave_a_dead_letter(prepared)
    if "serve" in arguments:
        check_that_it_serves(prepared, arguments)
        return
    if example == TO_REMOVE:
        prepared.ok("receivers", "add", "herald")
    if arguments[:2] == ["tour", "check"]:
        solve(prepared, arguments[2])

    assert (program, prepared(*arguments).status) == ("signalcli", 0)


def solve(signalcli: SignalCli, lesson: str) -> None:
    """Begin the exercise of a lesson, and solve it."""
    signalcli.ok("tour", lesson, "--exercise")
    for line in EXERCISES[lesson].solution:
        signalcli.ok("--session", f"exercise-{lesson}", *shlex.split(line))


@contextmanager
def started(signalcli: SignalCli, *arguments: str) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Start a command that goes on, and yield its standard output and error."""
    process = signalcli.start(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        yield process.stdout, process.stderr
    finally:
        process.kill()
        process.communicate()


def check_that_it_watches(signalcli: SignalCli, arguments: list[str]) -> None:
    """A watch goes on until something is sent, and shows that."""
    via = [argument for argument in arguments if argument == "--via"]
    with started(signalcli, *arguments) as (stdout, stderr):
        assert stderr.readline().startswith(b"Watching ")
        signalcli.ok("send", "king", "大鹏", *via)
        assert any("大鹏" in line.decode() for line in iter(stdout.readline, b""))


def check_that_it_listens(signalcli: SignalCli, arguments: list[str]) -> None:
    """A listener goes on until something is sent, and shows that."""
    with started(signalcli, *arguments) as (stdout, stderr):
        assert stderr.readline().startswith(b"Listening to ")
        signalcli.ok("send", "king", "大鹏", "--via", "--remote-only")
        assert "大鹏" in stdout.readline().decode() + stdout.readline().decode()


def check_that_the_relay_serves(signalcli: SignalCli) -> None:
    """The server runs, and says where."""
    with started(signalcli, "relay", "serve", "--port", "0") as (stdout, _):
        assert stdout.readline().startswith(b"Serving nats://127.0.0.1:")
        assert signalcli.read("relay status")["own"] is True


def leave_a_dead_letter(signalcli: SignalCli) -> None:
    """Start the server, with a durable listener called mail that has given up a send."""
    signalcli.ok("connect", "king", "failing")
    with started(signalcli, "listen", "king", "--durable", "mail", "--max-deliver", "1") as (
        stdout,
        stderr,
    ):
        stderr.readline()
        signalcli.ok("send", "king", "大鹏", "--via", "--remote-only")
        stdout.readline()
        while not signalcli.ok("relay", "dead", "list", "--json").stdout:
            pass


def check_that_it_serves(signalcli: SignalCli, arguments: list[str]) -> None:
    """A server goes on, at a port that is free here, until it is stopped."""
    with started(signalcli, *arguments, "--port", "0") as (stdout, stderr):
        url = re.search(r"http://\S+", stderr.readline().decode())
        assert url is not None
        with urlopen(f"{url[0]}hello", timeout=30) as answer:
            assert answer.read() == b"hello blinker"
        assert "GET /hello → 200 OK" in stdout.readline().decode()


@pytest.mark.parametrize("line", ["-h", "--help", "session", "session --help", "send -h"])
def test_help_is_data(signalcli: SignalCli, line: str) -> None:
    path = ["signalcli", *[word for word in line.split() if not word.startswith("-")]]

    result = signalcli(*line.split())

    assert (result.status, result.stderr) == (0, "")
    assert result.stdout.startswith(f"Usage: {' '.join(path)} [OPTIONS]")
    assert not signalcli.session_path.exists()


def test_the_first_screen_fits_a_terminal(signalcli: SignalCli) -> None:
    result = signalcli()

    lines = result.stdout.splitlines()
    assert (result.status, result.stderr) == (0, "")
    assert len(lines) <= 24
    assert [line for line in lines if len(line) > 80] == []
    assert not signalcli.session_path.exists()
    starts = ["Start here: signalcli tour 2.1", "Learn  ", "Teach  ", "Debug my Flask app  "]
    ends = ["All commands: signalcli --help", "The guide: signalcli help"]
    assert [start for start in [*starts, *ends] if f"\n{start}" not in result.stdout] == []
    assert re.findall(r"^  (\w+) ", result.stdout, re.MULTILINE) == list(COMMON_COMMANDS)


@every
def test_help_names_the_common_options_of_the_command(signalcli: SignalCli, path: str) -> None:
    """What works on a session only refuses an application before it does anything."""
    shown = EVERY[path].get_help(click.Context(EVERY[path]))
    text = " ".join(shown.split()).replace("- ", "-")  # a line ends after a hyphen
    common = re.search(r"Common options: ([^.]*)\.", text)
    assert common is not None

    sources = {name for name in ("--session", "--app") if name in common[1].split(", ")}
    rest = common[1].split(", ")[len(sources) :]
    of_application = ["--setup", "--no-factory"] if "--app" in sources else []
    runs = "--app" in sources or path.endswith("trace run")
    python, looks = (["--python", "--memory"], ["--repr"]) if runs else ([], [])
    expected = ["--json", *looks, "--quiet", "--no-pager", "--lang", "--debug", "--help"]
    assert rest == [*of_application, *python, *expected]
    if sources == {"--session"} and not isinstance(EVERY[path], Group):
        words = shlex.split(re.split(" >", EVERY[path].examples[0])[0])[1:]
        refused = signalcli(*words, "--app", "shop")
        assert (refused.status, "works on a session" in refused.stderr) == (2, True)


@pytest.mark.parametrize("words", [["send"], ["session", "copy"], ["trace", "run"], ["help"]])
def test_help_of_a_command_is_that_of_its_option(signalcli: SignalCli, words: list[str]) -> None:
    assert signalcli.ok("help", *words).stdout == signalcli.ok(*words, "--help").stdout


def test_help_lists_every_topic_and_every_command(signalcli: SignalCli) -> None:
    listed = signalcli.ok("help").stdout
    index = signalcli.read("help")

    topics = [*(path.stem for path in GUIDE.glob("*.md")), "options", "rules"]
    assert [topic["topic"] for topic in index["topics"]] == sorted(topics)
    assert [entry["command"] for entry in index["commands"]] == root_commands()
    entries = [*index["topics"], *index["commands"]]
    words = " ".join(listed.split())
    assert [entry for entry in entries if entry["summary"] not in words] == []


def root_commands() -> list[str]:
    return root.list_commands(click.Context(root))


@pytest.mark.parametrize("topic", sorted(path.stem for path in GUIDE.glob("*.md")))
def test_a_topic_in_a_pipe_is_its_file(signalcli: SignalCli, topic: str) -> None:
    text = (GUIDE / f"{topic}.md").read_text(encoding="utf-8")

    assert signalcli.ok("help", topic).stdout == text
    assert signalcli.read(f"help {topic}") == {"topic": topic, "text": text}


@pytest.mark.parametrize("path", sorted((GUIDE / "zh").glob("*.md")), ids=lambda path: path.stem)
def test_a_topic_is_shown_in_chinese_but_english_in_json(signalcli: SignalCli, path: Path) -> None:
    topic = path.stem

    shown = signalcli.ok("help", topic, "--lang", "zh").stdout

    assert shown == path.read_text(encoding="utf-8")
    chinese, english = (signalcli.read(f"help {topic}{end}") for end in (" --lang zh", ""))
    assert chinese == english


def test_help_lists_the_topics_in_chinese_but_in_english_as_json(signalcli: SignalCli) -> None:
    listed = signalcli.ok("help", "--lang", "zh").stdout
    words = "".join(listed.split())

    summaries = [
        path.read_text(encoding="utf-8").split("\n")[2] for path in (GUIDE / "zh").glob("*.md")
    ]
    assert [text for text in summaries if "".join(text.split()) not in words] == []
    assert signalcli.read("help --lang zh")["topics"] == signalcli.read("help")["topics"]


def test_no_topic_is_called_like_a_command() -> None:
    """Or ``help`` could show only one of the two."""
    assert set(topic_names()) & set(root_commands()) == set()


@pytest.mark.parametrize("name", topic_names())
@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_topic_on_a_terminal_is_drawn(name: str, width: int) -> None:
    topic = read_topic(name)._replace(is_drawn=True)

    drawn = draw(topic, width, color=False)

    title, _, summary, *_ = topic.text.split("\n")
    words = re.sub(r"\W+", " ", drawn)
    assert topic.result().lines is None
    assert max(map(len, drawn.splitlines())) <= min(width, 100)
    assert re.sub(r"\W+", " ", f"{title} {summary}").strip() in words


@pytest.mark.parametrize("path", sorted((GUIDE / "zh").glob("*.md")), ids=lambda path: path.stem)
@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_chinese_topic_on_a_terminal_is_drawn_whole(path: Path, width: int) -> None:
    text = path.read_text(encoding="utf-8")
    topic = Topic(path.stem, "", text, is_drawn=True)

    drawn = draw(topic, width, color=False)

    lines = drawn.splitlines()
    assert [line for line in lines if columns(line) > min(width, 100)] == []
    starts = [line.strip()[:1] for line in lines]
    assert width < 80 or [start for start in starts if start and start in "，。、：；！？）”"] == []
    characters = re.compile("[\u4e00-\u9fff]")
    assert sorted(characters.findall(drawn)) == sorted(characters.findall(text))


def test_the_topic_on_rules_has_every_rule(signalcli: SignalCli) -> None:
    text = signalcli.ok("help", "rules").stdout

    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [rule.name for rule in RULES]
    assert [rule.name for rule in RULES if f"```python\n{rule.explained.good}\n" not in text] == []


def test_the_topic_on_options_has_every_common_option(signalcli: SignalCli) -> None:
    text = signalcli.ok("help", "options").stdout

    assert [option for option in common_options({}) if f"{option.opts[-1]}`: " not in text] == []


ALL = "See them all: signalcli"


HELP_ERRORS = {
    "sned": f"No topic or command 'sned'. Did you mean 'send'? {ALL} help",
    "securty": f"No topic or command 'securty'. Did you mean 'security'? {ALL} help",
    "session cpy": (
        f"No command 'cpy' in signalcli session. Did you mean 'copy'? {ALL} session --help"
    ),
    "send king": "`signalcli send` has no subcommands; got: king. Show it: signalcli send --help",
    "learn security": "A topic takes no further word; got: security. Show it: signalcli help learn",
    "dead-receiver": f"No topic or command 'dead-receiver'. Did you mean 'rules'? {ALL} help",
}


@pytest.mark.parametrize(
    "words",
    [
        "history show",
        "history show last",
        "history clear",
        "tour check",
        "export dot",
        "completion zsh",
    ],
)
def test_help_of_a_word_that_is_no_subcommand_is_that_of_the_command(
    signalcli: SignalCli, words: str
) -> None:
    assert signalcli.ok("help", *words.split()) == signalcli.ok("help", words.split()[0])


@pytest.mark.parametrize("words", HELP_ERRORS)
def test_help_suggests_a_close_name(signalcli: SignalCli, words: str) -> None:
    assert signalcli.refused(f"help {words}") == HELP_ERRORS[words]


def test_the_list_of_commands_has_the_first_line_of_each() -> None:
    """It is kept apart from them, so that ``signalcli --help`` imports none."""
    table = {name: text for section in COMMANDS.values() for name, text in section.items()}

    own = {
        path.removeprefix("signalcli "): command.get_short_help_str(limit=1000)
        for path, command in EVERY.items()
        if path.count(" ") == 1
    }
    assert table == own


@pytest.mark.parametrize("group", ["trace", "relay", "session"])
def test_the_list_of_subcommands_has_whole_sentences(signalcli: SignalCli, group: str) -> None:
    lines = " ".join(signalcli.ok(group, "--help").stdout.split())

    named = [path for path in EVERY if path.startswith(f"signalcli {group} ")]
    subcommands = [path for path in named if path.count(" ") == 2]
    assert [
        path
        for path in subcommands
        if f"{path.split()[-1]} {EVERY[path].get_short_help_str(1000)}" not in lines
    ] == []


@every
def test_a_command_is_in_the_readme(path: str) -> None:
    """A subcommand may stand in the line of its group."""
    program, *words = path.split()
    pattern = " ".join([program, *words[:1]]) + "".join(rf"\b.*\b{word}" for word in words[1:])

    assert re.search(rf"{pattern}\b", README.read_text(encoding="utf-8"))


def test_arguments_are_not_listed_as_options(signalcli: SignalCli) -> None:
    """Newer versions of Click describe arguments too."""
    options = signalcli.ok("connect", "--help").stdout.partition("\nOptions:\n")[2]

    assert options.lstrip().startswith("--sender")


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_what_is_generated_from_the_commands_is_up_to_date(path: Path) -> None:
    """If this fails: python -m tests.support.reference"""
    assert path.read_text(encoding="utf-8") == GENERATED[path]()


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_man_formats_the_man_page_without_a_warning(signalcli: SignalCli) -> None:
    command = ["man", "--warnings", "--local-file", str(MAN_PAGE)]

    shown = signalcli(command=command, environment={"MANWIDTH": "80"})

    assert (shown.status, shown.stderr) == (0, "")
    assert "connect [OPTIONS] SIGNAL RECEIVER" in shown.stdout


HIDDEN = """\
import importlib.metadata, sys
sys.modules['flask'] = None
real = importlib.metadata.Distribution.from_name
def from_name(name):
    if name == 'flask': raise importlib.metadata.PackageNotFoundError(name)
    return real(name)
importlib.metadata.Distribution.from_name = from_name
"""


def test_the_versions_of_what_takes_part_are_shown(signalcli: SignalCli) -> None:
    result = signalcli("--version")

    versions = [(name, version(name)) for name in ("signalcli", "blinker", "Flask")]
    versions.insert(2, ("Python", platform.python_version()))
    assert result == Result(0, "".join(f"{name} {number}\n" for name, number in versions), "")


@pytest.mark.parametrize("options", [["--version", "--json"], ["--json", "--version"]])
def test_the_versions_are_also_json(signalcli: SignalCli, options: list[str]) -> None:
    versions = {name: version(name) for name in ("signalcli", "blinker", "flask")}

    assert signalcli.ok(*options).json == {**versions, "python": platform.python_version()}


def test_the_version_imports_no_flask_and_needs_none(signalcli: SignalCli) -> None:
    hidden = signalcli.write("hidden/sitecustomize.py", HIDDEN).parent

    lines = signalcli("--version", environment={"PYTHONPATH": str(hidden)}).stdout.splitlines()

    assert [line.split()[0] for line in lines] == ["signalcli", "blinker", "Python"]


SUGGESTED = """
ls → list; rm king → remove; show king → inspect; emit king → send; EMIT king → send
lessons → tour; version → --version; sessions → session list; run tidy.py → trace run
session ls → list; session rm x → delete; session switch x → use; session help → --help
receivers create x → add; receivers ls → receivers; receivers list → receivers
docs → help; man → help; guide → help; topics → help; snd king → send
examples → tour; demo → flask; logs → history; debug → why; test → doctor
session add x → new; history ls → history; history rm → history clear; history view → history show
leson → tour; help leson → tour; help exampels → tour
help emit → send; help lessons → tour; help session rm → delete
"""
"""What is typed → what is suggested."""


@pytest.mark.parametrize("case", re.split("; |\n", SUGGESTED.strip()))
def test_a_word_of_other_tools_suggests_the_command(signalcli: SignalCli, case: str) -> None:
    line, meant = case.split(" → ")

    assert f"Did you mean '{meant}'? {ALL}" in signalcli.refused(line)


@pytest.mark.parametrize("word", ["exit", "quit", "exit now"])
def test_a_word_that_leaves_a_shell_says_what_leaves_it(signalcli: SignalCli, word: str) -> None:
    sentence = "`exit` alone leaves the shell; other commands end by themselves."

    assert signalcli.refused(word) == sentence
    if word != "exit":
        in_shell = signalcli("shell", input=f"{word}\n".encode(), stdin=None)
        assert f"Error: {sentence}\n" in in_shell.stderr


def test_a_misspelled_option_suggests_another_in_whole_sentences(signalcli: SignalCli) -> None:
    error = signalcli.refused("--verson")

    assert error.endswith((". Try: signalcli --help", "? Try: signalcli --help"))
    assert "(Did" not in error


def test_every_synonym_means_a_command_and_is_none() -> None:
    typed = {path.removeprefix("signalcli ") for path in EVERY}
    words = {word for path in typed for word in path.split()} | {"--help", "--version", "clear"}

    synonyms = {word for words in SYNONYMS.values() for word in words.split()}

    assert {word for meaning in SYNONYMS for word in meaning.split()} - words == set()
    assert synonyms & typed <= {"help", "list"}
