"""The trace: what a guest test says on serial, from bytes to decoded calls (docs/trace.md)."""

from zxhil.abi.runtime import TRACE_VERSION

#: Version 1 had no nonce; its logs are still judged.
VERSIONS = (1, TRACE_VERSION)
