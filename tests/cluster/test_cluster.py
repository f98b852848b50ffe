"""Runs on real workers: processes on loopback, and hosts in network namespaces, which get lost."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster_hosts import (
    PATIENCE,
    Hosts,
    cut,
    in_namespaces,
    on_loopback,
    wait_until,
    why_no_namespaces,
)
from skips import NO_NAMESPACES
from zxhil.abi.arch import Arch
from zxhil.cluster.boots import ClusterBoots
from zxhil.cluster.connect import connected
from zxhil.history.store import open_history
from zxhil.image import zbi
from zxhil.image.find import load
from zxhil.machine.limits import Limits
from zxhil.run.plan import plan
from zxhil.run.setup import Setup

pytestmark = pytest.mark.qemu

#: Cases of several lengths, and some that end their boot.
PROGRAMS = (
    "object_get_child,object_set_cookie,vmo_read,vmar_map,baseline_event_create,"
    "baseline_vmar_map,baseline_channel_write"
)
NAMES = ("a", "b", "c")
#: Cases in which the fault `hang` shows.
HANGS = "*/wrong_type__*"
HERE = str(Path(__file__).parent)


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    folder = tmp_path_factory.mktemp("cluster")
    scratch = folder / "s"
    scratch.mkdir()
    with on_loopback(folder, scratch, NAMES) as hosts:
        yield hosts


def start(logs: Path, *options: str, tests: str = PROGRAMS) -> subprocess.Popen[bytes]:
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from zxhil.cli import main; main()"
    )
    with logs.with_suffix(".said").open("ab") as said:
        return subprocess.Popen(
            [
                *(sys.executable, "-c", code, "run", "-q", "--arch", "x64", "--tests", tests),
                *("--log-dir", str(logs), "--json", str(logs.with_suffix(".json")), *options),
            ],
            stdout=said,
            stderr=subprocess.STDOUT,
        )


def report(logs: Path) -> Any:
    return json.loads(logs.with_suffix(".json").read_text())


def cases_in(logs: Path) -> int:
    try:
        return (logs / "run.jsonl").read_bytes().count(b'\n{"case":')
    except OSError:
        return 0


def ended_well(run: subprocess.Popen[bytes], logs: Path) -> None:
    try:
        code = run.wait(PATIENCE)
    finally:
        run.kill()
    assert code == 0, (code, logs.with_suffix(".said").read_text()[-2000:])


def zxhil(*words: str) -> int:
    code = "from zxhil.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True).returncode


def must_be_the_same(one: Path, other: Path) -> None:
    assert zxhil("compare", f"{one}.json", f"{other}.json") == 0


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log folder of a run on this host alone."""
    logs = tmp_path_factory.mktemp("here") / "here"
    ended_well(start(logs, "--jobs", "1"), logs)
    return logs


def test_three_workers_give_the_report_of_one_machine(
    hosts: Hosts, here: Path, tmp_path: Path
) -> None:
    logs = tmp_path / "three"
    ended_well(start(logs, "--cluster", str(hosts.file)), logs)
    must_be_the_same(here, logs)
    assert len({boot["worker"] for boot in report(logs)["boots"]}) > 1
    assert zxhil("check", str(logs), "--json", str(tmp_path / "checked.json"), "-q") == 0
    assert (tmp_path / "checked.json").read_bytes() == (tmp_path / "three.json").read_bytes()
    assert hosts.qemus() == []


def test_killed_worker_costs_a_retry_and_no_verdict(
    hosts: Hosts, here: Path, tmp_path: Path
) -> None:
    logs = tmp_path / "killed"
    run = start(logs, "--cluster", str(hosts.file))
    least = random.randrange(1, 120)
    wait_until(lambda: cases_in(logs) >= least or run.poll() is not None, f"{least} cases")
    hosts.kill("b")
    ended_well(run, logs)
    hosts.start_worker("b")
    hosts.until_ready()
    must_be_the_same(here, logs)
    assert report(logs)["reruns"] == []


def test_interrupted_run_leaves_nothing_on_the_workers(hosts: Hosts, tmp_path: Path) -> None:
    logs = tmp_path / "interrupted"
    run = start(logs, "--cluster", str(hosts.file))
    wait_until(lambda: cases_in(logs) >= 20, "20 cases")
    run.send_signal(signal.SIGINT)
    assert run.wait(PATIENCE) == 130
    wait_until(lambda: not hosts.qemus(), "end of the machines")
    # A machine's files go after it.
    for kind in ("*.serial", "*.qcow2"):
        wait_until(lambda kind=kind: not [*hosts.scratch.rglob(kind)], f"end of {kind}")


@pytest.mark.parametrize(
    ("fault", "options", "tests", "shown"),
    [
        # In a case, the guest hangs; before any case, in the boot that is to be saved.
        ("hang", ("--boots", "each", "--case", HANGS), "object_get_child", b"wrong_type__"),
        ("silent-boot", (), PROGRAMS, b"silent-boot"),
    ],
)
def test_killed_run_is_cancelled_on_the_workers(
    hosts: Hosts, tmp_path: Path, fault: str, options: tuple[str, ...], tests: str, shown: bytes
) -> None:
    logs = tmp_path / "hung"
    # Without the cancellation the machine would hang for longer than anything here waits.
    limits = ("--limit=boot=900", "--limit=case=900", "--limit=silence=900")
    given = ("--word", f"standin.fault={fault}", *options, *limits)
    run = start(logs, "--cluster", str(hosts.file), *given, tests=tests)

    def hangs() -> bool:
        logs = [path.read_bytes() for path in hosts.scratch.rglob("*.serial")]
        return any(shown in log for log in logs) and hosts.at_work() > 0

    wait_until(lambda: hangs() or run.poll() is not None, "machine that hangs")
    assert run.poll() is None, logs.with_suffix(".said").read_text()
    run.kill()
    run.wait()
    wait_until(lambda: not hosts.qemus() and not hosts.at_work(), "end of machines and tasks")


