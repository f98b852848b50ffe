"""What the cases of a run reached in a kernel, by case."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from zxhil.errors import MachineError, UserError
from zxhil.reach.blocks import Block, CaseBlocks, read_blocks
from zxhil.run.record import BootRecord, RunReport
from zxhil.symbols.code import KernelCode, KernelFunction, SourceLine
from zxhil.symbols.loaded import load_offset
from zxhil.trace.events import CaseStart
from zxhil.trace.records import TraceReader

#: The plugin's option that names the file.
OUT = ",out="
#: Of the samples of a boot, at least this part must fit one load offset.
_FIT = 0.5


@dataclass(frozen=True, slots=True)
class KernelReach:
    """What ran of one kernel: by function and line, the ids of the cases that ran it.

    `claims` has the clauses of each case that ran. Functions and lines without cases have code
    that no case ran.
    """

    arch: str
    version: str
    claims: Mapping[str, tuple[str, ...]]
    functions: Mapping[KernelFunction, frozenset[str]]
    lines: Mapping[SourceLine, int]

    @property
    def unreached(self) -> list[KernelFunction]:
        """The functions that no case reached, by file and line."""
        return sorted(function for function, cases in self.functions.items() if not cases)

    def cases_of(self, clause: str) -> set[str]:
        """The cases that claim a clause, or a clause of a page."""
        return {
            case
            for case, claims in self.claims.items()
            if any(clause in (claim, claim.partition("/")[0]) for claim in claims)
        }

    def by(self, cases: set[str]) -> list[KernelFunction]:
        """The functions that any of these cases reached."""
        return sorted(function for function, by in self.functions.items() if by & cases)


def kernel_reach(
    arch: str, report: RunReport, logs: Path, symbols: Path, code: KernelCode
) -> KernelReach:
    """Read the blocks of each boot of a kernel, and find their functions and lines in its code.

    Raises UserError if `symbols` is another kernel's, MachineError if a boot left no data.
    """
    ran: dict[str, set[Block]] = defaultdict(set)
    offset: int | None = None
    for boot in report.boots:
        if boot.arch != arch or not boot.first_line:
            continue
        blocks = read_blocks(_data_of(boot))
        if not blocks.cases:
            continue
        offset = _offset(symbols, blocks) if offset is None else offset
        for case, its in zip(_begun(logs, boot, blocks), blocks.cases, strict=False):
            ran[f"{boot.program}/{case}"] |= its
    functions, lines = _reached(code, ran, offset or 0)
    version = next((k.version for k in report.kernels if k.arch == arch), "")
    claims = {
        case.id: case.info.claims for case in report.cases if case.arch == arch and case.id in ran
    }
    return KernelReach(arch, version, claims, functions, lines)


def _data_of(boot: BootRecord) -> Path:
    words = (word for word in boot.command if word.startswith("file=") and OUT in word)
    return Path(next(words, OUT).rpartition(OUT)[2].replace(",,", ","))


def _begun(logs: Path, boot: BootRecord, blocks: CaseBlocks) -> list[str]:
    """The cases that began in a boot, in order; their number must be that of the plugin's."""
    nonce = int(boot.nonce, 16) if boot.nonce else None
    reader = TraceReader(nonce, program=boot.program)
    events = [*reader.feed((logs / boot.serial).read_bytes()), *reader.finish()]
    begun = [event.name for event in events if isinstance(event, CaseStart)]
    # A machine may end between a case's name and its begin.
    if not 0 <= len(begun) - len(blocks.cases) <= 1:
        raise MachineError(
            f"{boot.serial}: {len(begun)} cases began in the log, {len(blocks.cases)} in the kernel"
        )
    return begun


def _offset(symbols: Path, blocks: CaseBlocks) -> int:
    found = Counter(load_offset(symbols, address, code) for address, code in blocks.samples)
    (offset, count), *_ = found.most_common(1)
    if offset is None or count < _FIT * len(blocks.samples):
        raise UserError(
            str(symbols), "is not the kernel that ran", "give its zircon.elf by --symbols"
        )
    return offset


def _reached(
    code: KernelCode, ran: Mapping[str, set[Block]], offset: int
) -> tuple[dict[KernelFunction, frozenset[str]], dict[SourceLine, int]]:
    functions: dict[KernelFunction, set[str]] = {each: set() for each in code.functions.all}
    lines: dict[SourceLine, int] = dict.fromkeys(code.lines.all, 0)
    known: dict[Block, tuple[set[KernelFunction], set[SourceLine]]] = {}
    for case, blocks in ran.items():
        mine: set[SourceLine] = set()
        for block in blocks:
            if block not in known:
                start, end = block[0] - offset, block[0] - offset + block[1]
                known[block] = code.functions.over(start, end), code.lines.over(start, end)
            for function in known[block][0]:
                functions[function].add(case)
            mine |= known[block][1]
        for line in mine:
            lines[line] += 1
    return {each: frozenset(cases) for each, cases in functions.items()}, lines


def pages_of(reaches: Iterable[KernelReach]) -> dict[str, list[str]]:
    """The pages whose clauses were claimed, with these clauses, sorted."""
    found: dict[str, set[str]] = defaultdict(set)
    for reach in reaches:
        for claims in reach.claims.values():
            for claim in claims:
                found[claim.partition("/")[0]].add(claim)
    return {page: sorted(clauses) for page, clauses in sorted(found.items())}
