"""Machines: QEMU for x64 and arm64, its serial stream, its limits and its clean end.

:class:`~zxhil.machine.boot.Boot` says what to start, :class:`~zxhil.machine.machine.Machine`
is one QEMU, :func:`~zxhil.machine.listen.listen` gives its stream with everything that the
:class:`~zxhil.machine.monitor.Monitor` and the limits have to say about it.
"""
