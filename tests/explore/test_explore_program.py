"""The text of programs, and the changes that are made to them."""

from __future__ import annotations

import random

import pytest
from zxhil.abi.kinds import Pointer, Where
from zxhil.errors import UserError
from zxhil.explore.generate import Generator
from zxhil.explore.leftout import explored
from zxhil.explore.program import CallProgram, Ref, Step, file_text, given_handle, parse, read
from zxhil.explore.survey import Surveyed

KERNEL = Surveyed(explored())
TEXT = """\
r0 = channel_create(options=0)
r1 = event_create(options=0)
r2 = channel_write(handle=r0.out0, bytes=edge(b'ab'), handles=[r1.out, 0])
r3 = channel_read(handle=r0.out1, num_bytes=unmapped, handles=None)
r4 = handle_duplicate(handle=r3.handles[1], rights=0x80000000)
r5 = object_get_info(handle=job, topic=ZX_INFO_HANDLE_BASIC)
r6 = object_get_child(handle=job, koid=r5.koid)
"""


def test_text_has_the_values_of_each_call():
    program = parse(TEXT)
    assert program.steps[2].given["bytes"] == Pointer(Where.EDGE, b"ab")
    assert program.steps[2].given["handles"] == [Ref(1, "out"), 0]
    assert program.steps[3].given["handles"] == Pointer(Where.NULL)
    assert program.steps[4].given["handle"] == Ref(3, "handles", 1)
    assert program.steps[5].given["handle"] == given_handle("job")
    assert program.text == TEXT


def test_text_of_generated_programs_is_read_back():
    generator = Generator(random.Random(5), KERNEL, {})
    for _ in range(40):
        program = generator.fresh()
        assert parse(program.text) == program


def test_calls_of_the_second_thread_are_read_back_and_move_with_the_others():
    text = "r0 = event_create(options=0)\nr1 = second.handle_close(handle=r0.out)\n"
    program = parse(text)
    assert [step.second for step in program.steps] == [False, True]
    assert program.text == text
    moved = program.inserted(1, (Step("port_create", {"options": 0}),))
    assert moved.text.endswith("r2 = second.handle_close(handle=r0.out)\n")
    assert moved.beside == range(2, 3)
    assert program.without({1}).beside == range(0)


def test_program_of_the_first_version_is_read(tmp_path):
    path = tmp_path / "a.zx"
    path.write_text("# zxhil program 1\nr0 = event_create(options=0)\n")
    assert len(read(path)) == 1


def test_flags_are_read_by_name():
    program = parse("r0 = socket_create(options=ZX_SOCKET_DATAGRAM | ZX_SOCKET_HAS_CONTROL)")
    assert program.steps[0].given["options"] == 3
    assert "ZX_SOCKET_DATAGRAM | ZX_SOCKET_HAS_CONTROL" in program.text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("r1 = event_create(options=0)", "program:1: does not assign a call to r0"),
        ("r0 = event_create(options=0)\nr1 = evnt()", "program:2: evnt is not a call"),
        ("r0 = event_create(size=0)", "an argument that the call does not take"),
        ("r0 = event_create(0)", "an argument that the call does not take"),
        ("r0 = handle_close(handle=r0.out)", "program:1: r0 is not a call before this one"),
        ("r0 = handle_close(handle=jobs)", "jobs is not known"),
        ("r0 = handle_close(handle=open('x'))", "is not a value"),
        ("r0 = handle_close(handle=True)", "is not a value"),
        ("r0 = (", "is not the text of a call"),
        ("x" * 300_000, "characters"),
    ],
)
def test_what_is_no_program_is_refused_with_its_line(text, problem):
    with pytest.raises(UserError) as refused:
        parse(text)
    assert problem in str(refused.value)


def test_dropped_calls_return_zero_to_the_others():
    assert parse(TEXT).without({1, 3}).text == (
        "r0 = channel_create(options=0)\n"
        "r1 = channel_write(handle=r0.out0, bytes=edge(b'ab'), handles=[0, 0])\n"
        "r2 = handle_duplicate(handle=0, rights=0x80000000)\n"
        "r3 = object_get_info(handle=job, topic=ZX_INFO_HANDLE_BASIC)\n"
        "r4 = object_get_child(handle=job, koid=r3.koid)\n"
    )


def test_inserted_calls_move_the_references_behind_them():
    step = Step("handle_close", {"handle": Ref(0, "out1")})
    text = parse(TEXT).inserted(1, (step,)).text
    assert text.splitlines()[1] == "r1 = handle_close(handle=r0.out1)"
    assert text.splitlines()[3].endswith("handles=[r2.out, 0])")


def test_file_of_another_version_is_refused(tmp_path):
    path = tmp_path / "a.zx"
    path.write_text(file_text(parse(TEXT)))
    assert read(path) == parse(TEXT)
    path.write_text("# zxhil program 3\n" + TEXT)
    with pytest.raises(UserError, match=r"a\.zx:1: does not begin with"):
        read(path)


def test_empty_program_has_no_text():
    assert CallProgram(()).text == ""


def test_joined_programs_keep_their_references():
    one = parse("r0 = event_create(options=0)\nr1 = handle_close(handle=r0.out)")
    other = parse("r0 = port_create(options=0)\nr1 = port_cancel(handle=r0.out, source=job)")
    assert one.then(other).text.splitlines()[2:] == [
        "r2 = port_create(options=0)",
        "r3 = port_cancel(handle=r2.out, source=job)",
    ]
