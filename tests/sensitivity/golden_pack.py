"""Pack serial logs into a golden archive: `scripts/golden`.

An archive holds a serial log for each program, `cases.json` with what each case claims, and
`left_out.json` with the cases that are not in it, and why. Of a real kernel's log only the records
are kept, of the cases that the stand-in can't run; its kernel's own lines are left out.
"""

from __future__ import annotations

import io
import json
import lzma
import re
import tarfile
from collections.abc import Collection, Mapping
from pathlib import Path

from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseEndKind
from zxhil.trace.encode import TraceWriter
from zxhil.trace.frame import FrameReader, Record
from zxhil.trace.records import TraceReader

Claims = Mapping[str, list[str]]
_LOG = re.compile(r"(?P<arch>[a-z0-9]+)-(?P<program>\w+?)(?:\.\d+)?\.serial")


def packed(members: Mapping[str, bytes]) -> bytes:
    """An archive that is the same whenever, and by whomever, it is made."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(members):
            entry = tarfile.TarInfo(name)
            entry.size = len(members[name])
            archive.addfile(entry, io.BytesIO(members[name]))
    return lzma.compress(stream.getvalue(), preset=9 | lzma.PRESET_EXTREME)


def claims_of(folder: Path) -> dict[str, dict[str, list[str]]]:
    """What each case of a run claims, by architecture, as the run's journal has it."""
    cases: dict[str, dict[str, list[str]]] = {}
    for line in (folder / "run.jsonl").read_text().splitlines():
        run = json.loads(line).get("run")
        for arch, _, case, claims, _ in run["cases"] if run else ():
            cases.setdefault(arch, {})[case] = claims
    return cases


def of_standin(folder: Path, arch: str, claims: Claims) -> dict[str, bytes]:
    """Everything that the stand-in did, as it was recorded."""
    logs = [log for log in folder.glob(f"{arch}-*.serial") if log.name != f"{arch}-start.serial"]
    members = {log.name.removeprefix(f"{arch}-"): log.read_bytes() for log in logs}
    return members | {"cases.json": _json(claims)}


def of_real_kernel(
    folder: Path, arch: str, claims: Claims, wanted: Collection[str]
) -> dict[str, bytes]:
    """What a real kernel did in those of the `wanted` cases that passed there."""
    members: dict[str, bytes] = {}
    left_out = dict.fromkeys(wanted, "it did not come to its end")
    for log in sorted(folder.glob(f"{arch}-*.serial")):
        match = _LOG.fullmatch(log.name)
        if match is None or log.name == f"{arch}-start.serial":
            continue
        program = match["program"]
        ends = _ends(program, log.read_bytes(), claims)
        left_out |= {case: end for case, end in ends.items() if case in wanted}
        passed = {case for case, end in ends.items() if end == "passed" and case in wanted}
        if passed:
            members[log.name.removeprefix(f"{arch}-")] = _only(log.read_bytes(), program, passed)
    recorded = {case for case, end in left_out.items() if end == "passed"}
    members["cases.json"] = _json({case: claims[case] for case in recorded})
    members["left_out.json"] = _json(
        {case: end for case, end in left_out.items() if case not in recorded}
    )
    return members


def trimmed(members: Mapping[str, bytes], wanted: Collection[str]) -> dict[str, bytes]:
    """A real kernel's archive without the cases that are not `wanted` any more."""
    claims: Claims = json.loads(members["cases.json"])
    left_out: Mapping[str, str] = json.loads(members["left_out.json"])
    kept = {case: claimed for case, claimed in claims.items() if case in wanted}
    found: dict[str, bytes] = {}
    for name, log in members.items():
        program = name.partition(".")[0]
        mine = {case for case in kept if case.startswith(f"{program}/")}
        if name.endswith(".serial") and mine:
            found[name] = _only(log, program, mine)
    found["cases.json"] = _json(kept)
    found["left_out.json"] = _json({c: why for c, why in left_out.items() if c in wanted})
    return found


def replaced(
    old: Mapping[str, bytes], new: Mapping[str, bytes], programs: Collection[str]
) -> dict[str, bytes]:
    """An archive in which the cases of these programs are those of `new`."""
    found = {name: log for name, log in old.items() if name.partition(".")[0] not in programs}
    found |= {name: log for name, log in new.items() if name.partition(".")[0] in programs}
    for name in ("cases.json", "left_out.json"):
        both = [(old, False), (new, True)]
        of_case = {
            case: value
            for members, mine in both
            for case, value in json.loads(members.get(name, b"{}")).items()
            if (case.partition("/")[0] in programs) is mine
        }
        if name in old:
            found[name] = _json(of_case)
    return found


def _json(value: object) -> bytes:
    return json.dumps(value, indent=0, sort_keys=True).encode()


def _ends(program: str, log: bytes, claims: Claims) -> dict[str, str]:
    """How each case of a log ended."""
    infos = {
        case.partition("/")[2]: CaseInfo(program, case.partition("/")[2], tuple(claimed), "")
        for case, claimed in claims.items()
        if case.startswith(f"{program}/")
    }
    reader, oracle = TraceReader(), Oracle(program, infos)
    results = oracle.feed(reader.feed(log) + reader.finish()) + oracle.finish()
    return {
        r.id: r.end.value if r.end is not CaseEndKind.SKIPPED else f"skipped: {r.detail}"
        for r in results
    }


def _only(log: bytes, program: str, cases: Collection[str]) -> bytes:
    """The records of a log without those of other cases, numbered anew."""
    reader = FrameReader()
    items = reader.feed(log) + reader.finish()
    writer = TraceWriter(reader.nonce or 0)
    kept = True
    for record in items:
        if not isinstance(record, Record):
            continue
        if record.kind == "B":
            kept = f"{program}/{record.body.split(' ')[1]}" in cases
        if kept and record.kind != "S":
            writer.record(record.kind, record.body)
        if record.kind in "ES":
            kept = True
    return writer.take()
