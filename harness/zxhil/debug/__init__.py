"""A debugger on a running kernel: QEMU's gdbstub, and the symbols of what runs."""
