"""The policy in the files of one directory: when a changed one is taken, and when it is refused."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from c360_kernel.errors import SettingsError
from c360_kernel.exposed import refuse_exposed
from c360_kernel.file_marks import UNCHANGED_S, Marks, marks_of
from typing_extensions import override

from c360_policy.casbin import check_model
from c360_policy.errors import PolicyInvalid
from c360_policy.reading.joining import joined
from c360_policy.reading.names import NOTHING_KNOWN, Known, refuse_unknown
from c360_policy.reading.parsing import decode_policy, parse_policy
from c360_policy.reading.seal import is_sealed
from c360_policy.rule import DENY_ALL, Policy
from c360_policy.store.approvals import Approvals
from c360_policy.store.port import PolicyStore
from c360_policy.store.shipped import MODEL_FILE, POLICY_FILE, ROWS_FILE, rows_bytes
from c360_policy.store.versions import VersionFiles

_log = logging.getLogger(__name__)
_WATCH_S = 0.5
_LOOK_AGAIN_S = 1.0


class FilePolicyStore(PolicyStore):
    """`model.conf`, `policy.csv` and `rows.yaml` of a directory, looked at every half second.

    Without `rows.yaml` everybody is told of; one that goes while it is in force is refused.
    A policy whose last line is its seal is taken at the next look; one without it once it is
    unchanged at two looks. One that becomes wrong, names what nobody knows, or can be written by
    others is refused, loudly, and the last good one stays; at the start it raises
    `SettingsError`. One that becomes unreadable or empty denies everything.
    """

    def __init__(
        self,
        directory: Path,
        versions: VersionFiles,
        known: Callable[[], Known] = lambda: NOTHING_KNOWN,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._files = (directory / MODEL_FILE, directory / POLICY_FILE)
        self._rows_file = directory / ROWS_FILE
        self._versions = versions
        self._approvals = Approvals(versions)
        self._known = known
        self._now_s = now_s
        self._looking = threading.Lock()
        self._looked_s = now_s()
        self._marks: Marks = ()
        self._since_s = float("-inf")
        self._judged: tuple[Marks, Known] | None = None
        self._policy, self._text, self._rows = DENY_ALL, "", ""
        self._refusal = ""
        self._look()

    @override
    def current(self) -> Policy:
        if self._now_s() - self._looked_s >= _LOOK_AGAIN_S:
            self.refresh()
        return self._policy

    @override
    def refusal(self) -> str:
        return self._refusal

    @override
    def answers(self) -> bool:
        return self.current() is not DENY_ALL

    async def start(self) -> None:
        """It was read when it was made."""

    async def watch(self) -> None:
        """Look at the files for ever."""
        while True:
            await asyncio.sleep(_WATCH_S)
            await asyncio.to_thread(self.refresh)

    def refresh(self) -> None:
        """Look once, unless somebody is just looking."""
        if not self._looking.acquire(blocking=False):
            return
        try:
            self._looked_s = self._now_s()
            self._look()
        except SettingsError as error:
            self._refusal = error.code
            _log.error("policy kept: the changed one is refused: %s: %s", error.code, error.message)
        finally:
            self._looking.release()

    def _look(self) -> None:
        try:
            self._judge_changed(self._marks_now(), self._known())
        except OSError as error:
            if self._policy is not DENY_ALL or not self._marks:
                _log.error(
                    "policy cannot be read, everything is denied: %s: %s",
                    error.filename,
                    error.strerror,
                )
            self._policy, self._text, self._judged = DENY_ALL, "", None
            self._marks, self._since_s = ((0,),), self._now_s()

    def _judge_changed(self, marks: Marks, known: Known) -> None:
        if self._judged is not None and self._judged[0] == marks and self._judged[1] is known:
            return
        if self._marks and marks != self._marks:
            self._since_s = self._now_s()
        self._marks = marks
        model, text = (file.read_bytes() for file in self._files)
        rows = rows_bytes(self._rows_file)
        whole = self._is_whole(text, self._text) and self._is_whole(rows, self._rows)
        if whole and self._marks_now() == marks:
            self._judged = (marks, known)
            for file in (*self._files, *self._rows_files()):
                refuse_exposed(file)
            check_model(decode_policy(model))
            self._take(decode_policy(text), decode_policy(rows), known)

    def _marks_now(self) -> Marks:
        return marks_of((*self._files, *self._rows_files()))

    def _rows_files(self) -> tuple[Path, ...]:
        return (self._rows_file,) if self._rows_file.exists() else ()

    def _is_whole(self, text: bytes, in_force: str) -> bool:
        """Whether nobody is in the middle of writing it."""
        unchanged = self._now_s() - self._since_s >= UNCHANGED_S
        known = text == in_force.encode()
        return unchanged or known or is_sealed(text.decode("utf-8", "replace"))

    def _take(self, text: str, rows: str, known: Known) -> None:
        policy = parse_policy(text, rows)
        self._refuse_cut(self._text, text, policy)
        self._refuse_cut(self._rows, rows, policy)
        self._approvals.refuse_unapproved(policy)
        if self._rows and not rows:
            raise PolicyInvalid.whole(
                f"{ROWS_FILE} is gone: publish one that says what is meant, `rows: {{}}` at least"
            )
        for problem in refuse_unknown(policy, known):
            _log.warning("policy, %s", problem)
        changed = policy.version != self._policy.version or self._policy is DENY_ALL
        self._policy, self._text, self._rows = policy, text, rows
        self._refusal = ""
        if changed:
            _log.info("policy read: %s", policy.version)
        # Before there is a schema to hold it against, nobody is answered by it.
        if known.coordinates is not None:
            self._keep()

    def _refuse_cut(self, before: str, text: str, policy: Policy) -> None:
        """The beginning of a published policy is a copy that ended early.

        Unless it was in force by itself before: then somebody went back to it.
        """
        cut = is_sealed(before) and text != before and before.startswith(text)
        if cut and not self._versions.holds(policy.version):
            raise PolicyInvalid.whole(
                "this is the beginning of the published policy in force, without its end: "
                "publish what is meant"
            )

    def _keep(self) -> None:
        try:
            self._versions.keep(self._policy.version, joined(self._text, self._rows))
            self._approvals.put_in_force(self._policy.version)
        except OSError as error:
            _log.error("the policy in force cannot be kept for the record: %s", error.strerror)
