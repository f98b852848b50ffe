"""A run: programs on a kernel, boot by boot, until every case has its result."""
