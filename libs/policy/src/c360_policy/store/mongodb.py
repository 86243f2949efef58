"""Policy in MongoDB: a document per version, never changed, and one that says which is in force.

Imported only where a setting names a database. Whoever changes policy names the version that the
change was made from, so of two changes at once one is refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable

from bson.int64 import Int64
from c360_kernel.errors import Conflict, SettingsError, Transient
from c360_kernel.log.identity import Origin
from c360_kernel.mongodb import Collection, claim, open_client, store_errors
from c360_kernel.outage import address_of
from c360_kernel.stamp import wall_clock_ms
from pymongo.errors import DuplicateKeyError
from typing_extensions import override

from c360_policy.errors import PolicyInvalid
from c360_policy.reading.names import NOTHING_KNOWN, Known, refuse_unknown
from c360_policy.reading.parsing import parse_policy
from c360_policy.rule import DENY_ALL, Policy
from c360_policy.store.port import PolicyStore

SETTING = "C360_POLICY_STORE"
_CURRENT = {"_id": "current"}
_OWNER = "owner"
_LOOK_AGAIN_S = 1.0
_log = logging.getLogger(__name__)


async def _nobody() -> Origin:
    return Origin("")


class MongoPolicyStore(PolicyStore):
    """The policy of the database that the URL names, looked at again every second.

    No policy there denies everything. One that is wrong is refused, loudly, and the last good one
    stays. One that could not be confirmed for `max_age_s` counts no longer: everything is denied
    until the database answers. `seed` is put into a database that never held a policy. `origin`
    says whose policy it is: that of another instance is none of ours, and denies everything.
    """

    def __init__(
        self,
        url: str,
        seed: str,
        max_age_s: float,
        now_s: Callable[[], float] = time.monotonic,
        known: Callable[[], Known] = lambda: NOTHING_KNOWN,
        origin: Callable[[], Awaitable[Origin]] = _nobody,
    ) -> None:
        self._address = address_of(url)
        self._client = open_client(url, SETTING, "c360-gateway")
        database = self._client.get_default_database()
        self._versions: Collection = database["policy_versions"]
        self._pointer: Collection = database["policy"]
        self._seed = seed
        self._max_age_s = max_age_s
        self._now_s = now_s
        self._known = known
        self._origin = origin
        self._is_ours = False
        self._policy = DENY_ALL
        self._refusal = ""
        self._seen: tuple[str | None, Known] | None = None
        self._confirmed_s = now_s()
        self._ever_answered = False
        self._answers = False

    @override
    def current(self) -> Policy:
        if self._now_s() - self._confirmed_s > self._max_age_s:
            return DENY_ALL
        return self._policy

    @override
    def refusal(self) -> str:
        return self._refusal

    @override
    def answers(self) -> bool:
        return self._answers

    async def refuse_foreign(self) -> None:
        """Raise `SettingsError` (STORE_FOREIGN) when the database holds another's policy.

        Who this is may not be known yet, and then nothing is compared.
        """
        ours = await self._origin()
        if self._is_ours or not ours.instance:
            return
        with store_errors():
            held = await claim(self._pointer, _OWNER, ours)
        if held.instance != ours.instance:
            raise SettingsError(
                "the policy store belongs to another instance, with other keys: name a store of"
                " your own, or put its keys back",
                code="STORE_FOREIGN",
            )
        self._is_ours = True

    async def start(self) -> None:
        """Read the policy for the first time; a database that does not answer is no error."""
        await self.refresh()

    async def watch(self) -> None:
        """Read it again for ever."""
        while True:
            await asyncio.sleep(_LOOK_AGAIN_S)
            await self.refresh()

    async def refresh(self) -> None:
        """Read the policy if it is another one than was read last."""
        try:
            with contextlib.suppress(Transient):  # the log may be away, and policy is there
                await self.refuse_foreign()
            in_force = await self._in_force()
            known = self._known()
            if self._seen is None or self._seen[0] != in_force or self._seen[1] is not known:
                await self._take(in_force, known)
        except Transient:
            if self._answers or not self._ever_answered:
                _log.error("the policy store at %s does not answer", self._address)
            self._answers = False
        except SettingsError as error:
            _log.error("everything is denied: %s: %s", error.code, error.message)
            self._policy, self._seen, self._answers = DENY_ALL, None, False
        else:
            self._confirmed_s = self._now_s()
            self._answers = self._policy is not DENY_ALL
            self._ever_answered = True

    async def publish(self, text: str, replacing: str | None) -> str:
        """Put a policy into force instead of the version `replacing`; return its version.

        Raises `PolicyInvalid` for a wrong one or a deny that names what nobody knows, and
        `Conflict` when another version is in force.
        """
        policy = parse_policy(text)
        refuse_unknown(policy, self._known())
        version = version_of(text)
        # `names` is what the audit calls it: texts of one meaning share it.
        kept = {"policy": text, "names": policy.version, "at": Int64(wall_clock_ms())}
        with store_errors():
            await self._versions.update_one({"_id": version}, {"$setOnInsert": kept}, upsert=True)
            if not await self._point(version, replacing):
                raise Conflict("another policy is in force by now", code="POLICY_REPLACED")
        return version

    async def in_force(self) -> str | None:
        """The version in force, to name when replacing it."""
        with store_errors():
            found = await self._pointer.find_one(_CURRENT)
        return None if found is None else str(found["version"])

    async def text_in_force(self) -> str:
        """The text in force; "" where there is none."""
        version = await self.in_force()
        if version is None:
            return ""
        with store_errors():
            found = await self._versions.find_one({"_id": version})
        return "" if found is None else str(found["policy"])

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _in_force(self) -> str | None:
        version = await self.in_force()
        if version is None and not self._ever_answered and await self._never_used():
            try:
                return await self.publish(self._seed, None)
            except Conflict:
                return await self.in_force()
        return version

    async def _never_used(self) -> bool:
        with store_errors():
            return await self._versions.find_one({}) is None

    async def _point(self, version: str, replacing: str | None) -> bool:
        if replacing is None:
            try:
                await self._pointer.insert_one({**_CURRENT, "version": version})
            except DuplicateKeyError:
                return False
            return True
        moved = await self._pointer.update_one(
            {**_CURRENT, "version": replacing}, {"$set": {"version": version}}
        )
        return moved.matched_count == 1

    async def _take(self, version: str | None, known: Known) -> None:
        if version is None:
            _log.error("there is no policy, everything is denied")
            self._policy = DENY_ALL
        else:
            try:
                policy = await self._read(version)
                doubtful = refuse_unknown(policy, known)
            except PolicyInvalid as error:
                self._refusal = error.code
                _log.error("policy kept: the changed one is refused: %s", error.message)
            else:
                self._policy, self._refusal = policy, ""
                for problem in doubtful:
                    _log.warning("policy, %s", problem)
        self._seen = (version, known)

    async def _read(self, version: str) -> Policy:
        with store_errors():
            found = await self._versions.find_one({"_id": version})
        if found is None or version_of(found["policy"]) != version:
            raise PolicyInvalid.whole("the version in force is missing or was changed in place")
        return parse_policy(found["policy"])


def version_of(text: str) -> str:
    """The name of a policy's text: its SHA-256, hex."""
    return hashlib.sha256(text.encode()).hexdigest()
