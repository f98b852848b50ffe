"""Prepare the boots of a run from the user's options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from zxhil.abi.arch import Arch
from zxhil.counts import counted
from zxhil.image.find import Image, load
from zxhil.machine.limits import EMULATION_FACTOR, Limits
from zxhil.machine.params import check_processors
from zxhil.push.booting import first_process_notes
from zxhil.run.setup import Setup

if TYPE_CHECKING:
    from zxhil.docs.statuses import DocumentedStatuses


def find_images(
    path: Path | None, arch: Arch | None, shim: Path | None, bootfs: bool = False
) -> dict[Arch, Image]:
    """The image of each architecture to run; without a path the stand-in of both.

    `bootfs` selects the whole system, if a folder also has a kernel alone.
    Raises UserError for an image that can't be taken, or a stand-in that can't be built.
    """
    if path is not None:
        image = load(path, arch, shim_path=shim, bootfs=bootfs)
        return {image.arch: image}
    from zxhil.standin import build

    return {a: load(build(a), a) for a in ([arch] if arch else list(Arch))}


def make_setup(
    image: Image | None,
    accel: str,
    memory_mib: int,
    words: tuple[str, ...],
    logs: Path,
    zbis: Path,
    documented: Mapping[str, DocumentedStatuses] | None = None,
    smp: int = 0,
) -> Setup:
    """The setup of each boot of `image`; `accel` is "tcg", "kvm", or "auto" to probe.

    Without an image no machine is booted, and the transport must be set. With `smp` 0 the
    machine has as many processors as the image names, or else one.
    """
    if accel == "auto" and image is None:
        accel = "tcg"
    elif accel == "auto" and image is not None:
        from zxhil.machine.kvm import kvm_works

        accel = "kvm" if kvm_works(image.arch) else "tcg"
    limits = Limits() if accel == "kvm" else Limits().scaled(EMULATION_FACTOR)
    notes: tuple[str, ...] = ()
    if image is not None:
        check_processors(image.arch, smp)
        notes = (*first_process_notes(image, words), *processor_notes(image, smp))
        smp = smp or image.processors
    return Setup(
        image,
        limits,
        logs,
        zbis,
        accel,
        memory_mib,
        words,
        documented=documented or {},
        smp=smp or 1,
        notes=notes,
    )


def processor_notes(image: Image, smp: int) -> tuple[str, ...]:
    """Warn about the user's `smp`: a kernel waits for all processors that its MDI names."""
    if not 0 < smp < image.processors:
        return ()
    named = counted(image.processors, "processor")
    return (f"the MDI of the image names {named}, --smp gives {smp}: the kernel may not start",)
