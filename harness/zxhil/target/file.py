"""The target file (``zxhil.toml``): its locations and its reader.

::

    [target.lab-nuc]
    image = "out/build-x64"        # transport, shim, arch, memory, smp, age, accel, words, known…

    [target.lab-nuc.serial]
    port = "/dev/ttyUSB0"            # speed, flow, power_cycle

    [run]                            # defaults of the options of zxhil run
    jobs = 2

The keys of a target are the fields of `zxhil.target.model`. Every message names file and line.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

from zxhil.abi.arch import Arch
from zxhil.disk.files import SMALL_LIMIT, parse_toml, read_limited
from zxhil.errors import UserError
from zxhil.known.layout import TomlBlock, blocks, line_of
from zxhil.names import did_you_mean, no_such
from zxhil.push.port import FLOWS
from zxhil.regular_file import why_impossible
from zxhil.target.model import PORTS, TRANSPORTS, LimitKeys, SerialKeys, SshKeys, Target

NAME = "zxhil.toml"
_TABLE, _RUN = "target", "run"
_PARTS: dict[str, type[Any]] = {"limits": LimitKeys, "serial": SerialKeys, "ssh": SshKeys}
_CHOICES = {
    "transport": TRANSPORTS,
    "arch": tuple(arch.value for arch in Arch),
    "accel": ("auto", "tcg", "kvm"),
    "flow": FLOWS,
}
_RENAMED = {"way": "transport"}
_LEAST = {"memory": 64, "smp": 1, "port": 1, "speed": 1}
_MOST = {"port": PORTS}
#: Larger than any machine's value and any program's option.
_MOST_OF_ALL = 1 << 31

_Keys = TypeVar("_Keys")


class RunKey(NamedTuple):
    """The values of a key of ``[run]``: a `kind` as in `_KINDS`, one of `choices` if there are any.

    A number is at least `least`. `elsewhere` says where the key belongs, if not in ``[run]``.
    """

    kind: str
    choices: tuple[str, ...] = ()
    least: int | None = None
    elsewhere: str = ""


def places() -> list[Path]:
    """Where the file may be: the current folder, then the user's configuration folder."""
    from platformdirs import user_config_path

    return [Path(NAME), user_config_path("zxhil") / NAME]


def find(name: str) -> Target:
    """Find a target by its name; ``FILE:NAME`` takes it from that file.

    Raises UserError if there is no such file or target, or for an invalid file.
    """
    file, colon, rest = name.rpartition(":")
    if colon and file:
        return _named(load(Path(file)), rest, Path(file))
    files = [place for place in places() if place.is_file()]
    for place in files:
        targets = load(place)
        if name in targets:
            return targets[name]
    if not files:
        raise UserError(
            f"--target {name}",
            f"there is no target file: searched for {' and '.join(map(str, places()))}",
            "create one (docs/targets.md), or use FILE:NAME",
        )
    known = sorted({each for place in files for each in load(place)})
    raise no_such(f"--target, {' and '.join(map(str, files))}", "target", name, known)


def _named(targets: dict[str, Target], name: str, path: Path) -> Target:
    if name not in targets:
        remedy = did_you_mean(name, sorted(targets))
        raise UserError(str(path), f"has no target {name!r}", remedy)
    return targets[name]


def load(path: Path) -> dict[str, Target]:
    """Read a target file. Raises UserError, with the line, for an invalid one."""
    reader, data = _read(path)
    return reader.targets(data)


def load_run(path: Path, keys: Mapping[str, RunKey]) -> dict[str, Any]:
    """Read the defaults of a run, with absolute paths; empty if the file has none.

    Raises UserError, with the line, for a key that is not in `keys`, or a wrong value.
    """
    reader, data = _read(path)
    return reader.run(data, keys)


def _read(path: Path) -> tuple[_Reader, dict[str, Any]]:
    try:
        text = read_limited(path, SMALL_LIMIT, "give a file").decode("utf-8-sig")
        text = text.replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise UserError(str(path), "is not UTF-8", "save it as UTF-8") from error
    data = parse_toml(text, path)
    # `blocks` requires valid TOML.
    reader = _Reader(path, text)
    reader.check_tables(data)
    return reader, data


