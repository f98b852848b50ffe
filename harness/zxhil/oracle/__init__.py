"""Trace in, verdicts out."""
