"""Which code of the kernel did the cases reach? (docs/kernel-coverage.md)

A plugin of QEMU counts translated blocks per case; the kernel's DWARF has functions and lines.
"""
