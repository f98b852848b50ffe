"""What was reached, as text, JSON and lcov's format."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from zxhil.counts import counted
from zxhil.reach.reached import KernelReach, pages_of

FORMAT = "zxhil-kernel-coverage-1"


class FileCount(NamedTuple):
    """Of a source file: how much of it has code, and how much of that a case reached."""

    file: str
    functions: int
    functions_reached: int
    lines: int
    lines_reached: int


def file_counts(reach: KernelReach) -> list[FileCount]:
    """The counts of each source file that has code."""
    found = []
    names = {function.file for function in reach.functions} | {line.file for line in reach.lines}
    for file in sorted(names):
        functions = [cases for each, cases in reach.functions.items() if each.file == file]
        lines = [count for each, count in reach.lines.items() if each.file == file]
        found.append(
            FileCount(
                file, len(functions), sum(map(bool, functions)), len(lines), sum(map(bool, lines))
            )
        )
    return found


def summary(reach: KernelReach) -> str:
    """One line."""
    reached = sum(map(bool, reach.functions.values()))
    lines = sum(map(bool, reach.lines.values()))
    return (
        f"{reach.arch}: {counted(len(reach.claims), 'case')} reached {reached} of "
        f"{counted(len(reach.functions), 'function')}, {lines} of "
        f"{counted(len(reach.lines), 'line')} of the kernel"
    )


def as_text(reaches: Sequence[KernelReach]) -> str:
    """All tables: by file, by page and clause, and what no case reached."""
    return "\n".join(line for reach in reaches for line in (*_of_kernel(reach), ""))


def _of_kernel(reach: KernelReach) -> Iterator[str]:
    yield f"{summary(reach)}, {reach.version}"
    yield ""
    yield f"{'functions':>12} {'lines':>12}  file"
    for file in file_counts(reach):
        functions = f"{file.functions_reached}/{file.functions}"
        yield f"{functions:>12} {f'{file.lines_reached}/{file.lines}':>12}  {file.file}"
    yield ""
    yield f"{'cases':>12} {'functions':>12}  page and clause"
    for page, clauses in pages_of([reach]).items():
        for claim in (page, *clauses):
            cases = reach.cases_of(claim)
            name = claim if claim == page else f"  {claim}"
            yield f"{len(cases):>12} {len(reach.by(cases)):>12}  {name}"
    yield ""
    yield "functions that no case reached:"
    for source, its in groupby(reach.unreached, lambda function: function.file):
        yield f"  {source}"
        for function in its:
            yield f"    {function.line:>5}  {function.name}"


def as_json(reaches: Sequence[KernelReach]) -> dict[str, Any]:
    """Everything; each function with its cases, each page and clause with its functions."""
    return {"format": FORMAT, "kernels": [_kernel_json(reach) for reach in reaches]}


def _kernel_json(reach: KernelReach) -> dict[str, Any]:
    order = sorted(reach.functions)
    index = {function: number for number, function in enumerate(order)}
    pages: dict[str, Any] = {}
    for page, clauses in pages_of([reach]).items():
        for claim in (page, *clauses):
            cases = reach.cases_of(claim)
            pages[claim] = {
                "cases": sorted(cases),
                "functions": [index[function] for function in reach.by(cases)],
            }
    return {
        "arch": reach.arch,
        "kernel": reach.version,
        "files": [file._asdict() for file in file_counts(reach)],
        "functions": [
            {**function._asdict(), "cases": len(reach.functions[function])} for function in order
        ],
        "pages": pages,
    }


def as_lcov(reach: KernelReach, sources: Path | None) -> str:
    """A trace file of lcov: counts are cases. `sources` is the tree that file names are in."""
    records = []
    for file in file_counts(reach):
        functions = sorted(each for each in reach.functions if each.file == file.file)
        lines = sorted(each for each in reach.lines if each.file == file.file)
        # lcov takes functions with one name as one: overloads get their line.
        count = Counter(each.name for each in functions)
        names = {
            each: each.name if count[each.name] == 1 else f"{each.name}:{each.line}"
            for each in functions
        }
        path = posixpath.join(str(sources.absolute()), file.file) if sources else file.file
        records += [
            f"TN:zxhil_{reach.arch}",
            f"SF:{path}",
            *(f"FN:{each.line},{names[each]}" for each in functions),
            *(f"FNDA:{len(reach.functions[each])},{names[each]}" for each in functions),
            f"FNF:{file.functions}",
            f"FNH:{file.functions_reached}",
            *(f"DA:{each.line},{reach.lines[each]}" for each in lines),
            f"LF:{file.lines}",
            f"LH:{file.lines_reached}",
            "end_of_record",
        ]
    return "".join(f"{record}\n" for record in records)