class _Reader:
    """Reads the targets of one file, with the line of each key."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._text = text
        self._blocks = {_plain(block.name): block for block in blocks(text)}

    def check_tables(self, data: dict[str, Any]) -> None:
        """Refuse tables other than targets and ``[run]``."""
        for key in data:
            if key not in (_TABLE, _RUN):
                remedy = did_you_mean(key, ("target.NAME", _RUN))
                self._refuse((), key, f"has an unknown table {key!r}", remedy)

    def run(self, data: dict[str, Any], keys: Mapping[str, RunKey]) -> dict[str, Any]:
        """The checked values of ``[run]``."""
        table = data.get(_RUN, {})
        if not isinstance(table, dict):
            self._refuse((), _RUN, "run is not a table", "write [run]")
        known = [key for key, each in keys.items() if not each.elsewhere]
        values = {}
        for key, value in table.items():
            where = keys[key].elsewhere if key in keys else ""
            if key not in keys or where:
                remedy = where or did_you_mean(key.replace("-", "_"), known)
                self._refuse((_RUN,), key, f"has an unknown key {key!r}", remedy)
            values[key] = self._run_value(key, value, keys[key])
        return values

    def _run_value(self, key: str, value: Any, wanted: RunKey) -> Any:
        value = self._value((_RUN,), key, value, wanted.kind)
        if wanted.choices and value not in wanted.choices:
            remedy = did_you_mean(str(value), wanted.choices)
            self._refuse((_RUN,), key, f"{key} is {value!r}", remedy)
        if wanted.least is not None and value < wanted.least:
            problem = f"{key} is {value}, below the minimum"
            self._refuse((_RUN,), key, problem, f"give {wanted.least} or more")
        return value

    def targets(self, data: dict[str, Any]) -> dict[str, Target]:
        tables = data.get(_TABLE, {})
        if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
            self._refuse((), _TABLE, "target is not a table of tables", "write [target.NAME]")
        return {name: self._target(name, table) for name, table in tables.items()}

    def _target(self, name: str, table: dict[str, Any]) -> Target:
        where = (_TABLE, name)
        own = {key: value for key, value in table.items() if key not in _PARTS}
        parts = {
            part: self._keys(keys, (*where, part), table[part])
            for part, keys in _PARTS.items()
            if part in table
        }
        target = self._keys(Target, where, own)
        target = dataclasses.replace(target, name=name, **parts)
        self._check(where, target)
        return target

    def _keys(self, keys: type[_Keys], where: tuple[str, ...], table: Any) -> _Keys:
        """Make `keys` of a table, each value checked by its field's default and annotation."""
        if not isinstance(table, dict):
            self._refuse(
                where[:-1], where[-1], f"{where[-1]} is not a table", "write it as a table"
            )
        fields = {
            field.name: str(field.type)
            for field in dataclasses.fields(keys)  # type: ignore[arg-type]
            if field.name not in ("name", *_PARTS)
        }
        values = {}
        for key, value in table.items():
            if key not in fields:
                new = _RENAMED.get(key)
                remedy = f"the key is now {new}" if new in fields else did_you_mean(key, fields)
                self._refuse(where, key, f"has an unknown key {key!r}", remedy)
            values[key] = self._value(where, key, value, fields[key])
        return keys(**values)

    def _value(self, where: tuple[str, ...], key: str, value: Any, kind: str) -> Any:
        right, what = {
            "str": (isinstance(value, str), "a text"),
            "Path | None": (isinstance(value, str) and bool(value), "a path"),
            "int": (_is_number(value) and isinstance(value, int), "an integer"),
            "float": (
                _is_number(value) and math.isfinite(value) and value < _MOST_OF_ALL,
                "a number of seconds",
            ),
            "bool": (isinstance(value, bool), "true or false"),
            "tuple[str, ...]": (
                isinstance(value, list) and all(isinstance(each, str) for each in value),
                "a list of strings",
            ),
        }[kind]
        if not right:
            self._refuse(where, key, f"{key} is {value!r}", f"give {what}")
        if key in _CHOICES and value not in _CHOICES[key]:
            remedy = did_you_mean(str(value), _CHOICES[key])
            self._refuse(where, key, f"{key} is {value!r}", remedy)
        least = 0 if kind == "float" else _LEAST.get(key) if kind == "int" else None
        if least is not None and (value < least or (kind == "float" and value <= 0)):
            self._refuse(
                where, key, f"{key} is {value}, below the minimum", f"give {least} or more"
            )
        if kind == "int" and value > (most := _MOST.get(key, _MOST_OF_ALL)):
            self._refuse(where, key, f"{key} is {value}, above the maximum", f"give {most} or less")
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and not text.isprintable() for text in texts):
            self._refuse(where, key, f"{key} contains a control character", "remove it")
        if kind == "Path | None":
            return self._absolute(where, key, value)
        return tuple(value) if isinstance(value, list) else value

    def _absolute(self, where: tuple[str, ...], key: str, value: str) -> Path:
        try:
            found = (self._path.absolute().parent / Path(value).expanduser()).resolve()
        except (RuntimeError, OSError) as error:
            # An unknown user's home, a loop of links.
            self._refuse(where, key, f"{key} is {value!r}: {error}", "give another path")
        if why := why_impossible(found):
            self._refuse(where, key, f"{key} {why}", "give another path")
        return found

    def _check(self, where: tuple[str, ...], target: Target) -> None:
        """Refuse conflicting keys."""
        if target.labgrid:
            # Its place has the rest.
            return
        if target.transport_kind == "ssh" and not target.ssh.host:
            self._refuse(
                where, "transport", "transport is ssh, but ssh.host is missing", "give ssh.host"
            )
        if target.transport_kind == "uart" and not target.serial.port:
            self._refuse(
                where,
                "transport",
                "transport is uart, but serial.port is missing",
                "give serial.port",
            )
        if "://" in target.serial.port:
            from zxhil.push.port import FORMS, url_problem

            if problem := url_problem(target.serial.port):
                self._refuse((*where, "serial"), "port", f"port {problem}", FORMS)
        if target.ssh.trace_from == "serial" and not target.serial.port:
            self._refuse(
                (*where, "ssh"),
                "trace_from",
                "trace_from is serial, but serial.port is missing",
                "give serial.port",
            )

    def _refuse(self, where: tuple[str, ...], key: str, problem: str, remedy: str) -> NoReturn:
        raise UserError(f"{self._path}:{self._line(where, key)}", problem, remedy)

    def _line(self, where: tuple[str, ...], key: str) -> int:
        """The line of a key, or of its table."""
        whole = ".".join((*where, key))
        if whole in self._blocks:
            return line_of(self._text, self._blocks[whole].start)
        block: TomlBlock | None = self._blocks.get(".".join(where))
        if block is None:
            return 1
        value = block.values.get(key)
        return line_of(self._text, value.start if value else block.start)


def _plain(name: str) -> str:
    """A table's name without the quotes and blanks that TOML allows in it."""
    return ".".join(part.strip().strip("\"'") for part in name.split("."))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
