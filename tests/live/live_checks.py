"""What is checked of a dialogue on any kernel, the stand-in or a real one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.abi.calls import BY_NAME
from zxhil.guest.build import build
from zxhil.image.find import load
from zxhil.image.pack import boot_words, pack
from zxhil.live.kernel import LiveKernel
from zxhil.live.prompt import namespace, run_script
from zxhil.machine.boot import Boot
from zxhil.machine.limits import Limits, Watch
from zxhil.machine.listen import listen
from zxhil.machine.machine import Machine
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseResult
from zxhil.trace.records import TraceReader

Start = Callable[..., LiveKernel]

#: A dialogue that is about every kind of argument, and reaches many conditions.
DIALOGUE = """\
a, b = k.channel_create()
e = k.event_create()
k.channel_write(a, b"hi", [e])
k.channel_write(a, b'"\\\\\\n?', [e])
arrived = k.channel_read(b)
k.object_get_info(arrived)
k.object_get_child(k.job, k.object_get_info(k.process).info.koid)
k.handle_close(arrived)
k.object_wait_one(b, ZX_CHANNEL_PEER_CLOSED)
k.channel_write(a, unmapped, num_bytes=3)
k.channel_write(a, misaligned(b"abc"), misaligned([0xdeadbeef]))
k.channel_write(a, read_only, num_bytes=4096)
k.channel_write(a, b"x" * 65536)
k.channel_write(a, b"x" * 65536, num_bytes=65537)
k.channel_read(b, num_bytes=10, bytes=edge)
k.channel_read(b)
k.channel_read(b)
k.handle_duplicate(k.vmar, ZX_RIGHT_INSPECT, out=edge)
k.object_get_info(k.last)
k.handle_close(k.calls[-2])
k.handle_duplicate(k.vmar, out=kernel)
k.handle_duplicate(k.vmar, out=read_only_edge)
s, t = k.socket_create(ZX_SOCKET_HAS_CONTROL)
k.socket_write(s, bytes(range(256)) * 3)
k.socket_read(t, 1000)
k.channel_write(a, None, [s, t])
inner = k.channel_read(b)
k.handle_close(inner[0])
k.socket_write(inner[1], b"x")
k.object_get_info(k.job, ZX_INFO_JOB_PROCESSES)
k.handle_close(a)
k.channel_write(b, b"x")
"""


#: A dialogue over each of the five pages that the cases began with.
SEED = {
    "object_set_cookie": """\
e = k.event_create()
k.object_set_cookie(e, e, 7)
k.object_get_cookie(e, e)
k.object_set_cookie(e, e, 8)
other = k.event_create()
k.object_set_cookie(e, other, 9)
k.object_set_cookie(e, 0xbad, 1)
k.object_set_cookie(0xbad, e, 1)
k.object_set_cookie(k.vmar, e, 1)
""",
    "channel_write_etc": """\
a, b = k.channel_create()
e = k.event_create()
k.channel_write_etc(a, b"hi", [move(k.event_create()), duplicate(e, 0, ZX_RIGHT_TRANSFER)])
for arrived in k.channel_read_etc(b):
    k.object_get_info(arrived)
k.object_get_info(e)
k.channel_write_etc(a, b"hi", [move(0xbad), duplicate(e)])
k.channel_write_etc(a, b"hi", [duplicate(e, 4)])
k.channel_write_etc(a, b"hi", [(2, e, 0, ZX_RIGHT_SAME_RIGHTS, 0)])
k.object_get_info(e)
k.channel_write_etc(a, b"hi", options=1)
k.handle_close(b)
k.channel_write_etc(a, b"hi", [move(k.event_create())])
""",
    "socket_share": """\
s, t = k.socket_create(ZX_SOCKET_HAS_ACCEPT)
u, v = k.socket_create()
k.socket_share(s, u)
k.object_wait_one(t, ZX_SOCKET_ACCEPT)
k.socket_accept(t)
k.socket_share(s, s)
s, t = k.socket_create(ZX_SOCKET_HAS_ACCEPT)
k.socket_share(s, k.event_create())
k.socket_share(0xbad, v)
k.object_get_info(v)
k.socket_share(s, 0xbad)
""",
    "channel_write": """\
a, b = k.channel_create()
e = k.event_create()
k.channel_write(a, b"hi", [e])
k.channel_read(b)
k.object_get_info(e)
k.channel_write(a, b"hi", [k.event_create(), 0xdead])
k.channel_write(a, b"hi", options=1)
k.channel_write(a, unmapped, num_bytes=3)
k.channel_write(a, b"x" * 65536, num_bytes=65537)
k.channel_write(k.event_create(), b"hi")
k.channel_write(a, b"hi", [a])
a, b = k.channel_create()
k.handle_close(b)
k.channel_write(a, b"hi", [k.event_create()])
""",
    "object_get_child": """\
p = k.object_get_info(k.process).info
child = k.object_get_child(k.job, p.koid)
k.object_get_info(child)
k.object_get_child(k.job, p.koid, ZX_RIGHT_READ)
k.object_get_child(k.job, 1)
k.object_get_child(k.event_create(), 1)
k.object_get_child(0xbad, 1)
k.object_get_child(k.process, k.object_get_info(k.thread).info.koid, ZX_RIGHT_NONE)
k.object_get_child(k.job, p.koid, out=unmapped)
""",
}


def talk(kernel: LiveKernel, text: str) -> dict[str, object]:
    """Run a script on the kernel; return its variables."""
    variables = namespace(kernel)
    kernel.name_handles_by(variables)
    run_script(text, "<test>", variables)
    return variables


def run_case_file(source: Path, arch: Arch, image: Path, folder: Path) -> list[CaseResult]:
    """Build a C file, boot it, and judge its cases."""
    program = build(arch, source)
    found = load(image, arch)
    zbi = folder / "said.zbi"
    words = boot_words(found, "bin/said")
    zbi.write_bytes(pack(found, {"bin/said": program.elf}, words))
    infos = {c.name: CaseInfo("said", c.name, c.claims, "") for c in program.cases}
    oracle, reader, results = Oracle("said", infos), TraceReader(), []
    with Machine(Boot(arch, found.kernel, zbi), folder, "said") as machine:
        for item in listen(machine, Watch(Limits().scaled(6))):
            if isinstance(item, bytes):
                results += oracle.feed(reader.feed(item))
            if oracle.finished:
                break
    return results + oracle.finish()


def same_verdicts(kernel: LiveKernel, case: CaseResult) -> None:
    """The case's calls were made, answered and judged as those of the dialogue."""
    said = [(r.spelt.syscall.name, r.call.status, r.verdict, r.allowed) for r in kernel.calls]
    ran = [
        (c.text.partition("(")[0].removeprefix("zx_"), c.status, c.verdict, c.allowed)
        for c in case.calls
    ]
    assert [_plain(each) for each in ran] == [_plain(each) for each in said]


def _plain(call: tuple[str, str, object, tuple[str, ...]]) -> tuple[object, ...]:
    """Leave out the values: handles, and what a clock or a counter returns, differ."""
    name, status, verdict, allowed = call
    returned = status.partition(",")[0] if BY_NAME[name].has_status else ""
    return name, returned, verdict, allowed
