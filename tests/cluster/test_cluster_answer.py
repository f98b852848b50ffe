"""What comes back from a worker is checked before it counts; what does not pass is asked again."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from zxhil.abi.arch import Arch
from zxhil.cli import cli
from zxhil.cli.cluster import must_fit_cluster
from zxhil.cluster import sealed, workshop
from zxhil.cluster import worker as on_worker
from zxhil.cluster.address import scheduler_at
from zxhil.cluster.boots import checked_lines
from zxhil.cluster.connect import Cluster, connected
from zxhil.cluster.content import ContentMissing, Packed, content_digest, own_version, pack, unpack
from zxhil.cluster.depot import Depot
from zxhil.cluster.idle import Idle
from zxhil.cluster.sealed import Damaged, packed_answer
from zxhil.cluster.workshop import BootOrder, Workshop
from zxhil.errors import MachineError, UserError
from zxhil.guest.cases import Case
from zxhil.guest.source import Program
from zxhil.oracle.results import CaseEndKind, CaseResult, to_json
from zxhil.run.plan import Task
from zxhil.target.model import Target

PROGRAM = Program(
    "p", Arch.X64, Path("p"), b"", tuple(Case(n, f"c{n}", (), "p.c", n) for n in range(2))
)
TASK = Task(PROGRAM, (0,))


def case(name: str = "c0", **fields: Any) -> dict[str, Any]:
    result = CaseResult(TASK.infos[name], "x64", CaseEndKind.PASSED, (), (), (), ())
    return {"case": {**to_json(result), "round": 1, "serial": "s", **fields}}


def boot(**fields: Any) -> dict[str, Any]:
    record = {
        "arch": "x64", "program": "p", "serial": "s.serial", "command": ["qemu"], "selected": [0],
        "end": "finished", "end_text": "", "evidence": "", "first_line": 0.1, "seconds": 0.2,
    }  # fmt: skip
    return {"boot": {**record, **fields}}


LOG = {".serial": b"~"}
SEEN = {"version": "v", "absent": [], "unsure": [], "earliest": 0, "latest": 1, "why": ""}


def test_whole_answer_is_taken() -> None:
    lines = checked_lines(packed_answer([{"seen": SEEN}, case(), boot()], LOG), TASK, (0,))
    assert [kind for kind, _ in lines] == ["seen", "case", "boot"]


@pytest.mark.parametrize(
    ("lines", "files", "why"),
    [
        ([case()], LOG, "does not end with"),
        ([], LOG, "does not end with"),
        ([case(), boot()], {}, "no serial log"),
        ([case(), boot()], {**LOG, "../x.serial": b""}, "files that no boot makes"),
        ([case(), boot(went_on_from="start.serial")], LOG, "no serial log"),
        ([case("c1"), boot()], LOG, "not requested"),
        ([case(case="p/other"), boot()], LOG, "does not have"),
        ([case(arch="arm64"), boot()], LOG, "does not have"),
        ([case(end="well"), boot()], LOG, "not one of"),
        ([case(end="failed"), boot()], LOG, "0 divergences"),
        ([case(), boot(program="q")], LOG, "another boot"),
        ([case(), boot(selected=[0, 1])], LOG, "another boot"),
        ([case(), boot(serial="../s")], LOG, "not allowed"),
        ([case(), boot(seconds=-1.0)], LOG, "less than 0"),
        ([{"seen": {**SEEN, "absent": 5}}, boot()], LOG, "not a list"),
        ([{"other": {}}, boot()], LOG, "other"),
        ([case()] * 20 + [boot()], LOG, "21 lines, more than 8"),
    ],
)
def test_answer_that_no_boot_makes_is_damaged(
    lines: list[dict[str, Any]], files: dict[str, bytes], why: str
) -> None:
    with pytest.raises(Damaged, match=why):
        checked_lines(packed_answer(lines, files), TASK, (0,))


def test_each_changed_byte_is_damage() -> None:
    answer = packed_answer([case(), boot()], LOG)
    journal = answer["journal"]
    for place in range(len(journal)):
        changed = journal[:place] + bytes([journal[place] ^ 1]) + journal[place + 1 :]
        with pytest.raises(Damaged):
            checked_lines({**answer, "journal": changed}, TASK, (0,))
    with pytest.raises(Damaged, match="digest"):
        checked_lines({**answer, "files": {".serial": b"!"}}, TASK, (0,))


def test_answer_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "_MOST_BYTES", 1000)
    with pytest.raises(Damaged, match="more than 1000"):
        checked_lines(packed_answer([case(), boot()], {".serial": b"x" * 1000}), TASK, (0,))


class Waiting:
    cancelled = False


def asking(monkeypatch: pytest.MonkeyPatch, answers: list[Any]) -> Callable[[], Any]:
    """Ask a cluster whose workers answer so."""
    cluster = object.__new__(Cluster)
    left = iter(answers)
    monkeypatch.setattr(Cluster, "_result", lambda self, *_: next(left))
    sent: list[str] = []
    monkeypatch.setattr(Cluster, "_send", lambda self, worker, packed: sent.append(worker))

    def take(answer: dict[str, Any]) -> Any:
        if "bad" in answer:
            raise Damaged("it is bad")
        return answer["good"], sent

    return lambda: cluster.ask(dict, None, Packed("d", {}), take, Waiting())


BAD = {"worker": "w", "bad": 1}
FAILED = {"worker": "w", "failed": ["", "the disk is full", ""]}


def test_lost_damaged_and_failed_work_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [{"worker": "w", "lacks": True}, BAD, "KilledWorker: w", {"worker": "w", "good": 7}]
    assert asking(monkeypatch, answers)() == (7, ["w"])
    assert asking(monkeypatch, [FAILED, FAILED, {"worker": "v", "good": 8}])() == (8, [])


@pytest.mark.parametrize(
    ("answer", "why"),
    [(BAD, "damaged answer: it is bad"), (FAILED, "the disk is full"), ("lost", "lost")],
)
def test_three_failures_in_a_row_are_a_fault(
    answer: Any, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MachineError, match=f"3 workers in a row failed: .*{why}"):
        asking(monkeypatch, [answer] * 3)()


def test_other_zxhil_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MachineError, match=r"worker w has zxhil 0\.0\.9 "):
        asking(monkeypatch, [{"worker": "w", "version": "0.0.9 (abc)"}])()


def test_input_that_a_worker_cannot_boot_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"x\.zbi: is broken"):
        asking(monkeypatch, [{"worker": "w", "failed": ["x.zbi", "is broken", "fix it"]}])()


def test_depot_refuses_damage_and_forgets_the_oldest() -> None:
    depot = Depot(most=10)
    contents = {content_digest(data): data for data in (b"aaaa", b"bbbb", b"cccc")}
    try:
        with pytest.raises(MachineError, match="damaged"):
            depot.keep({content_digest(b"x"): b"y"})
        for name, data in contents.items():
            depot.keep({name: data})
        assert depot.lacking(contents) == [content_digest(b"aaaa")]
        assert depot.read(content_digest(b"bbbb")) == b"bbbb"
        with pytest.raises(ContentMissing):
            depot.read(content_digest(b"aaaa"))
    finally:
        depot.close()


def test_large_bytes_of_a_job_are_contents_of_their_own() -> None:
    one, other = b"1" * 5000, b"2" * 5000
    first, second = pack(("a", one, other)), pack(("b", one, other))
    assert first.contents.keys() & second.contents.keys() == {
        content_digest(one),
        content_digest(other),
    }
    assert unpack(first.digest, first.contents.__getitem__) == ("a", one, other)
    assert max(len(first.contents[first.digest]), len(second.contents[second.digest])) < 1000


def test_nothing_of_dask_is_imported_without_the_option(tmp_path: Path) -> None:
    code = (
        "import sys; from zxhil.cli import main\n"
        "try: main()\n"
        "finally: assert not {'distributed', 'zxhil.cluster', 'labgrid'} & sys.modules.keys()"
    )
    words = ["run", "-q", "--arch", "x64", "--tests", "vmo_read", "--log-dir", str(tmp_path / "l")]
    subprocess.run([sys.executable, "-c", code, *words], check=True, stdout=-1)


def test_cluster_goes_not_with_a_target_of_another_kind() -> None:
    with pytest.raises(UserError, match="--cluster: can't be combined with --transport ssh"):
        CliRunner().invoke(cli, ["run", "--cluster", "x:1", "--ssh", "h"], catch_exceptions=False)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("nonsense://x", "no address: nonsense:// is none of tcp://, tls://"),
        ("http://127.0.0.1:80", "no address: http:// is none of"),
        ("nofile.json", "is no file and no address: it has no port"),
        ("tcp://127.0.0.1", "it has no port"),
        ("tcp://:8786", "it has no host"),
        ("x:y", "Port could not be cast"),
        ("x:0", "there is no port 0"),
        ("tcp://127.0.0.1:99999", "Port out of range"),
        ("tcp://a b:1", "spaces"),
        ("x\0y:1", "control characters"),
        (f"tcp://{'a' * 300}:1", "no host has so long a name"),
        ("tcp://x:1/y", "more than a host and a port"),
        ("folder", "not a regular file"),
        ("fifo", "not a regular file"),
        ("no.json", "is not a scheduler file: it has no address"),
        ("list.json", "is not a scheduler file: it has no address"),
        ("number.json", "is not a scheduler file: it has no address"),
        ("deep.json", "is not a scheduler file"),
        ("text", "is not a scheduler file: line 1, column 1 is not JSON"),
        ("random", "is not a scheduler file: it is not UTF-8"),
        ("wrong.json", "has the address 'tcp://127.0.0.1': it has no port"),
    ],
)
def test_address_that_is_none_is_refused_before_anything_connects(
    given: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "no.json": b"{}", "list.json": b"[1]", "number.json": b'{"address": 5}', "text": b"x",
        "random": b"x\x80\xff", "wrong.json": b'{"address": "tcp://127.0.0.1"}',
        "deep.json": b"[" * 100_000,
    }  # fmt: skip
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.chdir(tmp_path)
    for command in ("run", "explore"):
        with pytest.raises(UserError) as refused:
            CliRunner().invoke(cli, [command, "--cluster", given], catch_exceptions=False)
        assert why in str(refused.value)
    with pytest.raises(UserError, match="--cluster"), connected(given):
        pass


def test_scheduler_file_and_addresses_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "scheduler.json"
    file.write_text('{"type": "Scheduler", "address": "tls://10.0.0.1:8786"}')
    assert scheduler_at(str(file)) == "tls://10.0.0.1:8786"
    assert scheduler_at("tcp://[::1]:8786") == "tcp://[::1]:8786"
    assert scheduler_at("host:1") == "tcp://host:1"


#: Addresses, with Dask's settings.
ADDRESSES = {
    "127.0.0.1:1": "3 nobody answers at --cluster 127.0.0.1:1",
    "SILENT": "3 whatever listens at --cluster 127.0.0.1:",
    "tls://127.0.0.1:1": "2 --cluster tls://127.0.0.1:1: needs certificates",
    "tcp://127.0.0.1:1 require-encryption": "2 --cluster tcp://127.0.0.1:1: is not encrypted",
    "tls://127.0.0.1:1 tls.ca-file tls.client.cert tls.client.key": (
        "2 --cluster tls://127.0.0.1:1: the certificates can't be used"
    ),
}


def test_cluster_that_does_not_connect_is_an_error_without_a_traceback(tmp_path: Path) -> None:
    """In one process, at whose end the clients that did not connect end, too."""
    source = (
        "import sys, dask, distributed\nfrom zxhil.cluster import connect\n"
        "from zxhil.errors import ZxhilError\n"
        "connect._CONNECT_SECONDS = connect._ANSWER_SECONDS = 0.5\n"
        "for given in sys.argv[1:]:\n"
        "    address, *settings = given.split()\n"
        "    try:\n"
        "        with dask.config.set({f'distributed.comm.{s}': '/no' for s in settings}):\n"
        "            with connect.connected(address): pass\n"
        "    except ZxhilError as error: print(error.exit_code, str(error).splitlines()[0])"
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = f"127.0.0.1:{silent.getsockname()[1]}"
        addresses = [port if each == "SILENT" else each for each in ADDRESSES]
        done = subprocess.run(
            [sys.executable, "-c", source, *addresses], cwd=tmp_path, capture_output=True, text=True
        )
    assert (done.returncode, done.stderr) == (0, "")
    for line, begin in zip(done.stdout.splitlines(), ADDRESSES.values(), strict=True):
        assert line.startswith(begin)


@pytest.mark.parametrize(
    "option", [("--record",), ("--replay", "logs"), ("--gdb",), ("--show-command",)]
)
def test_option_that_needs_the_machine_here_is_refused(
    option: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "logs").mkdir()
    words = [str(tmp_path / word) if word == "logs" else word for word in option]
    with pytest.raises(UserError) as refused:
        must_fit_cluster(
            {option[0].removeprefix("--").replace("-", "_"): words[-1], "cluster": "x:1"}, Target()
        )
    assert f"can't be combined with {option[0]}" in str(refused.value)


class FakeClient:
    """A client whose workers have these threads, and say this of themselves."""

    status = "running"

    def __init__(self, said: dict[str, Any]) -> None:
        self.said = said

    def nthreads(self) -> dict[str, int]:
        return dict.fromkeys(self.said, 1)

    def run(self, work: Any, on_error: str) -> dict[str, Any]:
        return self.said


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "the cluster at x has no workers"),
        ({"w": "0.0.9 (abc)"}, r"worker w has zxhil 0\.0\.9 "),
        ({"w": own_version(), "v": ImportError("no zxhil")}, "worker v cannot import zxhil"),
        # So does Dask report it.
        ({"v": Exception("ImportError('no')")}, "worker v cannot import zxhil"),
    ],
)
def test_cluster_whose_workers_are_of_no_use_is_refused(said: dict[str, Any], why: str) -> None:
    with pytest.raises(MachineError, match=why):
        Cluster(FakeClient(said), "x")


def test_cancelled_boot_gives_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How a machine that was killed ended says nothing of the kernel."""
    shop = object.__new__(Workshop)
    shop.__dict__.update(
        _idle=Idle(), _programs={"p": PROGRAM}, setup=None,
        _folder=tmp_path, _saved=None,
    )  # fmt: skip
    monkeypatch.setattr(workshop, "run_boot", lambda *_: None)

    @contextmanager
    def watch(end: Callable[[], None]) -> Iterator[None]:
        end()
        yield

    with pytest.raises(MachineError, match="the boot was cancelled"):
        shop.do(BootOrder("job", "v", "p", (0,), "name"), watch)
    assert shop.idle == float("inf")


class Shop:
    """What is ended, and cannot be in an event loop: as QMP."""

    idle = 0.0

    def __init__(self, fails: bool = False) -> None:
        self.ended = False
        self._fails = fails

    def close(self) -> None:
        asyncio.new_event_loop().run_until_complete(asyncio.sleep(0))
        self.ended = True
        if self._fails:
            raise MachineError("QEMU is gone")


def test_end_of_a_run_ends_all_that_is_its_own_and_nothing_of_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two runs on one kernel have the same job; Dask asks in its event loop."""
    first, second, other = Shop(fails=True), Shop(), Shop()
    shops = {("run", "a"): first, ("run", "b"): second, ("other", "a"): other}
    monkeypatch.setattr(on_worker, "_shops", shops)
    with pytest.raises(MachineError, match="QEMU is gone"):
        asyncio.run(on_worker.finish("run"))
    assert (first.ended, second.ended, other.ended) == (True, True, False)
    assert shops == {("other", "a"): other}
