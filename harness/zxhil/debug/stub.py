"""A small client of QEMU's gdbstub, over a Unix socket.

The protocol is GDB's remote serial protocol, in the part that QEMU's gdbstub.c implements.
"""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from xml.etree import ElementTree

from zxhil.abi.arch import Arch
from zxhil.errors import MachineError

_SECONDS = 30.0
_PACKET = re.compile(rb"\$([^#]*)#[0-9a-f]{2}", re.DOTALL)
_INTERRUPT = b"\x03"
#: The program counter's number: after 16 general registers, or 31 and the stack pointer.
_COUNTER = {Arch.X64: 16, Arch.ARM64: 32}
_WORD = 8
#: arm64's CPSR: its number, and the bits of the mode. EL1 with its own stack pointer is 5.
_CPSR, _MODE, _EL1 = 33, 0xF, 5
#: No other answer begins with these.
_STOPPED = ("T", "S")


class GdbStub:
    """A connection. Connecting stops the guest, and closing leaves it stopped.

    Raises MachineError if QEMU does not accept, answer, or do what it is asked for.
    """

    def __init__(self, path: Path, arch: Arch) -> None:
        self._arch = arch
        self._received = b""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(_SECONDS)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise MachineError("QEMU's gdbstub does not accept", str(error)) from error

    def __enter__(self) -> GdbStub:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def counters(self) -> list[int]:
        """The program counter of each processor."""
        found: list[int] = []
        answer = self._ask("qfThreadInfo")
        while answer.startswith("m"):
            for thread in answer[1:].split(","):
                self._do(f"Hg{thread}")
                at = _WORD * _COUNTER[self._arch]
                found.append(int.from_bytes(self._hex("g")[at : at + _WORD], "little"))
            answer = self._ask("qsThreadInfo")
        return found

    def memory(self, address: int, size: int) -> bytes | None:
        """Memory at a virtual address; None if it is not mapped."""
        answer = self._ask(f"m{address:x},{size:x}")
        return None if answer.startswith("E") or not answer else bytes.fromhex(answer)

    def kernel_memory(self, address: int, size: int) -> bytes | None:
        """Memory of the kernel; None if it is not mapped.

        QEMU reads with the rights of the processor's mode: on arm64, that is changed meanwhile.
        """
        if self._arch is not Arch.ARM64:
            return self.memory(address, size)
        at = _WORD * _CPSR
        before = self._hex("g")[at : at + 4]
        kernel = (int.from_bytes(before, "little") & ~_MODE | _EL1).to_bytes(4, "little")
        self._do(f"P{_CPSR:x}={kernel.hex()}")
        try:
            return self.memory(address, size)
        finally:
            self._do(f"P{_CPSR:x}={before.hex()}")

    def write(self, address: int, data: bytes) -> None:
        """Write memory, also where the guest may not."""
        self._do(f"M{address:x},{len(data):x}:{data.hex()}")

    def break_at(self, address: int) -> None:
        """Continue until a processor arrives at an address."""
        self._do(f"Z0,{address:x},1")
        self.resume()
        self._until_stopped()
        self._do(f"z0,{address:x},1")

    def resume(self) -> None:
        """Let the guest run until :meth:`stop`."""
        self._send("c")

    def stop(self) -> None:
        """Stop the guest."""
        self._socket.sendall(_INTERRUPT)
        self._until_stopped()

    def system_register(self, name: str) -> int | None:
        """A system register of arm64 by the name that QEMU gives it; None if there is none."""
        number = 0
        for file in re.findall(r'href="([^"]+)"', self._feature("target.xml")):
            for reg in ElementTree.fromstring(self._feature(file)).iter("reg"):
                number = int(reg.get("regnum", number))
                if reg.get("name") == name:
                    return int.from_bytes(self._hex(f"p{number:x}"), "little")
                number += 1
        return None

    def _feature(self, file: str) -> str:
        text, answer = "", "m"
        while answer.startswith("m"):
            answer = self._ask(f"qXfer:features:read:{file}:{len(text):x},ff0")
            text += answer[1:]
        # A document type names a file that is not here.
        return re.sub(r"<!DOCTYPE[^>]*>", "", text)

    def _hex(self, packet: str) -> bytes:
        answer = self._ask(packet)
        with suppress(ValueError):
            if answer:
                return bytes.fromhex(answer)
        raise MachineError(f"QEMU's gdbstub answered {answer!r} to {packet}")

    def _do(self, packet: str) -> None:
        answer = self._ask(packet)
        if answer != "OK":
            raise MachineError(f"QEMU's gdbstub answered {answer!r} to {packet}")

    def _ask(self, packet: str) -> str:
        self._send(packet)
        while (answer := self._receive()).startswith(_STOPPED):
            # A guest that ran when the connection was made reports its stop unasked.
            continue
        return answer

    def _until_stopped(self) -> None:
        while not self._receive().startswith(_STOPPED):
            continue

    def _send(self, packet: str) -> None:
        raw = packet.encode("ascii")
        try:
            self._socket.sendall(b"$%s#%02x" % (raw, sum(raw) & 0xFF))
        except OSError as error:
            raise MachineError("QEMU's gdbstub is gone", str(error)) from error

    def _receive(self) -> str:
        while (found := _PACKET.search(self._received)) is None:
            try:
                part = self._socket.recv(1 << 16)
            except OSError as error:
                raise MachineError("QEMU's gdbstub does not answer", str(error)) from error
            if not part:
                raise MachineError("QEMU's gdbstub is gone")
            self._received += part
        self._received = self._received[found.end() :]
        self._socket.sendall(b"+")
        return _unescaped(found[1]).decode("latin-1")


def _unescaped(raw: bytes) -> bytes:
    return re.sub(rb"\}(.)", lambda escape: bytes([escape[1][0] ^ 0x20]), raw, flags=re.DOTALL)