def images(folder: Path, count: int, culprit: int) -> None:
    """Stand-ins, of which those from `culprit` on have a fault."""
    from zxhil.standin import build

    good = build(Arch.X64)
    for number in range(count):
        made = folder / f"n{number:02d}"
        made.mkdir(parents=True)
        (made / "multiboot.bin").write_bytes((good / "multiboot.bin").read_bytes())
        items = zbi.read((good / "kernel.zbi").read_bytes(), "kernel.zbi")
        if number >= culprit:
            word = b"standin.fault=cw-peer-closed-ok\0"
            items = (*items, zbi.Item(zbi.ItemType.CMDLINE, word))
        (made / "kernel.zbi").write_bytes(zbi.write(items))


def test_bisection_tests_candidates_on_all_workers_at_once(hosts: Hosts, tmp_path: Path) -> None:
    images(tmp_path / "images", 15, 10)
    code = "from zxhil.cli import main; main()"
    words = ("bisect", "--images", "images", "--when", "case channel_write/peer_closed fails")
    done = subprocess.run(
        [sys.executable, "-c", code, *words, "--cluster", str(hosts.file), "--json", "o.json"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((tmp_path / "o.json").read_text())
    assert result["names"] == ["n10"]
    steps = [(step["purpose"], step["suspects"], step["outcome"]) for step in result["steps"]]
    # The ends, then three at once, then the two of which one is left.
    assert [step[:2] for step in steps] == [
        *[("verify an end", 14)] * 2,
        *[("narrow", 14)] * 3,
        *[("narrow", 3)] * 2,
    ]
    assert {outcome for _, _, outcome in steps} == {"good", "bad"}


def test_sweep_runs_every_kernel_on_the_workers(hosts: Hosts, tmp_path: Path) -> None:
    images(tmp_path / "images", 3, 2)
    tools = tmp_path / "tools"
    tools.mkdir()
    # A host without QEMU: what runs, runs elsewhere.
    for name in ("clang", "ld.lld", "git", "env"):
        path = shutil.which(name)
        assert path is not None
        (tools / name).symlink_to(path)
    code = "from zxhil.cli import main; main()"
    words = ("sweep", "--images", "images", "--history", "h.db", "--tests", "channel_write")
    done = subprocess.run(
        [sys.executable, "-c", code, *words, "--arch", "x64", "--cluster", str(hosts.file)],
        cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "PATH": str(tools)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "channel_write/peer_closed: conforms, now diverges" in done.stdout
    with open_history(tmp_path / "h.db") as history, history.reading():
        swept = history.rows("SELECT name, outcome FROM attempt ORDER BY name")
    # The first two are one kernel.
    assert swept == [("n00", "ran"), ("n02", "ran")]
    assert hosts.qemus() == []


def setup_here(folder: Path) -> Setup:
    """On an architecture that no other test here sends."""
    from zxhil.standin import build

    image = load(build(Arch.ARM64), Arch.ARM64)
    return Setup(image, Limits(60.0, 30.0, 30.0), folder, folder, memory_mib=64)


def test_contents_are_sent_once(hosts: Hosts, tmp_path: Path) -> None:
    """The second run is another process: digests do not depend on how Python hashes."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[3]); from pathlib import Path\n"
        "import test_cluster; print(test_cluster.sent_by_boots(sys.argv[1], Path(sys.argv[2])))"
    )

    def sent() -> int:
        folder = tmp_path / os.urandom(4).hex()
        folder.mkdir()
        words = [sys.executable, "-c", code, str(hosts.file), str(folder), HERE]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        return int(subprocess.run(words, env=environment, check=True, stdout=-1).stdout)

    first = sent()
    assert first > 100_000
    assert sent() == 0


def sent_by_boots(file: str, folder: Path) -> int:
    """Boot on each worker; the bytes of contents that were sent for that."""
    from concurrent.futures import ThreadPoolExecutor

    from zxhil.run.boot import Observer

    setup = setup_here(folder)
    (task,) = plan([Arch.ARM64], "vmo_read")
    with connected(file) as cluster, ThreadPoolExecutor(3) as pool:
        boots = ClusterBoots(cluster, {Arch.ARM64: setup}, [task], set())

        def boot(number: int) -> str:
            name = f"boot{number}"
            record = boots.boot(setup, task, task.selected[:1], name, Observer())
            assert record.end == "finished"
            return record.worker

        workers: set[str] = set()
        while len(workers) < len(NAMES):
            workers.update(pool.map(boot, range(3)))
        return cluster.sent


def test_cut_off_host_costs_a_retry_and_no_verdict(here: Path, tmp_path: Path) -> None:
    if why := why_no_namespaces():
        pytest.skip(f"{NO_NAMESPACES}: {why}")
    logs, scratch = tmp_path / "cut", tmp_path / "s"
    scratch.mkdir()
    with in_namespaces(tmp_path, scratch, NAMES) as hosts:
        run = start(logs, "--cluster", str(hosts.file))
        least = random.randrange(1, 100)
        wait_until(lambda: cases_in(logs) >= least or run.poll() is not None, f"{least} cases")
        cut(hosts, "c")
        ended_well(run, logs)
        wait_until(lambda: not hosts.qemus(), "end of the machines, also of the host cut off")
    must_be_the_same(here, logs)
    assert report(logs)["reruns"] == []
