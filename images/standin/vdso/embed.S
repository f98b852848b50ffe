// The linked vDSO inside the kernel image.
.data
.balign 4096
.globl vdso_image
vdso_image:
.incbin "libzircon.so"
.globl vdso_image_end
vdso_image_end:
.balign 4096
