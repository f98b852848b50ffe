"""Build the commits of a range, in private worktrees."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.bisect.cache import Cache
from zxhil.bisect.gitrange import Repository
from zxhil.bisect.process import Cancel, Ended, ran_out_of_something, run
from zxhil.bisect.provide import CannotTell, ProbeFault, Supply, Workspace
from zxhil.errors import UserError
from zxhil.git import run_git

_OURS = re.compile(r"zxhil-[0-9a-f]{12}-tree")
# Changes with what is kept of a build: what an older zxhil kept is built again.
_KEPT = "image and symbols"
_VERSION = re.compile(r"git-([0-9a-f]{7,40})")


@dataclass(frozen=True, slots=True)
class Recipe:
    """The user's build.

    `command` is for the shell, run in the worktree; empty if nothing is built. `image_paths` are
    what it leaves, relative to the worktree; without them the last line that it prints is the
    image's path. `clean` asks for an untouched worktree for each build. `timeout` is in seconds.
    `symbols` is an ELF file in the worktree, or a folder with one, to keep with each image; empty
    for what lies beside the image.
    """

    command: str
    image_paths: tuple[str, ...] = ()
    clean: bool = False
    timeout: float | None = None
    arch: Arch | None = None
    symbols: str = ""


class Worktree:
    """A private checkout; the user's repository lists it as a worktree until it is removed."""

    def __init__(self, repository: Repository, path: Path, commit: str) -> None:
        self._repository = repository
        self.path = path
        self.untouched = True
        self.suspect = False
        # The HEAD of a mirror may name a branch that does not exist: the commit is named here.
        repository.worktree("add", "--detach", "--no-checkout", "--quiet", str(path), commit)

    def checkout(self, commit: str, cancel: Cancel) -> None:
        """Bring the tracked files to a commit; what builds left stays. Raises ProbeFault."""
        cancel.check()
        self._git("checkout", "--detach", "--force", "--quiet", commit)

    def clean(self, cancel: Cancel) -> None:
        """Remove everything that is not tracked. Raises ProbeFault."""
        cancel.check()
        self._git("clean", "-ffdxq")
        self._git("reset", "--hard", "--quiet")
        self.untouched = True
        self.suspect = False

    def remove(self) -> None:
        """Remove the worktree and its entry in the repository."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._repository.worktree("remove", "--force", "--force", str(self.path))

    def _git(self, *arguments: str) -> None:
        # A session of its own: Ctrl-C must not leave a checkout half done.
        done = run_git(self.path, *arguments, own_session=True)
        if done.code:
            raise ProbeFault(f"git {arguments[0]} failed in the worktree", done.stderr.strip())


def prune_lost_worktrees(repository: Repository) -> None:
    """Prune our worktrees whose folder is gone from the repository.

    Killing zxhil by force leaves such entries; git would do the same after three months.
    """
    listed = repository.git("worktree", "list", "--porcelain").splitlines()
    for line in listed:
        path = Path(line.removeprefix("worktree "))
        if line.startswith("worktree ") and _OURS.fullmatch(path.name) and not path.exists():
            repository.worktree("remove", "--force", "--force", str(path))


class GitProvider:
    """Candidates that are commits: checked out, built by the user's command, cached by tree."""

    def __init__(self, repository: Repository, recipe: Recipe, cache: Cache, home: Path) -> None:
        self._repository = repository
        self._recipe = recipe
        self._cache = cache
        self._home = home
        self._worktrees: dict[int, Worktree] = {}
        self.phase = "building" if recipe.command else "checking out"

    def provide(self, candidate: str, bench: Workspace, cancel: Cancel) -> Supply:
        """Build a commit, or take its tree's image from the cache."""
        environment = {"ZXHIL_COMMIT": candidate}
        if not self._recipe.command:
            tree = self._worktree(bench, candidate)
            tree.checkout(candidate, cancel)
            return Supply(None, tree.path, environment)
        key = self.key(candidate)
        entry = self._cache.get(key)
        seconds = 0.0
        cached = entry is not None
        if entry is None:
            built, tree = self._build(candidate, bench, cancel)
            seconds = built.seconds
            source = image_sources(tree.path, self._recipe.image_paths, built.stdout)
            entry = self._cache.put(
                key, lambda folder: keep_image(tree.path, source, folder, self._recipe)
            )
        environment["ZXHIL_IMAGE"] = str(entry.only)
        return Supply(entry.only, self._home, environment, seconds, cached, entry.close)

    def label(self, candidate: str) -> str:
        """Return the short id and the subject."""
        return self._repository.subject(candidate)

    def objection(self, candidate: str, version: str) -> str:
        """Compare the commit that a kernel says it was built from with the candidate.

        A kernel's version is ``git-COMMIT``. Another commit of the same tree builds the same, and
        a commit that the repository does not have proves nothing.
        """
        found = _VERSION.search(version)
        if found is None or candidate.startswith(found[1]):
            return ""
        try:
            other = self._repository.resolve(found[1])
        except UserError:
            return ""
        if self._repository.tree(other) == self._repository.tree(candidate):
            return ""
        return f"the kernel that ran reports version {found[1][:12]}: the build left a stale image"

    def reject(self, candidate: str, bench: Workspace) -> None:
        """Drop the image, and start the next build of this bench with a clean worktree."""
        self._cache.drop(self.key(candidate))
        if bench.number in self._worktrees:
            self._worktrees[bench.number].suspect = True

    def key(self, candidate: str) -> str:
        """A digest of the commit's tree and the build: the same ones give the same image."""
        recipe = self._recipe
        parts = (self._repository.tree(candidate), recipe.command, str(recipe.arch), recipe.symbols)
        joined = "\0".join((_KEPT, *parts, *recipe.image_paths))
        return hashlib.sha256(joined.encode()).hexdigest()[:32]

    def _worktree(self, bench: Workspace, candidate: str) -> Worktree:
        if bench.number not in self._worktrees:
            path = bench.folder / f"{bench.folder.name}-tree"
            tree = Worktree(self._repository, path, candidate)
            bench.closing.callback(tree.remove)
            self._worktrees[bench.number] = tree
        return self._worktrees[bench.number]

    def _build(self, candidate: str, bench: Workspace, cancel: Cancel) -> tuple[Ended, Worktree]:
        tree = self._worktree(bench, candidate)
        if tree.suspect or (self._recipe.clean and not tree.untouched):
            tree.clean(cancel)
        tree.checkout(candidate, cancel)
        fresh = tree.untouched
        tree.untouched = False
        environment = {"ZXHIL_COMMIT": candidate}
        built = build(self._recipe, tree.path, bench.folder, cancel, environment)
        if built.code and not fresh:
            # What an earlier build left may be the reason; only a clean build can accuse a commit.
            tree.clean(cancel)
            tree.checkout(candidate, cancel)
            tree.untouched = False
            built = build(self._recipe, tree.path, bench.folder, cancel, environment)
        if built.code:
            raise CannotTell(_why(built), built.tail, built.seconds)
        return built, tree


