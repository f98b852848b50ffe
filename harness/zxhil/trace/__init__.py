"""The trace of a guest test, from bytes on the serial port to decoded calls (docs/trace.md)."""

from zxhil.abi.runtime import TRACE_VERSION

#: Version 1 had no nonce, version 2 a CRC-32 in place of bytes, version 3 neither threads nor
#: time; their logs are still judged.
VERSIONS = (1, 2, 3, TRACE_VERSION)

#: The first version in which calls and returns have their thread and time.
STAMPED = 4
