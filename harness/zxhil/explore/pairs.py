"""Which clauses, and pairs of them in one call, an exploration reaches, and which a run does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from zxhil.errors import UserError
from zxhil.explore.coverage import CLAUSE, PAIR, features
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.order import Order
from zxhil.oracle.results import Calls
from zxhil.run.ending import FINISHED, Ending
from zxhil.run.judging import Judging
from zxhil.trace.records import TraceReader

_KINDS = (CLAUSE, PAIR)


class Shares(NamedTuple):
    """Features of one kind: those that both reach, and those that one alone does."""

    both: frozenset[str]
    explored: frozenset[str]
    cases: frozenset[str]


def of_exploration(path: Path) -> frozenset[str]:
    """What the JSON file of an exploration has reached. Raises UserError if it is none."""
    try:
        content = json.loads(path.read_bytes())
        found = content["coverage"]
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise TypeError
    except OSError as error:
        raise UserError(str(path), f"can't be read: {error.strerror}", _GIVE) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UserError(str(path), "is not the JSON file of an exploration", _GIVE) from None
    return frozenset(_counted(found))


_GIVE = "give the file that `zxhil explore --json` wrote"


def of_logs(folder: Path) -> frozenset[str]:
    """What the cases of a run's serial logs have reached. Raises UserError if there are none."""
    logs = sorted(folder.glob("*.serial")) if folder.is_dir() else []
    if not logs:
        raise UserError(str(folder), "has no serial logs", "give the log folder of a run")
    return frozenset().union(*map(_of_log, logs))


def _of_log(path: Path) -> set[str]:
    judging = Judging(TraceReader(None), Oracle("", None), Order())
    judging.read(path)
    found: set[str] = set()
    for result in judging.finish(Ending(FINISHED, "")):
        if isinstance(result.calls, Calls):
            found.update(each for judged in result.calls.items for each in features(judged))
    return set(_counted(found))


def _counted(found: Iterable[str]) -> Iterator[str]:
    return (each for each in found if each.partition(" ")[0] in _KINDS)


def compared(explored: frozenset[str], cases: frozenset[str], kind: str) -> Shares:
    """The features of one kind (`CLAUSE`, `PAIR`), by who reaches them."""
    lead = f"{kind} "
    one = frozenset(each.removeprefix(lead) for each in explored if each.startswith(lead))
    other = frozenset(each.removeprefix(lead) for each in cases if each.startswith(lead))
    return Shares(one & other, one - other, other - one)


def compared_text(explored: frozenset[str], cases: frozenset[str], *, every: bool) -> Iterator[str]:
    """The comparison for people; with `every`, each clause and pair that one alone reaches."""
    for kind, name in ((CLAUSE, "clauses"), (PAIR, "pairs of clauses in one call")):
        shares = compared(explored, cases, kind)
        yield (
            f"{name}: {len(shares.both)} reached by both, {len(shares.explored)} by the "
            f"exploration alone, {len(shares.cases)} by the run alone"
        )
        if every:
            yield from (f"  exploration  {each}" for each in sorted(shares.explored))
            yield from (f"  run          {each}" for each in sorted(shares.cases))
