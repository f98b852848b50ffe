"""A dialogue with a running kernel: calls from Python, made by a guest, judged as they return.

:mod:`~harness.live.protocol` is the form of a request, :mod:`~harness.live.line` gets one across
a serial line and its answer back, :mod:`~harness.live.kernel` is what a person has in hand.
"""
