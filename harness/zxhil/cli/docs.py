"""``zxhil docs``: what system call pages say, what is wrong with them, what changed, what is held
against a kernel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zxhil.cli.base import PATH, Group
from zxhil.cli.grids import format_option, print_grid
from zxhil.counts import counted

if TYPE_CHECKING:
    from zxhil.docs.diff import PageChange, Place
    from zxhil.docs.lint import LintFinding
    from zxhil.docs.page import DocPage, DocTree
    from zxhil.report.runs import LabelledRun

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("docs", cls=Group)
def command() -> None:
    """Read system call pages of any age and file format."""


@command.command("show")
@click.argument("page", type=PATH)
@_JSON
def show(page: Path, as_json: bool) -> None:
    """Print the contents parsed from PAGE (or every page of a folder), with locations."""
    from zxhil.docs.statuses import why_not_held

    tree = _tree(page)
    if as_json:
        click.echo(json.dumps([_page_json(each) for each in tree.pages], indent=2))
        return
    for each in tree.pages:
        click.echo(_page_text(each))
        why = why_not_held(tree, each)
        click.echo(f"  not applied to kernels: {why}" if why else "  applied to kernels")
    if page.is_dir():
        click.echo(_summary(tree))


@command.command("lint")
@click.argument("folder", metavar="PAGES", type=PATH)
@click.option(
    "--vdso", type=PATH, help="Kernel's vDSO (libzircon.so), to compare its calls with the pages."
)
@click.option(
    "--calls", type=PATH, help="List of the kernel's calls, one per line, in place of --vdso."
)
@click.option("--rule", "rules", multiple=True, help="Check only this rule; may be repeated.")
@click.option("--baseline", type=PATH, help="Report only findings that this file does not list.")
@click.option("--write-baseline", type=PATH, help="Write the findings to this file; exit code 0.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    help="Form of the output; default: text.",
)
@click.option("--url-base", default="", metavar="URL", help="Address of PAGES, for links.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def lint(
    folder: Path,
    vdso: Path | None,
    calls: Path | None,
    rules: tuple[str, ...],
    baseline: Path | None,
    write_baseline: Path | None,
    form: str,
    url_base: str,
    as_json: bool,
) -> None:
    """Report problems in PAGES, a page or a folder. Exit code 1 if there are any."""
    from zxhil.docs import baseline as known
    from zxhil.docs.calls import calls_of_list, calls_of_vdso
    from zxhil.docs.lint import RULES, lint
    from zxhil.errors import UserError
    from zxhil.names import no_such

    for rule in rules:
        if rule not in RULES:
            raise no_such("--rule", "rule", rule, RULES)
    if vdso and calls:
        raise UserError("--calls", "conflicts with --vdso", "give one of them")
    names = calls_of_vdso(vdso) if vdso else calls_of_list(calls) if calls else None
    found = [f for f in lint(_tree(folder), names) if not rules or f.rule in rules]
    if write_baseline:
        known.write_baseline(write_baseline, found, folder)
        click.echo(f"{write_baseline}: {counted(len(found), 'finding')}", err=True)
        return
    against = known.compared(baseline, found, folder) if baseline else known.Compared(found, 0)
    _print_findings(against.new, folder, "json" if as_json else form, url_base)
    if against.gone:
        click.echo(f"{counted(against.gone, 'finding')} of {baseline} no longer found", err=True)
    raise SystemExit(1 if against.new else 0)


def _print_findings(found: list[LintFinding], folder: Path, form: str, url_base: str) -> None:
    from zxhil.report.lint import lint_github, lint_json, lint_sarif, lint_text

    if form == "json":
        click.echo(lint_json(found, folder, url_base))
    elif form == "sarif":
        click.echo(lint_sarif(found, folder, url_base))
    else:
        lines = lint_github(found) if form == "github" else lint_text(found, folder, url_base)
        for line in lines:
            click.echo(line)
        click.echo(counted(len(found), "finding"), err=True)


@command.command("diff")
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@click.option("--no-renames", is_flag=True, help="Leave out changes that are only new names.")
@_JSON
def diff(old: Path, new: Path, no_renames: bool, as_json: bool) -> None:
    """Print changes in the documented errors from OLD to NEW. Exit code 1 if there are any."""
    from zxhil.docs.diff import diff

    changes = diff(_tree(old), _tree(new), renames=not no_renames)
    if as_json:
        click.echo(json.dumps([_change_json(each) for each in changes], indent=2))
    else:
        page = ""
        for change in changes:
            if change.page != page:
                page = change.page
                click.echo(f"zx_{page}")
            click.echo(_change_text(change))
    raise SystemExit(1 if changes else 0)


@command.command("coverage")
@click.argument("folder", metavar="PAGES", type=PATH)
@click.option(
    "--runs", multiple=True, type=PATH, help="JSON report or log folder of a run; may be repeated."
)
@click.option("-v", "--verbose", is_flag=True, help="List every condition and every next step.")
@format_option
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def coverage(folder: Path, runs: tuple[Path, ...], verbose: bool, form: str, as_json: bool) -> None:
    """Report which documented errors of PAGES are modelled, claimed by cases, reached in runs."""
    from zxhil.abi.calls import BY_NAME
    from zxhil.docs.coverage import coverage
    from zxhil.report.coverage import coverage_json, coverage_text
    from zxhil.report.runs import load_runs

    loaded = load_runs(runs)
    reached = {run.label: run.reached for run in loaded}
    claims = _claims_of(loaded) if loaded else _claims_of_tests()
    found = coverage(_tree(folder), list(BY_NAME), claims, reached)
    if as_json or form == "json":
        click.echo(json.dumps(coverage_json(found), indent=2))
    elif form != "text":
        from zxhil.report.grids import coverage_grid

        print_grid(coverage_grid(found, verbose), form)
    else:
        click.echo(coverage_text(found, verbose), nl=False)


def _claims_of(runs: Sequence[LabelledRun]) -> dict[str, set[str]]:
    """The cases by clause, from the runs."""
    claims: dict[str, set[str]] = {}
    for run in runs:
        for case in run.cases:
            for claim in case.info.claims:
                claims.setdefault(claim, set()).add(case.id)
    return claims


def _claims_of_tests() -> dict[str, list[str]] | None:
    """The cases by clause, from the guest tests' tables; None without a compiler."""
    from zxhil.cli.clauses import claimed
    from zxhil.errors import UserError

    try:
        return claimed()
    except UserError:
        return None


