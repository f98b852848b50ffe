"""Every command, option, file, module, and variable that docs/ or the README names exists."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from zxhil.cli import cli
from zxhil.target.model import LimitKeys, SerialKeys, SshKeys, Target

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "examples").iterdir()),
]
# Options of other programs that a page names: of podman, pip, git, QEMU, pytest, Dask.
FOREIGN = {
    "install.md": {"--device", "--group-add", "--rm", "--user", "--no-deps"},
    "pytest.md": {"--lf", "--ff", "--junitxml", "--durations", "--dist", "--forked"},
    "cluster.md": {"--port", "--nthreads", "--nworkers"},
    "bisect.md": {"--bisect-all", "--not", "--unshallow"},
    "action.yml": {"--no-install-recommends"},
}
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")


def code_of(path: Path) -> list[str]:
    """The code of a page: code spans, and lines of blocks with their continuations joined."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    if path.suffix != ".md":
        return [line for line in text.splitlines() if not re.match(r"\s*(#|//)", line)]
    blocks = [line for line in text.splitlines() if line.startswith("    ")]
    for body in re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        blocks += body.splitlines()
    prose = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [*blocks, *re.findall(r"`([^`\n]+(?:\n[^`\n]+)?)`", prose)]


def subcommand(group: click.Group, name: str) -> click.Command | None:
    return group.get_command(click.Context(group), name)


def lookup(words: list[str]) -> tuple[list[str], click.Command, list[str]]:
    """The command that words name, and the words after its name. Raises KeyError for no command."""
    command: click.Command = cli
    names: list[str] = []
    while isinstance(command, click.Group) and words and re.fullmatch(r"[a-z]+", words[0]):
        found = subcommand(command, words[0])
        if found is None:
            raise KeyError(" ".join([*names, words[0]]))
        command = found
        names.append(words[0])
        words = words[1:]
    return names, command, words


def invocations(path: Path) -> Iterator[tuple[list[str], click.Command, list[str]]]:
    """Each ``zxhil COMMAND …`` in the code of a page."""
    for line in code_of(path):
        for rest in re.findall(
            r"(?:^|[/$|\"] ?|\brun (?:.* )?)zxhil\"? +([a-z].*)", line.strip().replace("\n", " ")
        ):
            words = re.split(r"\s(?:[|>#;]|&&)\s?", rest)[0].split()
            yield lookup(words)


@cache
def options_of(command: click.Command) -> frozenset[str]:
    return frozenset(
        name
        for parameter in command.params
        for name in (*parameter.opts, *parameter.secondary_opts)
    ) | {"--help", "-h"}


@cache
def plugin_options() -> frozenset[str]:
    text = (ROOT / "harness/zxhil/pytest_plugin/__init__.py").read_text()
    return frozenset(re.findall(r'"(--zx-[a-z-]+)"', text))


def wrong_names(path: Path) -> list[str]:
    """What a page names and does not exist, of commands and options."""
    wrong: list[str] = []
    known = set(FOREIGN.get(path.name, set())) | plugin_options()
    try:
        for names, command, words in invocations(path):
            known |= options_of(command)
            given = {word.split("=")[0] for word in words if _OPTION.match(word)}
            foreign = FOREIGN.get(path.name, set())
            wrong += [
                f"zxhil {' '.join(names)}: {one}" for one in given - options_of(command) - foreign
            ]
    except KeyError as no_command:
        wrong.append(f"no such command: {no_command}")
    for line in code_of(path):
        for script in re.findall(r"(?:scripts|tests)/[\w/.]+", line):
            if (ROOT / script).is_file():
                known |= set(_OPTION.findall((ROOT / script).read_text()))
        wrong += [one for one in _OPTION.findall(line) if one not in known]
    return wrong


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_commands_and_options_of_a_page_exist(path: Path) -> None:
    assert wrong_names(path) == []


def test_a_name_that_does_not_exist_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    for text, count in (
        ("    zxhil run --image x\n", 0),
        ("    zxhil run --imago x\n", 2),
        ("    zxhil run \\\n        --imago x\n", 2),
        ("    zxhil runs\n", 1),
        ("`zxhil docs linted`", 1),
        ("`--imago` of `zxhil run`", 1),
        ("`--image` of `zxhil run`", 0),
        ("```\n$ zxhil image info --add x\n```\n", 2),
    ):
        page.write_text(text)
        assert len(wrong_names(page)) == count, text


def test_every_command_is_on_a_page() -> None:
    named = {" ".join(names) for path in PAGES for names, _, _ in invocations(path)}

    def walk(command: click.Command, name: str) -> Iterator[str]:
        if isinstance(command, click.Group):
            for part in command.list_commands(click.Context(command)):
                sub = subcommand(command, part)
                assert sub is not None
                yield from walk(sub, f"{name} {part}".strip())
        else:
            yield name

    assert set(walk(cli, "")) - named == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_files_and_modules_of_a_page_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    folders = "harness|guest_tests|tests|scripts|images|known|docs/examples"
    for name in re.findall(rf"(?<![\w/.])((?:{folders})/[\w./*-]*\w)", "\n".join(code_of(path))):
        assert any(ROOT.glob(name)), name
    for name in re.findall(r"\bzxhil(?:\.[a-z_]+)+\b", text):
        if not name.endswith((".toml", ".json", ".xml", ".fish")):
            assert module_or_its_name(name), name


