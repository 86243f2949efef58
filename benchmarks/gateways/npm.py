"""The other gateways, from npm by name and version, kept in the user's cache."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

CACHE_VARIABLE = "C360_BENCHMARK_GATEWAYS"
"""Names another folder to install into."""
_INSTALL_S = 900
_INSTALL = ("install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund")


class Unavailable(Exception):
    """A gateway cannot be had here; says why."""


@dataclass(frozen=True, slots=True)
class Packages:
    """What to install: versions by package, and versions forced on packages below them."""

    name: str
    versions: Mapping[str, str]
    overrides: Mapping[str, str] = field(default_factory=dict[str, str])

    def manifest(self) -> str:
        """A package.json."""
        made = {"private": True, "dependencies": self.versions, "overrides": self.overrides}
        return json.dumps(made, sort_keys=True)


def tool(name: str) -> str:
    """The path of a command. Raises `Unavailable`."""
    found = shutil.which(name)
    if found is None:
        raise Unavailable(f"{name} is not installed")
    return found


def installed(packages: Packages) -> Path:
    """The folder that holds `node_modules`, filled at first use. Raises `Unavailable`."""
    home = _cache() / packages.name
    home.mkdir(parents=True, exist_ok=True)
    with _locked(home / "lock"):
        done = home / "installed.json"
        if not done.exists() or done.read_text("utf-8") != packages.manifest():
            _install(packages, home)
            done.write_text(packages.manifest(), "utf-8")
    return home


def _cache() -> Path:
    named = os.environ.get(CACHE_VARIABLE)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(named) if named else Path(base) / "c360-gateways"


@contextmanager
def _locked(path: Path) -> Generator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _install(packages: Packages, home: Path) -> None:
    (home / "package.json").write_text(packages.manifest(), "utf-8")
    command = [tool("npm"), *_INSTALL]
    try:
        subprocess.run(command, cwd=home, check=True, capture_output=True, timeout=_INSTALL_S)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise Unavailable(
            f"npm could not install {packages.name}: {type(error).__name__}"
        ) from error
