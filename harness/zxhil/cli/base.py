"""The base of every command: its class, its path types, and its colors."""

from __future__ import annotations

import math
import os
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from zxhil.errors import UserError
from zxhil.named_file import is_replaced, must_be_alike, must_be_writable
from zxhil.names import did_you_mean
from zxhil.regular_file import why_impossible, why_special

if TYPE_CHECKING:
    from zxhil.report.terminal import Style


def _is_bare_flag(option: click.Option) -> bool:
    return option.is_flag and not option.secondary_opts


class _Strict(click.Command):
    """Refuses arguments that would silently be ignored or lost.

    - An option given twice: click would drop all values but the last. An option that takes several
      values is declared so (`multiple`) and keeps all; a bare flag may be repeated.
    - An empty value, as of ``--serial "$PORT"`` where PORT is not set: the command would run as
      without the option, on another kernel than the one meant.
    - A file to write that is also read, or written by another option.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing:
            values, _, order = self.make_parser(ctx).parse_args(args=list(args))
            for parameter, count in Counter(order).items():
                if isinstance(parameter, click.Option):
                    _refuse_twice(ctx, parameter, count)
                    _refuse_empty(ctx, parameter, values.get(parameter.name or ""))
        rest = super().parse_args(ctx, args)
        if not ctx.resilient_parsing:
            _refuse_same_file(ctx, self.params)
        return rest


def _refuse_twice(ctx: click.Context, option: click.Option, count: int) -> None:
    if count > 1 and not (option.multiple or option.count or _is_bare_flag(option)):
        text = f"{_name(option)} is given twice but takes one value: give it once"
        raise click.UsageError(text, ctx)


def _refuse_empty(ctx: click.Context, option: click.Option, value: object) -> None:
    if any(each == "" for each in (value if isinstance(value, list | tuple) else [value])):
        raise click.UsageError(f"{_name(option)} is empty: give a value or remove it", ctx)


def _refuse_same_file(ctx: click.Context, parameters: list[click.Parameter]) -> None:
    taken: dict[str, str] = {}
    # Files to read come first: the one to write is the one to change.
    for parameter in sorted(parameters, key=lambda each: isinstance(each.type, _Output)):
        value = ctx.params.get(parameter.name or "")
        for path in value if isinstance(value, list | tuple) else [value]:
            if not isinstance(path, Path) or not is_replaced(path):
                continue
            name, place = _name(parameter), os.path.realpath(path)
            if isinstance(parameter.type, _Output) and place in taken:
                text = f"{name} and {taken[place]} are the same file, {path}: give another path"
                raise click.UsageError(text, ctx)
            taken[place] = name


def _name(parameter: click.Parameter) -> str:
    """A parameter as the user writes it."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return (parameter.metavar or parameter.name or "").upper().strip("[].")


class Command(_Strict):
    """A strict command."""


class Group(_Strict, click.Group):
    """A group of strict commands."""

    command_class: Any = Command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, as click does; an unknown name gets a suggestion."""
        name = args[0]
        known = self.list_commands(ctx)
        if name not in known and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(f"No such command {name!r}; {did_you_mean(name, known)}", ctx)
        return super().resolve_command(ctx, args)


class _Path(click.Path):
    """A `pathlib` path; an impossible one is refused at once, and what may be read without end."""

    takes_special = False
    """May it be a FIFO or a device?"""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> Any:
        if str(value) == "":
            self.fail("is empty; give a path", parameter, context)
        # A shell does this where the tilde stands first in a word, not after "--option=".
        found = Path(os.fsdecode(super().convert(value, parameter, context)))
        with suppress(RuntimeError):
            found = found.expanduser()
        if why := why_impossible(found):
            self.fail(f"{why}; give another path", parameter, context)
        if not self.takes_special and (why := why_special(found)):
            self.fail(f"{value} {why}; give a file or a folder", parameter, context)
        return found


def is_path(kind: object) -> bool:
    """Is a parameter of this type a path?"""
    return isinstance(kind, _Path)


def is_given(context: click.Context, name: str) -> bool:
    """Did the user give a parameter, rather than a default or zxhil.toml?"""
    defaults = (click.core.ParameterSource.DEFAULT, click.core.ParameterSource.DEFAULT_MAP)
    return context.get_parameter_source(name) not in defaults


class _LogFolder(_Path):
    """A folder to write to, in which a file of any name can be made; it need not exist."""

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> Any:
        path = super().convert(value, parameter, context)
        there = next((each for each in (path, *path.parents) if each.exists()), None)
        if there is not None and not there.is_dir():
            self.fail(f"{there} is not a folder; give another path", parameter, context)
        if why_impossible(path.absolute() / ("x" * 255)):
            self.fail(f"{value} is too long for its files; give another folder", parameter, context)
        return path


class _Output(_Path):
    """A path to write to, checked to be writable before the command does anything.

    What it replaces must be `text`, or else binary: a report must not replace a database, or an
    image a document.
    """

    takes_special = True

    def __init__(self, *, text: bool = True) -> None:
        super().__init__()
        self._text = text

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> Any:
        path = super().convert(value, parameter, context)
        # `Path` drops the slash, and a file would be written in place of the folder.
        if str(value).endswith(("/", "/.")):
            self.fail(f"{value} is a folder; give the path of a file", parameter, context)
        try:
            must_be_writable(path)
            must_be_alike(path, text=self._text)
        except UserError as error:
            self.fail(f"{error.place} {error.problem}; {error.remedy}", parameter, context)
        return path


class Seconds(click.FloatRange):
    """A time limit; click's range lets ``nan`` through, which no time ever passes."""

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> Any:
        """Convert a number; refuse what is none."""
        found = super().convert(value, parameter, context)
        if not math.isfinite(found):
            self.fail(f"{value} is not a number of seconds", parameter, context)
        return found


PATH = _Path()
LOG_FOLDER = _LogFolder()
OUTPUT = _Output()
BINARY_OUTPUT = _Output(text=False)


_STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True},
    "good": {"fg": "green"},
    "bad": {"fg": "red", "bold": True},
    "known": {"fg": "yellow"},
    "dim": {"dim": True},
}


def use_color(choice: str, stream: TextIO | None = None) -> bool:
    """Decide on color: "always", "never", or "auto" (a terminal, and NO_COLOR is not set).

    The stream is standard output if none is given.
    """
    if choice != "auto":
        return choice == "always"
    return (stream or sys.stdout).isatty() and not os.environ.get("NO_COLOR")


def is_live(stream: TextIO) -> bool:
    """Can a live display be drawn on this stream?"""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def report_style(choice: str, stream: TextIO | None = None) -> Style:
    """Return the style function for reports on a stream, standard output if none is given."""
    from zxhil.report.terminal import plain

    return _styled if use_color(choice, stream) else plain


def _styled(text: str, what: str) -> str:
    return click.style(text, **_STYLES.get(what, {}))


color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Color the output; default: auto.",
)
