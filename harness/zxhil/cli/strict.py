"""Commands that refuse an option given twice: of two values, one would be dropped in silence.

An option that takes several values says so (`multiple`) and keeps them all; a bare flag has one
value only, and may be repeated.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import click


def _is_bare_flag(option: click.Option) -> bool:
    return option.is_flag and not option.secondary_opts


class _Strict(click.Command):
    """Looks at what was given before click takes the last value of each."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing:
            _, _, order = self.make_parser(ctx).parse_args(args=list(args))
            for parameter, count in Counter(order).items():
                if isinstance(parameter, click.Option) and count > 1:
                    _refuse(ctx, parameter)
        return super().parse_args(ctx, args)


def _refuse(ctx: click.Context, option: click.Option) -> None:
    if option.multiple or option.count or _is_bare_flag(option):
        return
    name = max(option.opts, key=len)
    raise click.UsageError(f"{name} is given twice but takes one value: give it once", ctx)


class Command(_Strict):
    """A command under the rule."""


class Group(_Strict, click.Group):
    """A group under the rule, and so are the commands that are added to it."""

    command_class: Any = Command
