"""What a destination may be told, asked of the gateway as the principal that it is.

There is one place that decides: policy, masks, row rules, consents and budgets of the gateway hold
for what is sent as for any query, and it is on record as an export before it leaves. Where it
cannot be asked, nothing is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import httpcore
import orjson
from c360_kernel.catalog.model import Destination
from c360_kernel.errors import SettingsError, Transient
from typing_extensions import override

from c360_activation.domain.telling import Told

UNREADABLE = "POLICY_UNREADABLE"
_TIMEOUT = {"connect": 5.0, "read": 15.0, "write": 15.0, "pool": 15.0}
_UNREACHED = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    OSError,
)
_CONSENT_MISSING, _MASKED = "CONSENT_MISSING", "MASKED"
_QUERY = (
    "query Deliver($id: ID!{variable}) {{ segments {{ name }}{segment}"
    " customer(id: $id) {{ id segments {{ name }} consents {{ purpose status }}{profile} }} }}"
)
_SMALL = "SUPPRESSED_SMALL_GROUP"


class Ask(Protocol):
    """Asks what may be told."""

    async def told(self, destination: Destination, customer: str, segments: Sequence[str]) -> Told:
        """What a destination is told of a customer now, and of these segments.

        Raises `Transient` where that is not known, `SettingsError` where there is no key.
        """
        ...


class GatewayAsk(Ask):
    """Over the gateway's API, with the key of each destination."""

    def __init__(self, url: str, keys: Path) -> None:
        self._url = f"{url.rstrip('/')}/graphql"
        self._keys = keys
        self._pool = httpcore.AsyncConnectionPool(max_connections=20)

    @override
    async def told(self, destination: Destination, customer: str, segments: Sequence[str]) -> Told:
        try:
            answer = await self._answer(destination, customer, segments)
            return read_told(answer, destination, segments)
        except _UNREACHED as error:
            raise Transient("the gateway does not answer", code=UNREADABLE) from error
        except (httpcore.TimeoutException, orjson.JSONDecodeError, LookupError) as error:
            raise Transient("the gateway has no answer", code=UNREADABLE) from error

    async def _answer(
        self, destination: Destination, customer: str, segments: Sequence[str]
    ) -> Mapping[str, Any]:
        named = {f"s{number}": name for number, name in enumerate(segments)}
        query = {
            "query": query_of(destination, segments),
            "variables": {"id": customer, **named},
        }
        response = await self._pool.request(
            "POST",
            self._url,
            headers=self._headers(destination.name),
            content=orjson.dumps(query),
            extensions={"timeout": _TIMEOUT},
        )
        answer: object = orjson.loads(response.content)
        if not isinstance(answer, dict):
            raise Transient("the gateway's answer is no object", code=UNREADABLE)
        return cast("Mapping[str, Any]", answer)

    def _headers(self, name: str) -> list[tuple[bytes, bytes]]:
        return [
            (b"authorization", b"Bearer " + self._key(name)),
            (b"content-type", b"application/json"),
            (b"c360-export", b"true"),
            (b"c360-reason", f"destination {name}".replace(" ", "%20").encode()),
            (b"c360-denials", b"extensions"),
        ]

    def _key(self, name: str) -> bytes:
        path = self._keys / f"{name}.key"
        try:
            return path.read_bytes().strip()
        except OSError as error:
            message = f"there is no {path.name}: run c360 destination add"
            raise SettingsError(message, code="DESTINATION_KEY_MISSING") from error

    async def close(self) -> None:
        """Close what is open."""
        await self._pool.aclose()


def query_of(destination: Destination, segments: Sequence[str]) -> str:
    """The one question that is asked for a delivery; of segments, too, where it is of some."""
    traits = " ".join(destination.asked)
    profile = f" profile {{ {traits} }}" if traits else ""
    named = [f"s{number}" for number in range(len(segments))]
    variables = "".join(f", ${name}: ID!" for name in named)
    sizes = "".join(f" {name}: segment(name: ${name}) {{ size }}" for name in named)
    return _QUERY.format(variable=variables, segment=sizes, profile=profile)


def read_told(answer: Mapping[str, Any], destination: Destination, segments: Sequence[str]) -> Told:
    """What an answer tells. Raises `Transient` with the code of an error in it."""
    for error in answer.get("errors") or ():
        code = error.get("extensions", {}).get("code") or UNREADABLE
        if code != _SMALL:
            raise Transient("the gateway does not tell", code=code)
    data = cast("Mapping[str, Any]", answer["data"])
    customer = data.get("customer")
    if customer is None:
        return Told("")
    masked = {one["coordinate"] for one in _policy(answer) if one["action"] == _MASKED}
    # A small group has no size for who is told of none: who left it is not told either.
    hidden = {name for number, name in enumerate(segments) if _size(data, number) is None}
    return Told(
        customer["id"],
        _traits(customer, destination.asked),
        _names(customer.get("segments")),
        [name for name in _names(data.get("segments")) if name not in hidden],
        _consent(customer, destination.purpose),
        [one["coordinate"] for one in _policy(answer) if one["action"] == _CONSENT_MISSING],
        [name for name in destination.asked if f"Profile.{name}" in masked],
    )


def _traits(customer: Mapping[str, Any], wanted: Sequence[str]) -> Mapping[str, object]:
    profile = customer.get("profile") or {}
    return {name: profile.get(name) for name in wanted}


def _names(segments: Sequence[Mapping[str, str]] | None) -> list[str]:
    return [one["name"] for one in segments or ()]


def _size(data: Mapping[str, Any], number: int) -> int | None:
    return (data.get(f"s{number}") or {}).get("size")


def _consent(customer: Mapping[str, Any], purpose: str) -> str:
    for one in customer.get("consents") or ():
        if one["purpose"] == purpose:
            return one["status"] or ""
    return ""


def _policy(answer: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return answer.get("extensions", {}).get("policy") or ()
