"""Where policy comes from; and the store that reads it from two files."""

from __future__ import annotations

import logging
import shutil
import time
from importlib import resources
from pathlib import Path
from typing import Protocol

from c360_gateway.policy.casbin import load_policy
from c360_gateway.policy.errors import PolicyInvalid
from c360_gateway.policy.rule import DENY_ALL, Policy

_log = logging.getLogger(__name__)
_RECHECK_S = 1.0
MODEL_FILE = "model.conf"
POLICY_FILE = "policy.csv"


class PolicyStore(Protocol):
    """Where policy comes from."""

    def current(self) -> Policy:
        """The policy in force now; the one that denies everything while there is none to read."""
        ...

    def answers(self) -> bool:
        """Whether there was a policy to read when it was last looked for."""
        ...


def policy_text(directory: Path) -> str:
    """The policy lines of a directory, or the default ones where it has none."""
    try:
        return (directory / POLICY_FILE).read_text("utf-8")
    except FileNotFoundError:
        shipped = resources.files("c360_gateway.policy").joinpath("defaults")
        return shipped.joinpath(POLICY_FILE).read_text("utf-8")


def copy_default_policy(directory: Path) -> None:
    """Put the default policy into a data directory, leaving files that are there alone."""
    directory.mkdir(parents=True, exist_ok=True)
    shipped = resources.files("c360_gateway.policy").joinpath("defaults")
    for name in (MODEL_FILE, POLICY_FILE):
        target = directory / name
        if not target.exists():
            with resources.as_file(shipped.joinpath(name)) as source:
                shutil.copyfile(source, target)


class FilePolicyStore:
    """`model.conf` and `policy.csv` of one directory, looked at again every second.

    A policy that becomes unreadable or empty denies everything; one that becomes wrong is
    refused, loudly, and the last good one stays. A wrong one at start raises `PolicyInvalid`.
    """

    def __init__(self, directory: Path) -> None:
        self._model = directory / MODEL_FILE
        self._file = directory / POLICY_FILE
        self._seen: tuple[tuple[int, int, int], ...] = ()
        self._policy = DENY_ALL
        self._checked = 0.0
        self._reload()

    def current(self) -> Policy:
        """The policy in force now."""
        now = time.monotonic()
        if now - self._checked > _RECHECK_S:
            self._checked = now
            try:
                self._reload()
            except PolicyInvalid as error:
                _log.error("policy kept: the changed one is refused: %s", error.message)
        return self._policy

    def answers(self) -> bool:
        """See `PolicyStore.answers`."""
        return self.current() is not DENY_ALL

    def _reload(self) -> None:
        try:
            seen = tuple(_fingerprint(path) for path in (self._model, self._file))
            if seen == self._seen:
                return
            self._seen = seen
            self._policy = load_policy(self._model, self._file)
        except OSError as error:
            if self._policy is not DENY_ALL or self._seen:
                _log.error("policy cannot be read, everything is denied: %s", error.strerror)
            self._seen, self._policy = (), DENY_ALL


def _fingerprint(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return (found.st_mtime_ns, found.st_size, found.st_ino)
