"""The stand-in boots like Zircon, keeps its first process in user mode, and says goodbye."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import lz4.frame
import pytest
from standin_probe import StandIn
from zxhil.abi.objects import HandleInfo, ObjType
from zxhil.abi.status import Status
from zxhil.image.compress import Compression, compress
from zxhil.machine.monitor import EventKind, Monitor
from zxhil.machine.params import params_for

pytestmark = pytest.mark.qemu

INVALID_ARGS = f"{Status.ZX_ERR_INVALID_ARGS & 0xFFFFFFFF:x}"


def stored(data: bytes) -> bytes:
    return compress(data, Compression.LZ4)


def linked(data: bytes) -> bytes:
    """Real matches, blocks that refer to the ones before, both checksums."""
    packed: bytes = lz4.frame.compress(
        data,
        compression_level=9,
        block_size=lz4.frame.BLOCKSIZE_MAX64KB,
        block_linked=True,
        block_checksum=True,
        content_checksum=True,
        store_size=True,
    )
    assert len(packed) < len(data)
    return packed


def test_first_process_gets_zircons_handles(standin: StandIn) -> None:
    seen = standin.boot("probe=describe", "some=word")
    lines = [line for line in seen.lines if not line.startswith("[")]
    facts = dict(line.split(" ", 1) for line in lines if line.count(" ") == 1)
    assert facts["protocol"] == "4150585d"
    assert facts["version"] == "1000"
    assert facts["get_version"] == "0"
    assert facts["short"] == f"{Status.ZX_ERR_BUFFER_TOO_SMALL & 0xFFFFFFFF:x}"
    assert facts["underscore"] == "1"
    assert facts["absent"] == "0"
    assert facts["constants"] == f"{ord('c'):x}"
    given = {
        int(a.split()[1], 16): int(b.split()[1], 16)
        for a, b in itertools.pairwise(lines)
        if a.startswith("handle ")
    }
    assert {HandleInfo(info & 0xFFFF): ObjType(type_) for info, type_ in given.items()} == {
        HandleInfo.PROC_SELF: ObjType.PROCESS,
        HandleInfo.THREAD_SELF: ObjType.THREAD,
        HandleInfo.JOB_DEFAULT: ObjType.JOB,
        HandleInfo.VMAR_ROOT: ObjType.VMAR,
        HandleInfo.VMO_VDSO: ObjType.VMO,
        HandleInfo.VMO_STACK: ObjType.VMO,
        HandleInfo.VMO_BOOTDATA: ObjType.VMO,
        HandleInfo.VMO_BOOTFS: ObjType.VMO,
        HandleInfo.VMO_KERNEL_FILE: ObjType.VMO,
        HandleInfo.RESOURCE: ObjType.RESOURCE,
    }
    assert any(line.startswith("zxhil-standin-") for line in lines)
    assert "git-" not in seen.text
    assert "the end" in lines
    assert seen.exit_code == params_for(standin.arch).powered_off


@pytest.mark.parametrize("pack", [None, stored, linked], ids=["plain", "stored", "linked"])
def test_bootfs_may_be_packed(standin: StandIn, pack: Callable[[bytes], bytes] | None) -> None:
    assert "get_version 0" in standin.boot("probe=describe", pack=pack).text


def test_bad_lz4_is_a_panic(standin: StandIn) -> None:
    def broken(data: bytes) -> bytes:
        return linked(data)[:300]

    seen = standin.boot("probe=describe", pack=broken, until="\n! ")
    assert "not an LZ4 frame" in seen.text
    assert EventKind.PANIC in events(seen.text)


def events(text: str) -> list[EventKind]:
    monitor = Monitor()
    found = monitor.feed(text.encode("latin-1")) + monitor.finish()
    return [event.kind for event in found]


def test_user_pointers_are_checked(standin: StandIn) -> None:
    lines = iter(standin.boot("probe=pointers").lines)
    seen = {
        line.split()[0]: (line.split()[1], next(lines).split()[1])
        for line in lines
        if line.split(" ")[0] in POINTERS
    }
    assert seen == POINTERS


# What writing through the pointer gives, and what reading gives.
POINTERS = {
    "writable": ("0", "0"),
    "constant": (INVALID_ARGS, "0"),
    "vdso": (INVALID_ARGS, "0"),
    "null": (INVALID_ARGS, INVALID_ARGS),
    "low": (INVALID_ARGS, INVALID_ARGS),
    "high": (INVALID_ARGS, INVALID_ARGS),
    "physmap": (INVALID_ARGS, INVALID_ARGS),
    "noncanonical": (INVALID_ARGS, INVALID_ARGS),
    "alias": (INVALID_ARGS, INVALID_ARGS),
    "top": (INVALID_ARGS, INVALID_ARGS),
}


@pytest.mark.parametrize(
    ("how", "access"),
    [
        ("null", "write"),
        ("vdso", "write"),
        ("constant", "write"),
        ("data", "execute"),
        ("kernel", "read"),
    ],
)
def test_wrong_access_ends_the_process(standin: StandIn, how: str, access: str) -> None:
    seen = standin.boot(f"probe={how}")
    assert f"KERN: fatal page fault in user thread, {access} of address" in seen.text
    assert "process bin/probe[" in seen.text
    assert "the end" not in seen.text
    assert set(events(seen.text)) == {EventKind.EXCEPTION}
    assert seen.exit_code == params_for(standin.arch).powered_off


@pytest.mark.parametrize("how", ["privileged", "port"])
def test_privileged_instruction_ends_the_process(standin: StandIn, how: str) -> None:
    seen = standin.boot(f"probe={how}")
    assert "KERN: fatal exception in user thread" in seen.text
    assert seen.exit_code == params_for(standin.arch).powered_off


def test_debug_read_waits_for_all_bytes(standin: StandIn) -> None:
    seen = standin.boot("probe=echo", send=("ready", b"12345678"))
    assert seen.lines[seen.lines.index("ready") + 1 :][:3] == ["read 0", "size 8", "12345678"]


def test_debug_write_truncates_in_silence(standin: StandIn) -> None:
    text = standin.boot("probe=truncate").text
    assert "a" * 255 + "b\r\nwrite 0" in text


def test_deep_chain_of_channels_is_closed(standin: StandIn) -> None:
    text = standin.boot("probe=nest").text
    assert "closed 0" in text
    assert "refused" not in text


def test_memory_is_released(standin: StandIn) -> None:
    assert "failed 0" in standin.boot("probe=churn").text


def test_memory_may_run_out(standin: StandIn) -> None:
    text = standin.boot("probe=fill").text
    assert f"full {Status.ZX_ERR_NO_MEMORY & 0xFFFFFFFF:x}\r\nagain 0" in text


def test_banner_is_honest_and_counts_as_a_boot(standin: StandIn) -> None:
    text = standin.boot("probe=describe").text
    assert text.count("welcome to Zircon") == 1
    assert "not Zircon" in text
    assert events(text) == []


def test_missing_program_is_reported(standin: StandIn) -> None:
    seen = standin.boot("userboot=bin/nobody")
    assert "'bin/nobody'" in seen.text
    assert EventKind.USERBOOT in events(seen.text)


def test_program_that_is_not_elf_is_reported(standin: StandIn) -> None:
    seen = standin.boot("userboot=bin/other")
    assert "userboot: bin/other: not a 64-bit" in seen.text


@pytest.mark.parametrize("memory", [64, 128, 512])
def test_any_memory_size(standin: StandIn, memory: int) -> None:
    assert "the end" in standin.boot("probe=describe", memory_mib=memory).text


def test_same_entropy_same_addresses(standin: StandIn) -> None:
    def starting(word: str) -> str:
        text = standin.boot("probe=describe", f"kernel.entropy-mixin={word}").text
        return next(line for line in text.split("\r\n") if "starting bin/probe" in line)

    assert starting("00ff") == starting("00ff")
    assert starting("00ff") != starting("00fe")
