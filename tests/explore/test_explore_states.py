"""Objects in rare states: recipes, words for the states, and calls that look at effects."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from zxhil.abi.objects import ObjType
from zxhil.explore.generate import Generator
from zxhil.explore.leftout import explored
from zxhil.explore.observe import observations
from zxhil.explore.program import Ref, Step, parse
from zxhil.explore.recipes import StateRecipe, recipes
from zxhil.explore.situation import situation
from zxhil.explore.sketch import Sketch
from zxhil.explore.survey import Surveyed

EVERY = [recipe for each in recipes().values() for recipe in each]


def made(recipe: StateRecipe) -> tuple[Sketch, str]:
    """The model after a recipe, and the state of the object that it makes."""
    sketch = Sketch()
    for step in recipe.steps:
        sketch.append(step)
    value = sketch.value(recipe.made)
    assert value is not None
    entry = sketch.state.entry(value)
    assert entry is not None
    return sketch, situation(entry)


@pytest.mark.parametrize("recipe", EVERY, ids=lambda recipe: recipe.name)
def test_recipe_makes_an_object_of_its_type(recipe):
    assert made(recipe)[1].startswith(recipe.name.split()[0])
    assert {step.name for step in recipe.steps} <= set(explored())


def test_recipes_make_different_states():
    words = {made(recipe)[1] for recipe in EVERY}
    assert len(words) > 0.7 * len(EVERY)
    wanted = ("FIFO full", "CHANNEL messages", "CHANNEL peer closed, message", "TIMER armed",
              "EVENT cookie scope lost", "SOCKET share", "PORT packets", "VMO cloned, written",
              "INTERRUPT bound", "JOB children")  # fmt: skip
    assert set(wanted) <= words


def test_state_of_a_handle_with_fewer_rights_is_told_apart():
    program = parse("r0 = event_create(options=0)\nr1 = handle_duplicate(handle=r0.out, rights=1)")
    sketch = Sketch()
    for step in program.steps:
        sketch.append(step)
    words = []
    for ref in (Ref(0, "out"), Ref(1, "out")):
        entry = sketch.state.entry(sketch.value(ref) or 0)
        assert entry is not None
        words.append(situation(entry))
    assert words == ["EVENT", "EVENT fewer rights"]


def test_sent_handles_are_read_and_looked_at():
    write = Step("channel_write", {"handle": Ref(0, "out0"), "handles": [Ref(1, "out")]})
    names = [step.name for step in observations(write, 2, [Ref(0, "out1")])]
    assert names[:3] == ["channel_read_etc", "object_get_info", "object_get_info"]
    read = observations(write, 2, [Ref(0, "out1")])
    assert read[0].given["handle"] == Ref(0, "out1")
    assert read[1].given["handle"] == Ref(3, "handles", 0)


def test_programs_of_a_few_calls_refer_to_calls_before():
    names = ("channel_create", "channel_write", "event_create", "object_get_info", "port_create")
    generator = Generator(random.Random(2), Surveyed(names), Counter())
    for _ in range(80):
        program = generator.fresh()
        assert parse(program.text) == program


def test_new_handle_is_looked_at():
    (first, *_) = observations(Step("event_create", {"options": 0}), 3, [])
    assert first == Step("object_get_info", {"handle": Ref(3, "out"), "topic": 2})


def test_generated_programs_meet_many_states():
    generator = Generator(random.Random(1), Surveyed(explored()), Counter())
    for _ in range(200):
        generator.fresh()
    types = {state.split()[3] for state in generator.states}
    assert {t.name for t in (ObjType.CHANNEL, ObjType.FIFO, ObjType.VMO, ObjType.PORT)} <= types
    assert any(state.endswith("peer closed") for state in generator.states)
    assert any("full" in state for state in generator.states)
