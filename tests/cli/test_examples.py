"""The shell steps of the workflow files in docs/examples, run as they stand.

`scripts/setup` would install packages, so a stub takes its place; `zxhil` is the real one, on
the stand-in kernel, kept to one program for the time's sake.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"

# A block scalar of YAML, and the lines that are indented deeper.
_RUN = re.compile(r"^( *)run: \|\n((?:\1 +.*\n|\n)+)", re.MULTILINE)
_ITEM = re.compile(r"^( *)- \|\n((?:\1 +.*\n|\n)+)", re.MULTILINE)
_JENKINS = re.compile(r"sh '''\n(.*?)'''", re.DOTALL)


def steps(name: str) -> list[str]:
    """The shell scripts of a workflow file, in order."""
    text = (EXAMPLES / name).read_text()
    if name == "Jenkinsfile":
        return [textwrap.dedent(body) for body in _JENKINS.findall(text)]
    pattern = _RUN if name == "github-actions.yml" else _ITEM
    return [textwrap.dedent(body) for _, body in pattern.findall(text)]


SHELLS = {
    # As GitHub runs a step, GitLab's runner a script, and Jenkins an sh.
    "github-actions.yml": ["bash", "-e", "-c"],
    "gitlab-ci.yml": ["bash", "-eo", "pipefail", "-c"],
    "Jenkinsfile": ["sh", "-xe", "-c"],
}


@pytest.mark.parametrize("name", SHELLS)
def test_each_example_has_its_steps(name: str) -> None:
    found = steps(name)
    assert len(found) == 3
    assert "scripts/setup" in found[0]
    assert "zxhil run" in found[1]
    assert "zxhil compare" in found[2]
    # No step is left out by the way it is written.
    text = (EXAMPLES / name).read_text()
    assert len(re.findall(r"\bzxhil (?:run|compare)\b", text)) == 2
    assert "${{" not in "".join(found)


# The schemas that GitHub's and GitLab's editors use, as check-jsonschema ships them: no network.
# Jenkins publishes none for its Jenkinsfile, which is a program.
SCHEMAS = {
    "github-actions.yml": ("vendor.github-workflows", ("runs-on:", "run-on:"), ("run: |", "do: |")),
    "gitlab-ci.yml": (
        "vendor.gitlab-ci",
        ("  script:", "  scripts:"),
        ("when: always", "when: so"),
    ),
}


def against_its_schema(schema: str, path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", SCHEMAS)
def test_an_example_keeps_the_published_schema(name: str, tmp_path: Path) -> None:
    schema, *mistakes = SCHEMAS[name]
    done = against_its_schema(schema, EXAMPLES / name)
    assert done.returncode == 0, done.stdout + done.stderr
    text = (EXAMPLES / name).read_text()
    for right, wrong in mistakes:
        assert right in text
        (tmp_path / name).write_text(text.replace(right, wrong))
        done = against_its_schema(schema, tmp_path / name)
        assert done.returncode == 1, (wrong, done.stdout + done.stderr)
        assert "Schema validation errors" in done.stdout + done.stderr


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_steps_that_run_here_are_those_that_yaml_reads(name: str) -> None:
    from ruamel.yaml import YAML

    read = YAML(typ="safe").load(EXAMPLES / name)
    job = read["jobs"]["zxhil"] if name == "github-actions.yml" else read["zxhil"]
    scripts = job.get("script") or [step["run"] for step in job["steps"] if "run" in step]
    assert [step.rstrip() for step in steps(name)] == [script.rstrip() for script in scripts]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A kernel's checkout with zxhil as a submodule."""
    scripts = tmp_path / "third_party" / "zxhil" / "scripts"
    scripts.mkdir(parents=True)
    _script(scripts / "setup", 'touch "$(dirname "$0")/../../was-set-up"')
    binaries = scripts.parent / ".venv" / "bin"
    binaries.mkdir(parents=True)
    _script(
        binaries / "zxhil",
        'command="$1"; shift\n'
        'if [ "$command" = run ]; then set -- --tests socket_share "$@"; fi\n'
        f'exec {sys.executable} -c "from zxhil.cli import main; main()" "$command" "$@"',
    )
    return tmp_path


def _script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\nset -eu\n{text}\n")
    path.chmod(0o755)


