"""A run: programs on a kernel, boot by boot, until every case has its result."""

#: How often a run repeats its cases at most.
MAX_ROUNDS = 10_000
