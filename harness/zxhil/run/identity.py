"""Which kernel an image holds, by the version string in its bytes."""

from __future__ import annotations

import re

from zxhil.standin import VERSION_PREFIX, is_standin

# What zx_system_get_version says: of Zircon "git-" and the commit (seen in 2018 and 2019 trees),
# of the stand-in its own prefix and a digest.
_VERSION = re.compile(rb"(?:git|zxhil-standin)-[0-9a-f]{40}(?:-dirty)?")


def held_version(zbi: bytes) -> str:
    """The version that the kernel of this boot data will give; empty if unknown.

    A packed kernel shows none, and other files may name other commits: then nothing is said.
    The stand-in names itself once, and knows another name as well: that of one of its faults.
    """
    found = set(_VERSION.findall(zbi))
    own = {name for name in found if name.startswith(VERSION_PREFIX)} or found
    return own.pop().decode("ascii") if len(own) == 1 else ""


def is_standin_version(version: str) -> bool:
    """Does a kernel that calls itself so say that it is the stand-in?"""
    return version.startswith(VERSION_PREFIX.decode("ascii"))


__all__ = ["held_version", "is_standin", "is_standin_version"]
