"""The options that a kernel's userboot supports, concluded from the image.

Facts: ``userboot=`` and an LZ4 frame up to 2019 (``system/core/userboot``), zstd from 2020,
``userboot.next=`` from 2021, and today no ``userboot.shutdown`` but ``userboot.test.next=``,
which powers off when nothing else is to be started (``kernel/lib/userabi/userboot``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zxhil.image.compress import Compression

DIALECT_OLD = "userboot="
DIALECT_NEXT = "userboot.next="

_NEXT = b"userboot.next"
_TEST_NEXT = b"userboot.test.next"
_SHUTDOWN = b"userboot.shutdown"
_SERIAL = b"kernel.enable-serial-syscalls"
_LZ4 = (b"bad lz4 version", b"uncompressed BOOTFS not supported")


@dataclass(frozen=True, slots=True)
class Userboot:
    """How to address this kernel's userboot.

    `sure` is False where the dialect was not seen in the kernel but assumed. `shutdown` and
    `test_next` say whether the kernel knows ``userboot.shutdown`` and ``userboot.test.next``;
    `serial_syscalls` whether it may want ``kernel.enable-serial-syscalls``.
    """

    compression: Compression
    dialect: str
    sure: bool
    shutdown: bool
    test_next: bool
    serial_syscalls: bool
    why: tuple[str, ...]


def conclude(
    kernel: Sequence[bytes], bootfs: Compression | None, has_storage_kernel: bool
) -> Userboot:
    """Conclude from the kernel's bytes and from the user's own BOOTFS item, if there is one.

    `kernel` are the parts of the kernel, unpacked; `bootfs` is how the user's BOOTFS is packed.
    """

    def has(text: bytes) -> bool:
        return any(text in part for part in kernel)

    why: list[str] = []
    test_next = has(_TEST_NEXT)
    said_next = test_next or has(_NEXT)
    shutdown = has(_SHUTDOWN)
    if said_next:
        dialect = DIALECT_NEXT
        why.append("the kernel knows userboot.next")
    elif shutdown and not has_storage_kernel:
        dialect = DIALECT_OLD
        why.append("the kernel knows userboot.shutdown and not userboot.next: it takes userboot=")
    else:
        dialect = DIALECT_NEXT if has_storage_kernel else DIALECT_OLD
        age = "a" if has_storage_kernel else "no"
        why.append(
            f"no userboot option found in the kernel; {age} STORAGE_KERNEL item: "
            f"{dialect} is assumed, and the other is passed as well"
        )
    compression, reason = _compression(has, bootfs, dialect == DIALECT_NEXT)
    why.append(reason)
    if not shutdown:
        why.append("userboot.shutdown not found in the kernel")
    return Userboot(
        compression=compression,
        dialect=dialect,
        sure=said_next or (shutdown and not has_storage_kernel),
        shutdown=shutdown,
        test_next=test_next,
        serial_syscalls=dialect == DIALECT_NEXT or has(_SERIAL),
        why=tuple(why),
    )


def _compression(
    has: Callable[[bytes], bool], bootfs: Compression | None, is_next: bool
) -> tuple[Compression, str]:
    if bootfs is not None:
        return bootfs, f"the image's own BOOTFS is {bootfs}, so ours is"
    for text in _LZ4:
        if has(text):
            return Compression.LZ4, f"the kernel says {text.decode()!r}: BOOTFS must be lz4"
    if is_next:
        return Compression.ZSTD, "a userboot of this dialect takes zstd"
    return Compression.LZ4, "the BOOTFS format of this userboot is unknown; lz4 is assumed"