def _tree(path: Path) -> DocTree:
    from zxhil.docs.parse import parse_tree

    return parse_tree(path)


def _page_text(page: DocPage) -> str:
    lines = [f"zx_{page.name}  {page.path}  ({page.form}, errors: {page.failure})"]
    if page.synopsis:
        parameters = ", ".join(f"{each.type} {each.name}" for each in page.synopsis.parameters)
        lines.append(f"  {page.synopsis.returns} {page.synopsis.name}({parameters or 'void'})")
    lines.extend(f"  {clause.line}: rights: {clause.text}" for clause in page.rights.clauses)
    for error in page.errors:
        below = [error.section] if error.section != "ERRORS" else []
        below += [error.topic] if error.topic else []
        where = f"  (in {', '.join(below)})" if below else ""
        lines.append(f"  {error.line}: {error.status}{where}")
        lines.extend(f"    {each.line}:{each.column}: {each.text}" for each in error.conditions)
        lines.extend(f"    remark: {remark}" for remark in error.remarks)
    lines.extend(f"  errors as for zx_{call}" for call in page.same_errors_as)
    lines.extend(
        f"  {each.line}: {each.status} is mentioned in {each.section} ({each.why})"
        for each in page.mentions
    )
    lines.extend(f"  {each.line}: {each.rule}: {each.what}" for each in page.problems)
    return "\n".join(lines)


def _summary(tree: DocTree) -> str:
    statuses = sum(len(page.statuses) for page in tree.pages)
    conditions = sum(page.condition_count for page in tree.pages)
    others = "".join(f"\nno page: {each.path}: {each.why}" for each in tree.others)
    return (
        f"{counted(len(tree.pages), 'page')}, {counted(statuses, 'status', 'statuses')}, "
        f"{counted(conditions, 'condition')}, "
        f"{counted(len(tree.problems), 'problem')}{others}"
    )


def _page_json(page: DocPage) -> dict[str, Any]:
    from dataclasses import asdict

    plain = asdict(page)
    plain["path"] = str(page.path)
    plain["code_words"] = sorted(page.code_words)
    return plain


def _place(place: Place | None) -> str:
    return f"{place.path}:{place.line}" if place else ""


def _change_text(change: PageChange) -> str:
    where = _place(change.new_place) or _place(change.old_place)
    lines = [f"  {change.kind} {change.status}".rstrip() + f"  {where}"]
    if change.old:
        lines.append(f"    - {change.old}")
    if change.new:
        lines.append(f"    + {change.new}")
    return "\n".join(lines)


def _change_json(change: PageChange) -> dict[str, Any]:
    return {
        "kind": str(change.kind),
        "page": change.page,
        "status": change.status,
        "old": change.old,
        "new": change.new,
        "old_place": _place(change.old_place),
        "new_place": _place(change.new_place),
    }
