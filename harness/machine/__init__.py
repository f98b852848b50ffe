"""Machines: QEMU for x64 and arm64, its serial stream, its limits and its clean end.

:class:`~harness.machine.boot.Boot` says what to start, :class:`~harness.machine.machine.Machine`
is one QEMU, :func:`~harness.machine.listen.listen` gives its stream with everything that the
:class:`~harness.machine.monitor.Monitor` and the limits have to say about it.
"""
