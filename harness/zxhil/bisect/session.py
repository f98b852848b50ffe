"""The session file: what is bisected, and every test, one JSON object per line.

The first line is the header. ``{"test": …}`` follows for each test as soon as it finishes, then
``{"stop": …}`` at the end. A line that a power cut left unfinished, the last one, is ignored.

Each line ends in a checksum (`zxhil.disk.lines`): a changed outcome or exit code would name the
wrong commit. The header's begins with 0 and all others with the header's, so that no line of
another session counts. A line may be deleted, and that test is then run again on ``zxhil bisect
replay``; numbers, ``"n": …``, that must rise refuse one that is doubled, which would count twice.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from zxhil.bisect.outcome import ProbeOutcome
from zxhil.bisect.record import FORMAT, KEY, Observation, SessionRecord, Settings, old_facts
from zxhil.bisect.search import Purpose, Stop, StopKind
from zxhil.bisect.shapes import check_header, check_line
from zxhil.bisect.when import Facts, restore, shrink
from zxhil.disk.files import REPORT_LIMIT, parse_json, read_limited
from zxhil.disk.lines import crc_of, sealed_line, unsealed_line
from zxhil.errors import UserError

NAME = "zxhil-bisect.jsonl"


class BisectSession:
    """A session file, open for appending and locked against a second process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._header_crc, self._lines = 0, 0
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
        header = {KEY: FORMAT, "zxhil": zxhil, "settings": given, "ends": dict(ends)}
        self._header_crc = self._write(header, 0)

    def record(self, seen: Observation, old: Facts | None) -> None:
        """Append a test; its facts are shortened against `old`, those of the old end."""
        seen = replace(seen, facts=shrink(seen.facts, old))
        kept = {key: value for key, value in asdict(seen).items() if value not in ("", {}, 0.0)}
        self._append({"test": kept})

    def stop(self, stop: Stop, wasted: float) -> None:
        """Append the end; `wasted` is the time of wasted prefetch, in seconds."""
        names = list(stop.names)
        self._append({"stop": {"kind": stop.kind, "names": names, "wasted": round(wasted, 3)}})

    def go_on(self) -> None:
        """Continue a session that `read` has read; an unfinished last line is cut off."""
        data = self.path.read_bytes()
        held = data.split(b"\n")[:-1]
        os.truncate(self.path, data.rfind(b"\n") + 1)
        self._header_crc = crc_of(held[0]) or 0
        self._lines = parse_json(held[-1]).get("n", 0)

    def close(self) -> None:
        """Close and unlock the file."""
        os.close(self._file)

    def _append(self, content: Mapping[str, Any]) -> None:
        self._lines += 1
        self._write({**content, "n": self._lines}, self._header_crc)

    def _write(self, content: dict[str, Any], before: int) -> int:
        """Append a line; return its checksum, which begins with `before`."""
        line, crc = sealed_line(content, before)
        while line:
            line = line[os.write(self._file, line) :]
        os.fsync(self._file)
        return crc


def read(path: Path) -> SessionRecord:
    """Read a session file. Raises UserError, naming the line."""
    data = read_limited(path, REPORT_LIMIT, "name a session with --session")
    held = data.split(b"\n")[:-1]
    if not held:
        raise UserError(str(path), "is empty", "start a bisection: zxhil bisect --help")
    with _naming(path, 1, "start over"):
        _refuse_other_format(path, held[0])
        header = unsealed_line(held[0], 0)
        check_header(header)
        settings, ends = _settings(header), header["ends"]
    stop, wasted, last = None, 0.0, 0
    seen: list[Observation] = []
    for number, line in enumerate(held[1:], 2):
        with _naming(path, number, "delete the line; that test is then run again"):
            entry = unsealed_line(line, crc_of(held[0]) or 0)
            check_line(entry)
            if entry["n"] <= last:
                raise ValueError("it is doubled, or was moved")
            last = entry["n"]
            if "test" in entry:
                test = _observation(entry["test"])
                old = old_facts(seen, ends["old"][0])
                seen.append(replace(test, facts=restore(test.facts, old)))
                stop = None
            else:
                stop = Stop(StopKind(entry["stop"]["kind"]), tuple(entry["stop"]["names"]))
                wasted = float(entry["stop"]["wasted"])
    return SessionRecord(settings, ends, tuple(seen), stop, wasted)


@contextlib.contextmanager
def _naming(path: Path, number: int, remedy: str) -> Iterator[None]:
    """Add the line number to an error."""
    try:
        yield
    except (ValueError, KeyError) as error:
        problem = f"is not a line of a session: {error}"
        raise UserError(f"{path}:{number}", problem, remedy) from None


def _refuse_other_format(path: Path, line: bytes) -> None:
    entry = parse_json(line)
    if isinstance(entry, dict) and entry.get(KEY, FORMAT) != FORMAT:
        raise UserError(
            str(path),
            f"is a session of format {str(entry[KEY])[:20]!a}; this zxhil reads {FORMAT}",
            "start a new bisection, or use the zxhil that began it",
        )


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
