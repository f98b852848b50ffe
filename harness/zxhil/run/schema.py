"""The schema of a run's JSON report (docs/run.schema.json), and reading a report by it.

Readers must ignore unknown fields: a field may be added within a version. A field that is
removed, or changes its meaning, makes a new version.
"""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from zxhil.abi.arch import Arch
from zxhil.disk.files import REPORT_LIMIT, checked, read_limited
from zxhil.disk.packed import packing_of, unpacked
from zxhil.disk.shape import Check, SchemaMismatch, compiled
from zxhil.model.judge import VerdictKind
from zxhil.oracle.results import CaseEndKind, check_case
from zxhil.plain import clean_json
from zxhil.run.record import SCHEMA
from zxhil.run.schema_kit import count, flag, list_of, log, object_of, seconds, text

_Schema = dict[str, Any]


def read_report(path: Path) -> dict[str, Any]:
    """Read a JSON report, also a compressed one; check it against its schema and for consistency.

    Raises UserError, with the place in it.
    """
    remedy = "give a file written by zxhil run --json, or a log folder"
    data = read_limited(path, REPORT_LIMIT, remedy)
    if packing_of(data):
        data = unpacked(data, REPORT_LIMIT, str(path))
    report: dict[str, Any] = checked(data, _whole_check, str(path), "report of a run", remedy)
    clean_json(report)
    return report


def _whole_check(data: Any) -> None:
    if isinstance(data, dict) and data.get("schema", SCHEMA) != SCHEMA:
        raise SchemaMismatch(f"schema {str(data['schema'])[:40]!a}, this zxhil reads {SCHEMA!r}")
    _schema_check()(data)
    for number, case in enumerate(data["cases"]):
        try:
            check_case(case)
        except SchemaMismatch as error:
            raise error.inside(f".cases[{number}]") from None
    if was_changed(data):
        raise SchemaMismatch(
            "was changed since it was written: its digest is another; "
            "take out the digest if that is meant"
        )


@functools.cache
def _schema_check() -> Check:
    return compiled(run_schema())


def was_changed(data: _Schema) -> bool:
    """Was a report changed since it was written? False for one without a digest."""
    rest = {name: value for name, value in data.items() if name != "digest"}
    return "digest" in data and data["digest"] != digest_of(rest)


def digest_of(data: _Schema) -> str:
    """The digest of a report's content, whatever its layout."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def run_schema() -> _Schema:
    """The JSON Schema of the report."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA}",
        "title": "A run of zxhil",
        **object_of(
            {
                "schema": {"const": SCHEMA},
                "zxhil": text("the version of zxhil that ran"),
                "kernels": list_of({"$ref": "#/$defs/kernel"}),
                "boots": list_of({"$ref": "#/$defs/boot"}),
                "cases": list_of({"$ref": "#/$defs/case"}),
                "reruns": list_of({"$ref": "#/$defs/rerun"}),
                "stability": list_of({"$ref": "#/$defs/stability"}),
                "whole": flag("every case of every program was asked for"),
                "interrupted": text("why the run stopped early; not there if it did not"),
                "damage": list_of(text("what was wrong with a log that was judged alone")),
                "noise": list_of(text("what such a log held besides the trace")),
                "not_run": list_of({"$ref": "#/$defs/not_run"}),
                "faults": list_of({"$ref": "#/$defs/fault"}),
                "environment": {"$ref": "#/$defs/environment"},
                "known": {"$ref": "#/$defs/known_file"},
                "pages": {"$ref": "#/$defs/pages"},
                "digest": text("of all else; a report that does not fit its digest was changed"),
            },
            optional=(
                "whole",
                "interrupted",
                "known",
                "stability",
                "pages",
                "damage",
                "noise",
                "not_run",
                "faults",
                "environment",
                "digest",
            ),
        ),
        "$defs": _parts(),
    }


