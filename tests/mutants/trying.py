"""Running tests over changed code: each time in a fork, with the change in memory alone."""

from __future__ import annotations

import ast
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.machinery import ModuleSpec
from pathlib import Path

import hypothesis
import pytest

_OWN = ("c360", "tests", "services", "libs", "conftest", "__main__")
_LISTED = "import sys, _hypothesis_pytestplugin, pytest_asyncio.plugin, tests.servers.fixtures, "
_LISTED += "c360_gateway.bootstrap, c360_federation; print(*sys.modules)"
_MEMORY_BYTES = 4 << 30
_PROFILE = "mutants"
_WITHOUT = ("-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not slow and not servers")


class Outcome(StrEnum):
    """What the tests said of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    TIMED_OUT = "timed out"


@dataclass(frozen=True)
class Limits:
    """How long one run of the tests may take, in seconds of the processor and of the clock."""

    processor_s: int
    clock_s: float


FIRST = Limits(600, 900)


@dataclass(frozen=True)
class Run:
    """How a run ended and what it took."""

    outcome: Outcome
    processor_s: float
    clock_s: float

    def limits(self) -> Limits:
        """What a run over changed code may take, when this one was over the code as it is."""
        return Limits(int(self.processor_s * 3) + 10, self.clock_s * 5 + 30)


class Changed(importlib.abc.MetaPathFinder):
    """Finds one module, and loads it from a tree in memory."""

    def __init__(self, module: str, path: Path, tree: ast.Module) -> None:
        self.module = module
        self.path = path
        self.tree = tree

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: object = None
    ) -> ModuleSpec | None:
        """The module's spec, with a loader of ours; nothing for any other."""
        if name != self.module:
            return None
        loader = _Loader(name, str(self.path))
        loader.tree = self.tree
        return importlib.util.spec_from_file_location(name, self.path, loader=loader)


class _Loader(importlib.machinery.SourceFileLoader):
    tree: ast.Module

    def get_code(self, fullname: str) -> object:
        return compile(self.tree, self.path, "exec", dont_inherit=True)


def warm() -> None:
    """Load everything that is not ours once, for all the forks."""
    done = subprocess.run([sys.executable, "-c", _LISTED], capture_output=True, check=True)
    for name in done.stdout.decode().split():
        if not name.startswith(_OWN):
            _loaded(name)
    gc.freeze()


def _loaded(name: str) -> None:
    try:
        importlib.import_module(name)
    except ImportError:
        return  # a name that another module made while it loaded


def run(changed: Changed, change: Callable[[], None], tests: Iterable[str], limits: Limits) -> Run:
    """The tests over the module with one change."""
    begun, spent = time.monotonic(), _children_s()
    child = os.fork()
    if child == 0:
        os._exit(_child(changed, change, tests, limits))
    outcome = _waited(child, begun + limits.clock_s)
    return Run(outcome, _children_s() - spent, time.monotonic() - begun)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _child(
    changed: Changed, change: Callable[[], None], tests: Iterable[str], limits: Limits
) -> int:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (limits.processor_s, limits.processor_s))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silent, stream)
    change()
    sys.meta_path.insert(0, changed)
    # A found example is enough: making it small, or keeping it, is for who writes the code.
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile(
        _PROFILE,
        database=None,
        phases=phases,
        deadline=None,
        derandomize=True,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    return int(pytest.main(["-x", *_WITHOUT, f"--hypothesis-profile={_PROFILE}", *tests]))


def _waited(child: int, until: float) -> Outcome:
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            _end(child)  # what the tests left running
            return _outcome(status)
        time.sleep(0.02)
    _end(child)
    os.waitpid(child, 0)
    return Outcome.TIMED_OUT


def _end(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def _outcome(status: int) -> Outcome:
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL):
        return Outcome.TIMED_OUT
    return Outcome.SURVIVED if status == 0 else Outcome.KILLED
