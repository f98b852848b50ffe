"""Which cases may begin: those that were asked for, each once, in the order of the table."""

from __future__ import annotations

import pytest
from zxhil.abi.arch import Arch
from zxhil.abi.runtime import MOST_CASES
from zxhil.model.arguments import make_call
from zxhil.oracle.order import CaseRefused, Order
from zxhil.trace.events import (
    CallMade,
    CallReturned,
    CaseEnd,
    CaseSkipped,
    CaseStart,
    Event,
    ProgramStart,
)

ASKED = {0: "a", 1: "b", 3: "d"}


def events_of(text: str) -> list[Event]:
    """`V5` begins a program of 5 cases, `0` is the begin of a case, `e0` its end, `s0` its skip.

    `0x` begins case 0 under the name x, `c` is a call and its return.
    """
    found: list[Event] = []
    for word in text.split():
        number = int("".join(filter(str.isdigit, word)) or "0")
        name = word[-1] if word[-1] in "xyz" else "abcdefgh"[number % 8]
        if word[0] == "V":
            found.append(ProgramStart(Arch.X64, "p", number, 0, 7))
        elif word[0] == "e":
            found.append(CaseEnd(number, 1, 0))
        elif word[0] == "s":
            found.append(CaseSkipped(number, name, "x", 0))
        elif word[0] == "c":
            found += [CallMade("nanosleep", make_call("nanosleep", {}), 0), CallReturned(0, {})]
        else:
            found.append(CaseStart(number, name, 0))
    return found


def passed(order: Order, text: str) -> str:
    """What passed, in the same letters; `!` is a case that was refused."""
    shown = {CaseEnd: "e", CaseSkipped: "s", CaseStart: "B", ProgramStart: "V", CallMade: "c"}
    found = order.only(events_of(text))
    return "".join("!" if isinstance(e, CaseRefused) else shown.get(type(e), "") for e in found)


@pytest.mark.parametrize(
    ("text", "left", "progress"),
    [
        ("V 0 c e0 1 c e1 3 c e3", "VBceBceBce", 6),
        ("V 0 c e0 s1 3 c e3", "VBcesBce", 5),
        ("V 0 c s0 1 e1", "VBcsBe", 4),
        # Refused cases, and what they show.
        ("V 2 c e2 3 c e3", "V!Bce", 2),
        ("V 0x c e0 1 c e1", "V!Bce", 2),
        ("V 1 c e1 0 c e0 3 e3", "VBce!Be", 4),
        ("V 0 c e0 0 c e0 1 e1", "VBce!Be", 4),
        ("V 0 2 c e2 c", "VB!c", 1),
        ("V s2 c", "V!c", 0),
        ("V 0 e0 s0 c", "VBe!c", 2),
        ("V 2 s2 c", "V!!c", 0),
        # A program that restarts makes no progress with what it has run.
        ("V 0 e0 V 0 e0 V 0 e0", "VBeVBeVBe", 2),
        ("V 0 V 0 e0", "VBVBe", 2),
        ("V 0 e0 1 V 0 e0 1 e1", "VBeBVBeBe", 4),
        ("V 1 e1 V 0 e0", "VBeVBe", 2),
        ("V 0 e0 1 V 0 e0", "VBeBVBe", 3),
        ("V 2 c V 0 c e0", "V!VBce", 2),
        # An end that belongs to no case that runs.
        ("V 0 e1 e0", "VBee", 1),
        ("V e0 1", "VeB", 1),
        ("V 0 s1 e0", "VBse", 2),
    ],
)
def test_only_what_was_asked_for_passes(text: str, left: str, progress: int) -> None:
    order = Order(ASKED)
    assert (passed(order, text), order.progress) == (left, progress)
    # One event at a time is the same.
    order = Order(ASKED)
    assert "".join(passed(order, each) for each in text.split()) == left


def test_any_case_may_come_where_nothing_is_known_in_the_order_of_the_table() -> None:
    assert passed(Order(), "V4 0x e0 2y e2 3 e3") == "VBeBeBe"
    assert passed(Order(), "V4 2 e2 1 c e1") == "VBe!"
    assert passed(Order(), "V4 4 c e4 0 e0") == "V!Be"
    assert passed(Order(), f"V {MOST_CASES - 1} e{MOST_CASES - 1}") == "VBe"
    assert passed(Order(), f"V {MOST_CASES} c") == "V!"
    assert passed(Order(), "c 0 c e0") == "cBce"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("V4 2", "case 2 (c) was not requested"),
        ("V4 0x", "case 0 is a, but the stream calls it x"),
        ("V2 3", "case 3 (d) is not one of the program's 2"),
        ("V4 0 0", "case 0 (a) arrived again"),
        ("V4 1 0", "case 0 (a) arrived after case 1"),
    ],
)
def test_refusal_says_why(text: str, what: str) -> None:
    refused = Order(ASKED).only(events_of(text))[-1]
    assert isinstance(refused, CaseRefused)
    assert refused.what == what
