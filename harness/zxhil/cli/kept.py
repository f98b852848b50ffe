"""The options of a run, kept in its journal: ``--resume`` uses exactly these."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zxhil.cli.base import is_given
from zxhil.disk.shape import SchemaMismatch, compiled, fields_schema
from zxhil.errors import UserError

if TYPE_CHECKING:
    from zxhil.target.model import Target

#: Where a run continues, what is shown, and what looks into its machines: not kept.
_NOT_KEPT = frozenset(
    {
        "log_dir", "resume", "yes", "quiet", "verbose", "color",
        "watch", "only", "gdb", "record", "replay", "kernel_coverage", "kernel_files",
    }
)  # fmt: skip
_TARGET = "target"


def to_journal(options: dict[str, Any], target: Target) -> dict[str, Any]:
    """Make JSON of the options and the target, with absolute paths."""
    from zxhil.run.plan import with_absolute_paths
    from zxhil.shipped import is_shipped

    values = {name: _plain(each) for name, each in options.items() if name not in _NOT_KEPT}
    known = options.get("known")
    if known is not None and is_shipped(known):
        # A name, wherever it is said.
        values["known"] = str(known)
    values["tests"] = with_absolute_paths(options["tests"])
    return {**values, _TARGET: _plain(dataclasses.asdict(target))}


def options_of(folder: Path) -> dict[str, Any]:
    """What `to_journal` made for the run of this log folder; empty if it was stopped before.

    Raises UserError if there is no journal.
    """
    from zxhil.run.journal import read_run

    kept = next((content for kind, content in read_run(folder) if kind == "options"), {})
    check = compiled({"type": "object", "properties": {_TARGET: _target_schema()}})
    try:
        check(kept)
    except SchemaMismatch as error:
        raise _wrong(folder, str(error)) from error
    return kept


def machine_options(kept: dict[str, Any]) -> dict[str, Any]:
    """Of a run's options, those of its machines and judge: not its reports."""
    return {name: value for name, value in kept.items() if not name.endswith("_file")}


def _target_schema() -> dict[str, Any]:
    from zxhil.target.model import LimitKeys, SerialKeys, SshKeys, Target

    parts = {"limits": LimitKeys, "serial": SerialKeys, "ssh": SshKeys}
    schema = fields_schema(Target, parts=parts)
    return {**schema, "required": [*parts, "words"]}


def _wrong(folder: Path, problem: str) -> UserError:
    return UserError(
        f"--resume {folder}", f"its journal has invalid options: {problem}", "start a new run"
    )


def target_of(kept: dict[str, Any]) -> Target:
    """The target of the run."""
    from zxhil.target.model import LimitKeys, SerialKeys, SshKeys, Target

    values = dict(kept.get(_TARGET, {}))
    if not values:
        return Target()
    parts = {"limits": LimitKeys, "serial": SerialKeys, "ssh": SshKeys}
    made = {name: keys(**_paths(values.pop(name), keys)) for name, keys in parts.items()}
    words, args = tuple(values.pop("words")), tuple(values.pop("qemu_args", ()))
    return Target(**_paths(values, Target), words=words, qemu_args=args, **made)


def fill_in(context: click.Context, options: dict[str, Any], kept: dict[str, Any]) -> None:
    """Set the options that the user has not repeated to the run's values."""
    parameters = {parameter.name: parameter for parameter in context.command.params}
    for name in options.keys() & kept.keys():
        if not is_given(context, name):
            try:
                options[name] = _option(context, parameters[name], kept[name])
            except (click.BadParameter, TypeError) as error:
                raise _wrong(options["resume"], f"{name}: {error}") from error


def _option(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """An option's value, converted by click. Raises BadParameter or TypeError if invalid."""
    if value is None:
        return None
    if parameter.name == "shard":
        first, second = value
        return parameter.callback(context, parameter, f"{first}/{second}")  # type: ignore[misc]
    if parameter.multiple if isinstance(parameter, click.Option) else False:
        if not isinstance(value, list):
            raise TypeError("is not a list")
        return tuple(_single(context, parameter, each) for each in value)
    return _single(context, parameter, value)


def _single(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    kind: type | tuple[type, ...] = str
    if isinstance(parameter.type, click.types.BoolParamType):
        kind = bool
    elif isinstance(parameter.type, click.types.IntParamType | click.types.FloatParamType):
        kind = (int, float)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"is {value!r}")
    return parameter.type.convert(value, parameter, context)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return str(value.absolute()) if isinstance(value, Path) else value


def _paths(values: dict[str, Any], keys: type[Any]) -> dict[str, Any]:
    """Convert texts that were paths back to paths."""
    kinds = {field.name: field.type for field in dataclasses.fields(keys)}
    return {
        name: Path(value) if value is not None and kinds[name] == "Path | None" else value
        for name, value in values.items()
    }
