"""``zxhil completion``, and completers for options' and arguments' values.

A completer that fails for any reason offers nothing, so that no message gets into the prompt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from zxhil.cli.base import Command

if TYPE_CHECKING:
    from zxhil.oracle.cases import CaseInfo

_Completer = Callable[[click.Context, click.Parameter, str], list[str]]


def _completer(names: Callable[[], Iterable[str]]) -> _Completer:
    def complete(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
        try:
            return sorted({name for name in names() if name.startswith(typed)})
        except Exception:
            return []

    return complete


def _case_names() -> Iterable[str]:
    return [name for case in _cases() for name in (case.name, case.id)]


def _program_names() -> Iterable[str]:
    from zxhil.guest.build import programs

    return [program.name for program in programs()]


def _page_names() -> Iterable[str]:
    from zxhil.model.pages import MODELLED

    return [name for call in MODELLED for name in (call, f"zx_{call}")]


def _clause_names() -> Iterable[str]:
    from zxhil.model.pages import MODELLED, load

    return [clause.id for call in MODELLED for clause in load(call).clauses]


def _conditions() -> Iterable[str]:
    cases = [f"case {case.id}" for case in _cases()]
    clauses = [f"clause {clause}" for clause in _clause_names()]
    return [*(f"{what} changes" for what in (*cases, *clauses)), "boots", "not boots"]


def _cases() -> Iterable[CaseInfo]:
    from zxhil.abi.arch import Arch
    from zxhil.run.plan import plan

    return [case for task in plan([Arch.X64]) for case in task.chosen]


def _fault_names() -> Iterable[str]:
    from zxhil.standin import faults

    return [fault.name for fault in faults()]


def _target_names() -> Iterable[str]:
    from zxhil.target.file import load, places

    return [name for path in places() if path.is_file() for name in load(path)]


def _known_files() -> Iterable[str]:
    from pathlib import Path

    from zxhil.shipped import shipped_names

    return [*shipped_names(), *(str(path) for path in Path().glob("*.toml"))]


cases = _completer(_case_names)
programs = _completer(_program_names)
pages = _completer(_page_names)
clauses = _completer(_clause_names)
conditions = _completer(_conditions)
faults = _completer(_fault_names)
targets = _completer(_target_names)
known_files = _completer(_known_files)


@click.command("completion", cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of SHELL.

    \b
    bash: zxhil completion bash > ~/.local/share/bash-completion/completions/zxhil
    zsh:  zxhil completion zsh > a folder of $fpath, as _zxhil
    fish: zxhil completion fish > ~/.config/fish/completions/zxhil.fish
    """
    from click.shell_completion import get_completion_class

    from zxhil.cli import cli

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(cli, {}, "zxhil", "_ZXHIL_COMPLETE").source())
