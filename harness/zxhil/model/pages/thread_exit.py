"""zx_thread_exit, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import ThreadExit
from zxhil.model.page import Page

page = Page("thread_exit", ThreadExit, "thread_exit.md, 2018-12")

no_return = page.effect(
    "no_return", "the call does not return", words="does not return", purpose=True
)
