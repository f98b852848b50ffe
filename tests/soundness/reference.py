"""A kernel that keeps to its pages and chooses, wherever they leave a choice.

It shares nothing with the oracle's model but numbers and the prototypes: one definite state, a
handle table, reference counts. Each call gathers the documented conditions that hold (True) and
those that pages leave open (None), and answers any of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from player import HAS_COOKIE, SAME
from plays_channels import Channels
from plays_creation import Creation
from plays_fifos import Fifos
from plays_interrupts import Interrupts
from plays_memory import VmoMemory
from plays_properties import Properties
from plays_sockets import Sockets
from zxhil.abi.calls import CALLS, AnyCall

__all__ = ["HAS_COOKIE", "NAMES", "SAME", "Reference"]

NAMES = {call.type: call.name for call in CALLS}


class Reference(Creation, Interrupts, Properties, Channels, Sockets, Fifos, VmoMemory):
    """One process's kernel. `call` answers a decoded call; `full` are all entries of its array."""

    def call(self, call: AnyCall, full: list[Any]) -> tuple[int, dict[str, Any]]:
        """Answer a call: the status, and the outputs as a guest would record them."""
        self.pass_time()
        method: Callable[..., tuple[int, dict[str, Any]]] = getattr(self, NAMES[type(call)])
        returned = method(call, full) if full or hasattr(call, "handles") else method(call)
        self.signals_changed(NAMES[type(call)])
        self.pass_time()
        self.signals_changed("")
        return returned
