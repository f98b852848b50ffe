"""Boot images: read, check and write ZBI and BOOTFS; find kernel and shim in what the user gives.

`find.load` makes an :class:`~zxhil.image.find.Image` of a path; `pack.pack` turns it and the
test binaries into the boot data that QEMU gets as ``-initrd``.
"""
