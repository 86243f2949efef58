"""What is refused, and who is not let in, as acts on record: why, by what code, never content."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import NamedTuple

from c360_kernel.payload import OperationAudited
from c360_kernel.telemetry import current_traceparent, trace_id

from c360_gateway.audit.client_text import ClientText
from c360_gateway.audit.equal_acts import EqualActs
from c360_gateway.auth.errors import Unauthenticated
from c360_gateway.auth.principal import Principal

NO_TOKEN = "TOKEN_MISSING"
ANONYMOUS = "anonymous"
_REFUSED = "refused"
_ROLE_SET_DIGITS = 16


class RefusedRequest(NamedTuple):
    """What is known of a request that was refused: its text and name, if it came to be read."""

    text: str = ""
    name: str = ""
    policy_version: str = ""
    address: str = ""


class Refusals:
    """Puts on record who was refused what; raises nothing: a refusal is answered in any case."""

    def __init__(self, acts: EqualActs, written: ClientText) -> None:
        self._acts = acts
        self._written = written

    async def login(self, refused: Unauthenticated, address: str, network: str) -> None:
        """Somebody came without a token, or with one that is not accepted."""
        code = NO_TOKEN if refused.reason is None else refused.reason.value
        await self.stranger(code, address, network)

    async def stranger(self, code: str, address: str, network: str) -> None:
        """Somebody unknown was turned away; equal ones are told apart by their network."""
        act = OperationAudited(
            ANONYMOUS, kind="login_failed", outcome=_REFUSED, code=code, address=address
        )
        await self._acts.note(act, network)

    async def request(
        self, principal: Principal, code: str, refused_request: RefusedRequest
    ) -> None:
        """A request of somebody known was refused before it did anything."""
        act = OperationAudited(
            principal.subject,
            roles=principal.roles,
            role_set=role_set_of(principal.roles),
            purpose=principal.purpose,
            policy_version=refused_request.policy_version,
            operation_name=self._written.name(refused_request.name, refused_request.text),
            operation_hash=self._written.fingerprint(refused_request.text)
            if refused_request.text
            else "",
            outcome=_REFUSED,
            trace_id=trace_id(current_traceparent()),
            kind="refusal",
            code=code,
            address=refused_request.address,
            token_id=principal.token_id,
        )
        await self._acts.note(act)


@lru_cache(maxsize=1_000)
def role_set_of(roles: tuple[str, ...]) -> str:
    """Names a set of roles, whatever their order: 16 hex digits."""
    joined = "\0".join(sorted(set(roles)))
    return hashlib.sha256(joined.encode()).hexdigest()[:_ROLE_SET_DIGITS]