def _parts() -> _Schema:
    return {
        "arch": {"enum": [arch.value for arch in Arch]},
        "status": text("a status by name, or a number where it has none"),
        "case_name": {
            "type": "string",
            "pattern": "^[^/]+/[^/]+$",
            "description": "program/case",
        },
        "clause": {
            "type": "string",
            "pattern": "^[a-z][a-z0-9_]*/[a-z][a-z0-9_]*$",
            "description": "a documented sentence: page/clause (zxhil clauses lists them)",
        },
        "kernel": _kernel(),
        "boot": _boot(),
        "case": _case(),
        "call": _call(),
        "divergence": _divergence(),
        "quote": object_of(
            {
                "place": text("FILE:LINE of the user's own page (--docs)"),
                "text": text("what it says there for the likeliest clause"),
            }
        ),
        "rerun": _rerun(),
        "stability": _stability(),
        "not_run": _not_run(),
        "fault": _fault(),
        "environment": _environment(),
        "mark": _known_mark(),
        "known_file": _known_file(),
        "pages": _pages(),
    }


def _kernel() -> _Schema:
    return object_of(
        {
            "arch": {"$ref": "#/$defs/arch"},
            "image": text("the image, by a short name"),
            "version": text("what zx_system_get_version said"),
            "standin": flag("this is the project's stand-in kernel and not Zircon"),
            "found": list_of(text("how the image was understood")),
            "absent": list_of(text("a call that the kernel's vDSO lacks, without zx_")),
            "expected": text("the version that the image holds, if another kernel ran"),
            "boot_data": list_of(
                text("what of the image's command line and items was kept, overridden, left out")
            ),
            "unsure": list_of(text("a call that was not made, for it may take other arguments")),
            "earliest": count("the kernel is not of a day before this one, like 20180731; or 0"),
            "latest": count("nor of one after this one; 99999999 where nothing tells"),
            "age_why": text("what the age is concluded from"),
            "age_doubt": text("what contradicts that"),
            "digest": text("the digest of the image and the user's words for its command line"),
            "younger": count("divergences that rest on sentences younger than the kernel"),
            "printed_version": text(
                "what the kernel's panic or boot messages call it, if no program started"
            ),
        },
        optional=(
            "boot_data",
            "unsure",
            "earliest",
            "latest",
            "age_why",
            "age_doubt",
            "digest",
            "younger",
            "printed_version",
        ),
    )


def _boot() -> _Schema:
    return object_of(
        {
            "arch": {"$ref": "#/$defs/arch"},
            "program": text("the guest test"),
            "serial": log("the serial log, in the log folder"),
            "command": list_of(text("a word of QEMU's command line")),
            "selected": list_of(count("the index of a case that was asked for")),
            "end": text('"finished", or how the machine ended'),
            "end_text": text("the same in words"),
            "evidence": text("what the kernel or QEMU said"),
            "first_line": seconds("from QEMU's start to the program's first line"),
            "seconds": seconds("from QEMU's start to the end"),
            "round": count("which round of --repeat, from 1"),
            "durations": {
                "type": "object",
                "description": "by the name of each case that ended here",
                "additionalProperties": seconds("that the case took"),
            },
            "went_on_from": log("the log of the boot whose saved state this one began with"),
            "nonce": {
                "type": "string",
                "pattern": "^[0-9a-f]{0,16}$",
                "description": "the nonce that the program was given, in hex",
            },
            "damage": list_of(text("what was wrong with the stream outside of cases")),
            "tail": list_of(text("one of the last lines of serial; the program never started")),
            "worker": text("the address of the cluster's worker that made the boot, or empty"),
        },
        optional=("round", "durations", "went_on_from", "nonce", "damage", "tail", "worker"),
    )


def _stability() -> _Schema:
    return object_of(
        {
            "arch": {"$ref": "#/$defs/arch"},
            "case": {"$ref": "#/$defs/case_name"},
            "ends": list_of({"enum": [end.value for end in CaseEndKind]}),
            "stable": flag("the same end and the same divergences in each round"),
            "varies": flag("not every call returned the same status in each round"),
        }
    )


def _environment() -> _Schema:
    return object_of(
        {
            "began": text("when the run began, in UTC, as ISO 8601 has it"),
            "seconds": seconds("that the run took"),
            "host": text("the host's name, system and processors"),
            "qemu": text("the version of QEMU, if it ran"),
            "toolchain": text("the version of the C compiler"),
        }
    )


def _fault() -> _Schema:
    return object_of(
        {
            "arch": {"$ref": "#/$defs/arch"},
            "what": text("how a case ended by it, or that the kernel did not boot"),
            "title": text("the cause without numbers and addresses, the same for the same fault"),
            "lines": list_of(text("what a report shows of it")),
            "boots": list_of(log("the serial log of a boot that failed so before a program ran")),
            "cases": list_of({"$ref": "#/$defs/case_name"}),
            "not_run": count("cases that were not run for it"),
            "serial": log("a serial log that shows it, or empty"),
        }
    )


