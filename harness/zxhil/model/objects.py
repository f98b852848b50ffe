"""Kernel objects and handles, as far as the pages describe them.

Every attribute that a page's sentence sets is a `Fact`. Derived states (peer closed, a signal)
are computed from facts by `State` and never stored.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from zxhil.abi.objects import ObjType
from zxhil.abi.sample import Sample
from zxhil.model.contents import Contents
from zxhil.model.facts import Fact, KnownRights
from zxhil.model.tri import MAYBE, NO, YES, Tri, tri

#: Shared by all objects of which no property is known; `properties.change_property` replaces it.
_NO_PROPERTIES: dict[int, Fact[bytes]] = {}
#: Shared by all objects without reported children; `children.reported_children` replaces it.
_NOTHING_REPORTED: dict[int, ObjType] = {}


class KernelObject:
    """An object behind handles. `koid` is None until the kernel reported it."""

    __slots__ = (
        "children",
        "cookie",
        "given",
        "handles",
        "in_transit",
        "kept",
        "koid",
        "listed",
        "parent",
        "peer",
        "properties",
        "related",
        "reported",
        "signals",
        "type",
        "unidentified",
        "unseen",
    )

    def __init__(self, type_: ObjType, koid: int | None = None) -> None:
        self.type = type_
        self.koid = koid
        self.related: int | None = None
        """The koid that the kernel gave as the related one; that never changes."""
        self.given = False
        """Known from the bootstrap message only: it may have relatives that the model has not."""
        self.unseen = False
        """It may be in a state that the model has not seen: others had it, or may have used it."""
        self.unidentified = False
        """It may be any other object of its type: which one is unknown."""
        self.peer: KernelObject | None = None
        self.parent: KernelObject | None = None
        self.children: list[KernelObject] = []
        self.listed: set[ObjType] = set()
        """Types of children of which the kernel has reported all that existed before."""
        self.reported: dict[int, ObjType] = _NOTHING_REPORTED
        """Koids that the kernel listed, each of a child with no koid in the model, or of none."""
        self.handles: list[HandleEntry] = []
        self.in_transit: list[Transit] = []
        self.kept: Fact[bool] | None = None
        """The kernel still holds a handle that it should have discarded."""
        self.signals: Fact[int] = Fact(0)
        """Bits that user mode set or cleared."""
        self.cookie: Cookie | None = None
        self.properties = _NO_PROPERTIES
        """ZX_PROP_* and what is known of its value (properties.py)."""

    def let_go(self) -> None:
        """Refer to no other object any more, nor to handles: nothing will be asked again."""
        self.handles.clear()
        self.in_transit.clear()
        self.children.clear()
        self.peer = self.parent = None

    def open_facts(self) -> tuple[Fact[Any], ...]:
        """Facts of the object itself that may be one of several values (`Fact.options`)."""
        return ()

    def yes_or_no_facts(self) -> tuple[Fact[bool], ...]:
        """Facts of the object itself that hold or do not, and that an answer may settle."""
        return ()

    def __repr__(self) -> str:
        return f"{self.type.name.lower()}{'' if self.koid is None else f' koid {self.koid}'}"


class HandleEntry:
    """One handle value of the process: alive or not, and what it gives access to.

    The entry of a dead handle stays, because whether it really died may be retracted.
    """

    __slots__ = ("live", "object", "rights", "value")

    def __init__(
        self, value: int, object_: Fact[KernelObject], rights: Fact[KnownRights], live: Fact[bool]
    ) -> None:
        self.value = value
        self.object = object_
        self.rights = rights
        self.live = live


class Transit:
    """A handle inside a message or a share queue: in transit, bound to the kernel."""

    __slots__ = ("holder", "object", "rights")

    def __init__(self, object_: Fact[KernelObject], rights: Fact[KnownRights]) -> None:
        self.object = object_
        self.rights = rights
        self.holder: Message | ShareSlot | None = None


class Content(NamedTuple):
    """What a message holds: `size` bytes, as far as the trace has them, and how many handles.

    `called`: zx_channel_call wrote it, so the kernel has replaced its first four bytes.
    """

    size: int
    data: Sample | None
    handles: int
    called: bool = False


class Message:
    """A channel message waiting at `owner`, the endpoint that it will be read from.

    One that is not `present` is a message that a failed call should not have written. If no page
    rules such a message out, `perhaps` are the handles that may be in it.
    """

    __slots__ = ("content", "owner", "perhaps", "present", "transits")

    def __init__(
        self,
        owner: KernelObject,
        present: Fact[bool],
        content: Fact[Content],
        transits: list[Transit],
    ) -> None:
        self.owner = owner
        self.present = present
        self.content = content
        self.transits = transits
        self.perhaps: tuple[Transit, ...] = ()


class ShareSlot:
    """One shared socket on its way to zx_socket_accept at `owner`; `accepted` is one that was it.

    The last accepted one stays in the queue: that it is gone is only expected.
    """

    __slots__ = ("accepted", "owner", "present", "transits")

    def __init__(self, owner: KernelObject, present: Fact[bool]) -> None:
        self.owner = owner
        self.present = present
        self.accepted = False
        self.transits: list[Transit] = []


class Channel(KernelObject):
    """One endpoint; `queue` holds what its peer wrote, oldest first.

    `txids` are the transaction ids of calls through it, as far as whoever read them saw them.
    """

    __slots__ = ("queue", "txids")

    def __init__(self, koid: int | None = None) -> None:
        super().__init__(ObjType.CHANNEL, koid)
        self.queue: list[Message] = []
        self.txids: frozenset[bytes] = frozenset()


class Unread:
    """What waits in one plane of a socket: `chunks`, one for each write, oldest first.

    Unless it is `exact`, an output that was not recorded, or a failed read, has left open what
    is there: then `chunks` is empty, and at least `least` bytes (of a stream) or datagrams wait.
    """

    __slots__ = ("chunks", "exact", "least")

    def __init__(self) -> None:
        self.chunks: list[Contents] = []
        self.exact = True
        self.least = 0

    def empty(self) -> Tri:
        """Is nothing there?"""
        if self.exact:
            return NO if self.chunks else YES
        return NO if self.least else MAYBE

    def became_empty(self) -> None:
        """An answer showed that nothing is there."""
        self.chunks, self.exact, self.least = [], True, 0

    def open(self, least: int) -> None:
        """From now on only that `least` bytes or datagrams wait is known."""
        self.chunks, self.exact, self.least = [], False, max(0, least)


class Socket(KernelObject):
    """One endpoint; `data` is what its peer wrote, `shares` are the sockets shared to it.

    `options` are those that it was created with; None if that was not seen.
    """

    __slots__ = ("control", "data", "drains", "options", "shares", "shut")

    def __init__(self, options: int | None, koid: int | None = None) -> None:
        super().__init__(ObjType.SOCKET, koid)
        self.options = options
        self.data = Unread()
        self.control = Unread()
        self.shares: list[ShareSlot] = []
        self.shut: Fact[bool] = Fact(False)
        """Neither can this end be read (any more), nor the other one written."""
        self.drains = True
        """Do the pages agree that what waits when it is shut can still be read?"""

    def yes_or_no_facts(self) -> tuple[Fact[bool], ...]:
        """Whether it is shut."""
        return (self.shut,)

    def created_with(self, option: int) -> Tri:
        """Was it created with `option`?"""
        return tri(None if self.options is None else bool(self.options & option))


class Fifo(KernelObject):
    """One end of a FIFO; `waiting` counts the elements that its peer wrote and nobody has read.

    `known` are the bytes of those, from the first on: of all of them, if it is the `whole`.
    """

    __slots__ = ("capacity", "each", "known", "waiting", "whole")

    def __init__(self, capacity: int, each: int) -> None:
        super().__init__(ObjType.FIFO)
        self.capacity = capacity
        self.each = each
        self.waiting: Fact[int] = Fact(0)
        self.known = Contents.of(b"")
        self.whole = True

    def open_facts(self) -> tuple[Fact[int], ...]:
        """How many elements wait."""
        return (self.waiting,)

    def lose(self) -> None:
        """Nothing is known of what waits, unless it is certain that nothing does."""
        self.known, self.whole = Contents.of(b""), self.waiting.value == 0


class Span:
    """Bytes of a VMO from `offset`: what a call left there, as far as `data` is known."""

    __slots__ = ("data", "offset", "size")

    def __init__(self, offset: int, size: int, data: Fact[Contents]) -> None:
        self.offset = offset
        self.size = size
        self.data = data

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.offset + self.size


class Vmo(KernelObject):
    """A VMO that was created with `options`; `size` is in bytes, always whole pages.

    `spans` are its bytes, what was written last stands last; of all others nothing is known, or
    what `source` shows of the VMO that this one is a clone of. `vmo_memory.py` reads them.
    """

    __slots__ = (
        "clones",
        "committed",
        "copied",
        "made_by",
        "mapped",
        "options",
        "pinned",
        "placed",
        "policy",
        "size",
        "source",
        "spans",
    )

    def __init__(self, options: int, size: Fact[int], made_by: str = "vmo_create") -> None:
        super().__init__(ObjType.VMO)
        self.options = options
        self.size = size
        self.made_by = made_by
        """The call that made it: not all VMOs can be used alike."""
        self.mapped = False
        """It is, or was, in an address space: programs may write to it without a call."""
        self.placed = False
        """It is, or was, in an address space, also in one that no program runs in."""
        self.pinned = False
        """Pages of it are pinned, or were."""
        self.committed: Tri = NO
        """Has it pages?"""
        self.policy: Fact[int] = Fact(NO_POLICY)
        """The cache policy that was set."""
        self.spans: list[Span] = []
        self.source: CloneOf | None = None
        self.clones: list[Vmo] = []
        self.copied: list[tuple[int, int]] = []
        """Ranges of a clone, in whole pages, that a write has made its own."""

    def open_facts(self) -> tuple[Fact[Any], ...]:
        """The size, and the cache policy."""
        return (self.size, self.policy)


#: No cache policy was set.
NO_POLICY = -1


class CloneOf:
    """That a VMO is a clone of the range of `vmo` from `offset`, and what its page promises."""

    __slots__ = ("counted", "offset", "private", "shown", "vmo", "zeros")

    def __init__(self, vmo: Vmo, offset: int, promises: tuple[Fact[bool], ...]) -> None:
        self.vmo = vmo
        self.offset = offset
        self.shown, self.zeros, self.private, self.counted = promises
        """It shows what the other VMO holds, and zeroes beyond its end; the other one does not
        show what is written to it; the other one's signal counts it."""


class Resource(KernelObject):
    """A resource that was created; `kind` is the zx_rsrc_kind_t that it was created with.

    It grants `size` addresses from `base` on.
    """

    __slots__ = ("base", "kind", "size")

    def __init__(self, kind: int, base: int = 0, size: int = 0) -> None:
        super().__init__(ObjType.RESOURCE)
        self.kind = kind
        self.base = base
        self.size = size


class Cookie:
    """An object's cookie: the scope that is its key, and its value. Unless `present`, unset.

    One that never was set has no scope; the scope of one that was set may be unknown.
    """

    __slots__ = ("outlives_peer", "present", "scope", "value")

    def __init__(
        self, scope: Fact[KernelObject] | None, value: Fact[int], present: Fact[bool]
    ) -> None:
        self.scope = scope
        self.value = value
        self.present = present
        self.outlives_peer = False
        """Was it set or read, against the pages, after an event pair's other side was closed?"""
