"""A dialogue with a running kernel: calls from Python, made by a guest, judged as they return.

:mod:`~zxhil.live.protocol` is the form of a request, :mod:`~zxhil.live.line` gets one across
a serial line and its answer back, :mod:`~zxhil.live.kernel` is what a person has in hand.
"""
