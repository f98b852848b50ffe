"""Reads a tree's ``syscalls.abigen``: prototypes, and what calls need of their handles.

A declaration is ``syscall NAME ATTRIBUTES (PARAMETERS) returns (TYPE, PARAMETERS);`` over any
number of lines. Lines of `#!` before it are requirements; other lines of `#` are comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_DECLARATION = re.compile(
    r"syscall (?P<name>\w+)(?P<words>(?: \w+)*) ?\((?P<takes>.*?)\)"
    r"(?: returns \((?P<gives>.*)\))?;"
)
_REQUIREMENT = re.compile(
    r"(?:If (?P<parameter>\w+) (?P<test>is of type|is|&) (?P<constant>\w+(?: or \w+)*), )?"
    r"(?:Every entry of |All wr_handles of )?(?P<who>\w+) must (?P<what>.*)\."
)


@dataclass(frozen=True)
class Requirement:
    """One line on a handle: object types, rights, kind of resource, and for which argument."""

    types: frozenset[str]
    rights: frozenset[str]
    kind: str = ""
    when: str = ""


@dataclass(frozen=True)
class Declared:
    """A parameter: its type in C, how many elements it points to, and what its handles need."""

    name: str
    ctype: str
    number: str
    needs: frozenset[Requirement]


@dataclass(frozen=True)
class Declaration:
    """A call; `returns` is empty if it returns nothing."""

    name: str
    words: frozenset[str]
    returns: str
    parameters: tuple[Declared, ...]


def read_interface(text: str) -> dict[str, Declaration]:
    """Every call of the file by name. Raises ValueError for a line that is not understood."""
    return {each.name: each for each in _declarations(text)}


def _declarations(text: str) -> Iterator[Declaration]:
    requirements: list[str] = []
    words = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("#!"):
            requirements.append(line[2:].strip())
        elif line and not line.startswith("#"):
            words += f" {line}"
            if line.endswith(";"):
                yield _declaration(re.sub(r"\s+", " ", words).strip(), requirements)
                requirements, words = [], ""


def _declaration(text: str, requirements: list[str]) -> Declaration:
    found = _DECLARATION.fullmatch(text)
    if found is None:
        raise ValueError(text)
    needs = [need for each in requirements for need in _requirement(each)]
    returned, *outputs = _listed(found["gives"] or "") or [""]
    parameters = [_parameter(each, needs, given=True) for each in _listed(found["takes"])]
    parameters += [_parameter(each, needs, given=False) for each in outputs]
    return Declaration(
        found["name"], frozenset(found["words"].split()), returned, tuple(parameters)
    )


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _parameter(text: str, needs: list[tuple[str, Requirement]], *, given: bool) -> Declared:
    name, declared = (part.strip() for part in text.split(":"))
    own = frozenset(need for who, need in needs if who == name)
    array = re.fullmatch(r"(\w+)\[(.*)\](.*)", declared)
    if array is None:
        ctype = declared.split()[0]
        return Declared(name, ctype if given else f"{ctype}*", "" if given else "1", own)
    element = "void" if array[1] == "any" else array[1]
    const = "const " if array[3].split()[-1] == "IN" else ""
    return Declared(name, f"{const}{element}*", array[2], own)


def _requirement(text: str) -> Iterator[tuple[str, Requirement]]:
    if text == "None.":
        return
    found = _REQUIREMENT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    what = found["what"]
    types = re.findall(r"ZX_OBJ_TYPE_(\w+)", what)
    rights = [right for right in re.findall(r"ZX_RIGHT_(\w+)", what) if right != "NONE"]
    kinds = re.findall(r"ZX_RSRC_KIND_(\w+)", what)
    when = f"{found['parameter']} {found['test']} {found['constant']}" if found["test"] else ""
    who = found["parameter"] if found["who"] == "it" else found["who"]
    yield who, Requirement(frozenset(types), frozenset(rights), "".join(kinds), when)
