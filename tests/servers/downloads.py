"""Servers from Maven Central, downloaded once per version into the user's cache."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAVEN = Path(__file__).parent / "maven"
_DOWNLOAD_S = 600


class Unavailable(Exception):
    """A server cannot be had here: a tool is missing or the registry is out of reach."""


def tool(name: str) -> str:
    """The path of a command. Raises `Unavailable`."""
    home = os.environ.get("JAVA_HOME")
    places = f"{home}/bin{os.pathsep}{os.environ['PATH']}" if home else None
    found = shutil.which(name, path=places)
    if found is None:
        raise Unavailable(f"{name} is not installed")
    return found


def jars(name: str) -> Path:
    """The directory with all jars of `maven/<name>/pom.xml`. Raises `Unavailable`."""
    pom = MAVEN / name / "pom.xml"
    root = _cache()
    home = root / f"{name}-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    with _locked(root / f"{name}.lock"):
        if not home.exists():
            _download(pom, home)
    return home


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    root = Path(base) / "c360-servers"
    root.mkdir(parents=True, exist_ok=True)
    return root


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _download(pom: Path, home: Path) -> None:
    """Fill `home` whole or not at all."""
    with tempfile.TemporaryDirectory(dir=home.parent) as made:
        part = Path(made) / "jars"
        _copy_dependencies(pom, part)
        part.rename(home)


def _copy_dependencies(pom: Path, target: Path) -> None:
    command = [tool("mvn"), "--batch-mode", "--quiet", "--file", str(pom)]
    command += ["dependency:copy-dependencies", "-DincludeScope=runtime"]
    command += [f"-DoutputDirectory={target}"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=_DOWNLOAD_S, check=False)
    if ran.returncode != 0:
        raise Unavailable(f"Maven could not get {pom.parent.name}:\n{ran.stdout[-2000:]}")
