"""What the claims of a token let its holder do: roles, a purpose, sources, attributes.

The local issuer writes them as we read them; every OIDC provider has claims of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from c360_kernel.context import Attributes
from c360_kernel.errors import SettingsError

from c360_gateway.auth.attributes import local_attributes, mapped_attributes
from c360_gateway.auth.errors import Reason, TokenRefused

Claims = Mapping[str, Any]
_TEXT = frozenset((str,))
RoleMap = Mapping[str, frozenset[str]]
"""Our roles by the name that the provider has for them."""


class Rights(NamedTuple):
    """What a token says that its holder may do."""

    roles: frozenset[str]
    purpose: str
    sources: frozenset[str]
    attributes: Attributes = ()


def local_rights(claims: Claims) -> Rights:
    """The claims as `mint` writes them; raises `TokenRefused`."""
    purpose = claims["purpose"]
    if not isinstance(purpose, str):
        raise TokenRefused(Reason.CLAIM_WRONG)
    attributes = local_attributes(claims.get("attributes"))
    return Rights(_texts(claims["roles"]), purpose, _texts(claims["sources"]), attributes)


@dataclass(frozen=True, slots=True)
class MappedClaims:
    """Where a provider's tokens say it.

    Each is the name of a claim (`https://example.com/roles`) or a path of names
    (`realm_access.roles`). Without `role_map` roles are named as ours are; with it, those that it
    does not hold are ignored. A token without a purpose is for none, one with several for
    the one that a request names; one without sources may write none. `attributes` are the places
    of attributes by our names for them.
    """

    roles: str = "roles"
    purpose: str = "purpose"
    sources: str = "sources"
    role_map: RoleMap = field(default_factory=dict[str, frozenset[str]])
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])

    def __call__(self, claims: Claims) -> Rights:
        """Read them; raises `TokenRefused`."""
        claimed = claim_at(claims, self.roles)
        if claimed is None:
            raise TokenRefused(Reason.CLAIM_MISSING)
        purpose = claim_at(claims, self.purpose)
        if isinstance(purpose, list):
            # Of several purposes a request says which one it is for.
            purpose = " ".join(sorted(_texts(cast("list[object]", purpose))))
        if not isinstance(purpose, str | None):
            raise TokenRefused(Reason.CLAIM_WRONG)
        sources = claim_at(claims, self.sources)
        return Rights(
            self._ours(_words(claimed)),
            purpose or "",
            _words([] if sources is None else sources),
            mapped_attributes(claims, self.attributes, claim_at),
        )

    def _ours(self, claimed: frozenset[str]) -> frozenset[str]:
        if not self.role_map:
            return claimed
        return frozenset().union(*(self.role_map.get(one, frozenset()) for one in claimed))


def claim_at(claims: Claims, path: str) -> object:
    """The claim of that name, or at that path of names joined by dots; None if there is none.

    Names hold dots themselves: the longest one that leads on is followed.
    """
    if path in claims:
        return claims[path]
    parts = path.split(".")
    for length in range(len(parts) - 1, 0, -1):
        inner = claims.get(".".join(parts[:length]))
        if isinstance(inner, dict):
            found = claim_at(cast(Claims, inner), ".".join(parts[length:]))
            if found is not None:
                return found
    return None


def read_role_map(text: str) -> RoleMap:
    """`theirs=ours,theirs=ours`, or a JSON object of texts or lists of them.

    A role of theirs may stand several times, for several of ours. Raises `SettingsError`.
    """
    if text.lstrip().startswith("{"):
        return _map_of_json(text)
    found: dict[str, frozenset[str]] = {}
    for pair in filter(str.strip, text.split(",")):
        theirs, equals, ours = (part.strip() for part in pair.rpartition("="))
        if not equals or not theirs or not ours:
            raise _not_a_map()
        found[theirs] = found.get(theirs, frozenset()) | {ours}
    return found


def _map_of_json(text: str) -> RoleMap:
    try:
        mapped: dict[str, object] = json.loads(text)
        return {theirs: _words(ours) for theirs, ours in mapped.items()}
    except (ValueError, TokenRefused):
        raise _not_a_map() from None


def _not_a_map() -> SettingsError:
    return SettingsError("C360_OIDC_ROLES_MAP is THEIRS=OURS,THEIRS=OURS or a JSON object")


def _words(claim: object) -> frozenset[str]:
    """A list of texts, or one text of words, as `scope` is."""
    return frozenset(claim.split()) if isinstance(claim, str) else _texts(claim)


def _texts(claim: object) -> frozenset[str]:
    if not isinstance(claim, list):
        raise TokenRefused(Reason.CLAIM_WRONG)
    words = cast("list[object]", claim)
    if not _TEXT.issuperset(map(type, words)):
        raise TokenRefused(Reason.CLAIM_WRONG)
    return frozenset(cast("list[str]", words))
