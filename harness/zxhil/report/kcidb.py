"""KCIDB reports (schema 5.3), as KernelCI's database takes them: ``kcidb-submit < FILE``.

A checkout and a build for each kernel, a test for each case and one for the boot, an issue for each
distinct divergence or fault, and an incident for each test that shows it. Facts of the schema are
those of ``kcidb-io``, with which the project's tests validate this.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from zxhil.known.file import KnownEntry
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.report.fault_text import fault_headline, fault_lines
from zxhil.report.runs import LabelledRun
from zxhil.report.terminal import kernel_line
from zxhil.run.record import BootRecord

#: The name of the submitting CI system unless the user gives another.
ORIGIN = "zxhil"

_VERSION = {"major": 5, "minor": 3}
#: The names that KernelCI uses.
_ARCHITECTURES = {"x64": "x86_64", "arm64": "arm64"}
_COMMIT = re.compile(r"git-([0-9a-f]{40})(?:-dirty)?")
_ORIGIN = re.compile(r"[a-z0-9_]+")
_LONGEST = 1 << 14

_Json = dict[str, Any]


def is_origin(text: str) -> bool:
    """May a submitter be named so? Lower-case letters, digits and underscores."""
    return _ORIGIN.fullmatch(text) is not None


def kcidb_report(runs: Sequence[LabelledRun], origin: str) -> str:
    """Format saved runs; `origin` is the name of the CI system that submits them."""
    data: _Json = {"version": _VERSION, "checkouts": [], "builds": [], "tests": []}
    issues: dict[str, _Json] = {}
    incidents: list[_Json] = []
    for run in runs:
        each = _Submitted(run, origin)
        data["checkouts"].append(each.checkout())
        data["builds"].append(each.build())
        data["tests"] += [each.boot(), *map(each.test, run.cases)]
        for issue, incident in each.incidents():
            issues.setdefault(issue["id"], issue)
            incidents.append(incident)
    for name, found in (("issues", list(issues.values())), ("incidents", incidents)):
        if found:
            data[name] = found
    for name in ("checkouts", "builds", "tests"):
        data[name] = list({entry["id"]: entry for entry in data[name]}.values())
    return json.dumps(data, indent=1) + "\n"


class _Submitted:
    """One kernel's run, as one origin submits it."""

    def __init__(self, run: LabelledRun, origin: str) -> None:
        self._run = run
        self._origin = {"origin": origin}
        self._durations = {
            name: seconds for boot in run.boots for name, seconds in _durations(boot)
        }
        began = "" if run.environment is None else run.environment.began
        self._began = {"start_time": began} if began else {}
        # The same run gives the same ids, wherever and however often it is exported.
        cases = [f"{case.id} {case.end} {len(case.divergences)}" for case in run.cases]
        self._key = _short(began, run.kernel.arch, run.kernel.version, run.kernel.image, *cases)

    def _id(self, *parts: str) -> str:
        return f"{self._origin['origin']}:zxhil-{'-'.join(parts)}"

    @property
    def _checkout_id(self) -> str:
        return self._id("checkout", _plain(self._run.kernel.version))

    @property
    def _build_id(self) -> str:
        kernel = self._run.kernel
        return self._id("build", kernel.arch, _plain(kernel.version), _short(kernel.image))

    def checkout(self) -> _Json:
        """The commit that the kernel names, if it names one."""
        kernel = self._run.kernel
        found = _COMMIT.fullmatch(kernel.version)
        return {
            "id": self._checkout_id,
            **self._origin,
            **({"tree_name": "zircon"} if not kernel.standin else {}),
            **({"git_commit_hash": found[1]} if found else {}),
            "comment": _plain(kernel_line(kernel, self._run.boots)),
            "valid": True,
        }

    def build(self) -> _Json:
        """The image. It exists, so its build passed."""
        kernel = self._run.kernel
        return {
            "id": self._build_id,
            "checkout_id": self._checkout_id,
            **self._origin,
            "architecture": _ARCHITECTURES.get(kernel.arch, kernel.arch),
            "comment": _plain(f"image {kernel.image}"),
            "status": "PASS",
            "misc": {"zxhil": {"version": kernel.version, "absent_calls": list(kernel.absent)}},
        }

    def boot(self) -> _Json:
        """Did a program start on the kernel?"""
        started = _has_started(self._run)
        faults = [fault for fault in self._run.faults if fault.boots]
        text = "\n".join(line for fault in faults for line in fault_lines(fault))
        return self._test("boot", "boot", "PASS" if started else "FAIL", "" if started else text)

    def test(self, case: CaseResult) -> _Json:
        """One case."""
        text = "\n".join(each.text for each in case.divergences) or case.detail
        path = ".".join(_node(part) for part in ("zxhil", *case.id.split("/")))
        entry = self._test(case.id, path, _status(case.end), text)
        if case.id in self._durations:
            entry["duration"] = round(self._durations[case.id], 6)
        known = self._run.known.reasons(case)
        comment = self._run.known.explain(known[0]) if known else case.end.value
        return {
            **entry,
            "comment": _plain(f"known: {comment}" if known else comment),
            "misc": {"zxhil": {"end": case.end.value, "claims": list(case.info.claims)}},
        }

    def _test(self, name: str, path: str, status: str, excerpt: str) -> _Json:
        environment = self._run.environment
        return {
            "id": self._id("test", self._key, _plain(name)),
            "build_id": self._build_id,
            **self._origin,
            "path": path,
            "status": status,
            **({"log_excerpt": _plain(excerpt)} if excerpt else {}),
            **self._began,
            "environment": {
                "comment": "emulated by QEMU" if environment and environment.qemu else "hardware",
                "misc": {"zxhil": asdict(environment)} if environment else {},
            },
        }

    def incidents(self) -> Iterator[tuple[_Json, _Json]]:
        """Each divergence and fault, with each test that shows it."""
        run = self._run
        for known in (False, True):
            for kind, members in run.sorted_out(known=known).items():
                entries = (run.known.of(members[0].case, d) for d in members[0].divergences)
                issue = self._issue(kind.title, next(filter(None, entries), None))
                text = "\n".join(each.text for each in members[0].divergences)
                for case in dict.fromkeys(member.case.id for member in members):
                    yield issue, self._incident(issue, case, text)
        for fault in run.faults:
            issue = self._issue(f"{fault.what}: {fault.title}", None)
            names = [case.id for case in fault.cases] or ["boot"]
            for name in names:
                yield issue, self._incident(issue, name, fault_headline(fault))

    def _issue(self, title: str, entry: KnownEntry | None) -> _Json:
        link = entry.link if entry is not None else ""
        comment = title if entry is None else f"{title}; known: {entry.reason}"
        return {
            "id": self._id("issue", _short(title)),
            "version": 1,
            **self._origin,
            **({"report_url": link} if link.startswith(("https://", "http://")) else {}),
            "report_subject": _plain(title),
            "culprit": {"code": True, "tool": False, "harness": False},
            "comment": _plain(comment),
        }

    def _incident(self, issue: _Json, test: str, text: str) -> _Json:
        of = issue["id"].rpartition("-")[2]
        return {
            "id": self._id("incident", self._key, of, _plain(test)),
            **self._origin,
            "issue_id": issue["id"],
            "issue_version": issue["version"],
            "test_id": self._id("test", self._key, _plain(test)),
            "present": True,
            "comment": _plain(text),
        }


def _durations(boot: BootRecord) -> Iterator[tuple[str, float]]:
    for name, seconds in boot.durations.items():
        yield f"{boot.program}/{name}", seconds


def _has_started(run: LabelledRun) -> bool:
    judged = any(not case.end.is_machine_fault for case in run.cases)
    return judged or any(boot.durations for boot in run.boots)


def _short(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _node(text: str) -> str:
    """A node of a path: letters, digits, ``_`` and ``-``."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", text)


def _plain(text: str) -> str:
    """Text without NUL, which the schema excludes, and no longer than a database wants it."""
    text = text.replace("\0", "\ufffd")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _status(end: CaseEndKind) -> str:
    """KCIDB's status. ERROR: whether the kernel conforms remains unknown; MISS: no end was seen."""
    match end:
        case CaseEndKind.PASSED:
            return "PASS"
        case CaseEndKind.FAILED | CaseEndKind.PANIC:
            return "FAIL"
        case CaseEndKind.SKIPPED:
            return "SKIP"
        case CaseEndKind.LOST:
            return "MISS"
        case _:
            return "ERROR"
