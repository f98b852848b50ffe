"""Storage items: what they hold once unpacked, and how they are packed."""

from __future__ import annotations

from zxhil.image import compress
from zxhil.image.compress import Compression
from zxhil.image.zbi import FLAG_CRC32, FLAG_STORAGE_COMPRESSED, FLAG_VERSION, Item


def compression_of(item: Item) -> Compression | None:
    """How a storage item is packed; None if it is flagged compressed and is neither kind."""
    return compress.kind_of(item.payload) if item.compressed else Compression.PLAIN


def unpacked(item: Item, place: str) -> bytes:
    """Give a storage item's content. Raises UserError (see `compress.decompress`)."""
    if not item.compressed:
        return item.payload
    return compress.decompress(item.payload, item.extra, place)


def packed(kind: int, content: bytes, compression: Compression) -> Item:
    """Make a storage item of type `kind`; its extra is the unpacked size, as userboot wants it."""
    flags = FLAG_VERSION | FLAG_CRC32
    if compression is not Compression.PLAIN:
        flags |= FLAG_STORAGE_COMPRESSED
    return Item(kind, compress.compress(content, compression), len(content), flags)
