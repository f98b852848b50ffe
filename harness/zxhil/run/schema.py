"""The schema of a run's JSON report (docs/run.schema.json), and reading a report by it.

Readers must let pass what they do not know: a field may be added within a version. A field that
goes, or changes its meaning, makes a new version.
"""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from zxhil.abi.arch import Arch
from zxhil.disk.files import REPORT_LIMIT, checked, read_limited
from zxhil.disk.shape import Check, SchemaMismatch, compiled
from zxhil.model.judge import VerdictKind
from zxhil.oracle.results import CaseEndKind, check_case
from zxhil.plain import clean_json
from zxhil.run.record import SCHEMA

_Schema = dict[str, Any]


def read_report(path: Path) -> dict[str, Any]:
    """Read a JSON report and check it: against its schema, and that its parts fit together.

    Raises UserError, with the place in it.
    """
    remedy = "give a file written by zxhil run --json, or a log folder"
    data = read_limited(path, REPORT_LIMIT, remedy)
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
    """Was a report changed since it was written? One without a digest was not, for all we know."""
    rest = {name: value for name, value in data.items() if name != "digest"}
    return "digest" in data and data["digest"] != digest_of(rest)


def digest_of(data: _Schema) -> str:
    """Of what a report says; how it is laid out does not matter."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def run_schema() -> _Schema:
    """The JSON Schema of the report."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA}",
        "title": "A run of zxhil",
        **_object(
            {
                "schema": {"const": SCHEMA},
                "zxhil": _text("the version of zxhil that ran"),
                "kernels": _list({"$ref": "#/$defs/kernel"}),
                "boots": _list({"$ref": "#/$defs/boot"}),
                "cases": _list({"$ref": "#/$defs/case"}),
                "reruns": _list({"$ref": "#/$defs/rerun"}),
                "stability": _list({"$ref": "#/$defs/stability"}),
                "whole": _flag("every case of every program was asked for"),
                "interrupted": _text("why the run stopped early; not there if it did not"),
                "damage": _list(_text("what was wrong with a log that was judged alone")),
                "noise": _list(_text("what such a log held besides the trace")),
                "not_run": _list({"$ref": "#/$defs/not_run"}),
                "faults": _list({"$ref": "#/$defs/fault"}),
                "known": {"$ref": "#/$defs/known_file"},
                "pages": {"$ref": "#/$defs/pages"},
                "digest": _text("of all else; a report that does not fit its digest was changed"),
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
                "digest",
            ),
        ),
        "$defs": _parts(),
    }


def _parts() -> _Schema:
    return {
        "arch": {"enum": [arch.value for arch in Arch]},
        "status": _text("a status by name, or a number where it has none"),
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
        "quote": _object(
            {
                "place": _text("FILE:LINE of the user's own page (--docs)"),
                "text": _text("what it says there for the likeliest clause"),
            }
        ),
        "rerun": _rerun(),
        "stability": _stability(),
        "not_run": _not_run(),
        "fault": _fault(),
        "mark": _known_mark(),
        "known_file": _known_file(),
        "pages": _pages(),
    }


def _kernel() -> _Schema:
    return _object(
        {
            "arch": {"$ref": "#/$defs/arch"},
            "image": _text("the image, by a short name"),
            "version": _text("what zx_system_get_version said"),
            "standin": _flag("this is the project's stand-in kernel and not Zircon"),
            "found": _list(_text("how the image was understood")),
            "absent": _list(_text("a call that the kernel's vDSO lacks, without zx_")),
            "expected": _text("the version that the image holds, if another kernel ran"),
            "boot_data": _list(
                _text("what of the image's command line and items was kept, overridden, left out")
            ),
            "unsure": _list(_text("a call that was not made, for it may take other arguments")),
            "earliest": _count("the kernel is not of a day before this one, like 20180731; or 0"),
            "latest": _count("nor of one after this one; 99999999 where nothing tells"),
            "age_why": _text("what the age is concluded from"),
            "age_doubt": _text("what contradicts that"),
            "younger": _count("divergences that rest on sentences younger than the kernel"),
        },
        optional=(
            "boot_data",
            "unsure",
            "earliest",
            "latest",
            "age_why",
            "age_doubt",
            "younger",
        ),
    )


def _boot() -> _Schema:
    return _object(
        {
            "arch": {"$ref": "#/$defs/arch"},
            "program": _text("the guest test"),
            "serial": _log("the serial log, in the log folder"),
            "command": _list(_text("a word of QEMU's command line")),
            "selected": _list(_count("the index of a case that was asked for")),
            "end": _text('"finished", or how the machine ended'),
            "end_text": _text("the same in words"),
            "evidence": _text("what the kernel or QEMU said"),
            "first_line": _seconds("from QEMU's start to the program's first line"),
            "seconds": _seconds("from QEMU's start to the end"),
            "round": _count("which round of --repeat, from 1"),
            "durations": {
                "type": "object",
                "description": "by the name of each case that ended here",
                "additionalProperties": _seconds("that the case took"),
            },
            "went_on_from": _log("the log of the boot whose saved state this one began with"),
            "nonce": {
                "type": "string",
                "pattern": "^[0-9a-f]{0,16}$",
                "description": "the nonce that the program was given, in hex",
            },
            "damage": _list(_text("what was wrong with the stream outside of cases")),
            "tail": _list(_text("one of the last lines of serial; the program never started")),
        },
        optional=("round", "durations", "went_on_from", "nonce", "damage", "tail"),
    )


