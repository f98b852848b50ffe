"""Image ranges: folders, manifests, downloads that are cut off, and the cache."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import bisect_drive
import pytest
from bisect_drive import PROBE, bisect
from zxhil.bisect import images
from zxhil.bisect.cache import Cache
from zxhil.bisect.download import Download, fetch
from zxhil.bisect.process import Cancel
from zxhil.bisect.provide import CannotTell, ProbeFault, Workspace
from zxhil.errors import UserError


@dataclass
class Served:
    """What the server has, and how it behaves."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    cut_after: int = 0
    ranges: bool = True


@pytest.fixture
def served() -> Iterator[Served]:
    state = Served()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            state.asked.append((self.path, wanted))
            data = state.files.get(self.path)
            if data is None:
                self.send_error(404)
                return
            tag = '"' + hashlib.md5(data).hexdigest() + '"'
            start = 0
            if wanted and state.ranges and self.headers.get("If-Range", tag) == tag:
                start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(data) and start:
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            self.send_header("ETag", tag)
            self.send_header("Content-Length", str(len(data) - start))
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            self.end_headers()
            end = start + state.cut_after if state.cut_after else len(data)
            self.wfile.write(data[start:end])

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


DATA = bytes(range(256)) * 40


def test_a_download_goes_on_where_it_was_cut_off(served: Served, tmp_path: Path) -> None:
    served.files["/image"] = DATA
    served.cut_after = 3000
    part = tmp_path / "part"
    fetch(Download(f"{served.url}/image", sha(DATA)), part, Cancel())
    assert part.read_bytes() == DATA
    asked = [wanted for _, wanted in served.asked]
    assert asked == ["", "bytes=3000-", "bytes=6000-", "bytes=9000-"]


def test_a_download_goes_on_in_another_process(served: Served, tmp_path: Path) -> None:
    served.files["/image"] = DATA
    part = tmp_path / "part"
    part.write_bytes(DATA[:5000])
    fetch(Download(f"{served.url}/image", sha(DATA)), part, Cancel())
    assert part.read_bytes() == DATA
    assert served.asked == [("/image", "bytes=5000-")]


def test_a_file_that_changed_meanwhile_is_fetched_again(served: Served, tmp_path: Path) -> None:
    served.files["/image"] = DATA
    served.cut_after = 3000
    part = tmp_path / "part"
    wanted = Download(f"{served.url}/image", "")
    fetch(wanted, part, Cancel())
    part.write_bytes(DATA[:3000])
    served.files["/image"] = new = DATA[::-1]
    served.cut_after = 0
    fetch(wanted, part, Cancel())
    assert part.read_bytes() == new


def test_a_server_without_ranges_sends_the_whole_file(served: Served, tmp_path: Path) -> None:
    served.files["/image"] = DATA
    served.ranges = False
    part = tmp_path / "part"
    part.write_bytes(DATA[:5000])
    fetch(Download(f"{served.url}/image", sha(DATA)), part, Cancel())
    assert part.read_bytes() == DATA


def test_a_complete_part_is_only_verified(served: Served, tmp_path: Path) -> None:
    served.files["/image"] = DATA
    part = tmp_path / "part"
    part.write_bytes(DATA)
    fetch(Download(f"{served.url}/image", sha(DATA)), part, Cancel())
    assert part.read_bytes() == DATA


def test_a_wrong_checksum_is_a_fault_and_begins_again(served: Served, tmp_path: Path) -> None:
    served.files["/image"] = DATA
    part = tmp_path / "part"
    part.write_bytes(b"x" * 5000)
    wanted = Download(f"{served.url}/image", sha(DATA))
    with pytest.raises(ProbeFault, match="SHA-256"):
        fetch(wanted, part, Cancel())
    assert not part.exists()
    fetch(wanted, part, Cancel())
    assert part.read_bytes() == DATA


def test_missing_image_cannot_be_judged_and_missing_server_is_a_fault(
    served: Served, tmp_path: Path
) -> None:
    with pytest.raises(CannotTell, match="404"):
        fetch(Download(f"{served.url}/nothing", ""), tmp_path / "part", Cancel())
    with pytest.raises(ProbeFault):
        fetch(Download("http://127.0.0.1:9/image", ""), tmp_path / "part", Cancel())


def manifest(folder: Path, entries: list[dict[str, object]]) -> Path:
    path = folder / "images.json"
    path.write_text(json.dumps({"images": entries}))
    return path


def test_a_manifest_by_download_is_bisected(served: Served, tmp_path: Path) -> None:
    entries = []
    for i in range(40):
        data = f"{'bad' if i >= 27 else 'good'} {i}".encode()
        served.files[f"/{i}.zbi"] = data
        url = f"{served.url}/{i}.zbi"
        date = f"2018-{1 + i // 20:02}-{1 + i % 20:02}"
        entries.append({"name": f"build {i}", "date": date, "url": url, "sha256": sha(data)})
    del served.files["/20.zbi"]
    manifest(tmp_path, entries[::-1])
    ran = bisect(tmp_path, "--images", "images.json", "--when-command", PROBE, "--jobs", "2")
    assert ran.result["names"] == ["build 27"], ran.output
    assert "build 27 (2018-02-08)" in ran.output
    assert len(ran.tests) <= 9
    before = len(served.asked)
    ran = bisect(tmp_path, "--images", "images.json", "--when-command", PROBE)
    assert ran.result["names"] == ["build 27"]
    again = {path for path, _ in served.asked[before:]}
    assert again <= {"/20.zbi"}, "all others were kept"


