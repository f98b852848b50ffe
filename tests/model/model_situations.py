"""Situations for every clause of the five pages: one where it holds, one that only just is not.

Each function takes a kernel, brings it into the situation, and returns the call to be made.
"""

from __future__ import annotations

import situations_channel
import situations_object
from model_make import HOLDS, MISSES

__all__ = ["HOLDS", "MISSES", "situations_channel", "situations_object"]
