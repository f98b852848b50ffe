"""Distribute work over the machines of a run, or over CI jobs.

The longest piece goes first, to the machine with the least to do. A program is split into
several boots if the run then ends sooner, the cost of those boots included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from zxhil.errors import UserError
from zxhil.run.durations import Durations
from zxhil.run.plan import Task

#: Splitting programs must save this part of the time.
_WORTH = 0.05


class _Piece(NamedTuple):
    seconds: float
    order: int
    task: Task


def pieces(tasks: Sequence[Task], places: int, durations: Durations) -> list[Task]:
    """The tasks, some of them split, in the order in which `places` machines start them."""
    return [piece.task for piece in _divided(tasks, places, durations)]


def shard(tasks: Sequence[Task], number: int, count: int, durations: Durations) -> list[Task]:
    """The tasks that job `number` of `count` runs, in order.

    The jobs' parts are disjoint and cover all tasks, if every job is given the
    same tasks and durations. Raises UserError if there is nothing left for this job.
    """
    mine = _assigned(_divided(tasks, count, durations), count)[number - 1]
    wanted: dict[int, set[int]] = {}
    for piece in mine:
        wanted.setdefault(piece.order, set()).update(piece.task.selected)
    if not wanted:
        raise UserError(f"--shard {number}/{count}", "has nothing to run", "use fewer shards")
    return [
        replace(task, selected=tuple(sorted(wanted[order])))
        for order, task in enumerate(tasks)
        if order in wanted
    ]


def _divided(tasks: Sequence[Task], places: int, durations: Durations) -> list[_Piece]:
    whole = [_Piece(durations.task(task), order, task) for order, task in enumerate(tasks)]
    fair = sum(piece.seconds for piece in whole) / places
    best, best_span = _largest_first(whole), _span(whole, places)
    for fineness in (1, 2, 3) if places > 1 else ():
        parts = [
            part
            for piece in whole
            for part in _parts(piece, -(-piece.seconds * fineness // fair), durations)
        ]
        span = _span(parts, places)
        if span < best_span * (1 - _WORTH):
            best, best_span = _largest_first(parts), span
    return best


def _parts(piece: _Piece, number: float, durations: Durations) -> list[_Piece]:
    """Split a program into up to `number` runs of adjacent cases of equal duration."""
    task, selected = piece.task, piece.task.selected
    number = min(int(number), len(selected))
    if number < 2:
        return [piece]
    names = {case.index: case.name for case in task.program.cases}
    seconds = [durations.case(task, names[index]) for index in selected]
    runs: list[list[int]] = [[] for _ in range(number)]
    total, done = sum(seconds) or 1.0, 0.0
    for index, took in zip(selected, seconds, strict=True):
        runs[min(int((done + took / 2) / total * number), number - 1)].append(index)
        done += took
    parts = [replace(task, selected=tuple(run)) for run in runs if run]
    return [_Piece(durations.task(part), piece.order, part) for part in parts]


def _largest_first(pieces: Sequence[_Piece]) -> list[_Piece]:
    return sorted(pieces, key=lambda piece: (-piece.seconds, piece.order, piece.task.selected))


def _assigned(pieces: Sequence[_Piece], places: int) -> list[list[_Piece]]:
    load = [0.0] * places
    shares: list[list[_Piece]] = [[] for _ in range(places)]
    for piece in _largest_first(pieces):
        place = load.index(min(load))
        load[place] += piece.seconds
        shares[place].append(piece)
    return shares


def _span(pieces: Sequence[_Piece], places: int) -> float:
    return max(sum(piece.seconds for piece in share) for share in _assigned(pieces, places))
