"""Generated programs: the same ones from the same seed, and harmless to those after them."""

from __future__ import annotations

import random
from collections import Counter

from zxhil.abi.calls import BY_NAME
from zxhil.explore import sketch as sketching
from zxhil.explore.encode import encode
from zxhil.explore.generate import Generator
from zxhil.explore.leftout import LEFT_OUT, explored
from zxhil.explore.mutate import Mutator
from zxhil.explore.program import CallProgram, Ref, parse, refs
from zxhil.explore.seconds import with_second
from zxhil.explore.sketch import Sketch
from zxhil.explore.survey import Surveyed
from zxhil.model.judge import judge
from zxhil.model.pages import MODELLED

KERNEL = Surveyed(explored())


def programs(seed: int, count: int) -> list[CallProgram]:
    generator = Generator(random.Random(seed), KERNEL, Counter())
    made: list[CallProgram] = []
    for number in range(count):
        if made and number % 2:
            made.append(Mutator(generator).mutated(made[number // 2], made))
        else:
            made.append(generator.fresh())
    return made


def test_same_seed_makes_the_same_programs():
    assert programs(3, 20) == programs(3, 20)
    assert programs(3, 20) != programs(4, 20)


def test_generated_programs_can_be_encoded():
    for program in programs(1, 60):
        assert encode(program).count("X ") == len(program)


def test_programs_of_two_threads_are_the_same_from_the_same_seed_and_can_be_encoded():
    def made(seed):
        rng = random.Random(seed)
        return [with_second(rng, program) for program in programs(8, 60)]

    assert made(1) == made(1)
    for program in made(1):
        text = encode(program)
        assert text.count("X ") == len(program)
        assert ("|" in text) == bool(program.beside)
    assert sum(bool(program.beside) for program in made(1)) > 40


def test_no_program_closes_or_moves_a_handle_that_it_was_given():
    consuming = {
        "handle_close": "handle",
        "handle_replace": "handle",
        "handle_close_many": "handles",
        "channel_write": "handles",
        "channel_write_etc": "handles",
        "socket_share": "socket_to_share",
    }
    seen = 0
    for program in programs(2, 200):
        for step in program.steps:
            value = step.given.get(consuming.get(step.name, ""))
            seen += value is not None
            assert not [ref for ref in refs(value) if ref.is_given], program.text
    assert seen > 100


def test_references_are_to_handles_of_calls_before():
    for program in programs(6, 100):
        for number, step in enumerate(program.steps):
            for value in step.given.values():
                for ref in refs(value):
                    assert ref.call < number
                    if not ref.is_given and ref.output != "koid":
                        syscall = BY_NAME[program.steps[ref.call].name]
                        assert ref.output in {p.name for p in syscall.parameters}


def test_most_calls_of_the_model_are_drawn():
    drawn = {step.name for program in programs(7, 150) for step in program.steps}
    assert len(drawn) > len(explored()) * 0.8


def test_calls_are_left_out_for_a_reason_or_made():
    never = {name for name in MODELLED if BY_NAME[name].never or not BY_NAME[name].in_vdso}
    assert set(MODELLED) == set(explored()) | set(LEFT_OUT) | never
    assert not set(explored()) & set(LEFT_OUT)


def test_model_knows_what_a_program_made():
    sketch = Sketch()
    generator = Generator(random.Random(1), KERNEL, Counter())
    for step in generator.fresh().steps:
        sketch.append(step)
    known = {ref for entry in sketch.entries() if (ref := sketch.ref(entry.value))}
    assert Ref(-1, "process") in known


def test_model_is_not_accused_of_its_own_answers(monkeypatch):
    accused = []

    def judged(page, state, call, outcome):
        verdict = judge(page, state, call, outcome)
        if verdict.kind.diverges:
            accused.append(verdict)
        return verdict

    monkeypatch.setattr(sketching, "judge", judged)
    waits = "r0 = job_create(parent_job=job)\nr1 = object_wait_many(items=[(r0.out, 1, 0,)])\n"
    for program in (parse(waits), *programs(6, 40)):
        sketch = Sketch()
        for step in program.steps:
            sketch.append(step)
        assert not accused, program.text
