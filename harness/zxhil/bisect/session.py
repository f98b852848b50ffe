"""The session file: what is bisected, and every test, one JSON object per line.

The first line is the header. ``{"test": …}`` follows for each test as soon as it finishes, then
``{"stop": …}`` at the end. A line that a power cut left unfinished, the last one, is ignored.
The file may be edited: a deleted test is run again on ``zxhil bisect replay``.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from zxhil.bisect.outcome import ProbeOutcome
from zxhil.bisect.record import FORMAT, KEY, Observation, SessionRecord, Settings, old_facts
from zxhil.bisect.search import Purpose, Stop, StopKind
from zxhil.bisect.shapes import check_header, check_line
from zxhil.bisect.when import Facts, restore, shrink
from zxhil.disk.files import REPORT_LIMIT, parse_json, read_limited
from zxhil.errors import UserError

NAME = "zxhil-bisect.jsonl"


class BisectSession:
    """A session file, open for appending and held against a second process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._file = os.open(path, flags, 0o644)
        except OSError as error:
            raise UserError(
                str(path), f"cannot be written: {error.strerror}", "give another --session"
            ) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise UserError(
                str(path), "another bisection is using it", "wait for it, or give another --session"
            ) from None

    def begin(self, settings: Settings, ends: Mapping[str, Any], zxhil: str) -> None:
        """Write the header. `ends` are the resolved ends and the number of candidates."""
        given = {key: value for key, value in asdict(settings).items() if value not in ("", ())}
        self._write({KEY: FORMAT, "zxhil": zxhil, "settings": given, "ends": dict(ends)})

    def record(self, seen: Observation, old: Facts | None) -> None:
        """Append a test; its facts are shortened against `old`, those of the old end."""
        seen = replace(seen, facts=shrink(seen.facts, old))
        kept = {key: value for key, value in asdict(seen).items() if value not in ("", {}, 0.0)}
        self._write({"test": kept})

    def stop(self, stop: Stop, wasted: float) -> None:
        """Append the end; `wasted` is the time of wasted prefetch, in seconds."""
        names = list(stop.names)
        self._write({"stop": {"kind": stop.kind, "names": names, "wasted": round(wasted, 3)}})

    def cut(self) -> None:
        """Cut an unfinished last line off, so that what is appended stands on lines of its own."""
        data = self.path.read_bytes()
        if data and not data.endswith(b"\n"):
            os.truncate(self.path, data.rfind(b"\n") + 1)

    def close(self) -> None:
        """Let the file go."""
        os.close(self._file)

    def _write(self, content: Mapping[str, Any]) -> None:
        # No checksum: the file may be edited.
        line = json.dumps(content, ensure_ascii=False).encode() + b"\n"
        while line:
            line = line[os.write(self._file, line) :]
        os.fsync(self._file)


def read(path: Path) -> SessionRecord:
    """Read a session file. Raises UserError, naming the line."""
    data = read_limited(path, REPORT_LIMIT, "name a session with --session")
    held = data.split(b"\n")[:-1]
    settings, stop, wasted = None, None, 0.0
    ends: Mapping[str, Any] = {}
    seen: list[Observation] = []
    for number, line in enumerate(held, 1):
        try:
            entry = parse_json(line)
            if settings is None and isinstance(entry, dict) and entry.get(KEY, FORMAT) != FORMAT:
                raise UserError(
                    str(path),
                    f"is a session of format {str(entry[KEY])[:20]!a}; this zxhil reads {FORMAT}",
                    "start a new bisection, or use the zxhil that began it",
                )
            (check_header if settings is None else check_line)(entry)
            if settings is None:
                settings, ends = _settings(entry), entry["ends"]
            elif "test" in entry:
                test = _observation(entry["test"])
                old = old_facts(seen, ends["old"][0])
                seen.append(replace(test, facts=restore(test.facts, old)))
                stop = None
            elif "stop" in entry:
                stop = Stop(StopKind(entry["stop"]["kind"]), tuple(entry["stop"]["names"]))
                wasted = float(entry["stop"]["wasted"])
            else:
                raise ValueError("neither a test nor a stop")
        except (ValueError, KeyError) as error:
            remedy = "delete the line; that test is then run again" if settings else "start over"
            raise UserError(
                f"{path}:{number}", f"is not a line of a session: {error}", remedy
            ) from None
    if settings is None:
        raise UserError(str(path), "is empty", "start a bisection: zxhil bisect --help")
    return SessionRecord(settings, ends, tuple(seen), stop, wasted)


def _settings(entry: Mapping[str, Any]) -> Settings:
    given: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in entry["settings"].items()
    }
    return Settings(**given)


def _observation(entry: Mapping[str, Any]) -> Observation:
    known = {f.name for f in fields(Observation)}
    if unknown := entry.keys() - known:
        raise ValueError(f"unknown field {min(unknown)!r}")
    outcome, purpose = ProbeOutcome(entry["outcome"]), Purpose(entry["purpose"])
    return Observation(**{**entry, "outcome": outcome, "purpose": purpose})
