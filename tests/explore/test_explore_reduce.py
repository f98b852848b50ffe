"""Reducing a program: calls are dropped and arguments simplified as long as it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from zxhil.explore.program import CallProgram, parse
from zxhil.explore.reduce import MOST_ROUNDS, Reducer


class Fake(NamedTuple):
    """A run of which only the program matters."""

    program: CallProgram


def reduce(text: str, shows: Any) -> tuple[str, Reducer]:
    def run(programs: Sequence[CallProgram]) -> Any:
        return [Fake(program) for program in programs]

    reducer = Reducer(run, lambda ran: shows(ran.program))
    return reducer.reduce(parse(text)).text, reducer


def last_of(name: str, **given: Any) -> Any:
    """Shown by the first call of this name with these values."""

    def shows(program: CallProgram) -> int | None:
        for number, step in enumerate(program.steps):
            if step.name == name and all(step.given.get(k) == v for k, v in given.items()):
                return number
        return None

    return shows


def test_only_the_calls_that_are_needed_stay():
    noise = "".join(f"r{n} = event_create(options=0)\n" for n in range(12))
    text = noise + "r12 = channel_create(options=0)\nr13 = handle_close(handle=r12.out1)\n"

    def shows(program: CallProgram) -> int | None:
        for number, step in enumerate(program.steps):
            ref = step.given.get("handle")
            if step.name == "handle_close" and ref and program.steps[ref.call].name[:4] == "chan":
                return number
        return None

    reduced, _ = reduce(text, shows)
    assert reduced == "r0 = channel_create(options=0)\nr1 = handle_close(handle=r0.out1)\n"


def test_calls_after_the_one_that_shows_it_are_dropped():
    text = "r0 = port_create(options=0)\nr1 = event_create(options=0)\n"
    reduced, _ = reduce(text, last_of("port_create"))
    assert reduced == "r0 = port_create(options=0)\n"


def test_arguments_become_simpler_unless_they_matter():
    text = "r0 = vmo_write(handle=7, buffer=edge(b'abcdef'), offset=0x1000, buffer_size=9)\n"
    reduced, _ = reduce(text, last_of("vmo_write", offset=0x1000))
    assert reduced == "r0 = vmo_write(handle=0, offset=0x1000, buffer_size=0)\n"


def test_elements_of_an_array_are_dropped():
    text = "r0 = channel_write(handle=0, bytes=b'', handles=[3, 4, 5, 6])\n"

    def shows(program: CallProgram) -> int | None:
        handles = program.steps[0].given.get("handles", [])
        return 0 if isinstance(handles, list) and 5 in handles else None

    reduced, _ = reduce(text, shows)
    assert "handles=[5]" in reduced


def test_program_that_does_not_show_it_again_stays_as_it_is():
    text = "r0 = port_create(options=0)\n"
    reduced, reducer = reduce(text, lambda program: None)
    assert reduced == text
    assert reducer.last is None


def test_reduction_ends():
    text = "".join(f"r{n} = vmo_create(size=0x1000, options=0)\n" for n in range(100))
    _, reducer = reduce(text, lambda program: len(program) - 1 if len(program) > 50 else None)
    assert reducer.rounds <= MOST_ROUNDS
