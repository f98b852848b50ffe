from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest

pytestmark = pytest.mark.qemu

ZXHIL = [sys.executable, "-c", "from zxhil.cli import main; main()", "shell"]


def shell(*options: str, script: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ZXHIL, *options], input=script, capture_output=True, text=True, timeout=120, check=False
    )


def test_a_script_on_stdin_is_run_and_each_verdict_printed(tmp_path: Path) -> None:
    case = tmp_path / "case.c"
    done = shell("--save", str(case), "--name", "mine", script="a, b = k.channel_create()\n")
    assert done.returncode == 0, done.stderr
    assert "zx_channel_create(options=0" in done.stdout
    assert "conforms" in done.stdout
    assert "CASE(mine," in case.read_text()
    assert "zx_channel_create(0, &a, &b);" in case.read_text()


def test_saved_cases_are_not_overwritten(tmp_path: Path) -> None:
    case = tmp_path / "case.c"
    case.write_text("edited by hand")
    done = shell("--save", str(case), script="k.event_create()\n")
    assert done.returncode == 2
    assert f"--save {case}: exists" in done.stderr
    assert case.read_text() == "edited by hand"


def test_a_divergence_is_explained_and_is_the_exit_code(tmp_path: Path) -> None:
    script = tmp_path / "s.py"
    script.write_text("a, b = k.channel_create()\nk.channel_write(a, b'x', options=1)\n")
    done = shell("--exec", str(script), "--word", "standin.fault=cw-options-ignored")
    assert done.returncode == 1, done.stderr
    assert "diverges: missing error" in done.stdout
    assert "the page allows: " in done.stdout
    assert "blamed: channel_write/" in done.stdout
    said = "expected ZX_ERR_INVALID_ARGS, got ZX_OK, because options is not zero (options=1)"
    assert said in done.stdout


def test_a_divergence_quotes_the_page_of_docs(tmp_path: Path) -> None:
    page = tmp_path / "channel_write.md"
    page.write_text(
        "# zx_channel_write\n\n## NAME\n\nchannel_write - writes\n\n## SYNOPSIS\n\n```\n"
        "zx_status_t zx_channel_write(zx_handle_t handle, uint32_t options);\n```\n\n"
        "## ERRORS\n\n**ZX_ERR_INVALID_ARGS**  *options* is nonzero.\n"
    )
    script = "a, b = k.channel_create()\nk.channel_write(a, b'x', options=1)\n"
    done = shell("--docs", str(page), "--word", "standin.fault=cw-options-ignored", script=script)
    assert done.returncode == 1, done.stderr
    assert f'{page}:15: "options is nonzero"' in done.stdout


@pytest.mark.parametrize(("case", "code"), [("", 0), ('case = "a/b"\n', 1)])
def test_known_divergence_is_marked_and_only_without_a_case(
    tmp_path: Path, case: str, code: int
) -> None:
    known = tmp_path / "known.toml"
    clause = "channel_write/invalid_args_options"
    known.write_text(f'[[divergence]]\nclause = "{clause}"\n{case}reason = "so it is"\n')
    script = "a, b = k.channel_create()\nk.channel_write(a, b'x', options=1)\n"
    fault = ("--word", "standin.fault=cw-options-ignored")
    done = shell("--known", str(known), *fault, script=script)
    assert done.returncode == code, done.stderr
    assert ("diverges as known: missing error" in done.stdout) is (code == 0)
    assert (f"known: so it is ({known}:1)" in done.stdout) is (code == 0)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("k.channel_wrte()", "<stdin>:1: k.channel_wrte: no such call"),
        ("k.cprng_draw_once()", "<stdin>:1: k.cprng_draw_once: the vDSO keeps this call to itself"),
        ("k.handle_close('x')", "<stdin>:1: zx_handle_close, handle: 'x' is not a number"),
        ("1 / 0", "<stdin>:1: ZeroDivisionError"),
    ],
)
def test_user_error_is_one_message(script: str, said: str) -> None:
    done = shell(script=script)
    assert done.returncode == 2
    assert said in done.stderr
    assert "remedy" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_call_that_hangs_is_the_machines_failure_and_is_saved(tmp_path: Path) -> None:
    case = tmp_path / "case.c"
    script = "e = k.event_create()\nk.object_wait_one(e, 8, ZX_TIME_INFINITE)\n"
    done = shell("--limit", "case=1", "--save", str(case), script=script)
    assert done.returncode == 3
    assert "in zx_object_wait_one: the call did not return within 1 s" in done.stderr
    assert "zx_object_wait_one(e, ZX_EVENT_SIGNALED, ZX_TIME_INFINITE, " in case.read_text()


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    done = shell("--exec", str(tmp_path / "none.py"))
    assert done.returncode == 2
    assert "No such file" in done.stderr
    done = shell("--save", str(tmp_path / "no" / "case.c"), script="k.event_create()\n")
    assert done.returncode == 2
    assert "can't be written" in done.stderr


def test_the_image_for_a_board_is_written(tmp_path: Path) -> None:
    done = shell("--arch", "arm64", "--write-zbi", str(tmp_path / "board.zbi"))
    assert done.returncode == 0, done.stderr
    kernel = done.stdout.strip().removeprefix(f"{tmp_path / 'board.zbi'}: boot it with ")
    assert Path(kernel).is_file()
    assert (tmp_path / "board.zbi").stat().st_size > 10_000
    done = shell("--write-zbi", str(tmp_path / "no" / "board.zbi"))
    assert done.returncode == 2
    assert "can't be written" in done.stderr


def test_a_prompt_with_completion(tmp_path: Path) -> None:
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "TERM": "dumb", "NO_COLOR": "1"}
    child = pexpect.spawn(ZXHIL[0], ZXHIL[1:], encoding="utf-8", timeout=60, env=env)
    child.expect("k is the kernel")
    child.expect(">>> ")
    child.send("e = k.event_cr\t")
    child.expect("ate")
    child.sendline(")")
    child.expect("conforms")
    child.expect(">>> ")
    child.sendline("e")
    child.expect(r"\[0\] zx_event_create\(options=0, out=&\) -> ZX_OK, out=0x[0-9a-f]+: conforms\r")
    child.expect(">>> ")
    child.sendline("k.event_create()")
    child.expect("    -> ZX_OK, out=0x[0-9a-f]+    conforms\r\n>>> ")
    child.sendline("k.foo")
    child.expect("zxhil: k.foo: no such call")
    child.expect(">>> ")
    child.sendline("k.object_wait_one(e, 8, ZX_TIME_INFINITE)")
    # A prompt that has not sent the call yet is interrupted as any other program.
    time.sleep(1)
    child.sendintr()
    child.expect("interrupted in zx_object_wait_one")
    child.expect(">>> ")
    child.sendline("k.reboot()")
    child.expect(">>> ")
    child.sendline("k.event_create().status")
    child.expect("ZX_OK: 0")
    child.expect(">>> ")
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "k.reboot()" in (tmp_path / "zxhil" / "shell-history").read_text()
