"""Files for QEMU's ``-kernel``: boot shims, and the kernels of old trees."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.image.zbi import looks_like_zbi

SHIM_NAMES: dict[Arch, tuple[str, ...]] = {
    Arch.X64: ("linux-x86-boot-shim.bin", "multiboot.bin"),
    Arch.ARM64: (
        "linux-arm64-boot-shim.bin",
        "qemu-boot-shim.bin",
        "qemu-arm64-boot-shim.bin",
        "boot-shim.bin",
    ),
}
"""Names of boot shims, today's first."""

_MULTIBOOT_MAGIC = struct.pack("<I", 0x1BADB002)

_ARM64_MAGIC = b"ARM\x64"
_MRS_CURRENT_EL = 0xD5384240
"""``mrs x0, CurrentEL``; the low five bits are the register."""

HEAD = 8192
"""How many bytes tell: the Multiboot header, 4-byte aligned, lies within these."""


def arch_of(head: bytes) -> Arch | None:
    """Determine the machine from the first `HEAD` bytes of a file for ``-kernel``, None if unknown.

    Looks for the headers of Linux on arm64 and x86, for a valid Multiboot header, and for what
    `is_raw_arm64` recognizes: QEMU loads each of these.
    """
    if head[0x38:0x3C] == _ARM64_MAGIC:
        return Arch.ARM64
    if head[0x1FE:0x200] == b"\x55\xaa" and head[0x202:0x206] == b"HdrS":
        return Arch.X64
    at = head.find(_MULTIBOOT_MAGIC)
    while at >= 0:
        if at % 4 == 0 and at + 12 <= len(head):
            magic, flags, check = struct.unpack_from("<3I", head, at)
            if (magic + flags + check) & 0xFFFF_FFFF == 0:
                return Arch.X64
        at = head.find(_MULTIBOOT_MAGIC, at + 1)
    return Arch.ARM64 if is_raw_arm64(head) else None


def is_raw_arm64(head: bytes) -> bool:
    """Whether a file for ``-kernel`` is arm64 code without any header, by its first `HEAD` bytes.

    So are Zircon's boot shims from March to October 2018 (``boot-shim.S`` got a header on
    2018-10-10); QEMU loads such a file 512 KiB into RAM (``hw/arm/boot.c``). The code of a boot
    shim or kernel reads CurrentEL first of all.
    """
    if looks_like_zbi(head) or head[0x38:0x3C] == _ARM64_MAGIC:
        return False
    words = struct.iter_unpack("<I", head[: len(head) // 4 * 4])
    return any(word & ~0x1F == _MRS_CURRENT_EL for (word,) in words)


def beside(folder: Path, arch: Arch) -> Path | None:
    """Find the boot shim for `arch` in a folder by its known names."""
    return first_file(folder, SHIM_NAMES[arch])


def first_file(folder: Path, names: Sequence[str]) -> Path | None:
    """Give the first of `names` that is a file in `folder`."""
    return next((folder / name for name in names if (folder / name).is_file()), None)
