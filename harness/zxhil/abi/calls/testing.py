"""Calls that the kernel's own tests make of the vDSO."""

from typing import NamedTuple

from zxhil.abi.calls.notation import Int
from zxhil.abi.calls.prototype import AnsweredBy, special


@special(answered_by=AnsweredBy.TEST)
class SyscallTest0(NamedTuple):
    """zx_syscall_test_0, which takes nothing."""


@special(answered_by=AnsweredBy.TEST)
class SyscallTest1(NamedTuple):
    a: Int


@special(answered_by=AnsweredBy.TEST)
class SyscallTest2(NamedTuple):
    a: Int
    b: Int


@special(answered_by=AnsweredBy.TEST)
class SyscallTest3(NamedTuple):
    a: Int
    b: Int
    c: Int


@special(answered_by=AnsweredBy.TEST)
class SyscallTest4(NamedTuple):
    a: Int
    b: Int
    c: Int
    d: Int


@special(answered_by=AnsweredBy.TEST)
class SyscallTest5(NamedTuple):
    a: Int
    b: Int
    c: Int
    d: Int
    e: Int


@special(answered_by=AnsweredBy.TEST)
class SyscallTest6(NamedTuple):
    a: Int
    b: Int
    c: Int
    d: Int
    e: Int
    f: Int


@special(answered_by=AnsweredBy.TEST)
class SyscallTest7(NamedTuple):
    a: Int
    b: Int
    c: Int
    d: Int
    e: Int
    f: Int
    g: Int


@special(answered_by=AnsweredBy.TEST)
class SyscallTest8(NamedTuple):
    a: Int
    b: Int
    c: Int
    d: Int
    e: Int
    f: Int
    g: Int
    h: Int


@special(answered_by=AnsweredBy.TEST)
class SyscallTestWrapper(NamedTuple):
    a: Int
    b: Int
    c: Int