def run_step(name: str, script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "ZXHIL_"))
    }
    environment |= {"ARCH": "x64", "PYTHONPATH": str(ROOT / "harness")}
    return subprocess.run(
        [*SHELLS[name], script], cwd=folder, env=environment, capture_output=True, text=True
    )


@pytest.mark.qemu
@pytest.mark.parametrize("name", SHELLS)
@pytest.mark.skipif(not shutil.which("qemu-system-x86_64"), reason="there is no QEMU")
def test_the_steps_of_an_example_run(name: str, checkout: Path) -> None:
    set_up, judge, compare = steps(name)
    assert run_step(name, set_up, checkout).returncode == 0
    assert (checkout / "third_party" / "was-set-up").exists()

    done = run_step(name, judge, checkout)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert "stand-in kernel, not Zircon" in done.stdout
    (written,) = checkout.glob("zxhil*.json")
    schema = json.loads((ROOT / "docs" / "run.schema.json").read_text())
    data = json.loads(written.read_text())
    jsonschema.validate(data, schema)
    assert ("::error" in done.stdout) is (done.returncode == 1 and name.startswith("github"))
    (xml,) = checkout.glob("zxhil*.xml")
    assert int(ET.parse(xml).getroot().get("tests", "0")) >= len(data["cases"]) > 0
    assert list(checkout.glob("logs*/run.jsonl"))

    # The step that compares: nothing to compare with, the same, and a change.
    assert run_step(name, compare, checkout).returncode == 0
    baseline = checkout / "baseline-x64.json"
    baseline.write_text(written.read_text())
    assert run_step(name, compare, checkout).returncode == 0
    data["cases"].pop()
    del data["digest"]  # an edited report is refused with it
    baseline.write_text(json.dumps(data))
    assert run_step(name, compare, checkout).returncode == 1


@pytest.mark.qemu
def test_the_steps_of_the_action_run(tmp_path: Path) -> None:
    """The composite action, as GitHub runs it: pip and apt are stubs, zxhil is the real one."""
    from ruamel.yaml import YAML

    action = YAML(typ="safe").load(EXAMPLES / "action.yml")
    install, judge, compare = (step["run"] for step in action["runs"]["steps"])
    stubs = tmp_path / "stubs"
    stubs.mkdir()
    _script(stubs / "sudo", f'echo "$@" >>{tmp_path}/as-root')
    _script(
        stubs / "python3",
        'mkdir -p "$3/bin"\n'
        f'printf "#!/bin/sh\\necho \\"\\$@\\" >>{tmp_path}/installed\\n" >"$3/bin/pip"\n'
        'chmod +x "$3/bin/pip"',
    )
    given = {name: spec["default"] for name, spec in action["inputs"].items()}

    def run(script: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "PATH": f"{stubs}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(tmp_path),
            "PYTHONPATH": str(ROOT / "harness"),
            **{name.upper(): given[name] for name in ("image", "arch", "known", "package")},
            **more,
        }
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        return subprocess.run(shell, cwd=tmp_path, env=environment, capture_output=True, text=True)

    done = run(install, PACKAGE="own.whl")
    assert done.returncode == 0, done.stderr
    assert "qemu-system-arm" in (tmp_path / "as-root").read_text()
    assert "own.whl" in (tmp_path / "installed").read_text()

    _script(
        tmp_path / "zxhil" / "bin" / "zxhil",
        'command="$1"; shift\n'
        'if [ "$command" = run ]; then set -- --tests socket_share "$@"; fi\n'
        f'exec {sys.executable} -c "from zxhil.cli import main; main()" "$command" "$@"',
    )
    done = run(judge, KNOWN="zircon-2018-12")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / "zxhil.json").read_text())["cases"]
    assert run(compare, BASELINE="zxhil.json").returncode == 0
    assert run(compare, BASELINE="none.json").returncode == 2


def test_the_action_keeps_the_published_schema(tmp_path: Path) -> None:
    done = against_its_schema("vendor.github-actions", EXAMPLES / "action.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    text = (EXAMPLES / "action.yml").read_text()
    assert "using: composite" in text
    (tmp_path / "action.yml").write_text(text.replace("using: composite", "using: compost"))
    done = against_its_schema("vendor.github-actions", tmp_path / "action.yml")
    assert done.returncode == 1
