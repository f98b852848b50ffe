"""``zxhil bisect``: find the change that caused a difference."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zxhil import named_file
from zxhil.cli.base import OUTPUT, PATH, Group, report_style
from zxhil.cli.bisect_options import running_options, what_options
from zxhil.cli.cluster import probe_on
from zxhil.cli.consent import must_agree, of_session, yes_option
from zxhil.cli.ending import code_of_interrupt
from zxhil.cli.workers import cache_folder, ignore_interrupts, interruptible, live_display
from zxhil.errors import UserError
from zxhil.plain import without_ci_commands

if TYPE_CHECKING:
    from zxhil.bisect.record import Observation, SessionRecord, Settings
    from zxhil.bisect.search import Stop
    from zxhil.bisect.session import BisectSession
    from zxhil.bisect.setup import BisectParts

_SESSION = "zxhil-bisect.jsonl"

_FOUND, _NOT_FOUND = 0, 1


@click.group("bisect", cls=Group, invoke_without_command=True)
@click.option("--images", default="", metavar="PATH", help="Folder or manifest of images.")
@click.option(
    "--repo",
    default="",
    metavar="PATH",
    help="Git repository with the range; with --images, one that has the kernels' commits.",
)
@click.option(
    "--good",
    multiple=True,
    metavar="REV",
    help="Good revision or image; may be repeated for revisions.",
)
@click.option("--bad", default="", metavar="REV", help="Bad revision or image.")
@what_options
@click.option("--find-fix", is_flag=True, help="Find the fix: the bad end is the older one.")
@click.option("--first-parent", is_flag=True, help="Follow first parents only.")
@click.option(
    "--paths", multiple=True, metavar="PATH", help="Only commits that touch PATH; may be repeated."
)
@click.option("--clean", is_flag=True, help="Clean the worktree before every build.")
@click.option(
    "--repeat", type=click.IntRange(1), default=1, help="Tests of each candidate; default 1."
)
@click.option(
    "--confirm",
    type=click.IntRange(1),
    default=1,
    help="Tests of the decisive candidates at the end; default 1.",
)
@click.option(
    "--unstable",
    type=click.Choice(["majority", "any-bad", "skip"]),
    default="majority",
    help="How to treat tests that disagree; default: majority.",
)
@click.option(
    "--give-up",
    type=click.IntRange(0),
    default=0,
    help="Stop after this many candidates that could not be judged.",
)
@click.option(
    "--retries",
    type=click.IntRange(0),
    default=3,
    help="Retries after an infrastructure fault; default 3.",
)
@click.option(
    "--session", type=PATH, default=Path(_SESSION), help=f"Session file; default: {_SESSION}."
)
@click.option("--resume", is_flag=True, help="Continue the session.")
@yes_option
@running_options
@click.pass_context
def command(context: click.Context, /, **options: Any) -> None:
    """Find the first kernel for which a condition holds.

    A range: prebuilt images (--images) or the commits of a git history (--repo, --good, --bad,
    --build). The condition (--when): "case PROGRAM/CASE changes" (or fails, passes), "clause
    PAGE/CLAUSE changes", "page NAME changes", "boots", "panics TEXT", each also after "not".

    Exit codes: 0 found, 1 not found or only a set remains, 2 bad input, 3 the machine failed
    repeatedly, 130 or 143 interrupted.
    """
    if context.invoked_subcommand is not None:
        return
    session, resume, yes = (options.pop(name) for name in ("session", "resume", "yes"))
    running = {name: options.pop(name) for name in _RUNNING}
    if resume:
        sys.exit(_resume(session, yes, **running))
    sys.exit(_begin(session, _settings(options), **running))


_RUNNING = ("jobs", "cluster", "cache_size", "json_file", "html_file", "color")


@command.command("log")
@click.argument("session", type=PATH, default=Path(_SESSION))
@click.option(
    "--git", "as_git", is_flag=True, help="Print as git bisect log, for git bisect replay."
)
def log(session: Path, as_git: bool) -> None:
    """Print the tests of a session."""
    from zxhil.bisect import text
    from zxhil.bisect.session import read
    from zxhil.bisect.summary import steps_of

    record = read(session)
    steps = steps_of(record.observations)
    if as_git:
        click.echo(text.git_log(steps, record), nl=False)
        return
    for step in steps:
        click.echo(text.step_line(step))
    if record.stop is None:
        click.echo("not finished; continue with zxhil bisect --resume")
    else:
        click.echo(f"{record.stop.kind}: {', '.join(record.stop.names)}")


@command.command("replay")
@click.argument("log", type=PATH)
@click.option("--session", type=PATH, default=Path(_SESSION), help="New session file.")
@click.option("--check", is_flag=True, help="Only report the outcome of the recorded tests.")
@yes_option
@running_options
def replay(log: Path, session: Path, check: bool, yes: bool, **running: Any) -> None:
    """Load the tests of a session file, possibly edited, into a new session and continue."""
    from zxhil.bisect.record import old_facts
    from zxhil.bisect.session import BisectSession, read

    record = read(log)
    if check:
        sys.exit(_check(record, log, **running))
    _refuse_existing(session)
    must_agree(log, of_session(record.settings), yes)
    parts = _parts(record, running["cache_size"])
    file = BisectSession(session)
    try:
        _write_header(file, parts)
        old = old_facts(record.observations, record.ends["old"][0])
        for number, seen in enumerate(record.observations):
            # The test that the others' facts are shortened against comes first and stays complete.
            file.record(seen, old if seen.facts is not old and number else None)
        sys.exit(_run(file, parts, record.observations, **running))
    finally:
        file.close()


@command.command("report")
@click.argument("session", type=PATH, default=Path(_SESSION))
@running_options
def report(session: Path, **running: Any) -> None:
    """Write the reports of a session."""
    from zxhil.bisect.session import read

    sys.exit(_check(read(session), session, **running))


@command.command("step")
@what_options
@click.option("--image", type=PATH, help="Test this image; build nothing.")
@click.option("--save-baseline", type=OUTPUT, help="Record the result as the good end.")
@click.option("--baseline", type=PATH, help="File written by --save-baseline.")
@click.option(
    "--retries",
    type=click.IntRange(0),
    default=3,
    help="Retries after an infrastructure fault; default 3.",
)
def step(**options: Any) -> None:
    """Test the current checkout, as a script for `git bisect run`.

    Exit codes: 0 good, 1 bad, 125 cannot tell, 128 stop.
    """
    sys.exit(_step(**options))


def _settings(options: dict[str, Any]) -> Settings:
    from zxhil.bisect.record import Settings

    for key in ("repo", "images"):
        options[key] = str(Path(options[key]).absolute()) if options[key] else ""
    options["arch"] = options["arch"] or ""
    options |= {name: options[name] or 0 for name in ("memory", "smp")}
    return Settings(home=str(Path.cwd()), **options)


def _parts(record: SessionRecord, cache_size: str) -> BisectParts:
    from zxhil.bisect.setup import parse_size, resumed

    return resumed(record, cache_folder(), parse_size(cache_size))


def _refuse_existing(session: Path) -> None:
    if session.exists() and session.stat().st_size:
        raise UserError(
            str(session),
            "is an existing session",
            "continue it with --resume, move it away, or give another --session",
        )


def _begin(session: Path, settings: Settings, **running: Any) -> int:
    from zxhil.bisect.session import BisectSession
    from zxhil.bisect.setup import assemble, parse_size

    _refuse_existing(session)
    parts = assemble(settings, cache_folder(), parse_size(running["cache_size"]))
    file = BisectSession(session)
    try:
        _write_header(file, parts)
        return _run(file, parts, (), **running)
    finally:
        file.close()


def _write_header(file: BisectSession, parts: BisectParts) -> None:
    from zxhil import __version__

    plan = parts.plan
    ends = {"old": list(plan.old_ends), "new": plan.new_end, "candidates": len(plan.graph)}
    file.begin(parts.settings, ends, __version__)


def _resume(session: Path, yes: bool, **running: Any) -> int:
    from zxhil.bisect.session import BisectSession, read

    record = read(session)
    must_agree(session, of_session(record.settings), yes)
    file = BisectSession(session)
    try:
        file.go_on()
        return _run(file, _parts(record, running["cache_size"]), record.observations, **running)
    finally:
        file.close()


def _run(
    file: BisectSession,
    parts: BisectParts,
    seen: tuple[Observation, ...],
    jobs: int,
    cluster: str | None,
    color: str,
    json_file: Path | None,
    html_file: Path | None,
    cache_size: str,
) -> int:
    from zxhil.bisect import text
    from zxhil.bisect.runner import Bisection
    from zxhil.bisect.setup import benches
    from zxhil.bisect.summary import steps_of

    probe, jobs = probe_on(cluster, parts.probe, jobs)
    style = report_style(color)
    shown = list(seen)
    display = live_display()

    def show_step(observation: Observation) -> None:
        shown.append(observation)
        display.say(text.step_line(steps_of(shown)[-1], style))

    count = len(parts.plan.graph)
    click.echo(f"{count} candidates, about {count.bit_length() + 2} tests; session: {file.path}")
    bisection = Bisection(
        parts.plan,
        parts.policy,
        parts.provider,
        probe,
        relative=parts.relative,
        retries=parts.settings.retries,
        report=show_step,
        display=display,
        wide=cluster is not None,
    )
    with interruptible(), benches(jobs) as places:
        try:
            stop, observations, wasted = bisection.run(file, seen, places)
        except KeyboardInterrupt as error:
            click.echo("interrupted; continue with zxhil bisect --resume", err=True)
            return code_of_interrupt(error)
        finally:
            ignore_interrupts()
            display.close()
    return _report(parts, stop, observations, wasted, file.path, color, json_file, html_file)


def _report(
    parts: BisectParts,
    stop: Stop,
    seen: list[Observation],
    wasted: float,
    session: Path,
    color: str,
    json_file: Path | None,
    html_file: Path | None,
) -> int:
    from zxhil.bisect import text
    from zxhil.bisect.html import page
    from zxhil.bisect.search import StopKind
    from zxhil.bisect.summary import summarize

    summary = summarize(parts, stop, seen, wasted, str(session))
    if json_file is not None:
        written = json.dumps(summary, indent=1, ensure_ascii=False) + "\n"
        named_file.write(json_file, written.encode(), "--json")
    if html_file is not None:
        named_file.write(html_file, page(summary).encode(), "--html")
    click.echo(without_ci_commands(text.render(summary, report_style(color))), nl=False)
    return _FOUND if stop.kind is StopKind.FOUND else _NOT_FOUND


def _check(
    record: SessionRecord,
    session: Path,
    jobs: int,
    cluster: str | None,
    cache_size: str,
    color: str,
    json_file: Path | None,
    html_file: Path | None,
) -> int:
    """Report the outcome of a session's tests without running any."""
    from zxhil.bisect.record import tallies
    from zxhil.bisect.search import NextTest, Search

    parts = _parts(record, cache_size)
    decision = Search(parts.plan, parts.policy, tallies(record.observations)).decide()
    if isinstance(decision, NextTest):
        label = parts.provider.label(decision.candidate)
        click.echo(f"not finished: {decision.suspects} candidates left, next test: {label}")
        return _NOT_FOUND
    seen = list(record.observations)
    return _report(parts, decision, seen, record.wasted, session, color, json_file, html_file)


def _step(
    image: Path | None,
    save_baseline: Path | None,
    baseline: Path | None,
    retries: int,
    **what: Any,
) -> int:
    from zxhil.bisect.step import run_step
    from zxhil.bisect.text import last_lines

    home = str(Path.cwd())
    settings = _settings({**what, "repo": "", "images": "", "good": (), "bad": ""})
    settings = replace(settings, home=home, retries=retries)
    with interruptible():
        seen = run_step(settings, image, baseline, save_baseline)
    click.echo(f"{seen.outcome}: {seen.reason}" if seen.reason else str(seen.outcome))
    for line in last_lines(seen.outcome, seen.evidence):
        click.echo(f"  {line}")
    return seen.outcome.exit_code
