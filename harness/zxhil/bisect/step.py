"""One test of the current checkout, for `git bisect run`."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zxhil import named_file
from zxhil.bisect.build import build, image_sources
from zxhil.bisect.outcome import ProbeOutcome
from zxhil.bisect.process import Cancel
from zxhil.bisect.provide import CannotTell, ProbeFault, Supply, Workspace
from zxhil.bisect.record import Settings
from zxhil.bisect.setup import benches, probe_of, programs_for, recipe_of
from zxhil.bisect.shapes import facts_check
from zxhil.bisect.when import parse
from zxhil.disk.files import REPORT_LIMIT, checked, read_limited
from zxhil.errors import UserError

_PAUSE = 0.5


@dataclass(frozen=True, slots=True)
class StepResult:
    """The result of a test; `evidence` is what a failed build or test printed."""

    outcome: ProbeOutcome
    reason: str = ""
    evidence: str = ""


def run_step(
    settings: Settings, image: Path | None, baseline: Path | None, save_baseline: Path | None
) -> StepResult:
    """Build in the current folder and test; faults are retried `settings.retries` times.

    `baseline` is a file of facts of the good end, which `save_baseline` writes; a condition that
    says "changes" needs one of them. Raises UserError.
    """
    if bool(settings.when) == bool(settings.when_command):
        raise UserError("zxhil bisect step", "needs a condition", "give --when")
    condition = parse(settings.when) if settings.when else None
    if condition is not None and not (image or settings.build):
        raise UserError("--when", "needs an image", "give --build or --image")
    if condition is not None:
        programs_for(condition, settings.tests)
    relative = condition is not None and condition.relative
    if relative and not (baseline or save_baseline):
        raise UserError(
            f"--when {settings.when!r}",
            "compares with the good end",
            "run once on it with --save-baseline FILE, then give --baseline FILE",
        )
    old = _read(baseline) if baseline else None
    with benches(1) as (bench,):
        for attempt in range(settings.retries + 1):
            try:
                return _test(settings, image, old, save_baseline, bench)
            except CannotTell as error:
                return StepResult(ProbeOutcome.CANNOT_TELL, error.reason, error.evidence)
            except ProbeFault as error:
                fault = StepResult(ProbeOutcome.FAULT, error.reason, error.evidence)
                if attempt < settings.retries:
                    time.sleep(_PAUSE * 2**attempt)
    return fault


def _test(
    settings: Settings,
    image: Path | None,
    old: Mapping[str, Any] | None,
    save_baseline: Path | None,
    bench: Workspace,
) -> StepResult:
    condition = parse(settings.when) if settings.when else None
    probe = probe_of(settings, condition)
    cancel = Cancel()
    here = Path(settings.home)
    image = image.absolute() if image else _build(settings, bench, cancel)
    environment = {"ZXHIL_IMAGE": str(image)} if image else {}
    facts = probe.test(Supply(image, here, environment), bench, cancel)
    bad = probe.bad(facts, old)
    if save_baseline is not None:
        content = json.dumps(facts, indent=1) + "\n"
        named_file.write(save_baseline, content.encode(), "--save-baseline")
    return StepResult(ProbeOutcome.BAD if bad else ProbeOutcome.GOOD, probe.in_words(facts))


def _build(settings: Settings, bench: Workspace, cancel: Cancel) -> Path | None:
    recipe = recipe_of(settings)
    if not recipe.command:
        return None
    here = Path(settings.home)
    built = build(recipe, here, bench.folder, cancel, {})
    if built.code or built.timed_out:
        raise CannotTell(f"does not build (exit code {built.code})", built.tail)
    sources = image_sources(here, recipe.image_paths, built.stdout)
    if len(sources) == 1:
        return sources[0]
    raise UserError("--image-path", "is given more than once", "give the folder of the image")


def _read(path: Path) -> Mapping[str, Any]:
    remedy = "write it with --save-baseline"
    data = read_limited(path, REPORT_LIMIT, remedy)
    facts: Mapping[str, Any] = checked(
        data, facts_check(), f"--baseline {path}", "baseline", remedy
    )
    return facts
