"""``zxhil doctor``: report what is missing, and how to fix it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from zxhil.cli.base import Command, color_option, report_style
from zxhil.cli.target import take, target_options

if TYPE_CHECKING:
    from zxhil.target.resources import CheckResult

_STYLES = {"ok": "good", "note": "known", "BAD": "bad"}


@click.command("doctor", cls=Command)
@color_option
@target_options
@click.pass_context
def command(context: click.Context, /, color: str, **options: Any) -> None:
    """Check this host, and a target if one is given; say how to fix what is missing.

    Exit codes: 0 ready to run (possibly with notes), 1 something must be fixed.
    """
    from zxhil.target import checks
    from zxhil.target.model import Target
    from zxhil.target.resources import CheckState

    target = take(context, options)
    findings = list(checks.host())
    if target != Target():
        findings += checks.target(target)
    width = max(len(finding.what) for finding in findings)
    style = report_style(color)
    for finding in findings:
        click.echo(_text(finding, width, style))
    sys.exit(any(finding.state is CheckState.BAD for finding in findings))


def _text(finding: CheckResult, width: int, style: Any) -> str:
    state = style(f"{finding.state:<5}", _STYLES[finding.state])
    line = f"{state} {finding.what:<{width}}  {finding.seen}"
    return f"{line}\n{'':{width + 8}}fix: {finding.remedy}" if finding.remedy else line
