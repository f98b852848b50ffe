"""The calls of a kernel, by its vDSO."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from zxhil.docs.calls import calls_of_vdso
from zxhil.errors import UserError

SOURCE = """
int _zx_widget_turn(void) { return 0; }
int zx_widget_turn(void) __attribute__((alias("_zx_widget_turn")));
int zx_widget_stop(void) { return 0; }
int CODE_SYSRET_zx_widget_turn(void) { return 0; }
extern int zx_widget_elsewhere(void);
int helper(void) { return zx_widget_elsewhere(); }
"""


def build(folder: Path, source: str) -> Path:
    if not shutil.which("clang"):
        pytest.skip("clang is not installed")
    (folder / "vdso.c").write_text(source)
    flags = ["-shared", "-fPIC", "-nostdlib", "-fuse-ld=lld", "-Wl,--hash-style=gnu"]
    output = folder / "libzircon.so"
    subprocess.run(["clang", *flags, "vdso.c", "-o", output], cwd=folder, check=True)
    return output


def test_defined_symbols_with_the_prefix_are_calls(tmp_path: Path) -> None:
    assert calls_of_vdso(build(tmp_path, SOURCE)) == {"widget_turn", "widget_stop"}


def test_an_elf_without_calls(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="exports no zx_"):
        calls_of_vdso(build(tmp_path, "int f(void) { return 0; }\n"))