def _stability() -> _Schema:
    return _object(
        {
            "arch": {"$ref": "#/$defs/arch"},
            "case": {"$ref": "#/$defs/case_name"},
            "ends": _list({"enum": [end.value for end in CaseEndKind]}),
            "stable": _flag("the same end and the same divergences in each round"),
            "varies": _flag("not every call returned the same status in each round"),
        }
    )


def _fault() -> _Schema:
    return _object(
        {
            "arch": {"$ref": "#/$defs/arch"},
            "what": _text("how a case ended by it, or that the kernel did not boot"),
            "title": _text("the cause without numbers and addresses, the same for the same fault"),
            "lines": _list(_text("what a report shows of it")),
            "boots": _list(_log("the serial log of a boot that failed so before a program ran")),
            "cases": _list({"$ref": "#/$defs/case_name"}),
            "not_run": _count("cases that were not run for it"),
            "serial": _log("a serial log that shows it, or empty"),
        }
    )


def _not_run() -> _Schema:
    return _object(
        {
            "arch": {"$ref": "#/$defs/arch"},
            "cases": _count("cases of the architecture that have no result"),
            "why": _text("why they have none"),
            "fault": _flag("the machine or the kernel failed; no wish of the user's"),
        }
    )


def _rerun() -> _Schema:
    return _object(
        {
            "arch": {"$ref": "#/$defs/arch"},
            "case": {"$ref": "#/$defs/case_name"},
            "why": _text("how its output was damaged the first time"),
        }
    )


def _case() -> _Schema:
    return _object(
        {
            "case": {"$ref": "#/$defs/case_name"},
            "page": _text("the page that the case is about, without zx_"),
            "claims": _list({"$ref": "#/$defs/clause"}),
            "source": {"type": "string", "description": "FILE.c:LINE, in guest_tests"},
            "arch": {"$ref": "#/$defs/arch"},
            "end": {"enum": [end.value for end in CaseEndKind]},
            "detail": _text("why it ended so"),
            "evidence": _text("what the kernel or QEMU said"),
            "reached": _list({"$ref": "#/$defs/clause"}),
            "returned": _list({"$ref": "#/$defs/clause"}),
            "calls": _list({"$ref": "#/$defs/call"}),
            "divergences": _list({"$ref": "#/$defs/divergence"}),
            "known_end": {"$ref": "#/$defs/mark"},
        },
        optional=("detail", "evidence", "known_end"),
    )


def _call() -> _Schema:
    return _object(
        {
            "text": _text("the call, decoded"),
            "status": _text("the status and the outputs"),
            "verdict": {"enum": [kind.value for kind in VerdictKind]},
            "allowed": _list({"$ref": "#/$defs/status"}),
            "offset": _count("where the call's record begins in the serial log, in bytes"),
            "permitted": {"$ref": "#/$defs/clause"},
        },
        optional=("permitted",),
    )


def _divergence() -> _Schema:
    return _object(
        {
            "call": _count("the index of the call that showed it"),
            "kind": {
                "enum": [kind.value for kind in VerdictKind if kind is not VerdictKind.CONFORMS]
            },
            "blamed": _list({"$ref": "#/$defs/clause"}),
            "sentences": _list(_text("what the clause says")),
            "blamed_call": _count("the index of the call whose page's word was broken"),
            "text": _text("in one sentence: what was expected, what came, and why"),
            "causes": _list(_list({"$ref": "#/$defs/clause"})),
            "known": {"$ref": "#/$defs/mark"},
            "quoted": _list({"$ref": "#/$defs/quote"}),
            "since": _text("when the likeliest sentence came into its page, where that is known"),
        },
        optional=("causes", "known", "quoted", "since"),
    )


def _known_mark() -> _Schema:
    return _object(
        {
            "line": _count("where the entry stands in the file of known divergences"),
            "reason": _text("the entry's reason"),
            "link": _text("the entry's link"),
        },
        optional=("link",),
    )


def _known_file() -> _Schema:
    stale = _object(
        {
            "lines": {
                **_list(_count("first and last line to delete")),
                "minItems": 2,
                "maxItems": 2,
            },
            "arch": {"$ref": "#/$defs/arch"},
            "text": _text("a stale entry"),
        }
    )
    return _object(
        {
            "file": _text("the file of known divergences"),
            "stale": _list(stale),
            "notes": _list(_text("an entry that could not be applied, and why")),
        }
    )


def _pages() -> _Schema:
    not_held = _object(
        {
            "page": _text("its call, without zx_"),
            "place": _text("FILE:LINE"),
            "why": _text("why it judged nothing"),
        }
    )
    return _object(
        {
            "source": _text("what --docs named"),
            "held": _list(_text("a call, without zx_, that its page judged")),
            "not_held": _list(not_held),
            "no_pages": _list(_text("a file that documents no call")),
        }
    )


def _object(properties: dict[str, _Schema], optional: tuple[str, ...] = ()) -> _Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _list(items: _Schema) -> _Schema:
    return {"type": "array", "items": items}


def _text(what: str) -> _Schema:
    return {"type": "string", "description": what}


def _log(what: str) -> _Schema:
    """The name of a file in the log folder, and no path that leads out of it."""
    return {"type": "string", "pattern": r"^(?!\.{1,2}$)[^/\u0000]*$", "description": what}


def _flag(what: str) -> _Schema:
    return {"type": "boolean", "description": what}


def _count(what: str) -> _Schema:
    return {"type": "integer", "minimum": 0, "description": what}


def _seconds(what: str) -> _Schema:
    return {"type": "number", "minimum": 0, "description": f"seconds {what}"}
