"""Answers of workers: journal lines with checksums, files, and a digest of all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from zxhil.cluster.content import content_digest
from zxhil.disk.lines import crc_of, sealed_line, unsealed_line
from zxhil.disk.shape import Check
from zxhil.plain import clean_json

#: Bytes of an answer: the output of a boot is limited to 64 MiB (docs/machines.md).
_MOST_BYTES = 256 << 20

Lines = list[tuple[str, dict[str, Any]]]


class Damaged(Exception):  # noqa: N818 - an answer about an answer
    """An answer is not what the work returns; it is asked for again."""


def packed_answer(lines: Sequence[dict[str, Any]], files: Mapping[str, bytes]) -> dict[str, Any]:
    """An answer: the lines with checksums, as a journal's, the files, and a digest of all."""
    crc, journal = 0, []
    for line in lines:
        sealed = sealed_line(line, crc)
        journal.append(sealed.line)
        crc = sealed.crc
    text = b"".join(journal)
    return {"journal": text, "files": dict(files), "digest": _digest(text, files)}


def _digest(journal: bytes, files: Mapping[str, bytes]) -> str:
    parts = [content_digest(journal)]
    parts += [f"{name} {content_digest(files[name])}" for name in sorted(files)]
    return content_digest("\n".join(parts).encode())


def checked_answer(
    answer: Mapping[str, Any],
    most: int,
    checks: Callable[[], Mapping[str, Check]],
    further: Callable[[Lines, Mapping[str, bytes]], None],
) -> Lines:
    """The lines of an answer, at most `most`, each of which passes the check of its kind.

    `further` checks the whole, and raises ValueError, KeyError or TypeError. Raises Damaged if
    anything is not as `packed_answer` makes it, or does not pass.
    """
    try:
        lines = list(_lines(answer, most, checks))
        further(lines, answer["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(str(error)) from error
    return lines


def _lines(
    answer: Mapping[str, Any], most: int, checks: Callable[[], Mapping[str, Check]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    journal, files = answer["journal"], answer["files"]
    if not isinstance(journal, bytes) or not isinstance(files, dict):
        raise TypeError("its parts are of other types")
    if not all(isinstance(v, bytes) for v in files.values()):
        raise TypeError("a file is not bytes")
    size = len(journal) + sum(map(len, files.values()))
    if size > _MOST_BYTES:
        raise ValueError(f"it has {size} bytes, more than {_MOST_BYTES}")
    if _digest(journal, files) != answer["digest"]:
        raise ValueError("its digest does not fit")
    lines = journal.split(b"\n")[:-1]
    if len(lines) > most:
        raise ValueError(f"it has {len(lines)} lines, more than {most}")
    crc = 0
    for line in lines:
        held = unsealed_line(line, crc)
        crc = crc_of(line) or 0
        ((kind, content),) = held.items()
        checks()[kind](content)
        clean_json(content, line)
        yield kind, content
