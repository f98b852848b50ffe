"""From the options of a bisection to its parts."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zxhil.abi.arch import Arch
from zxhil.bisect import images
from zxhil.bisect.build import GitProvider, Recipe, prune_lost_worktrees
from zxhil.bisect.cache import Cache
from zxhil.bisect.gitrange import Repository
from zxhil.bisect.outcome import Policy, Rule
from zxhil.bisect.probe import CaseProbe, CommandProbe, Probe
from zxhil.bisect.provide import Provider, Workspace
from zxhil.bisect.record import Settings
from zxhil.bisect.search import Plan
from zxhil.bisect.when import BisectCondition, parse
from zxhil.errors import UserError
from zxhil.names import must_match, no_such
from zxhil.oracle.cases import CaseInfo
from zxhil.run.age import AgeSources

if TYPE_CHECKING:
    from zxhil.bisect.record import SessionRecord

_SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


@dataclass(frozen=True, slots=True)
class BisectParts:
    """The parts of a bisection. `condition` is None if a user command judges."""

    settings: Settings
    plan: Plan
    policy: Policy
    provider: Provider
    probe: Probe
    condition: BisectCondition | None
    repository: Repository | None

    @property
    def relative(self) -> bool:
        """Does the probe compare with the old end?"""
        return self.condition is not None and self.condition.relative


def check(settings: Settings) -> None:
    """Reject options that conflict. Raises UserError."""
    if not settings.repo and not settings.images:
        raise UserError("zxhil bisect", "needs a range", "give --images PATH or --repo PATH")
    if bool(settings.when) == bool(settings.when_command):
        raise UserError(
            "zxhil bisect", "needs exactly one condition", "give --when or --when-command"
        )
    _check_machine(settings)
    if settings.history:
        if not settings.good or not settings.bad:
            raise UserError("--repo", "needs both ends", "give --good REV and --bad REV")
        if settings.when and not settings.build:
            raise UserError("--when", "needs images", "give --build, or use --when-command")
        if settings.find_fix and len(settings.good) > 1:
            raise UserError("--good", "is given twice", "give one with --find-fix")
        if settings.image_paths and not settings.build:
            raise UserError("--image-path", "applies to builds only", "give --build too")
        if settings.symbols and Path(settings.symbols).is_absolute():
            raise UserError("--symbols", "is not in the worktree", "give a path relative to it")
        return
    if settings.symbols:
        from zxhil.symbols.crash import load_symbols

        load_symbols(Path(settings.home) / settings.symbols)
    if settings.repo:
        AgeSources(repo=Path(settings.repo)).check()
    if len(settings.good) > 1:
        raise UserError("--good", "is given twice", "give one with --images")
    for option in ("build", "paths", "first_parent", "clean"):
        if getattr(settings, option):
            name = option.replace("_", "-")
            raise UserError(
                f"--{name}", "applies to git histories only", "remove it, or give --repo alone"
            )


def _check_machine(settings: Settings) -> None:
    """Reject options for zxhil's machines when the user's command tests, and invalid limits."""
    from zxhil.machine.limits import limits_of

    limits_of(settings.limits)
    given = {
        "--word": settings.words,
        "--memory": settings.memory,
        "--smp": settings.smp,
        "--limit": settings.limits,
        "--symbols": settings.symbols,
        "--repo": "" if settings.history else settings.repo,
    }
    for option, value in given.items():
        if value and settings.when_command:
            raise UserError(
                option, "applies to zxhil's own cases only", "remove it when using --when-command"
            )


def assemble(settings: Settings, cache_folder: Path, cache_bytes: int) -> BisectParts:
    """Make the parts; the ends in the returned settings are full ids. Raises UserError."""
    check(settings)
    home = Path(settings.home)
    cache = Cache(cache_folder / "images", cache_bytes)
    policy = Policy(settings.repeat, Rule(settings.unstable), settings.confirm, settings.give_up)
    condition = parse(settings.when) if settings.when else None
    repository = None
    provider: Provider
    if settings.history:
        repository = Repository(Path(settings.repo))
        prune_lost_worktrees(repository)
        plan = repository.plan(
            settings.good, settings.bad, settings.find_fix, settings.first_parent, settings.paths
        )
        provider = GitProvider(repository, recipe_of(settings), cache, home)
    else:
        listed = images.read_range(Path(settings.images))
        good = settings.good[0] if settings.good else ""
        if settings.find_fix:
            # The good end of a fix is the newest.
            good, bad = good or listed[-1].name, settings.bad or listed[0].name
        else:
            good, bad = good or listed[0].name, settings.bad or listed[-1].name
        plan = images.plan(listed, good, bad, settings.find_fix)
        provider = images.ImageProvider(listed, cache, cache_folder / "partial", home)
    return BisectParts(
        _with_ends(settings, plan),
        plan,
        policy,
        provider,
        probe_of(settings, condition),
        condition,
        repository,
    )


def resumed(record: SessionRecord, cache_folder: Path, cache_bytes: int) -> BisectParts:
    """Make the parts of a recorded session. Raises UserError if its range has changed."""
    parts = assemble(record.settings, cache_folder, cache_bytes)
    if len(parts.plan.graph) != record.ends["candidates"]:
        raise UserError(
            record.settings.range,
            f"has {len(parts.plan.graph)} candidates, not the {record.ends['candidates']} that "
            "the session began with",
            "start a new bisection",
        )
    return parts


def parse_size(text: str) -> int:
    """Read ``500M`` or ``4G``: bytes. Raises UserError."""
    found = re.fullmatch(r"(\d+)([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if not found:
        raise UserError(f"--cache-size {text!r}", "is not a size", "use, for example, 500M or 4G")
    return int(found[1]) * _SIZES[found[2].upper()]


@contextmanager
def benches(count: int) -> Iterator[Sequence[Workspace]]:
    """Make workspaces; all that was made in them is removed afterwards."""
    from zxhil.machine.scratch import scratch_folder

    with ExitStack() as stack:
        made = []
        for number in range(count):
            folder = stack.enter_context(scratch_folder())
            bench = Workspace(number, folder)
            stack.callback(bench.closing.close)
            made.append(bench)
        yield made


def _with_ends(settings: Settings, plan: Plan) -> Settings:
    """Resolve the ends: a branch may move before a bisection is resumed."""
    if settings.find_fix:
        return dataclasses.replace(settings, good=(plan.new_end,), bad=plan.old_ends[0])
    return dataclasses.replace(settings, good=plan.old_ends, bad=plan.new_end)


def recipe_of(settings: Settings) -> Recipe:
    """Return the user's build."""
    return Recipe(
        settings.build,
        settings.image_paths,
        settings.clean,
        settings.build_timeout or None,
        Arch(settings.arch) if settings.arch else None,
        settings.symbols,
    )


