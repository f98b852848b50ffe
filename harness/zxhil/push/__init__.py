"""Transports: put a guest test on a kernel and read its output."""
