"""Rounds of an exploration on the workers of a cluster; what they found is checked first."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import Any

from zxhil.abi.calls import BY_NAME
from zxhil.cluster.connect import Cluster
from zxhil.cluster.content import Packed, own_version, pack
from zxhil.cluster.players import LOG, SHARE, ExploreJob, RoundOrder
from zxhil.cluster.sealed import Lines, checked_answer
from zxhil.disk.shape import Check, compiled
from zxhil.errors import UserError
from zxhil.explore.findings import FindingKey, Shown
from zxhil.explore.leftout import unfit
from zxhil.explore.program import MOST_CALLS, parse
from zxhil.explore.worker import BEFORE, Done, Hit, News, Round, Work, round_size, share_name
from zxhil.machine.streamlog import StreamLog
from zxhil.run.schema_kit import count, flag, list_of, object_of, seconds, text

#: Calls that start and end a second thread.
_OF_THREADS = 8
_LONGEST_NAME = 400


class _Asked:
    """The shares of one round: cancelled together."""

    cancelled = False


class ClusterRounds:
    """`jobs` shares of each round, played on a cluster.

    It stands in for `zxhil.explore.processes.Processes`: what a share finds does not depend on
    who plays it. A worker that is lost costs a retry of its shares.
    """

    def __init__(
        self, cluster: Cluster, work: Work, jobs: int, everything: Callable[[], News]
    ) -> None:
        self.jobs = jobs
        self._cluster = cluster
        self._work = work
        self._everything = everything
        self._job = pack(ExploreJob.of(work))
        self._places: dict[int, str] = {}

    def __enter__(self) -> ClusterRounds:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def play(self, number: int, news: News, replay: Sequence[str] | None) -> list[Done]:
        """Play a round; returns what came of it, in the order of the shares.

        `news` and `replay` are those of `Processes.play`. Raises MachineError if workers fail
        again and again, and UserError as a boot does.
        """
        everything = pack(self._everything())
        packed = Packed(self._job.digest, {**self._job.contents, **everything.contents})
        self._place_shares()
        asked = _Asked()

        def share(place: int) -> Done:
            mine = None if replay is None else replay[place :: self.jobs]
            order = RoundOrder(
                self._job.digest, own_version(), place, Round(number, news, mine), everything.digest
            )
            return self._ask(order, packed, asked)

        with ThreadPoolExecutor(self.jobs) as pool:
            futures = [pool.submit(share, place) for place in range(self.jobs)]
            try:
                return [future.result() for future in futures]
            finally:
                # After an error or an interrupt, what is left is not waited for.
                asked.cancelled = True

    def _ask(self, order: RoundOrder, packed: Packed, asked: _Asked) -> Done:
        from zxhil.cluster.worker import work

        def take(answer: dict[str, Any]) -> tuple[Done, Mapping[str, bytes]]:
            return checked_share(answer, order, self._work.programs), answer["files"]

        near = self._places.get(order.share)
        done, logs = self._cluster.ask(work, order, packed, take, asked, near)
        if self._work.crashes is not None:
            for name in sorted(logs):
                with StreamLog.create(
                    self._work.crashes, share_name(self._work, order.share)
                ) as log:
                    log.append(logs[name], 0.0)
        return done

    def _place_shares(self) -> None:
        """Choose a worker for each share: that of the round before, if it is not overloaded."""
        threads = self._cluster.threads()
        loads = dict.fromkeys(threads, 0)
        for share in range(self.jobs):
            place = self._places.get(share, "")
            if threads and (place not in threads or loads[place] >= threads[place]):
                place = min(threads, key=lambda each: loads[each] / max(threads[each], 1))
            if place in loads:
                loads[place] += 1
                self._places[share] = place


def checked_share(answer: dict[str, Any], order: RoundOrder, most: int) -> Done:
    """What a worker found in this share of a round of at most so many programs.

    Raises Damaged if anything of the answer is not as such a share makes it.
    """
    replay, number = order.round.replay, order.round.number
    programs = round_size(number, most) if replay is None else len(replay)

    def further(lines: Lines, files: Mapping[str, bytes]) -> None:
        if len(lines) != 1:
            raise ValueError("it has no line of a share")
        _must_be_of(lines[0][1], order, programs)
        if not all(name.endswith(LOG) for name in files):
            raise ValueError("it has files that no share makes")

    ((_, found),) = checked_answer(answer, 1, _checks, further)
    hits = [
        Hit(program, Shown(FindingKey(*key), call, said, known), tuple(before))
        for program, (key, call, said, known), before in found["hits"]
    ]
    counts, aims = Counter[str](found["counts"]), Counter[str](found["aims"])
    rest = {name: found[name] for name in _PLAIN}
    return Done(counts=counts, aims=aims, corpus=found["corpus"], hits=hits, **rest)


#: What is a number.
_PLAIN = {
    **dict.fromkeys(("calls", "programs", "boots", "lost"), count("how many there were")),
    **dict.fromkeys(("making", "seconds"), seconds("that it took")),
}


def _must_be_of(found: Mapping[str, Any], order: RoundOrder, programs: int) -> None:
    """Raise ValueError if it is not of this share, or has what so many programs do not make."""
    if (found["number"], found["share"]) != (order.round.number, order.share):
        raise ValueError("it is of another share")
    most = programs * (MOST_CALLS + _OF_THREADS)
    if found["programs"] != programs or found["calls"] > most or found["lost"] > programs:
        raise ValueError(f"it is not of {programs} programs")
    for name, times in (*found["counts"].items(), *found["aims"].items()):
        if len(name) > _LONGEST_NAME or not 0 < times <= most:
            raise ValueError(f"it counts {name[:40]!r} {times} times")
    if len(found["corpus"]) > programs:
        raise ValueError("it has more programs than it ran")
    for program in _programs(found):
        _must_be_a_program(program)
    for program, ((call, _, _, _), at, _, _), before in found["hits"]:
        if call not in BY_NAME or not at < _calls_made(program) or len(before) > BEFORE:
            raise ValueError("it has a finding that no program shows")


def _calls_made(written: str) -> int:
    """The most calls that a program makes: its own, and those of its second thread."""
    program = parse(written)
    return len(program) + (_OF_THREADS if program.beside else 0)


def _programs(found: Mapping[str, Any]) -> Iterator[str]:
    yield from found["corpus"]
    for program, _, before in found["hits"]:
        yield program
        yield from before


def _must_be_a_program(written: str) -> None:
    try:
        program = parse(written)
    except UserError as error:
        raise ValueError(f"it has a program that is none: {error.problem}") from None
    if why := next(filter(None, map(unfit, program.steps)), ""):
        raise ValueError(f"it has a program that no exploration makes: {why}")


@functools.cache
def _checks() -> dict[str, Check]:
    """The check of the line of an answer, by its kind."""
    tally = {"type": "object", "additionalProperties": count("how often")}
    key = _row(text("the call"), text("the clause"), text("the kind"), flag("is it a crash?"))
    shown = _row(key, count("the call's number"), text("what it shows"), flag("is it known?"))
    hit = _row(text("the program"), shown, list_of(text("a program before it")))
    share = {
        "number": count("the round"),
        "share": count("the share"),
        "counts": tally,
        "aims": tally,
        "corpus": list_of(text("a program that reached something new")),
        "hits": list_of(hit),
        **_PLAIN,
    }
    assert share.keys() == {each.name for each in fields(Done)} | {"number", "share"}
    return {SHARE: compiled(object_of(share))}


def _row(*items: dict[str, Any]) -> dict[str, Any]:
    """The schema of a list with these items."""
    return {
        "type": "array", "prefixItems": list(items), "minItems": len(items), "maxItems": len(items)
    }  # fmt: skip