def probe_of(settings: Settings, condition: BisectCondition | None) -> Probe:
    """Return what tests candidates; `condition` is None for a user command."""
    timeout = settings.test_timeout or None
    if condition is None:
        return CommandProbe(settings.when_command, timeout)
    options: list[str] = []
    if settings.arch:
        options += ["--arch", settings.arch]
    if settings.repo:
        options += ["--repo", settings.repo]
    for name, values in (("--word", settings.words), ("--limit", settings.limits)):
        options += [f"{name}={value}" for value in values]
    for name, number in (("--memory", settings.memory), ("--smp", settings.smp)):
        options += [f"{name}={number}"] if number else []
    tests = programs_for(condition, settings.tests)
    # With a history they are kept with each image, beside it.
    own = settings.symbols and not settings.history
    symbols = Path(settings.home) / settings.symbols if own else None
    return CaseProbe(condition, tuple(options), timeout, tests=tests, symbols=symbols)


def programs_for(condition: BisectCondition, tests: str) -> str:
    """The programs that a test runs, as ``zxhil run --tests`` takes them.

    `tests` are the user's, empty for those that have to do with the condition. Raises UserError
    for a condition about a case, clause or page that does not exist, and for what `plan` refuses.
    """
    if condition.subject in ("boots", "panics"):
        return tests or condition.tests
    from zxhil.run.plan import plan

    cases = [case for task in plan([Arch.X64], tests or "*") for case in task.chosen]
    about = _cases_about(condition, cases)
    # If no case claims it, any case may reach it.
    return tests or ",".join(dict.fromkeys(case.program for case in about)) or "*"


def _cases_about(condition: BisectCondition, cases: list[CaseInfo]) -> list[CaseInfo]:
    place, name = f"--when {str(condition)!r}", condition.name
    if condition.subject == "case":
        must_match(place, "case", name, [case.id for case in cases])
        return [case for case in cases if case.program == name.partition("/")[0]]
    page = name.partition("/")[0]
    if condition.subject == "clause":
        from zxhil.guest.claims import clauses_of

        clauses = clauses_of(page)
        if name not in clauses:
            raise no_such(place, "clause", name, clauses)
    else:
        must_match(place, "page with a case", name, dict.fromkeys(case.page for case in cases))
    return [case for case in cases if case.page == page]
