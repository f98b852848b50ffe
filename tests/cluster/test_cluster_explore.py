"""Explorations on real workers count what they count on one host, also when workers are lost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster_hosts import PATIENCE, Hosts, on_loopback, wait_until

pytestmark = pytest.mark.qemu

#: What threads reach differs from run to run.
ASKED = (
    *("--calls", "700", "--threads", "0", "--word", "standin.fault=cw-repeated-status"),
    *("--pages", "channel_create,channel_write,event_create,handle_close"),
)


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    folder = tmp_path_factory.mktemp("cluster")
    scratch = folder / "s"
    scratch.mkdir()
    with on_loopback(folder, scratch, ("a", "b")) as hosts:
        yield hosts


def start(folder: Path, *options: str) -> subprocess.Popen[bytes]:
    code = "from zxhil.cli import main; main()"
    words = ("--json", str(folder / "found.json"), *options)
    folder.mkdir(exist_ok=True)
    with (folder / "said").open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-c", code, "explore", *words], stdout=said, stderr=subprocess.STDOUT
        )


def ended(begun: subprocess.Popen[bytes], folder: Path, *, code: int = 1) -> Any:
    """What was found: all but the time that it took."""
    try:
        begun.wait(PATIENCE)
    finally:
        begun.kill()
    assert begun.returncode == code, (folder / "said").read_text()[-2000:]
    found = json.loads((folder / "found.json").read_text())
    del found["seconds"]
    return found


def rounds_in(logs: Path) -> int:
    try:
        return (logs / "run.jsonl").read_bytes().count(b'\n{"round":')
    except OSError:
        return 0


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What processes of this host find."""
    folder = tmp_path_factory.mktemp("here")
    found = ended(start(folder, *ASKED, "--jobs", "2"), folder)
    assert found["findings"]
    return found


def test_killed_worker_and_killed_client_cost_a_retry_and_no_count(
    hosts: Hosts, here: Any, tmp_path: Path
) -> None:
    logs, cluster = tmp_path / "logs", ("--cluster", str(hosts.file))
    begun = start(tmp_path, *ASKED, *cluster, "--log-dir", str(logs))
    wait_until(lambda: rounds_in(logs) >= 1 or begun.poll() is not None, "round")
    begun.kill()
    begun.wait()
    before = rounds_in(logs)
    begun = start(tmp_path, *ASKED, *cluster, "--resume", str(logs))
    wait_until(lambda: rounds_in(logs) > before or begun.poll() is not None, "another round")
    hosts.kill("b")
    assert ended(begun, tmp_path) == here
    # Those of the exploration that was killed end when nobody asks for them.
    wait_until(lambda: not hosts.qemus(), "end of the machines")


def test_findings_of_two_threads_are_taken_and_nothing_stays_on_the_workers(
    hosts: Hosts, tmp_path: Path
) -> None:
    """Calls that start and end the second thread count before those that show a finding."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    lines = [
        "r0 = channel_create(options=0)", "r1 = second.event_create(options=0)",
        "r2 = handle_close(handle=r0.out0)", "r3 = channel_write(handle=r0.out1, bytes=b'a')",
    ]  # fmt: skip
    text = "".join(f"{line}\n" for line in lines)
    (corpus / "two.zx").write_text(f"# zxhil program 2\n{text}")
    words = ("--calls", "0", "--corpus", str(corpus), "--word", "standin.fault=cw-peer-closed-ok")
    begun = start(tmp_path, *words, "--cluster", str(hosts.file))
    found = ended(begun, tmp_path)
    assert [each["call"] for each in found["findings"]] == ["channel_write"]
    wait_until(lambda: not hosts.qemus(), "end of the machines")
    # A worker keeps contents in files; folders are those of explorations.
    inside = "*/zxhil-*/*"
    wait_until(
        lambda: not any(path.is_dir() for path in hosts.scratch.glob(inside)), "end of the folders"
    )


def test_crash_is_found_with_its_log(hosts: Hosts, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    text = (
        "r0 = channel_create(options=0)\nr1 = channel_write(handle=r0.out0, num_bytes=0xffffffff)\n"
    )
    (corpus / "panics.zx").write_text(f"# zxhil program 2\n{text}")
    found, logs = [], []
    for name, where in (("here", ("--jobs", "2")), ("there", ("--cluster", str(hosts.file)))):
        folder = tmp_path / name
        words = ("--calls", "0", "--corpus", str(corpus), "--word", "standin.fault=panic")
        begun = start(folder, *words, *where, "--log-dir", str(folder / "logs"))
        found.append(ended(begun, folder, code=3))
        logs.append(sorted(each.name for each in (folder / "logs").iterdir()))
        assert b"standin.fault=panic" in (folder / "logs" / "x64-explore-0.serial").read_bytes()
    assert found[0] == found[1]
    assert logs[0] == logs[1]
