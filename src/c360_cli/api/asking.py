"""Asking a running instance one question, with a token of the data directory or one's own."""

from __future__ import annotations

import base64
import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, cast

import orjson
import typer
from c360_kernel.errors import Invalid, Transient

from c360_cli.api.credentials import local_token
from c360_cli.directory import DataDirectory

_TIMEOUT_S = 60
_OF_THE_MOMENT = ("exp", "iat", "nbf", "jti", "auth_time")
_DENIED = ("FIELD_DENIED",)
_UNTOLD = (*_DENIED, "SUPPRESSED_SMALL_GROUP")
_DEFAULT_URL = "http://127.0.0.1:8360"

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
        return (self.url or os.environ.get("C360_URL") or _DEFAULT_URL).rstrip("/")

    def _given(self) -> str:
        return self.token or os.environ.get("C360_TOKEN") or ""

    def _bearer(self, roles: Sequence[str]) -> str:
        if given := self._given():
            return given
        DataDirectory(self.data).require()
        return local_token(self.data, roles, f"c360-{'-'.join(roles)}", self.purpose)


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
    for error in answer.get("errors", ()):
        code = error["extensions"]["code"]
        if code not in borne or answer.get("data") is None:
            raise Invalid(error["message"], code=code)
    return cast("dict[str, Any]", answer["data"])


def _answer(request: urllib.request.Request) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
            return orjson.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return orjson.loads(refused.read() or b"{}")
    except (OSError, ValueError) as error:
        raise Transient(
            f"nothing answers at {request.host}: start it, or give another --url",
            code="INSTANCE_UNREACHABLE",
        ) from error
