"""Compressed log folders and reports are read like others, and never written to."""

from __future__ import annotations

import gzip
import json
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from run_builders import case, run
from zxhil.cli import cli
from zxhil.disk import packed
from zxhil.disk.packed import open_unpacked
from zxhil.errors import UserError
from zxhil.report.saved import report_json
from zxhil.run.journal import NAME, Journal
from zxhil.run.schema import read_report


def _zstd(data: bytes) -> bytes:
    import zstandard

    return zstandard.compress(data)


PACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".zst": _zstd,
}


def pack(path: Path, suffix: str) -> None:
    path.with_name(path.name + suffix).write_bytes(PACK[suffix](path.read_bytes()))
    path.unlink()


@pytest.mark.qemu
@pytest.mark.parametrize("suffix", PACK)
def test_folder_with_compressed_files_is_judged_as_before(tmp_path: Path, suffix: str) -> None:
    logs, before, after = tmp_path / "logs", tmp_path / "before.json", tmp_path / "after.json"
    words = ["run", "--arch", "x64", "--tests", "object_get_child", "--case", "handle_*"]
    done = CliRunner().invoke(cli, [*words, "--log-dir", str(logs), "--json", str(before)])
    assert done.exit_code == 0, done.output
    for path in list(logs.iterdir()):
        pack(path, suffix)
    html = tmp_path / "report.html"
    done = CliRunner().invoke(cli, ["check", str(logs), "--json", str(after), "--html", str(html)])
    assert done.exit_code == 0, done.output
    assert after.read_bytes() == before.read_bytes()
    assert "object_get_child" in html.read_text()


@pytest.mark.parametrize("suffix", PACK)
def test_compressed_report_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report_json(run(case()))))
    wanted = read_report(path)
    pack(path, suffix)
    assert read_report(tmp_path / f"report.json{suffix}") == wanted


def test_broken_compressed_report_is_named(tmp_path: Path) -> None:
    path = tmp_path / "report.json.gz"
    path.write_bytes(gzip.compress(b"{}" * 1000)[:-9])
    with pytest.raises(UserError, match=r"report.json.gz: is broken gzip data"):
        read_report(path)


def test_file_that_is_there_unpacked_has_precedence(tmp_path: Path) -> None:
    (tmp_path / "a.serial").write_bytes(b"plain")
    (tmp_path / "a.serial.gz").write_bytes(gzip.compress(b"packed"))
    with open_unpacked(tmp_path, "a.serial") as file:
        assert file.read() == b"plain"


def test_file_that_is_not_compressed_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.serial.gz").write_bytes(b"plain")
    with pytest.raises(UserError, match=r"a.serial.gz: is not compressed"):
        open_unpacked(tmp_path, "a.serial")


def test_log_that_unpacks_without_bound_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "LOG_LIMIT", 1000)
    (tmp_path / "a.serial.gz").write_bytes(gzip.compress(bytes(2000)))
    with pytest.raises(UserError, match="decompression bomb"):
        open_unpacked(tmp_path, "a.serial")


def test_compressed_log_outside_of_the_folder_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside.gz"
    outside.write_bytes(gzip.compress(b"secret"))
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.serial.gz").symlink_to(outside)
    with pytest.raises(OSError, match="points outside the folder"):
        open_unpacked(folder, "a.serial")


def test_compressed_journal_is_not_continued(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.gz").write_bytes(gzip.compress(b""))
    with pytest.raises(UserError, match=r"contains the logs of another run, in run\.jsonl\.gz"):
        Journal(tmp_path, go_on=True)
    assert not (tmp_path / NAME).exists()
