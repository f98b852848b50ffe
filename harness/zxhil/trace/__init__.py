"""The trace: what a guest test says on serial, from bytes to decoded calls (docs/trace.md)."""

VERSION = 1
