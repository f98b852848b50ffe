"""Guest programs that run as processes of Linux, on a vDSO of the tests."""

from __future__ import annotations

import subprocess

#: C that enters a program as the kernel does, with the vDSO in the file VDSO.
START = """\
__asm__(".pushsection .text, \\"ax\\"\\n"
        ".globl _start\\n"
        "_start:\\n"
        "    lea zx_stack+0x10000(%rip), %rsp\\n"
        "    mov $5, %edi\\n"
        "    lea vdso(%rip), %rsi\\n"
        "    call zx_main\\n"
        ".balign 4096\\n"
        "vdso: .incbin \\"VDSO\\"\\n"
        ".popsection\\n");
__attribute__((used, aligned(16))) char zx_stack[0x10000];
"""


def run(command: list[str]) -> None:
    """Run a tool; its complaint is what the test shows."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
