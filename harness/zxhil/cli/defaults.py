"""Defaults of the options of ``zxhil run`` from ``[run]`` in zxhil.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zxhil.cli.base import Command, is_path
from zxhil.target.file import RunKey, load_run, places

#: Options that are specific to one run, or part of a target.
_EACH_TIME = ("resume", "yes", "show_command", "shard", "log_dir", "notify", "help")
_OF_TARGET = (
    *("transport", "serial", "speed", "flow", "power_cycle", "ssh", "ssh_key", "ssh_known_hosts"),
    *("ssh_accept_any_host_key", "ssh_run", "trace_from", "limits"),
)


class RunCommand(Command):
    """A command with defaults from the file; the command line and a target override them.

    A resumed run keeps its options: no default applies.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the file before the options get their values."""
        if not ctx.resilient_parsing:
            values, _, _ = self.make_parser(ctx).parse_args(args=list(args))
            if not values.get("resume") and not values.get("help"):
                ctx.default_map = self._defaults()
        return super().parse_args(ctx, args)

    def _defaults(self) -> dict[str, Any]:
        """The values by parameter; the current folder's file overrides the user's."""
        options = {_key(each): each for each in self.params if isinstance(each, click.Option)}
        keys = {key: _run_key(option) for key, option in options.items()}
        found: dict[str, Any] = {}
        for place in reversed(places()):
            if place.is_file():
                found |= load_run(place, keys)
        return {str(options[key].name): _plain(value) for key, value in found.items()}


def defaults_used(context: click.Context) -> list[str]:
    """The options whose values come from the file, for a person."""
    return [
        f"{_key(each)} = {context.params[each.name]}"
        for each in context.command.params
        if each.name in context.params
        and context.get_parameter_source(each.name) is click.core.ParameterSource.DEFAULT_MAP
    ]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def _key(option: click.Parameter) -> str:
    """``max_divergences`` for --max-divergences; for repeatable options the plural, ``words``."""
    if isinstance(option, click.Option) and option.multiple:
        return str(option.name)
    return max(option.opts, key=len).lstrip("-").replace("-", "_")


def _run_key(option: click.Option) -> RunKey:
    name, kind = str(option.name), option.type
    if name in _EACH_TIME:
        return RunKey("", elsewhere="give it on the command line")
    if name in _OF_TARGET:
        return RunKey("", elsewhere="put it into a [target.NAME], and name that here: target")
    if option.is_flag:
        return RunKey("bool")
    if option.multiple:
        return RunKey("tuple[str, ...]")
    if isinstance(kind, click.IntRange):
        return RunKey("int", least=None if kind.min is None else int(kind.min))
    if isinstance(kind, click.Choice):
        return RunKey("str", tuple(map(str, kind.choices)))
    # The name of a shipped file is not a path.
    return RunKey("Path | None" if is_path(kind) and name != "known" else "str")
