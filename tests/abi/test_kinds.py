"""Kinds of parameters: each has every side, and nobody else knows which kinds there are."""

from __future__ import annotations

import ast
import random
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kinds_spelling import Spelling
from zxhil.abi import kinds
from zxhil.abi.calls import CALLS
from zxhil.abi.kinds import (
    InC,
    Kind,
    Memory,
    Pointer,
    Scalar,
)
from zxhil.abi.kinds.common import NoOutput, Pointing, Written

HARNESS = Path(kinds.__file__).resolve().parents[2]
OWN = Path(kinds.__file__).resolve().parent
PARAMETERS = [
    pytest.param(p, id=f"{call.name}.{p.name}") for call in CALLS for p in call.parameters
]
SIDES = [name for name in dir(Kind) if getattr(getattr(Kind, name), "__isabstractmethod__", False)]
CONCRETE = [
    each
    for each in vars(kinds).values()
    if isinstance(each, type) and issubclass(each, Kind) and each is not Kind
]


# ---- every side


def without(side: str) -> dict[str, Any]:
    """What a class of kinds has that lacks a side: as the base has it."""
    return {"ctype": "int", side: vars(Kind)[side]}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", CONCRETE, ids=lambda kind: kind.__name__)
def test_kind_that_lacks_a_side_cannot_be_defined(kind: type[Kind], side: str) -> None:
    with pytest.raises(TypeError, match=f"the kind Lacking lacks a side: {side}"):
        type("Lacking", (kind,), without(side))


@pytest.mark.parametrize("base", [Kind, NoOutput, Pointing, Written])
def test_kind_made_of_a_base_alone_cannot_be_defined(base: type[Kind]) -> None:
    with pytest.raises(TypeError, match=r"lacks a side: .*argument_decoder.*ctype|lacks a side: "):
        type("Empty", (base,), {})


def test_kind_without_a_type_in_c_cannot_be_defined() -> None:
    sides = {name: vars(Scalar).get(name, lambda self: None) for name in SIDES}
    with pytest.raises(TypeError, match="lacks a side: ctype"):
        type("Untyped", (Kind,), sides)


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_output_side_is_there_for_what_the_call_writes(parameter: Any) -> None:
    kind = parameter.kind
    assert bool(kind.record_output(InC(parameter.name))) is kind.writes
    if not kind.writes:
        assert kind.handles_written() is None


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_trials_and_what_is_drawn_can_be_spelled(parameter: Any) -> None:
    kind, rng = parameter.kind, random.Random(parameter.name)
    for trial in kind.trials():
        assert kind.spelled(trial.value, Spelling()) == trial.value
    for _ in range(20):
        value = kind.spelled(kind.draw(rng, Things()), Spelling())
        content = value.content if isinstance(value, Pointer) else value
        assert isinstance(kind.memory(content), bytes)
    names = [trial.name for trial in kind.trials()]
    assert len(set(names)) == len(names)
    memories = [trial.memory for trial in kind.trials() if isinstance(trial.value, Pointer)]
    assert kind.is_value or {Memory.NULL, Memory.INVALID} <= set(memories)


class Things:
    """Draws the same handle and number always."""

    def handle(self, kind: Kind) -> int:
        return 0x77

    def number(self, kind: Kind) -> int:
        return 1


def test_example_of_a_new_kind_has_every_side() -> None:
    example = textwrap.dedent(kinds.__doc__ or "").partition("    @dataclass")[2]
    code = "    @dataclass" + example.partition("\n\nThe functions of C")[0]
    made: dict[str, Any] = {"dataclass": dataclass, "Written": Written}
    exec("from __future__ import annotations\n" + textwrap.dedent(code), made)
    kind = made["OutText"]("size")
    assert kind.output_decoder()(kind.output_field(b"text")) == b"text"
    assert kind.record_argument(InC("name")) == "arg_out_buffer(name, size, 1);"


# ---- nobody else


def names_of_kinds() -> set[str]:
    return {
        name
        for path in OWN.glob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef)
        and (name := node.name) in vars(kinds)
        and issubclass(vars(kinds)[name], Kind)
    }


def distinctions(tree: ast.AST, known: set[str]) -> Iterator[int]:
    """Lines that tell kinds apart: isinstance, a class pattern, a comparison of types."""
    for node in ast.walk(tree):
        if isinstance(node, ast.MatchClass):
            tested: ast.AST = node.cls
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("isinstance", "issubclass")
        ):
            tested = node.args[1]
        elif isinstance(node, ast.Compare) and "type(" in ast.unparse(node):
            tested = node
        else:
            continue
        for each in ast.walk(tested):
            if getattr(each, "id", getattr(each, "attr", "")) in known:
                yield getattr(node, "lineno", 0)
                break


def test_no_module_but_the_kinds_tells_kinds_apart() -> None:
    known = names_of_kinds()
    assert {"Scalar", "InBytes", "InStructs", "Kind"} <= known
    found = [
        f"{path.relative_to(HARNESS)}:{line}"
        for path in sorted(HARNESS.rglob("*.py"))
        for line in distinctions(ast.parse(path.read_text(encoding="utf-8")), known)
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "isinstance(p.kind, Scalar)",
        "isinstance(p.kind, kinds.Out | OutBytes)",
        "match kind:\n    case InHandles(number) | InBytes(number):\n        pass",
        "type(kind) is Scalar",
    ],
)
def test_telling_kinds_apart_is_found_however_it_is_written(text: str) -> None:
    assert list(distinctions(ast.parse(text), {"Scalar", "OutBytes", "InHandles"}))
