"""For every effect of the five pages: a kernel that breaks it, and where that shows.

Each function drives a kernel up to the broken effect, lets it answer as a broken kernel would,
and returns the call that broke the effect and the verdict on the call that showed it.
"""

from __future__ import annotations

import breaches_channel
import breaches_object
from model_broken import BREACHES

__all__ = ["BREACHES", "breaches_channel", "breaches_object"]