def build(
    recipe: Recipe, tree: Path, logs: Path, cancel: Cancel, environment: dict[str, str]
) -> Ended:
    """Run the build command in `tree`. Raises ProbeFault if the host made it fail."""
    shell = ("/bin/sh", "-c", recipe.command)
    built = run(shell, tree, logs, cancel, environment, recipe.timeout)
    if built.code and not built.timed_out and (why := ran_out_of_something(built, tree)):
        raise ProbeFault(f"the build was stopped: {why}", built.tail)
    return built


def _why(built: Ended) -> str:
    if built.timed_out:
        return f"the build did not finish within {built.seconds:.0f} s"
    return f"does not build (exit code {built.code})"


def image_sources(tree: Path, image_paths: Sequence[str], stdout: str) -> list[Path]:
    """Return what a build left as its image. Raises CannotTell if it is not there."""
    if image_paths:
        sources = [tree / path for path in image_paths]
    else:
        lines = [line.strip() for line in stdout.splitlines() if line.strip()]
        if not lines:
            raise CannotTell("the build printed no path of an image")
        sources = [tree / lines[-1]]
    for source in sources:
        if not source.exists():
            raise CannotTell(f"the build left no image at {source.name}", str(source))
    return sources


def keep_image(tree: Path, sources: Sequence[Path], folder: Path, recipe: Recipe) -> None:
    """Copy an image out of the worktree: of a build folder only what a boot needs, and symbols.

    A ZBI takes the boot shim along that stands beside it.
    """
    if len(sources) == 1:
        source = sources[0]
        if _keep_bootable(tree, source, folder, recipe):
            return
        if source.is_dir():
            shutil.copytree(source, folder / source.name, symlinks=True)
        else:
            shutil.copy2(source, folder / source.name)
        return
    for source in sources:
        inside = source.is_relative_to(tree)
        target = folder / (source.relative_to(tree) if inside else source.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
        else:
            shutil.copy2(source, target)


def _keep_bootable(tree: Path, source: Path, folder: Path, recipe: Recipe) -> bool:
    """Keep the two files of a Zircon image, and the file of its symbols if there is one.

    False, and nothing kept, if they don't make up the image.
    """
    from zxhil.image.find import load
    from zxhil.image.layout import locate

    try:
        image = load(source, recipe.arch)
        boot_data = locate(source, recipe.arch, False, False).boot_data
    except UserError:
        return False
    parts = {path: path.name for path in (boot_data, image.kernel) if path is not None}
    symbols = _symbols_of(tree, image.kernel, recipe.symbols)
    for kept in ({**symbols, **parts}, parts):
        try:
            for path, name in kept.items():
                shutil.copy2(path, folder / name)
            found = load(folder, recipe.arch)
            if found.zbi == image.zbi and found.kernel.read_bytes() == image.kernel.read_bytes():
                return True
        except UserError:
            pass
        for path in folder.iterdir():
            path.unlink()
        if not symbols:
            break
    return False


def _symbols_of(tree: Path, kernel: Path, named: str) -> dict[Path, str]:
    """The file of a kernel's symbols, and the name under which it is found beside the kernel.

    Without it the image is tested all the same: it decides nothing.
    """
    from zxhil.symbols.crash import NAMES

    place = tree / named if named else kernel.parent
    files = (place, *(place / name for name in NAMES)) if named else [place / n for n in NAMES]
    found = next((path for path in files if path.is_file()), None)
    return {} if found is None else {found: NAMES[0]}