def test_a_folder_is_in_natural_order(tmp_path: Path) -> None:
    for i in range(1, 13):
        folder = tmp_path / "all" / f"r{i}"
        folder.mkdir(parents=True)
        (folder / "kernel.zbi").write_text("bad" if i >= 10 else "good")
    (tmp_path / "all" / ".hidden").mkdir()
    test = 'grep -q good "$ZXHIL_IMAGE/kernel.zbi"'
    ran = bisect(tmp_path, "--images", "all", "--when-command", test)
    assert ran.result["names"] == ["r10"]
    ran = bisect(
        tmp_path, "--images", "all", "--when-command", test, "--good", "r10", "--bad", "r9"
    )
    assert ran.code == 2
    assert "--find-fix" in ran.output
    ran = bisect(tmp_path, "--images", "all", "--when-command", f"! {test}", "--find-fix")
    assert ran.result["names"] == ["r10"]


def test_an_image_of_several_files_is_a_folder(served: Served, tmp_path: Path) -> None:
    (tmp_path / "shim").write_text("shim")
    served.files["/zbi"] = b"zbi"
    files = [{"path": "shim"}, {"url": f"{served.url}/zbi", "sha256": sha(b"zbi")}]
    listed = images.read_range(
        manifest(tmp_path, [{"name": "a", "files": files}, {"name": "b", "path": "shim"}])
    )
    cache = Cache(tmp_path / "cache", 1 << 20)
    provider = images.ImageProvider(listed, cache, tmp_path / "partial", tmp_path)
    bench = Workspace(0, tmp_path, ExitStack())
    supply = provider.provide("a", bench, Cancel())
    assert supply.image is not None
    held = {p.name: p.read_text() for p in supply.image.glob("[!.]*")}
    assert held == {"shim": "shim", "zbi": "zbi"}
    supply.close()
    assert provider.provide("a", bench, Cancel()).cached


def test_a_local_file_is_verified(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    entries = [{"name": n, "path": "a", "sha256": sha(w)} for n, w in (("1", b"a"), ("2", b"b"))]
    listed = images.read_range(manifest(tmp_path, entries))
    cache = Cache(tmp_path / "cache", 1 << 20)
    provider = images.ImageProvider(listed, cache, tmp_path / "partial", tmp_path)
    bench = Workspace(0, tmp_path, ExitStack())
    assert provider.provide("1", bench, Cancel()).image == tmp_path / "a"
    with pytest.raises(ProbeFault, match="SHA-256"):
        provider.provide("2", bench, Cancel())


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "not TOML or JSON"),
        ("{}", "no list of images"),
        ('[{"path": "x"}, {"path": "y"}]', "has no name"),
        ('[{"name": "a"}, {"name": "b"}]', "either a path or a url"),
        ('[{"name": "a", "path": "p", "sha256": "12"}, {"name": "b", "path": "p"}]', "SHA-256"),
        ('[{"name": "a", "url": "ftp://x/y"}, {"name": "b", "path": "p"}]', "http or https"),
        ('[{"name": "a", "path": "p"}]', "1 images"),
        ('[{"name": "a", "path": "p"}, {"name": "a", "path": "q"}]', "two images 'a'"),
    ],
)
def test_a_wrong_manifest_is_explained(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(content)
    with pytest.raises(UserError, match=problem):
        images.read_range(path)


def test_toml_and_versions(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    lines = [f'[[images]]\nname = "n{v}"\nversion = "1.{v}"\npath = "p"\n' for v in (10, 9, 2)]
    path.write_text("".join(lines))
    assert [image.name for image in images.read_range(path)] == ["n2", "n9", "n10"]


def fill(cache: Cache, key: str, size: int) -> None:
    cache.put(key, lambda folder: (folder / "f").write_bytes(bytes(size)) and None).close()


def test_cache_evicts_the_least_recently_used(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 2500)
    for key in "abc":
        fill(cache, key, 1000)
    assert [key for key in "abc" if (tmp_path / key).exists()] == ["b", "c"]
    entry = cache.get("b")
    assert entry is not None
    entry.close()
    fill(cache, "d", 1000)
    assert [key for key in "abcd" if (tmp_path / key).exists()] == ["b", "d"]


def test_cache_keeps_what_is_in_use(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 1500)
    held = cache.put("a", lambda folder: (folder / "f").write_bytes(bytes(1000)) and None)
    fill(cache, "b", 1000)
    assert held.path.exists()
    held.close()
    fill(cache, "c", 1000)
    assert not held.path.exists()


def test_a_failed_filling_leaves_nothing(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 1500)

    def fail(folder: Path) -> None:
        (folder / "f").touch()
        raise CannotTell("no")

    with pytest.raises(CannotTell):
        cache.put("a", fail)
    assert [p.name for p in tmp_path.iterdir()] == [".lock"]
    (tmp_path / ".part-left").mkdir()
    fill(cache, "b", 10)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".lock", "b"]


def test_a_changed_range_is_not_resumed(tmp_path: Path) -> None:
    for i in range(4):
        (tmp_path / "all" / f"r{i}").mkdir(parents=True)
    assert bisect(tmp_path, "--images", "all", "--when-command", "true").code == 1
    (tmp_path / "all" / "r1a").mkdir()
    done = bisect_drive.zxhil(tmp_path, "--resume", "--yes")
    assert done.returncode == 2
    assert "4 candidates, not the 3" in done.stderr


def test_images_of_a_folder_may_be_compressed(tmp_path: Path) -> None:
    for name in ("10.zbi", "9.zbi.gz", "11.zbi.zst", "12.zbi.xz", "13.gz", "README"):
        (tmp_path / name).write_bytes(b"x")
    names = [image.name for image in images.read_range(tmp_path)]
    assert names == ["9.zbi.gz", "10.zbi", "11.zbi.zst", "12.zbi.xz"]
