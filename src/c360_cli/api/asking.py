"""Asking a running instance one question, with a token of the data directory or one's own."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Annotated, Any, cast

import orjson
import typer
from c360_kernel.errors import Invalid, Transient
from typing_extensions import override

from c360_cli.api.address import target_of
from c360_cli.api.credentials import local_token
from c360_cli.directory import DataDirectory

_TIMEOUT_S = 60
_TOKEN = re.compile(r"[!-~]*")
_OF_THE_MOMENT = ("exp", "iat", "nbf", "jti", "auth_time")
_DENIED = ("FIELD_DENIED",)
_UNTOLD = (*_DENIED, "SUPPRESSED_SMALL_GROUP")
_DEFAULT_URL = "http://127.0.0.1:8360"
_MINTED_S = 60.0
"""For how long a token is shown: an instance remembers each that it has seen for a while."""

Url = Annotated[
    str | None, typer.Option(help=f"The running instance; C360_URL, or {_DEFAULT_URL}.")
]
Token = Annotated[
    str | None,
    typer.Option(help="Bearer token; C360_TOKEN, or one that the data directory mints."),
]


@dataclass(frozen=True, slots=True)
class Api:
    """The API of one instance.

    `headers` go with each request; `purpose` is for a token that the data directory mints.
    """

    data: Path
    url: str | None
    token: str | None
    purpose: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    _minted: dict[tuple[str, ...], tuple[float, str]] = field(
        default_factory=dict[tuple[str, ...], tuple[float, str]],
        init=False,
        repr=False,
        compare=False,
    )

    def ask(
        self, role: str | Sequence[str], query: str, variables: Mapping[str, object]
    ) -> dict[str, Any]:
        """The data of the answer; `role` is for a token that the data directory mints.

        Raises `Transient` (INSTANCE_UNREACHABLE), or `Invalid` with the code of the answer.
        """
        return _data(self._answer(role, query, variables), ())

    def ask_what_may_be_seen(
        self, role: str | Sequence[str], query: str, variables: Mapping[str, object]
    ) -> dict[str, Any]:
        """The same, with null for each field that the roles may not read."""
        return _data(self._answer(role, query, variables), _DENIED)

    def ask_of_groups(
        self, role: str | Sequence[str], query: str, variables: Mapping[str, object]
    ) -> dict[str, Any]:
        """The same, with null also for what the roles are not told of small groups."""
        return _data(self._answer(role, query, variables), _UNTOLD)

    def _answer(
        self, role: str | Sequence[str], query: str, variables: Mapping[str, object]
    ) -> dict[str, Any]:
        headers = {
            **self.headers,
            "content-type": "application/json",
            "authorization": f"Bearer {self._bearer([role] if isinstance(role, str) else role)}",
        }
        body = orjson.dumps({"query": query, "variables": variables})
        request = urllib.request.Request(f"{self._base()}/graphql", body, headers)
        return _answer(request)

    def identity(self) -> Sequence[str]:
        """Which instance is asked, and as whom: the same under a token that was renewed."""
        given = self._given()
        return [self._base(), bearer_of(given) if given else ""]

    def _base(self) -> str:
        url = self.url or os.environ.get("C360_URL") or _DEFAULT_URL
        return target_of(url).geturl().rstrip("/")

    def _given(self) -> str:
        given = (self.token or os.environ.get("C360_TOKEN") or "").strip()
        if not _TOKEN.fullmatch(given):
            message = "a token is one line of letters, digits and signs, as it was printed"
            raise Invalid(message, code="UNAUTHENTICATED")
        return given

    def _bearer(self, roles: Sequence[str]) -> str:
        if given := self._given():
            return given
        now, held = time.monotonic(), self._minted.get(tuple(roles))
        if held is None or now - held[0] >= _MINTED_S:
            DataDirectory(self.data).require()
            token = local_token(self.data, roles, f"c360-{'-'.join(roles)}", self.purpose)
            held = self._minted[tuple(roles)] = now, token
        return held[1]


def bearer_of(token: str) -> str:
    """Whose token this is, as a hash: of its claims but those that say how long it holds."""
    try:
        _, claims, _ = token.split(".")
        said = orjson.loads(base64.urlsafe_b64decode(claims + "=="))
        lasting = {name: value for name, value in said.items() if name not in _OF_THE_MOMENT}
    except (ValueError, AttributeError):
        lasting = {"token": token}
    return hashlib.sha256(orjson.dumps(lasting, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _data(answer: dict[str, Any], borne: Sequence[str]) -> dict[str, Any]:
    for error in answer.get("errors") or ():
        code = (error.get("extensions") or {}).get("code") or "OPERATION_REFUSED"
        if code not in borne or answer.get("data") is None:
            raise Invalid(error["message"], code=code)
    return cast("dict[str, Any]", answer["data"])


class _Nowhere(urllib.request.HTTPRedirectHandler):
    """Follows nobody: the token is for the instance that was named."""

    @override
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        return None


_opener = urllib.request.build_opener(_Nowhere)


def _answer(request: urllib.request.Request) -> dict[str, Any]:
    try:
        return _graphql(*_answered(request))
    except (OSError, HTTPException) as error:
        raise Transient(
            f"nothing answers at {request.host}: start it, or give another --url",
            code="INSTANCE_UNREACHABLE",
        ) from error


def _answered(request: urllib.request.Request) -> tuple[int, bytes]:
    """A status, a refusal's too, and what came with it."""
    try:
        with _opener.open(request, timeout=_TIMEOUT_S) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


def _graphql(status: int, body: bytes) -> dict[str, Any]:
    """What an instance says; anybody may answer at an address that was mistyped."""
    with suppress(orjson.JSONDecodeError):
        found: object = orjson.loads(body)
        if isinstance(found, dict) and _is_answer(answer := cast("dict[str, Any]", found)):
            return answer
    message = f"what answers there says {status} and no GraphQL: is the --url right?"
    raise Invalid(message, code="NOT_GRAPHQL")


def _is_answer(found: dict[str, Any]) -> bool:
    errors: object = found.get("errors") or []
    if not isinstance(errors, list):
        return False
    told = cast("list[object]", errors)
    are_errors = all(isinstance(one, dict) and "message" in one for one in told)
    return are_errors and bool(told or isinstance(found.get("data"), dict))
