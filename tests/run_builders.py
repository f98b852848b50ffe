"""Small runs for tests of what is made of a run."""

from __future__ import annotations

from collections.abc import Iterable

from zxhil.model.judge import VerdictKind
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.results import CaseEndKind, CaseResult, Divergence, JudgedCall
from zxhil.run.record import BootRecord, KernelRecord, RunReport

GIT = "git-50d20f11275ecdd47faa393e3ff6465cee07a670"


def call(
    name: str = "channel_write",
    status: str = "ZX_OK",
    verdict: VerdictKind = VerdictKind.CONFORMS,
    allowed: tuple[str, ...] = ("ZX_OK",),
    arguments: str = "handle=<0x10 channel>",
) -> JudgedCall:
    return JudgedCall(f"zx_{name}({arguments})", status, verdict, allowed, 100)


def divergence(
    clause: str = "channel_write/peer_closed",
    kind: VerdictKind = VerdictKind.WRONG_ERROR,
    index: int = 0,
    text: str = "seen this",
) -> Divergence:
    blamed = (clause,) if clause else ()
    return Divergence(index, kind, blamed, tuple("it is so" for _ in blamed), index, text)


def case(
    case_id: str = "channel_write/plain",
    end: CaseEndKind = CaseEndKind.PASSED,
    divergences: Iterable[Divergence] = (),
    *,
    arch: str = "x64",
    calls: Iterable[JudgedCall] | None = None,
    reached: Iterable[str] = ("channel_write/peer_closed",),
    claims: tuple[str, ...] = ("channel_write/peer_closed",),
    line: int = 7,
    detail: str = "",
    evidence: str = "",
) -> CaseResult:
    program, _, name = case_id.partition("/")
    made = [call()] if calls is None else calls
    info = CaseInfo(program, name, claims, f"{program}.c:{line}")
    reached = returned = tuple(reached)
    return CaseResult(
        info, arch, end, tuple(made), tuple(divergences), tuple(reached), returned, detail, evidence
    )


def failed(
    case_id: str = "channel_write/bad",
    clause: str = "channel_write/peer_closed",
    kind: VerdictKind = VerdictKind.WRONG_ERROR,
    *,
    arch: str = "x64",
    status: str = "ZX_ERR_BAD_STATE",
    name: str = "channel_write",
    text: str = "seen this",
) -> CaseResult:
    return case(
        case_id,
        CaseEndKind.FAILED,
        [divergence(clause, kind, text=text)],
        arch=arch,
        calls=[call(name, status, kind, ("ZX_OK", "ZX_ERR_NO_MEMORY"))],
    )


def kernel(
    arch: str = "x64", version: str = GIT, image: str = "build-x64/kernel.zbi", **rest: object
) -> KernelRecord:
    standin = version.startswith("zxhil-standin")
    return KernelRecord(arch, image, version, standin, ("a folder",), ())


def boot(arch: str = "x64", program: str = "channel_write", seconds: float = 0.5) -> BootRecord:
    return BootRecord(
        arch,
        program,
        f"{arch}-{program}.serial",
        ("qemu-system-x86_64", "-m", "256"),
        (0, 1),
        "finished",
        "the program finished",
        "",
        0.25,
        seconds,
    )


def run(
    *cases: CaseResult, kernels: Iterable[KernelRecord] | None = None, interrupted: str = ""
) -> RunReport:
    arches = list(dict.fromkeys(each.arch for each in cases))
    programs = dict.fromkeys((each.arch, each.info.program) for each in cases)
    return RunReport(
        "0.1.0",
        tuple(kernel(arch) for arch in arches) if kernels is None else tuple(kernels),
        tuple(boot(*key) for key in programs),
        cases,
        (),
        interrupted,
    )
