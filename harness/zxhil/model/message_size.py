"""How large a message may be: what the pages of zx_channel_write and zx_channel_write_etc share."""

from __future__ import annotations

from typing import Any

from zxhil.abi.objects import MAX_MSG_BYTES, MAX_MSG_HANDLES
from zxhil.model.page import Page


def allowed_sizes(page: Page[Any]) -> None:
    """As many handles and bytes as the page names are not too many."""
    page.allows_up_to(
        "num_handles",
        MAX_MSG_HANDLES,
        "a message may hold 64 handles",
        clause="max_handles",
        words=("maximum number of handles", "64"),
    )
    page.allows_up_to(
        "num_bytes",
        MAX_MSG_BYTES,
        "a message may hold 65,536 bytes",
        clause="max_bytes",
        words=("maximum number of bytes", "65536"),
    )


def size_errors(page: Page[Any]) -> None:
    """More are too many."""
    page.range(
        "num_bytes",
        MAX_MSG_BYTES,
        "more bytes than a message may hold",
        clause="out_of_range_bytes",
    )
    page.range(
        "num_handles",
        MAX_MSG_HANDLES,
        "more handles than a message may hold",
        clause="out_of_range_handles",
    )
