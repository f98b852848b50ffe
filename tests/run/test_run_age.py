"""How old a kernel is, and what that means for calls whose prototype has changed."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from zxhil.abi.ages import CHANGED, HORIZON, NEVER, VARIED, WITNESSES, Age, concluded, parse_age
from zxhil.abi.arch import Arch
from zxhil.abi.calls import BY_NAME
from zxhil.bisect.probe import CaseProbe
from zxhil.bisect.record import Settings
from zxhil.bisect.setup import check, probe_of
from zxhil.bisect.when import parse
from zxhil.docs.parse import parse_tree
from zxhil.docs.statuses import user_pages
from zxhil.errors import UserError
from zxhil.model.pages import find_clause
from zxhil.model.since import SINCE
from zxhil.oracle.oracle import KernelSeen
from zxhil.pytest_plugin.bench import Bench
from zxhil.report.notes import notes_of
from zxhil.run.age import AgeSources
from zxhil.run.record import KernelRecord
from zxhil.run.setup import kernel_record
from zxhil.target.make import setup
from zxhil.target.model import Target

CALL = "resource_create"
DAY = CHANGED[CALL].day


def test_a_month_is_all_of_its_days() -> None:
    assert parse_age("2018-07") == Age(20180701, 20180731, "--age 2018-07")
    assert parse_age("2018-07-31") == Age(20180731, 20180731, "--age 2018-07-31")


@pytest.mark.parametrize(
    "text", ["2018", "2018-13", "2018-7", "2018-07-32", "2018-02-30", "18-07", "x", ""]
)
def test_invalid_age_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="YYYY-MM"):
        parse_age(text)


@pytest.mark.parametrize(
    ("age", "holds"),
    [
        (Age(), None),
        (Age(20180801), True),
        (Age(0, 20180730), False),
        (Age(DAY, DAY), None),
        (Age(20180701, 20180831), None),
        (Age(20190101, 20180101), False),
    ],
)
def test_a_prototype_holds_only_where_every_day_of_the_age_says_so(
    age: Age, holds: bool | None
) -> None:
    assert age.holds(CALL) is holds
    assert age.holds("channel_write") is True


def test_a_page_with_another_synopsis_names_other_arguments(tmp_path: Path) -> None:
    text = (
        "# zx_resource_create\n\n## NAME\n\nresource_create - create a resource\n\n"
        "## SYNOPSIS\n\n```\n#include <zircon/syscalls.h>\n\nzx_status_t zx_resource_create("
        "zx_handle_t parent, uint32_t kind, uint64_t low, uint64_t high, zx_handle_t* out);\n```\n"
    )
    (tmp_path / "resource_create.md").write_text(text)
    pages = user_pages(parse_tree(tmp_path))
    assert pages.parameters == {CALL: ("parent", "kind", "low", "high", "out")}
    sources = AgeSources(synopses=pages.parameters)
    assert sources.holds(Age())[CALL] is False
    ours = tuple(parameter.name for parameter in BY_NAME[CALL].parameters)
    assert AgeSources(synopses={CALL: ours}).holds(Age())[CALL] is True
    assert AgeSources(synopses={CALL: ours}).holds(Age(0, 20180101))[CALL] is False


@pytest.mark.parametrize(
    ("call", "age", "holds"),
    [
        ("vmar_map", Age(0, 20180827), False),
        ("vmar_map", Age(20180811, 20181203), None),
        ("vmar_map", Age(20180829), True),
        ("clock_get", Age(20180801, 20181229), True),
        ("clock_get", Age(20181206, 20190731), None),
        ("clock_get", Age(20190731), False),
        ("vmo_get_size", Age(), True),
    ],
)
def test_a_prototype_that_began_or_ended(call: str, age: Age, holds: bool | None) -> None:
    assert age.holds(call) is holds


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [
        (("handle", "vmar_offset", "vmo", "vmo_offset", "len", "map_flags", "mapped_addr"), False),
        (("handle", "options", "vmar_offset", "vmo", "vmo_offset", "len", "mapped_addr"), True),
        (("vmar", "a", "b", "c", "d", "e", "f"), None),
        (("handle", "options"), False),
    ],
)
def test_parameters_in_another_order_are_other_parameters(
    parameters: tuple[str, ...], holds: bool | None
) -> None:
    sources = AgeSources(synopses={"vmar_map": parameters})
    assert sources.holds(Age())["vmar_map"] is holds


@pytest.fixture
def repository(tmp_path: Path) -> tuple[Path, str]:
    folder = tmp_path / "zircon"
    who = ["-c", "user.name=n", "-c", "user.email=e"]
    when = {"GIT_COMMITTER_DATE": "2018-06-19T12:00:00Z", "PATH": "/usr/bin:/bin"}
    subprocess.run(["git", "init", "-q", str(folder)], check=True, env=when)
    command = ["git", *who, "commit", "-q", "--allow-empty", "-m", "x"]
    subprocess.run(command, cwd=folder, check=True, env=when)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()
    return folder, commit


def test_a_version_and_a_repository_give_the_day(repository: tuple[Path, str]) -> None:
    folder, commit = repository
    sources = AgeSources(repo=folder)
    for version in (f"git-{commit}", f"git-{commit}-dirty"):
        age = sources.by_version(version)
        assert (age.earliest, age.latest) == (20180619, 20180619)
        assert commit[:9] in age.why
    for version in ("git-" + "0" * 40, "zxhil-standin-" + commit, "unknown"):
        assert sources.by_version(version) == Age()


def test_folder_without_a_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a git repository"):
        AgeSources(repo=tmp_path).by_version("git-" + "0" * 40)


def test_vdso_takes_precedence_over_the_stated_age() -> None:
    seen = Age(20181206, 20190731, "by x")
    assert concluded(parse_age("2018-12"), seen)[0] == Age(
        20181206, 20181231, "--age 2018-12; by x"
    )
    age, doubt = concluded(parse_age("2018-02"), seen)
    assert age == seen
    assert doubt == (
        "--age 2018-02 does not match this kernel, dated 2018-12-06 to 2019-07-31 by x"
    )
    assert concluded(Age(), replace(seen, latest=NEVER)) == (replace(seen, latest=NEVER), "")


def test_the_tables_are_sound() -> None:
    assert all(find_clause(clause) for clause in SINCE)
    assert BY_NAME.keys() >= VARIED
    for call, change in CHANGED.items():
        assert change.before != tuple(each.name for each in BY_NAME[call].parameters), call
    for each in WITNESSES:
        days = [day for day in each[1:] if day]
        assert days == sorted(days), each.name
        assert days, each.name
        assert (each.born_after == 0) == (each.born_by == 0), each.name
        assert (each.gone_after == 0) == (each.gone_by == 0), each.name


def test_target_with_a_repository_dates_its_kernel(
    repository: tuple[Path, str], tmp_path: Path
) -> None:
    folder, commit = repository
    made = setup(Target(repo=folder), None, [], tmp_path, tmp_path)
    record = kernel_record(made, Arch.X64, KernelSeen(f"git-{commit}", frozenset()))
    assert (record.earliest, record.latest) == (20180619, 20180619)
    with pytest.raises(UserError, match="is not a git repository"):
        setup(Target(repo=tmp_path), None, [], tmp_path, tmp_path)


def test_bench_of_pytest_takes_age_and_repository(repository: tuple[Path, str]) -> None:
    folder, commit = repository

    def bench(repo: str, age: str | None) -> Bench:
        option = SimpleNamespace(zx_age=age, zx_repo=repo)
        place = SimpleNamespace(dir=folder.parent)
        return Bench(SimpleNamespace(option=option, invocation_params=place))  # type: ignore[arg-type]

    assert bench(folder.name, None).ages.by_version(f"git-{commit}").earliest == 20180619
    assert bench(folder.name, "2018-05-01").ages.age == parse_age("2018-05-01")
    with pytest.raises(UserError, match="is not a git repository"):
        _ = bench(".", None).ages
    with pytest.raises(UserError, match="is too long for a path"):
        _ = bench("x" * 300, None).ages


def test_images_of_a_bisection_are_dated_by_a_repository(repository: tuple[Path, str]) -> None:
    folder, _ = repository
    asked = Settings(str(folder), ("a",), "b", str(folder), "images", "boots")
    check(asked)
    probe = probe_of(asked, parse("boots"))
    assert isinstance(probe, CaseProbe)
    assert f"--repo {folder}" in " ".join(probe.options)
    assert asked.range == "images"
    with pytest.raises(UserError, match="is not a git repository"):
        check(replace(asked, repo=str(folder.parent)))
    with pytest.raises(UserError, match="applies to zxhil's own cases only"):
        check(replace(asked, when="", when_command="x"))


@pytest.mark.parametrize(
    ("earliest", "latest", "said"),
    [
        (HORIZON, NEVER, True),
        (20230101, 20230101, True),
        (20190730, 20190731, False),
        (20200101, 20190101, False),
        (0, NEVER, False),
    ],
)
def test_report_says_where_the_dates_end(earliest: int, latest: int, said: bool) -> None:
    kernel = KernelRecord("x64", "i", "v", False, (), earliest=earliest, latest=latest)
    assert any("are known up to 2019-07-31" in note for note in notes_of(kernel, [])) is said
