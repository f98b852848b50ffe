"""A small kernel with DWARF, and what the plugin would write of it."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

from zxhil.guest import elf
from zxhil.trace.wire import encode

LINKED = 0xFFFFFFFF80100000
MOVED = -0x80000000
NONCE = 77
HEADER = """\
struct Widget {
    int count;
    int Used(int n);
    int Unused(int n);
    inline __attribute__((always_inline)) int Inlined(int n) {
        if (n > 3)
            return count / n;
        return n;
    }
};
"""
SOURCE = """\
#include "widget.h"
int Widget::Used(int n) {
    if (n == 7)
        return Inlined(n * count) + 2;
    return n;
}
int Widget::Unused(int n) {
    return n * 3;
}
namespace other {
int Unused(int n) {
    return n * 5;
}
}
"""
OTHER = "int elsewhere(int n) {\n    return n + 1;\n}\n"


def build_kernel(folder: Path) -> Path:
    """Compile and link it: `zircon.elf`."""
    files = {
        "kernel/object/widget.h": HEADER,
        "kernel/object/widget_dispatcher.cpp": SOURCE,
        "kernel/lib/other.cpp": OTHER,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    sources = [name for name in files if name.endswith(".cpp")]
    objects = [f"{Path(name).stem}.o" for name in sources]
    for source, made in zip(sources, objects, strict=True):
        command = ["clang++", "--target=x86_64-unknown-none-elf", "-O1", "-g", "-ffreestanding"]
        command += ["-fno-exceptions", "-mcmodel=kernel", "-c", f"./{source}", "-o", made]
        subprocess.run(command, cwd=folder, check=True)
    link = ["ld.lld", "-e", "0", f"--image-base={LINKED:#x}", *objects, "-o", "zircon.elf"]
    subprocess.run(link, cwd=folder, check=True)
    return folder / "zircon.elf"


def symbol(kernel: Path, name: str) -> tuple[int, int]:
    """The address and size of a function, by its mangled name."""
    from elftools.elf.elffile import ELFFile

    with kernel.open("rb") as file:
        (found,) = ELFFile(file).get_section_by_name(".symtab").get_symbol_by_name(name)
    return found["st_value"], found["st_size"]


def code_at(kernel: Path, address: int, size: int) -> bytes:
    """The linked code."""
    data = kernel.read_bytes()
    text = elf.section(data, ".text", str(kernel))
    assert text is not None
    return data[text.offset + address - text.address :][:size]


def write_data(
    path: Path,
    cases: Sequence[Sequence[tuple[int, int]]],
    samples: Sequence[tuple[int, bytes]],
    *,
    lost: int = 0,
) -> Path:
    """A file as the plugin writes it: before each case and after the last one ran `boot`."""
    blocks = sorted({block for case in cases for block in case} | {(LINKED, 1)})
    hits = [blocks.index((LINKED, 1))]
    for number, case in enumerate(cases, 1):
        hits += [0x8000_0000 | number, *map(blocks.index, case), 0x8000_0000]
    head = struct.pack(
        "<8s6I", b"zblocks1", len(blocks), len(hits), lost, len(cases), len(samples), 0
    )
    kept = b"".join(struct.pack("<Q24s", *each) for each in samples).ljust(64 * 32, b"\0")
    table = b"".join(struct.pack("<QI4x", *block) for block in blocks)
    with path.open("wb") as file:
        file.write(head + kept + table)
        file.seek(len(head + kept) + (16 << 20))
        file.write(struct.pack(f"<{len(hits)}I", *hits))
    return path


def serial_log(path: Path, program: str, begun: Sequence[str]) -> Path:
    """A log in which these cases begin and end."""
    records = [("V", f"4 x64 {program} 9 {NONCE:x}"), ("K", "git-1"), ("D", "handle_close")]
    for index, name in enumerate(begun):
        records += [("B", f"{index:x} {name}"), ("E", f"{index:x} 0")]
    records += [("Z", f"{len(begun):x}")] * 4
    frames = (encode(n, kind, body, NONCE) for n, (kind, body) in enumerate(records))
    path.write_bytes(b"".join(frames))
    return path
