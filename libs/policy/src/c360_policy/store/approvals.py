"""What was done with the versions of a policy in files, and that none is put there unapproved."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence

from c360_kernel.errors import SettingsError
from c360_kernel.stamp import wall_clock_ms

from c360_policy.changing.steps import Step, is_approved
from c360_policy.errors import PolicyInvalid
from c360_policy.reading.parsing import parse_policy
from c360_policy.rule import DENY_ALL, Policy
from c360_policy.store.versions import VersionFiles, replace_whole

_CHANGES = "policy-changes"
_STEPS = "steps.jsonl"
_IN_FORCE = "in-force"
_OWNER_ONLY = 0o600


class Approvals:
    """Beside a directory of versions: the steps, a line each, and which one was in force last.

    Whoever writes a policy by hand is held to the one before as much as whoever uses a command,
    over a restart as well.
    """

    def __init__(self, versions: VersionFiles, now_ms: Callable[[], int] = wall_clock_ms) -> None:
        self._versions = versions
        self.directory = versions.directory.with_name(_CHANGES)
        self._now_ms = now_ms

    def refuse_unapproved(self, policy: Policy) -> None:
        """Raise `SettingsError` (POLICY_UNAPPROVED) where the policy before demands approval."""
        before = self.in_force()
        if before.version == policy.version or not before.demands_approval(self._now_ms()):
            return
        if not is_approved(self.steps(), policy.version, before.version):
            raise SettingsError(
                "the policy in force demands that somebody else approves another one: propose it"
                " by `c360 policy publish FILE`",
                code="POLICY_UNAPPROVED",
            )

    def in_force(self) -> Policy:
        """The policy that was in force last; none where that is not known."""
        try:
            version = (self.directory / _IN_FORCE).read_text("utf-8").strip()
            return parse_policy(self._versions.text(version))
        except (FileNotFoundError, NotADirectoryError, PolicyInvalid):
            return DENY_ALL

    def put_in_force(self, version: str) -> None:
        """Take note of the version that is in force from now on. Raises `OSError`."""
        file = self.directory / _IN_FORCE
        if not file.exists() or file.read_text("utf-8").strip() != version:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_whole(file, f"{version}\n")

    def steps(self) -> Sequence[Step]:
        """All that was done, in its order."""
        file = self.directory / _STEPS
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        return [Step(**json.loads(line)) for line in lines if line]

    def note(self, step: Step) -> None:
        """Add a step after all others. Raises `OSError`."""
        file = self.directory / _STEPS
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(f"{json.dumps(step._asdict())}\n".encode())
            opened.flush()
            os.fsync(descriptor)
