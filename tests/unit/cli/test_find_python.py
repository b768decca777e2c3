"""The interpreter is found or its absence is explained; only what stands in the environment given here is looked at."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BASH = shutil.which("bash") or "/bin/bash"
WANTED = (ROOT / ".python-version").read_text(encoding="utf-8").split()[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The only folder on PATH."""
    made = tmp_path / "bin"
    made.mkdir()
    return made


def find(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    surroundings = {"PATH": str(folder), "HOME": str(folder.parent)} | environ
    command = [BASH, str(ROOT / "tools" / "find-python")]
    return subprocess.run(command, capture_output=True, text=True, env=surroundings, timeout=60, check=False)


def fake(folder: Path, name: str, answer: str) -> None:
    """A program that answers the question for its version as another interpreter would."""
    (folder / name).write_text(f"#!{BASH}\necho '{answer}'\n")
    (folder / name).chmod(0o755)


def assert_none(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"error: no CPython {WANTED} or newer with venv was found (from .python-version,")
    assert f"\nhint: install Python {WANTED} (for example 'pyenv install {WANTED}'" in done.stderr


def test_none_at_all(folder: Path) -> None:
    assert_none(find(folder))


def test_only_older_ones_and_others_are_named(folder: Path) -> None:
    fake(folder, "python3", "no CPython 3.11.9")
    fake(folder, "python", "no PyPy 3.12.4")
    done = find(folder)
    assert_none(done)
    assert "python3 is CPython 3.11.9" in done.stderr
    assert "python is PyPy 3.12.4" in done.stderr


def test_a_broken_shim_is_passed_over(folder: Path) -> None:
    (folder / "python3.12").write_text(f"#!{BASH}\nexit 127\n")
    (folder / "python3.12").chmod(0o755)
    assert_none(find(folder))
    fake(folder, "python3", f"ok {sys.executable}")
    assert find(folder).stdout == f"{sys.executable}\n"


def test_the_one_that_is_asked_for_and_no_other(folder: Path) -> None:
    fake(folder, "python3", f"ok {sys.executable}")
    done = find(folder, PYTHON="/no/such/python")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error: PYTHON=/no/such/python is not a CPython 3.12 or newer with venv")
    assert "\nhint: unset PYTHON" in done.stderr


def test_a_real_interpreter_answers_with_its_own_path(folder: Path) -> None:
    done = find(folder, PYTHON=sys.executable)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == sys.executable
