"""Boot images: read, check, and write ZBI and BOOTFS; find the kernel and shim at a path.

`find.load` makes an :class:`~zxhil.image.find.Image` from a path; `pack.pack` turns it and the
test binaries into the boot data that QEMU gets as ``-initrd``.
"""
