"""Names that do not exist are refused at once, with a suggestion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from zxhil.abi.arch import Arch
from zxhil.bisect.setup import programs_for
from zxhil.bisect.when import parse as parse_condition
from zxhil.cli import cli
from zxhil.errors import UserError
from zxhil.guest.build import build
from zxhil.known.file import parse
from zxhil.known.load import check_names, load
from zxhil.known.update import update
from zxhil.names import did_you_mean, must_match, no_such
from zxhil.run.plan import plan
from zxhil.run.record import RunReport
from zxhil.shipped import shipped_names


def test_near_names_are_offered_and_else_the_list() -> None:
    assert did_you_mean("chanel", ["channel", "socket"]) == "did you mean channel?"
    assert did_you_mean("zzz", ["channel", "socket"]) == "there are: channel, socket"
    assert did_you_mean("zzz", map(str, range(99))).endswith("… (99 in all)")
    assert did_you_mean("zzz", []) == "there is none"


def test_clauses_that_begin_with_the_name_are_suggested_alone() -> None:
    clauses = ["w/max_handles", "w/bad_handle_entry", "w/bad_handle_handle"]
    clauses = [each.replace("w/", "channel_write/") for each in clauses]
    assert did_you_mean("channel_write/bad_handle", clauses) == (
        "did you mean channel_write/bad_handle_entry or channel_write/bad_handle_handle?"
    )
    assert did_you_mean("channel_write/zzz", clauses).startswith("there are: "), "of one page all"
    assert did_you_mean("channel_write/max_handels", clauses) == (
        "did you mean channel_write/max_handles?"
    )
    assert str(no_such("--x", "thing", "a", ["b"])).startswith("--x: there is no thing 'a'")
    must_match("--x", "thing", "so*", ["channel", "socket"])
    must_match("--x", "thing", "x*,socket", ["channel", "socket"])
    with pytest.raises(UserError, match="no thing matches 'so'"):
        must_match("--x", "thing", "so", ["channel", "socket"])
    with pytest.raises(UserError, match="no thing matches 'x\\*'"):
        must_match("--x", "thing", "x*", ["channel", "socket"])


# ---- what the command line refuses

REFUSED = {
    "program": (["run", "--tests", "chanel_write"], "did you mean channel_write"),
    "one of two programs": (["run", "--tests", "socket_share,chanel_write"], "did you mean chan"),
    "fault": (["faults", "--fault", "cookie-scope-changed-on-failur"], "did you mean cookie-sc"),
    "fault of a run": (["run", "--word", "standin.fault=cookie-scop"], "there is no fault"),
    "page": (["clauses", "chanel_write"], "did you mean channel_write"),
    "known file": (["run", "--known", "zircon-2018-21"], "did you mean zircon-2018-12"),
    "rule": (["docs", "lint", "--rule", "no-conditoin", "."], "did you mean no-condition"),
    "command": (["rnu"], "No such command 'rnu'; did you mean run"),
    "command of a group": (["docs", "lnit"], "No such command 'lnit'; did you mean lint"),
    "folder of pages": (["docs", "show", "nope"], "nope: does not exist"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_name_that_does_not_exist_is_refused_before_anything_is_built(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    arguments, said = REFUSED[what]
    result = CliRunner().invoke(cli, arguments, standalone_mode=False)
    error = result.exception
    assert isinstance(error, UserError | click.ClickException), result.output
    assert error.exit_code == 2
    assert said in str(error)
    # Which programs there are is known once the C of the baseline cases is written.
    made = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert made <= {"", ".baseline", ".c"}


@pytest.mark.parametrize(
    ("tests", "case", "said"),
    [
        ("channel_write", "peer_close", "no case matches"),
        ("channel_write", "channel_write/peer_close", "did you mean channel_write/"),
        ("channel_write,sockt_share", "*", "did you mean socket_share"),
    ],
)
def test_case_that_does_not_exist_is_refused(tests: str, case: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        plan([Arch.X64], tests, case)


def test_claim_of_no_clause_is_refused_with_its_line(tmp_path: Path) -> None:
    source = tmp_path / "mine.c"
    source.write_text(
        '#include "zxtest.h"\nCASE(a, "channel_write/peer_closed") {}\n'
        'CASE(b, "channel_write/peer_close") {}\n'
    )
    for _ in range(2):  # the second time the program is kept
        with pytest.raises(UserError) as caught:
            build(Arch.X64, source, cache=tmp_path / "cache")
        assert caught.value.place == "mine.c:3: case b"
        assert "there is no clause 'channel_write/peer_close'" in caught.value.problem
        assert "did you mean channel_write/peer_closed" in caught.value.remedy


# ---- conditions of bisect

CONDITIONS = {
    "case channel_write/peer_close changes": "no case matches",
    "case chanel_write/peer_closed fails": "no case matches",
    "clause channel_write/peer_close changes": "did you mean channel_write/peer_closed",
    "not page chanel_write passes": "did you mean channel_write",
}


@pytest.mark.parametrize("when", CONDITIONS)
def test_condition_about_what_does_not_exist_leaves_no_session(
    when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    images = tmp_path / "images"
    for name in ("a", "b", "c"):
        (images / name).mkdir(parents=True)
    arguments = ["bisect", "--images", str(images), "--when", when]
    result = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert isinstance(result.exception, UserError), result.exception
    assert CONDITIONS[when] in str(result.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["images"]


@pytest.mark.parametrize(
    ("when", "tests"),
    [
        ("case channel_write/peer_closed_by_close changes", "channel_write"),
        ("page socket_share fails", "baseline_socket_share,socket_share"),
        ("clause handle_close/closed changes", "support"),
        ("boots", "channel_write"),
        ("panics x", "*"),
    ],
)
def test_condition_names_which_programs_to_run(when: str, tests: str) -> None:
    condition = parse_condition(when)
    if condition.subject == "case":
        names = [f"{t.program.name}/{c.name}" for t in plan([Arch.X64]) for c in t.chosen]
        name = next(name for name in names if name.startswith("channel_write/"))
        condition = parse_condition(f"case {name} changes")
    assert programs_for(condition, "") == tests
    assert programs_for(parse_condition("boots"), "socket_share") == "socket_share"


# ---- the file of known divergences


def entry(**keys: object) -> str:
    lines = "".join(f"{key} = {value!r}\n".replace("'", '"') for key, value in keys.items())
    return f'[[divergence]]\n{lines}reason = "so"\n'


DEAD = {
    "page": (entry(page="chanel_write"), "did you mean channel_write"),
    "page by glob": (entry(page="chanel*"), "there is no page"),
    "clause": (entry(clause="channel_write/peer_close"), "did you mean channel_write/peer_closed"),
    "clause of no page": (entry(clause="chanel_write/peer_closed"), "did you mean channel_write"),
    "clause by glob": (entry(clause="channel_write/pear*"), "there is no clause"),
    "one of two clauses": (
        entry(clause=["channel_write/peer_closed", "channel_write/x"]),
        "there is no clause 'channel_write/x'",
    ),
    "status": (entry(page="channel_write", status="ZX_ERR_BAD_HANDEL"), "did you mean ZX_ERR_BAD"),
    "case": (entry(case="channel_write"), "write PROGRAM/CASE"),
    "clause of another page": (
        entry(clause="channel_write/peer_closed", page="socket_share"),
        "is not a clause of the page",
    ),
}


@pytest.mark.parametrize("what", DEAD)
def test_known_entry_that_can_match_nothing_is_refused_with_its_line(
    what: str, tmp_path: Path
) -> None:
    file = tmp_path / "known.toml"
    text, said = DEAD[what]
    file.write_text(entry(page="channel_write") + text)
    with pytest.raises(UserError) as caught:
        load(file)
    assert caught.value.place == f"{file}:4"
    assert "can match nothing" in caught.value.problem
    assert said in str(caught.value)


def test_each_known_entry_that_can_match_nothing_is_listed(tmp_path: Path) -> None:
    file = tmp_path / "known.toml"
    file.write_text(entry(page="chanel_write") + entry(page="sockt_share"))
    with pytest.raises(UserError) as caught:
        load(file)
    assert "line 4: there is no page 'sockt_share'; did you mean socket_share" in str(caught.value)


LIVING = [
    entry(clause="channel_write/documented_errors"),
    entry(clause="channel_*/peer_closed", page="channel_*", status="ZX_ERR_*"),
    entry(page="channel_write", status="-99"),
    entry(case="channel_write/*"),
    entry(case="mine/one", kind="crashed"),
]


@pytest.mark.parametrize("text", LIVING)
def test_known_entry_that_can_match_is_taken(text: str, tmp_path: Path) -> None:
    file = tmp_path / "known.toml"
    file.write_text(text)
    assert len(load(file).entries) == 1


def test_known_case_that_its_program_does_not_have_is_refused() -> None:
    known = parse(entry(case="channel_write/peer_close"), Path("known.toml"))
    check_names(known)
    check_names(known, {"socket_share/one"})
    with pytest.raises(UserError, match="did you mean channel_write/peer_closed"):
        check_names(known, {"channel_write/peer_closed"})


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_known_file_has_no_entry_that_can_match_nothing(name: str) -> None:
    cases = {case.id for task in plan([Arch.X64]) for case in task.chosen}
    check_names(load(Path(name)), cases)


def test_update_deletes_entries_that_can_match_nothing() -> None:
    text = (
        entry(clause=["channel_write/peer_closed", "channel_write/x"], case=["a/b"])
        + "\n# about nothing\n"
        + entry(page="chanel_write")
        + "\n"
        + entry(case=["channel_write/gone", "channel_write/there"])
    )
    report = RunReport("1", (), (), ())
    known = parse(text, Path("known.toml"))
    updated = update(known, Path("known.toml"), report, True, {"channel_write/there"})
    entries = parse(updated.text, Path("known.toml")).entries
    assert [(e.clause, e.page, e.case) for e in entries] == [
        (("channel_write/peer_closed",), (), ("a/b",)),
        ((), (), ("channel_write/there",)),
    ]
    assert "about nothing" not in updated.text
    assert len(updated.deleted) == 3
    assert "line 1 can match nothing: there is no clause 'channel_write/x'" in updated.deleted


# ---- options given twice


def every_command() -> Iterator[tuple[str, click.Command]]:
    """Each command and subcommand, with the words that call it."""
    waiting: list[tuple[str, click.Command]] = [("", cli)]
    while waiting:
        words, command = waiting.pop()
        yield words, command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                waiting.append((f"{words} {name}".strip(), found))


OPTIONS = [
    pytest.param(command, option, id=f"{words or 'zxhil'} {option.opts[0]}")
    for words, command in every_command()
    for option in command.params
    if isinstance(option, click.Option)
]


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_option_given_twice_accumulates_or_is_refused(
    command: click.Command, option: click.Option
) -> None:
    flag = option.is_flag or option.count
    choices = option.type.choices if isinstance(option.type, click.Choice) else ["1", "2"]
    given = [] if flag else [choices[0]], [] if flag else [choices[-1]]
    arguments = [option.opts[0], *given[0], option.opts[-1], *given[1]]
    others = ["x" for each in command.params if isinstance(each, click.Argument) and each.required]
    context = click.Context(command, info_name="zxhil", resilient_parsing=False)
    seen: list[object] = []
    try:
        if option.is_eager:
            return  # ends the command at its first appearance
        parser = command.make_parser(click.Context(command))
        values, _, _ = parser.parse_args([*arguments, *others])
        seen.append(values[option.name or ""])
        command.parse_args(context, [*arguments, *others])
    except click.UsageError as error:
        assert error.exit_code == 2
        if "is given twice" in error.message:
            assert not option.multiple and not flag
            return
    assert option.multiple or flag, f"{option.opts[0]}: the last of two values wins"
    assert seen and (flag or len(seen[0]) == 2)  # type: ignore[arg-type]


def test_limit_given_twice_for_one_thing_is_refused() -> None:
    arguments = ["run", "--limit", "boot=5", "--limit", "boot=6", "--tests", "support"]
    result = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert isinstance(result.exception, UserError)
    assert "given twice" in str(result.exception)
