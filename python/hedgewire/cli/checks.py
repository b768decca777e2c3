"""What ``hedgewire doctor`` looks at on this machine. Each check returns its findings; none prints, none raises."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from importlib import metadata
from typing import NamedTuple

from hedgewire.errors import CredentialError
from hedgewire.keys import normalise_paradex_key, normalise_private_key

NAUTILUS_SUPPORTED = ("1.231",)
"""Release lines of nautilus_trader whose interfaces the adapter is written against."""
KEY_VARIABLES = {
    "NADO_PRIVATE_KEY": normalise_private_key,
    "NADO_TESTNET_PRIVATE_KEY": normalise_private_key,
    "PARADEX_PRIVATE_KEY": normalise_paradex_key,
    "PARADEX_TESTNET_PRIVATE_KEY": normalise_paradex_key,
}
SUBACCOUNT_VARIABLES = ("NADO_SUBACCOUNT_NAME", "NADO_TESTNET_SUBACCOUNT_NAME")
SUBACCOUNT_MAX_BYTES = 12
"""A subaccount is 20 bytes of address and 12 of name (Nado reference 3: subaccount)."""
DISK_WARN_MB = 500


class Status(StrEnum):
    """How a finding is meant: ``fail`` stops something from working, ``warn`` may."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(NamedTuple):
    """One line of the doctor: what was looked at, how it is, what was seen, and what to do about it."""

    name: str
    status: Status
    detail: str
    hint: str | None = None


def check_python() -> Finding:
    """CPython 3.12 or newer; NautilusTrader has no release for anything else."""
    seen = f"{platform.python_implementation()} {platform.python_version()}"
    good = sys.implementation.name == "cpython" and sys.version_info >= (3, 12)
    return Finding("python", Status.OK, seen) if good else Finding("python", Status.FAIL, seen, "install CPython 3.12")


def check_nautilus(version_of: Callable[[str], str] = metadata.version) -> Finding:
    """NautilusTrader is installed, in a known release line. Read from metadata: importing it takes a second."""
    name = "nautilus_trader"
    try:
        version = version_of(name)
    except metadata.PackageNotFoundError:
        return Finding(
            name, Status.FAIL, "not installed", "run 'make setup', or install hedgewire with its dependencies"
        )
    if version.rsplit(".", 1)[0] in NAUTILUS_SUPPORTED:
        return Finding(name, Status.OK, version)
    return Finding(name, Status.FAIL, version, f"install nautilus_trader {' or '.join(NAUTILUS_SUPPORTED)}")


def check_extension() -> Finding:
    """The Rust extension loads and belongs to this version of the package."""
    from hedgewire import __version__

    try:
        from hedgewire import _core
    except ImportError as error:
        return Finding("extension", Status.FAIL, f"hedgewire._core: {error}", "run 'make setup' to build it")
    if _core.__version__ != __version__:
        return Finding(
            "extension", Status.FAIL, f"built from {_core.__version__}, package is {__version__}", "run 'make setup'"
        )
    return Finding("extension", Status.OK, f"hedgewire._core {_core.__version__}")


def check_tool(name: str, which: Callable[[str], str | None] = shutil.which) -> Finding:
    """A build tool is on PATH. Only building needs it, so its absence is a warning."""
    path = which(name)
    if path is None:
        return Finding(name, Status.WARN, "not on PATH", f"only needed to build from source: install {name}")
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        return Finding(name, Status.WARN, f"'{name} --version' failed: {error}", f"reinstall {name}")
    return Finding(name, Status.OK, answer.stdout.splitlines()[0] if answer.stdout else "answers")


def check_keys(environ: Mapping[str, str] = os.environ) -> list[Finding]:
    """The format of every key variable. A missing key is a warning: the demo and the local venue need none."""
    findings = []
    for variable, normalise in KEY_VARIABLES.items():
        if variable not in environ:
            findings.append(
                Finding(variable, Status.WARN, "not set", f"only needed to trade on the real venue: set {variable}")
            )
            continue
        try:
            normalise(environ[variable], variable)
        except CredentialError as error:
            findings.append(Finding(variable, Status.FAIL, error.what, error.hint))
        else:
            findings.append(Finding(variable, Status.OK, "well-formed (not shown)"))
    for variable in SUBACCOUNT_VARIABLES:
        if variable in environ:
            findings.append(_check_subaccount(variable, environ[variable]))
    return findings


def _check_subaccount(variable: str, name: str) -> Finding:
    length = len(name.encode())
    if 0 < length <= SUBACCOUNT_MAX_BYTES:
        return Finding(variable, Status.OK, name)
    return Finding(
        variable, Status.FAIL, f"{name!r} is {length} bytes", f"a subaccount name is 1 to {SUBACCOUNT_MAX_BYTES} bytes"
    )


def check_loopback() -> Finding:
    """A local venue can listen on 127.0.0.1."""
    try:
        with socket.create_server(("127.0.0.1", 0)):
            return Finding("loopback", Status.OK, "127.0.0.1 accepts listeners")
    except OSError as error:
        return Finding("loopback", Status.FAIL, str(error), "the demo and 'hedgewire sim' listen on 127.0.0.1")


def check_disk(folder: str = ".") -> Finding:
    """Runs and journals can be written here."""
    if not os.access(folder, os.W_OK):
        return Finding(
            "disk", Status.FAIL, f"{os.path.abspath(folder)} is not writable", "change to a folder of your own"
        )
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    if free_mb < DISK_WARN_MB:
        return Finding("disk", Status.WARN, f"{free_mb} MB free", "runs and journals are written to the current folder")
    return Finding("disk", Status.OK, f"{free_mb} MB free")