def _not_run() -> _Schema:
    return object_of(
        {
            "arch": {"$ref": "#/$defs/arch"},
            "cases": count("cases of the architecture that have no result"),
            "why": text("why they have none"),
            "fault": flag("the machine or the kernel failed; no wish of the user's"),
        }
    )


def _rerun() -> _Schema:
    return object_of(
        {
            "arch": {"$ref": "#/$defs/arch"},
            "case": {"$ref": "#/$defs/case_name"},
            "why": text("how its output was damaged the first time"),
        }
    )


def _case() -> _Schema:
    return object_of(
        {
            "case": {"$ref": "#/$defs/case_name"},
            "page": text("the page that the case is about, without zx_"),
            "claims": list_of({"$ref": "#/$defs/clause"}),
            "source": {"type": "string", "description": "FILE.c:LINE, in guest_tests"},
            "arch": {"$ref": "#/$defs/arch"},
            "end": {"enum": [end.value for end in CaseEndKind]},
            "detail": text("why it ended so"),
            "evidence": text("what the kernel or QEMU said"),
            "reached": list_of({"$ref": "#/$defs/clause"}),
            "returned": list_of({"$ref": "#/$defs/clause"}),
            "calls": list_of({"$ref": "#/$defs/call"}),
            "divergences": list_of({"$ref": "#/$defs/divergence"}),
            "known_end": {"$ref": "#/$defs/mark"},
        },
        optional=("detail", "evidence", "known_end"),
    )


def _call() -> _Schema:
    return object_of(
        {
            "text": text("the call, decoded"),
            "status": text("the status and the outputs"),
            "verdict": {"enum": [kind.value for kind in VerdictKind]},
            "allowed": list_of({"$ref": "#/$defs/status"}),
            "offset": count("where the call's record begins in the serial log, in bytes"),
            "permitted": {"$ref": "#/$defs/clause"},
            "thread": count("the thread that made it; left out for the program's first"),
            "process": count("the process of that thread; left out for the program's first"),
            "until": count("where others overlapped it: the last call made before it returned"),
        },
        optional=("permitted", "thread", "process", "until"),
    )


def _divergence() -> _Schema:
    return object_of(
        {
            "call": count("the index of the call that showed it"),
            "kind": {"enum": [kind.value for kind in VerdictKind if kind.diverges]},
            "blamed": list_of({"$ref": "#/$defs/clause"}),
            "sentences": list_of(text("what the clause says")),
            "blamed_call": count("the index of the call whose page's word was broken"),
            "text": text("in one sentence: what was expected, what came, and why"),
            "causes": list_of(list_of({"$ref": "#/$defs/clause"})),
            "known": {"$ref": "#/$defs/mark"},
            "quoted": list_of({"$ref": "#/$defs/quote"}),
            "since": text("when the likeliest sentence came into its page, where that is known"),
        },
        optional=("causes", "known", "quoted", "since"),
    )


def _known_mark() -> _Schema:
    return object_of(
        {
            "line": count("where the entry stands in the file of known divergences"),
            "reason": text("the entry's reason"),
            "link": text("the entry's link"),
        },
        optional=("link",),
    )


def _known_file() -> _Schema:
    stale = object_of(
        {
            "lines": {
                **list_of(count("first and last line to delete")),
                "minItems": 2,
                "maxItems": 2,
            },
            "arch": {"$ref": "#/$defs/arch"},
            "text": text("a stale entry"),
        }
    )
    return object_of(
        {
            "file": text("the file of known divergences"),
            "stale": list_of(stale),
            "notes": list_of(text("an entry that could not be applied, and why")),
        }
    )


def _pages() -> _Schema:
    not_held = object_of(
        {
            "page": text("its call, without zx_"),
            "place": text("FILE:LINE"),
            "why": text("why it judged nothing"),
        }
    )
    return object_of(
        {
            "source": text("what --docs named"),
            "held": list_of(text("a call, without zx_, that its page judged")),
            "not_held": list_of(not_held),
            "no_pages": list_of(text("a file that documents no call")),
            "unstated": list_of(text("a clause that the pages do not state: it was not demanded")),
        },
        optional=("unstated",),
    )