def module_or_its_name(name: str) -> bool:
    parts = name.split(".")
    for length in (len(parts), len(parts) - 1):
        try:
            if importlib.util.find_spec(".".join(parts[:length])) is None:
                continue
        except ModuleNotFoundError:
            continue
        module = importlib.import_module(".".join(parts[:length]))
        return length == len(parts) or hasattr(module, parts[-1])
    return False


def test_variables_of_the_pages_are_used() -> None:
    code = "".join(
        path.read_text()
        for folder in ("harness", "scripts", "tests")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", "") and path.is_file() and path != Path(__file__)
    )
    for page in PAGES:
        for name in set(re.findall(r"\bZXHIL_[A-Z0-9_]+\b", page.read_text())):
            assert name in code or page.name == "github-actions.yml", f"{page.name}: {name}"


def test_keys_of_the_target_file_are_listed() -> None:
    text = (ROOT / "docs" / "targets.md").read_text()
    rows = dict(re.findall(r"^\| `\[target\.NAME(.*?)\]` \| (.*) \|$", text, re.MULTILINE))
    for table, keys in (
        ("", Target),
        (".limits", LimitKeys),
        (".serial", SerialKeys),
        (".ssh", SshKeys),
    ):
        listed = set(re.findall(r"`(\w+)`", rows[table]))
        fields = {field.name for field in dataclasses.fields(keys)}
        assert listed - fields == set(), table


def test_folders_of_the_stand_in_are_listed() -> None:
    text = (ROOT / "docs" / "standin.md").read_text()
    table = text[text.index("## Source files") :]
    listed = {name.split("/")[0] for name in re.findall(r"`([a-z0-9]+/(?:[a-z0-9]+)?)`", table)}
    there = {path.name for path in (ROOT / "images" / "standin").iterdir() if path.is_dir()}
    assert listed | {"include"} == there


def test_source_files_of_a_page_exist() -> None:
    for page, folder in (("machines", "machine"), ("runs", "run")):
        text = (ROOT / "docs" / f"{page}.md").read_text()
        listed = re.findall(
            r"^    ([a-z]+\.py) ", text[text.index("## Source files") :], re.MULTILINE
        )
        assert len(listed) > 5
        for name in listed:
            assert (ROOT / "harness" / "zxhil" / folder / name).is_file(), f"{page}.md: {name}"


def test_kinds_of_change_are_listed() -> None:
    from zxhil.report.compare import RunChangeKind

    text = (ROOT / "docs" / "compare.md").read_text()
    for kind in RunChangeKind:
        assert re.search(rf"^\|.*\b{kind.value}\b", text, re.MULTILINE), kind.value


def test_rules_of_lint_are_listed() -> None:
    from zxhil.docs.lint import RULES

    text = (ROOT / "docs" / "pages.md").read_text()
    assert {rule for rule in RULES if f"`{rule}`" not in text} == set()


def test_modules_that_the_model_page_lists_exist() -> None:
    text = (ROOT / "docs" / "model.md").read_text()
    listed = text[text.index("## How it works") : text.index("The rules of the oracle")]
    names = re.findall(r"`([a-z_]+\.py)`", listed)
    assert len(names) > 10
    for name in names:
        assert (ROOT / "harness" / "zxhil" / "model" / name).is_file(), name


def test_numbers_of_the_readme_are_true() -> None:
    from zxhil.abi.arch import Arch
    from zxhil.model.pages import core_pages, load_all
    from zxhil.run.plan import plan
    from zxhil.standin import faults

    text = " ".join((ROOT / "README.md").read_text().split())
    pages, core = load_all(), core_pages()
    assert (
        f"the {len(pages) - len(core)} other calls that their cases use: {len(pages)} pages" in text
    )
    assert f"breaks the stand-in kernel in {len(faults())} ways" in text
    assert f"{len(pages)} pages, {sum(len(task.chosen) for task in plan([Arch.X64]))} cases" in text
    for page in core:
        assert f"`zx_{page.name}`" in text


#: Messages that pages quote, with the page.
QUOTED = {
    "console.md": ["the process was not given a "],
    "images.md": [
        "command line of the image kept: ",
        "overridden: ",
        "divergences from sentences newer than this kernel: ",
        "the kernel alone is enough",
    ],
    "pages.md": ["applied to kernels", " applied to the kernel (", "is not a Zircon status"],
    "known-divergences.md": ["Unexpected passes (stale known entries)"],
    "README.md": ["DIVERGES", ": expected ", ", got ", ", because "],
}


@pytest.mark.parametrize(
    ("page", "message"), [(page, text) for page, texts in QUOTED.items() for text in texts]
)
def test_messages_that_pages_quote_are_in_the_code(page: str, message: str) -> None:
    text = " ".join(next(path for path in PAGES if path.name == page).read_text().split())
    assert " ".join(message.split()) in text
    sources = (ROOT / "harness").rglob("*.py")
    assert any(message in path.read_text() for path in sources), message
