"""A VMO that is mapped into a process that never starts counts as mapped."""

from __future__ import annotations

from zxhil.explore.program import parse
from zxhil.explore.sketch import Sketch
from zxhil.model.pages import load

MADE = (
    "r0 = vmo_create(size=4096, options=0)\n"
    "r1 = process_create(job=job, name=b'', options=0)\n"
    "r2 = vmar_map(handle=r1.vmar_handle, options=1, vmar_offset=0, vmo=r0.out, vmo_offset=0, "
    "len=4096)\n"
    "r3 = vmo_set_cache_policy(handle=r0.out, cache_policy=1)\n"
)


def statuses(*left_out: int) -> tuple[str, ...]:
    """The statuses that are allowed for the last call."""
    sketch = Sketch()
    *steps, last = parse(MADE).without(set(left_out)).steps
    for step in steps:
        sketch.append(step)
    return load(last.name).allows(sketch.state, sketch.call(last)).names


def test_policy_of_a_vmo_in_a_space_where_nothing_runs_may_be_refused():
    assert "ZX_ERR_BAD_STATE" in statuses()
    assert "ZX_ERR_BAD_STATE" not in statuses(2)
