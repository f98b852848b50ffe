"""The table of calls against the interface file of a Zircon tree, where ZXHIL_ABIGEN names one.

The table is of 2018-12. On the file of another time this shows what changed since.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from abigen import Declaration, Declared, Requirement, read_interface
from skips import NO_INTERFACE
from zxhil.abi.calls import BY_NAME, AnsweredBy, Parameter, Syscall
from zxhil.abi.kinds import Needs
from zxhil.abi.rights import Rights

INTERFACE = os.environ.get("ZXHIL_ABIGEN", "")

#: Calls of later headers.
LATER = {"channel_write_etc"}

#: How much memory a call reaches is not what the file says: it depends on the action, it is what
#: another pointer points to.
NUMBERS = {("ktrace_control", "ptr"): "1", ("debug_read", "buffer"): "1"}


def number(parameter: Parameter) -> str:
    kind = parameter.kind
    if kind.is_value:
        return ""
    size = getattr(kind, "size", None)
    if isinstance(size, tuple):
        first, *others = size
        return " * ".join([str(first), *(each for each in others if isinstance(each, str))])
    number = size if isinstance(size, str) else kind.counted_by or "1"
    each = getattr(kind, "each", "")
    return f"{number} * {each}" if each else number


def requirement(needs: Needs) -> Requirement:
    types = frozenset(each.name for each in needs.types)
    rights = frozenset(str(each.name) for each in Rights if each and each & needs.rights)
    kind = "" if needs.resource is None else needs.resource.name
    when = needs.when
    test = "" if when is None else f"{when.parameter} {'&' if when.bit else 'is'} {when.constant}"
    return Requirement(types, rights, kind, test)


def declared(call: Syscall) -> Declaration:
    """Our prototype as the file would declare it."""
    words = {
        *(["noreturn"] if call.never else []),
        *(["vdsocall"] if call.answered_by is AnsweredBy.VDSO else []),
        *(["internal"] if call.answered_by is AnsweredBy.INTERNAL else []),
    }
    parameters = tuple(
        Declared(
            p.name,
            p.kind.ctype,
            number(p),
            frozenset(map(requirement, getattr(p.kind, "needs", ()))),
        )
        for p in call.parameters
    )
    returns = "" if call.returns is None else call.returns.ctype
    return Declaration(call.name, frozenset(words), returns, parameters)


def differences(theirs: dict[str, Declaration]) -> dict[str, tuple[object, object]]:
    """What the file says otherwise, by call: ours and theirs."""
    found: dict[str, tuple[object, object]] = {}
    for name in sorted(theirs.keys() | BY_NAME.keys() - LATER):
        if name not in theirs or name not in BY_NAME:
            found[name] = (name in BY_NAME, name in theirs)
            continue
        ours, other = declared(BY_NAME[name]), theirs[name]
        words = other.words & {"noreturn", "vdsocall", "internal"}
        parameters = tuple(
            Declared(p.name, p.ctype, NUMBERS.get((name, p.name), p.number), p.needs)
            for p in other.parameters
        )
        other = Declaration(name, words, other.returns, parameters)
        if ours != other:
            found[name] = (ours, other)
    return found


@pytest.mark.skipif(not INTERFACE, reason=f"{NO_INTERFACE}: ZXHIL_ABIGEN is not set")
def test_the_table_agrees_with_the_kernels_interface_file() -> None:
    theirs = read_interface(Path(INTERFACE).read_text())
    assert len(theirs) > 100
    assert differences(theirs) == {}


SAMPLE = """
# A comment; with a semicolon
#! handle must be of type ZX_OBJ_TYPE_VMO and have ZX_RIGHT_WRITE.
syscall vmo_set_size
    (handle: zx_handle_t,
        size: uint64_t)
    returns (zx_status_t);

#! If op is ZX_VMO_OP_COMMIT, handle must be of type ZX_OBJ_TYPE_VMO or ZX_OBJ_TYPE_PAGER.
#! Every entry of items must have a handle field with ZX_RIGHT_TRANSFER.
syscall sample blocking vdsocall
    (handle: zx_handle_t, items: zx_wait_item_t[count] INOUT, data: any[size] IN)
    returns (zx_time_t, out: zx_handle_t handle_acquire);
syscall ends noreturn ();
"""


def test_an_interface_file_is_read() -> None:
    found = read_interface(SAMPLE)
    assert found["vmo_set_size"] == declared(BY_NAME["vmo_set_size"])
    types = frozenset({"VMO", "PAGER"})
    assert found["sample"] == Declaration(
        "sample",
        frozenset({"blocking", "vdsocall"}),
        "zx_time_t",
        (
            Declared(
                "handle",
                "zx_handle_t",
                "",
                frozenset({Requirement(types, frozenset(), "", "op is ZX_VMO_OP_COMMIT")}),
            ),
            Declared(
                "items",
                "zx_wait_item_t*",
                "count",
                frozenset({Requirement(frozenset(), frozenset({"TRANSFER"}))}),
            ),
            Declared("data", "const void*", "size", frozenset()),
            Declared("out", "zx_handle_t*", "1", frozenset()),
        ),
    )
    assert found["ends"] == Declaration("ends", frozenset({"noreturn"}), "", ())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ZX_RIGHT_WRITE", "ZX_RIGHT_READ"),
        ("ZX_OBJ_TYPE_VMO and", "ZX_OBJ_TYPE_VMAR and"),
        ("size: uint64_t", "size: size_t"),
        ("size: uint64_t", "length: uint64_t"),
        ("(zx_status_t)", "(zx_status_t, out: zx_handle_t)"),
        ("(zx_status_t)", "()"),
    ],
)
def test_a_difference_is_noticed(before: str, after: str) -> None:
    theirs = {name: declared(call) for name, call in BY_NAME.items() if name not in LATER}
    assert differences(theirs) == {}
    text = SAMPLE.split("\n\n")[0]
    theirs |= read_interface(text.replace(before, after))
    assert list(differences(theirs)) == ["vmo_set_size"]


@pytest.mark.parametrize("text", ["syscall (;", "#! handle may be anything.\nsyscall a ();"])
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"syscall \(;|handle may"):
        read_interface(text)
