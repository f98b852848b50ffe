"""The file of known divergences: the format of an entry, and reading it.

::

    [[divergence]]
    clause = "socket_share/signal_share"       # page, clause, case: at least one of the three
    case = ["socket_share/self"]
    arch = "x64"
    kernel = "git-50d20f1"
    kind = "wrong effect"
    status = "ZX_ERR_BAD_STATE"
    reason = "why it is so"                    # required
    link = "https://…"

Each key but the last two takes a glob or a list of globs; an entry applies where all its keys do.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zxhil.abi.arch import Arch
from zxhil.disk.files import parse_toml
from zxhil.errors import UserError
from zxhil.known.kernels import Range
from zxhil.known.layout import TomlBlock, blocks, line_of
from zxhil.model.judge import VerdictKind
from zxhil.names import did_you_mean
from zxhil.oracle.results import CaseEndKind
from zxhil.plain import plain
from zxhil.shipped import known_path, shipped_names

TABLE = "divergence"

#: Ends of a case that an entry may name as its kind.
END_KINDS = frozenset(end for end in CaseEndKind if end.can_be_known)
_KINDS = frozenset(
    {kind.value for kind in VerdictKind if kind.diverges} | {end.value for end in END_KINDS}
)
_LISTS = ("page", "clause", "case", "arch", "kernel", "kind", "status")
_TEXTS = ("reason", "link")


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """One entry; an empty tuple allows everything. `line` and `last_line` count from 1.

    `case_lines` has the line of each of `case`.
    """

    line: int
    last_line: int
    page: tuple[str, ...]
    clause: tuple[str, ...]
    case: tuple[str, ...]
    arch: tuple[str, ...]
    kernel: tuple[str, ...]
    kind: tuple[str, ...]
    status: tuple[str, ...]
    reason: str
    link: str
    case_lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file: its name as given, its text, and its entries in order."""

    path: Path
    text: str
    entries: tuple[KnownEntry, ...]


def load_as_it_is(path: Path) -> KnownFile:
    """Read a file of known divergences; a bare name such as ``zircon-2018-12`` is a shipped one.

    Raises UserError, with the line, for a file that can't be read, is not TOML, or has an entry
    with an unknown key or value, without a reason, or without page, clause, and case.
    """
    path = known_path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        remedy = did_you_mean(path.name, shipped_names()) if not path.exists() else "give a file"
        raise UserError(str(path), f"can't be read: {error.strerror}", remedy) from error
    except UnicodeDecodeError as error:
        raise UserError(str(path), "is not UTF-8", "save it as UTF-8") from error
    return parse(text, path)


def parse(text: str, path: Path) -> KnownFile:
    """Read the text of such a file; `path` is for messages. Raises as `load_as_it_is` does."""
    text = text.replace("\r\n", "\n")
    data = parse_toml(text, path)
    for key in data:
        if key != TABLE:
            raise UserError(str(path), f"has a key {key!r}", f"write [[{TABLE}]] entries only")
    tables = data.get(TABLE, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UserError(str(path), f"{TABLE} is not a list of tables", f"write [[{TABLE}]]")
    found = [block for block in blocks(text) if block.name == TABLE]
    if len(found) != len(tables):
        raise UserError(str(path), f"{TABLE} is not written as [[{TABLE}]]", "write it that way")
    entries = [_entry(path, text, *pair) for pair in zip(found, tables, strict=True)]
    return KnownFile(path, text, tuple(entries))


def _entry(path: Path, text: str, block: TomlBlock, table: dict[str, Any]) -> KnownEntry:
    place = f"{path}:{line_of(text, block.start)}"
    for key in table:
        if key not in _LISTS + _TEXTS:
            remedy = did_you_mean(key, _LISTS + _TEXTS)
            raise UserError(place, f"has an unknown key {key!r}", remedy)
    lists = {key: _patterns(place, key, table.get(key, [])) for key in _LISTS}
    texts = {key: table.get(key, "") for key in _TEXTS}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise UserError(place, f"{key} is not a string", "write it in quotes")
    if not texts["reason"].strip():
        raise UserError(place, "has no reason", 'give one: reason = "…"')
    _check(place, lists)
    value = block.values.get("case")
    return KnownEntry(
        line_of(text, block.start),
        line_of(text, max(block.start, block.end - 1)),
        page=lists["page"],
        clause=lists["clause"],
        case=lists["case"],
        arch=lists["arch"],
        kernel=lists["kernel"],
        kind=lists["kind"],
        status=lists["status"],
        reason=plain(texts["reason"]).replace("\n", " "),
        link=plain(texts["link"]).replace("\n", " "),
        case_lines=tuple(line_of(text, start) for start, _ in value.strings) if value else (),
    )


def _patterns(place: str, key: str, value: object) -> tuple[str, ...]:
    patterns = [value] if isinstance(value, str) else value
    if not isinstance(patterns, list) or not all(isinstance(p, str) and p for p in patterns):
        raise UserError(
            place, f"{key} is neither a text nor a list of strings", "write it that way"
        )
    return tuple(patterns)


def _check(place: str, lists: dict[str, tuple[str, ...]]) -> None:
    """Refuse entries that can never apply, or that would apply to everything."""
    if not (lists["page"] or lists["clause"] or lists["case"]):
        raise UserError(place, "names no page, clause or case", "name at least one")
    for kind in lists["kind"]:
        if kind not in _KINDS:
            raise UserError(place, f"{kind!r} is not a kind", did_you_mean(kind, sorted(_KINDS)))
    if not lists["case"] and END_KINDS & set(lists["kind"]):
        raise UserError(place, "names no case, but its kind is a case end", "name the case as well")
    for arch in lists["arch"]:
        if arch not in list(Arch):
            raise UserError(place, f"{arch!r} is not an architecture", did_you_mean(arch, Arch))
    for kernel in lists["kernel"]:
        if Range.is_range(kernel) and Range.parse(kernel) is None:
            raise UserError(place, f"{kernel!r} is not a range", 'write it as ">=1.2, <1.10"')
