"""Prebuilt images as a range: a folder or a manifest, in order, fetched when they are needed.

A manifest is TOML or JSON: a list ``images`` of tables with ``name``, and either ``path`` or
``url`` with ``sha256``, or ``files``, a list of such tables, where an image has several files;
``date`` or ``version`` may give the order. Paths are relative to the manifest.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from filelock import FileLock

from zxhil.bisect.cache import Cache, CachedFolder
from zxhil.bisect.download import Download, fetch, sha256_of
from zxhil.bisect.graph import Graph
from zxhil.bisect.outcome import ProbeOutcome
from zxhil.bisect.process import Cancel
from zxhil.bisect.provide import CannotTell, ProbeFault, Supply, Workspace
from zxhil.bisect.search import Plan
from zxhil.disk.files import SMALL_LIMIT, parse_json, parse_toml, read_limited
from zxhil.errors import UserError
from zxhil.image.layout import ZBI_SUFFIXES
from zxhil.names import no_such

_FORGET_AFTER = 14 * 24 * 3600
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True)
class ImageSource:
    """One file or folder of an image: `path`, or `url`; `sha256` in hex, or ""."""

    name: str
    path: Path | None
    url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ListedImage:
    """An image of a range. `order` is its date or version as text, "" if it has none."""

    name: str
    order: str
    sources: tuple[ImageSource, ...]


def read_range(path: Path) -> tuple[ListedImage, ...]:
    """Read a folder or a manifest: the images, the oldest first. Raises UserError.

    A folder's images are its folders and its ``*.zbi`` files, in the order of their names, in
    which numbers count as numbers. A manifest's are in the order of their dates, else of their
    versions, if each has one, else as listed.
    """
    listed = _folder(path) if path.is_dir() else _manifest(path)
    if len(listed) < 2:
        raise UserError(str(path), f"{len(listed)} images", "a range has at least two")
    names = [image.name for image in listed]
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise UserError(str(path), f"two images {twice[0]!r}", "give each a unique name")
    return tuple(listed)


def natural(text: str) -> list[tuple[int, str]]:
    """Return a key that sorts 9 before 10."""
    parts = re.split(r"(\d+)", text)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts if part]


def _folder(path: Path) -> list[ListedImage]:
    found = [
        entry
        for entry in path.absolute().iterdir()
        if not entry.name.startswith(".") and (entry.is_dir() or entry.name.endswith(ZBI_SUFFIXES))
    ]
    found.sort(key=lambda entry: natural(entry.name))
    return [ListedImage(e.name, "", (ImageSource(e.name, e, "", ""),)) for e in found]


def _manifest(path: Path) -> list[ListedImage]:
    data = read_limited(path, SMALL_LIMIT, "give a folder or a manifest")
    try:
        top = parse_toml(data.decode(), path) if path.suffix == ".toml" else parse_json(data)
    except ValueError as error:
        raise UserError(str(path), f"is not TOML or JSON: {error}", "fix the manifest") from None
    listed = top.get("images") if isinstance(top, dict) else top
    if not isinstance(listed, list):
        raise UserError(str(path), "has no list of images", "list them under `images`")
    images = [_image(path, number, entry) for number, entry in enumerate(listed, 1)]
    for field in ("date", "version"):
        if all(isinstance(entry, dict) and field in entry for entry in listed):
            order = [str(entry[field]) for entry in listed]
            images = [
                ListedImage(image.name, text, image.sources)
                for image, text in zip(images, order, strict=True)
            ]
            return sorted(images, key=lambda image: natural(image.order))
    return images


def _image(manifest: Path, number: int, entry: object) -> ListedImage:
    place = f"{manifest}: image {number}"
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise UserError(place, "has no name", "give each image a name")
    files = entry.get("files", [entry])
    if not isinstance(files, list) or not files:
        raise UserError(place, "files is not a list", "list the files of the image")
    sources = tuple(_source(manifest, place, file) for file in files)
    return ListedImage(entry["name"], "", sources)


def _source(manifest: Path, place: str, entry: object) -> ImageSource:
    fields: Mapping[str, Any] = entry if isinstance(entry, dict) else {}
    path, url, digest = (fields.get(key, "") for key in ("path", "url", "sha256"))
    if not all(isinstance(value, str) for value in (path, url, digest)) or bool(path) == bool(url):
        raise UserError(place, "needs either a path or a url, as text", "fix the manifest")
    if digest and not _SHA256.fullmatch(digest):
        raise UserError(place, f"{digest!r} is not a SHA-256 digest", "give 64 hexadecimal digits")
    if path:
        return ImageSource(Path(path).name, manifest.absolute().parent / path, "", digest)
    parts = _address(place, url)
    name = parts.path.rpartition("/")[2]
    if parts.scheme not in ("http", "https") or name in ("", ".", ".."):
        raise UserError(place, f"{url!r} is not an http or https URL of a file", "fix it")
    return ImageSource(name, None, url, digest)


def _address(place: str, url: str) -> SplitResult:
    """Parse a URL. Raises UserError if no request can be made of it."""
    try:
        url.encode("ascii")
        parts = urlsplit(url)
        if parts.port == 0 or any(not " " < char < "\x7f" for char in url):
            raise ValueError("a port of 0, or a blank or control character")
    except ValueError as error:
        raise UserError(
            place, f"{url!a} is not a URL: {error}", "write other characters as %XX"
        ) from None
    return parts


def plan(images: Sequence[ListedImage], good: str, bad: str, find_fix: bool = False) -> Plan:
    """Plan the bisection of the images between two of them, named; "" is the first or the last.

    Raises UserError for a name that is not there, and for ends the wrong way round.
    """
    names = [image.name for image in images]
    old, new = (bad, good) if find_fix else (good, bad)
    old, new = old or names[0], new or names[-1]
    for name in (old, new):
        if name not in names:
            raise no_such("--images", "image", name, names)
    first, last = names.index(old), names.index(new)
    if first >= last:
        problem = "is both ends" if first == last else f"comes after {new}: the ends are reversed"
        remedy = "remove --find-fix" if find_fix else "add --find-fix to find what fixed it"
        raise UserError(old, problem, f"{remedy}, or swap the ends")
    graph = Graph.chain(names[first + 1 : last + 1])
    return Plan(graph, (old,), new, ProbeOutcome.BAD if find_fix else ProbeOutcome.GOOD)


class ImageProvider:
    """Candidates that are prebuilt images: local ones in place, others downloaded."""

    phase = "getting"

    def __init__(self, images: Sequence[ListedImage], cache: Cache, partial: Path, home: Path):
        self._images = {image.name: image for image in images}
        self._cache = cache
        self._partial = partial
        self._home = home

    def provide(self, candidate: str, bench: Workspace, cancel: Cancel) -> Supply:
        """Find an image, or download it into the cache."""
        image = self._images[candidate]
        started = time.monotonic()
        local = [source.path for source in image.sources if source.path is not None]
        environment = {"ZXHIL_CANDIDATE": candidate}
        if len(local) == len(image.sources) == 1:
            _check_local(image.sources[0], local[0])
            environment["ZXHIL_IMAGE"] = str(local[0])
            return Supply(local[0], self._home, environment)
        entry, cached = self._gathered(image, cancel)
        seconds = 0.0 if cached else time.monotonic() - started
        environment["ZXHIL_IMAGE"] = str(entry.only)
        return Supply(entry.only, self._home, environment, seconds, cached, entry.close)

    def label(self, candidate: str) -> str:
        """Return the name, with its date or version."""
        order = self._images[candidate].order if candidate in self._images else ""
        return f"{candidate} ({order})" if order and order != candidate else candidate

    def objection(self, candidate: str, version: str) -> str:
        """Accept every image: its name implies no version."""
        return ""

    def reject(self, candidate: str, bench: Workspace) -> None:
        """Do nothing: there is no other image of that name."""

    def key(self, candidate: str) -> str:
        """A digest of the content of local images, and of the addresses of others."""
        parts = []
        for source in self._images[candidate].sources:
            if source.path is None:
                parts += [source.name, source.sha256 or source.url]
                continue
            files = sorted(source.path.rglob("*")) if source.path.is_dir() else [source.path]
            for file in files:
                if file.is_file():
                    parts += [os.path.relpath(file, source.path), sha256_of(file)]
        return _key(parts)

    def _gathered(self, image: ListedImage, cancel: Cancel) -> tuple[CachedFolder, bool]:
        key = _key([f"{s.name} {s.path} {s.url} {s.sha256}" for s in image.sources])
        entry = self._cache.get(key)
        cached = entry is not None
        if entry is None:
            entry = self._cache.put(key, lambda folder: self._fill(image, folder, cancel))
        return entry, cached

    def _fill(self, image: ListedImage, folder: Path, cancel: Cancel) -> None:
        self._partial.mkdir(parents=True, exist_ok=True)
        _prune_old(self._partial)
        for source in image.sources:
            if source.path is not None:
                _check_local(source, source.path)
                shutil.copy2(source.path, folder / source.name)
                continue
            wanted = Download(source.url, source.sha256)
            part = self._partial / _key([source.url, source.sha256])
            lock = FileLock(part.with_name(part.name + ".lock"))
            with lock:
                fetch(wanted, part, cancel)
                shutil.move(part, folder / source.name)
            for name in (".tag", ".lock"):
                part.with_name(part.name + name).unlink(missing_ok=True)


def _prune_old(partial: Path) -> None:
    """Remove partial downloads that were not resumed for two weeks."""
    for path in partial.iterdir():
        if path.stat().st_mtime < time.time() - _FORGET_AFTER:
            path.unlink(missing_ok=True)


def _check_local(source: ImageSource, path: Path) -> None:
    if not path.exists():
        raise CannotTell(f"{path} does not exist")
    if source.sha256 and path.is_file() and (found := sha256_of(path)) != source.sha256.lower():
        raise ProbeFault(f"{path}: SHA-256 is {found}, not {source.sha256}")


def _key(parts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
