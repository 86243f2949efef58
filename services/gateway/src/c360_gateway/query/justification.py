"""What a caller says of its request: what for, why, under which ticket, with which role open.

Each may stand in a header or, under the same name, among the request's extensions, which come
first: over a socket a header is there for all its operations.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from urllib.parse import unquote

from c360_federation.http import HttpProblem
from c360_policy.mask.free_text.finding import redacted

from c360_gateway.auth.break_glass import GlassInvalid, GlassSeal
from c360_gateway.auth.principal import Principal

PURPOSE, REASON, TICKET = "c360-purpose", "c360-reason", "c360-ticket"
BREAK_GLASS, EXPORT = "c360-break-glass", "c360-export"
JUSTIFICATION_HEADERS = (PURPOSE, REASON, TICKET, BREAK_GLASS, EXPORT)
JUSTIFICATION_NAMES = frozenset(JUSTIFICATION_HEADERS)
LONGEST_REASON = 500
_TICKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/#-]{0,63}")


@dataclass(frozen=True, slots=True)
class Justification:
    """What is kept of it. `reason` has no personal data left that is found in text.

    `is_export`: what is answered is taken out in bulk.
    """

    reason: str = ""
    ticket: str = ""
    is_export: bool = False


NO_JUSTIFICATION = Justification()
Given = Mapping[str, object]
NOTHING_GIVEN: Given = {}


def given_in(headers: Mapping[str, str], extensions: Mapping[str, object]) -> Given:
    """What a request says by these names."""
    if not extensions and JUSTIFICATION_NAMES.isdisjoint(headers):
        return NOTHING_GIVEN
    encoded = {REASON: unquote(headers[REASON], errors="replace")} if REASON in headers else {}
    found = {name: headers[name] for name in JUSTIFICATION_HEADERS if name in headers} | encoded
    return found | {name: extensions[name] for name in JUSTIFICATION_HEADERS if name in extensions}


def justification_headers(
    headers: Mapping[str, str], payload: Mapping[str, object]
) -> dict[str, str]:
    """What a socket says for all its operations: in its handshake, else as it begins."""
    own = {name.lower(): value for name, value in payload.items() if isinstance(value, str)}
    return {
        name: one[name] for name in JUSTIFICATION_HEADERS for one in (own, headers) if name in one
    }


class JustificationCheck:
    """Holds what callers say against what their tokens and their grants let them say."""

    def __init__(self, seal: GlassSeal, now_s: Callable[[], float] = time.time) -> None:
        self._seal = seal
        self._now_s = now_s

    def of(self, principal: Principal, given: Given) -> tuple[Principal, Justification]:
        """The caller for its purpose, with the role that is open, and the rest.

        Raises `HttpProblem` for what is not allowed or not understood.
        """
        purpose = _purpose(principal.purpose, given.get(PURPOSE))
        if purpose != principal.purpose:
            principal = replace(principal, purpose=purpose, claimed_purposes=principal.purpose)
        if not given:
            return principal, NO_JUSTIFICATION
        reason, ticket = _reason_in(given), _ticket_in(given)
        justification = Justification(reason, ticket, _is_export(given.get(EXPORT), reason))
        return self._opened(principal, justification, given.get(BREAK_GLASS))

    def _opened(
        self, principal: Principal, justification: Justification, grant: object
    ) -> tuple[Principal, Justification]:
        if grant is None:
            return principal, justification
        try:
            glass = self._seal.glass(str(grant), principal.subject, principal.issuer, self._now_s())
        except GlassInvalid as invalid:
            raise _refused(invalid.code, invalid.message, HTTPStatus.FORBIDDEN) from None
        roles = tuple(sorted({*principal.roles, glass.role}))
        reason, ticket = justification.reason or glass.reason, justification.ticket or glass.ticket
        justification = replace(justification, reason=reason, ticket=ticket)
        return replace(principal, roles=roles, glass=glass), justification


def read_reason(text: object) -> str | None:
    """A reason without personal data; None for what is none: blank, too long, or no plain text."""
    if not isinstance(text, str) or len(text) > LONGEST_REASON or not text.strip():
        return None
    if any(unicodedata.category(character)[0] == "C" for character in text):
        return None
    return redacted(text.strip())


def read_ticket(text: object) -> str | None:
    """A ticket's name; None for what is none."""
    return text if isinstance(text, str) and _TICKET.fullmatch(text) else None


def _purpose(claimed: str, asked: object) -> str:
    """Of a token for several purposes the request says which; of one, it may say it again."""
    purposes = claimed.split()
    if asked is None:
        return claimed if len(purposes) <= 1 else ""
    if not isinstance(asked, str) or asked not in purposes:
        message = f"{PURPOSE} is none of the purposes of your token"
        raise _refused("PURPOSE_DENIED", message, HTTPStatus.FORBIDDEN)
    return asked


def _reason_in(given: Given) -> str:
    if REASON not in given:
        return ""
    reason = read_reason(given[REASON])
    if reason is None:
        message = f"{REASON} is plain text of at most {LONGEST_REASON} characters, percent-encoded"
        raise _refused("REASON_INVALID", message)
    return reason


def _ticket_in(given: Given) -> str:
    if TICKET not in given:
        return ""
    ticket = read_ticket(given[TICKET])
    if ticket is None:
        message = f"{TICKET} is at most 64 letters, digits and . _ : / # -"
        raise _refused("TICKET_INVALID", message)
    return ticket


def _is_export(claimed: object, reason: str) -> bool:
    """What leaves in bulk leaves for a reason."""
    if claimed is None:
        return False
    if claimed is not True and claimed != "true":
        raise _refused("EXPORT_INVALID", f"{EXPORT} is true, or is not given")
    if not reason:
        raise _refused("EXPORT_INVALID", f"{EXPORT} needs {REASON}")
    return True


def _refused(code: str, message: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> HttpProblem:
    return HttpProblem(status, code, message)
