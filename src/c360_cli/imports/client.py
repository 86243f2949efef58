"""Sends GraphQL operations to a running instance, over one connection that is kept open.

An instance that cannot be reached, or says that it is busy, is asked again with growing pauses, or
after the pause that it asks for: every item may be sent twice, because the instance knows it again.
"""

from __future__ import annotations

import http.client
import random
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast
from urllib.parse import SplitResult

import orjson
from c360_kernel.errors import Invalid
from c360_mapping import json_numbers

from c360_cli.api.address import target_of
from c360_cli.imports.refusals import ImportRefused, ImportStopped

Json = Mapping[str, object]

_TIMEOUT_S = 60
_LONGEST_ASKED_S = 300.0
_LATER = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


class TooLarge(Exception):
    """The instance does not take a request of this size."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often an instance is asked, and how long to wait in between (seconds, doubling)."""

    tries: int = 12
    first_pause_s: float = 0.1
    longest_pause_s: float = 5.0

    def pause(self, tried: int) -> float:
        """The pause after the given number of failures, up to a quarter shorter by chance."""
        full = min(self.first_pause_s * 2 ** (tried - 1), self.longest_pause_s)
        return full * random.uniform(0.75, 1.0)


class _Later(Exception):
    """This try failed in a way that another one may not.

    `after_s` is the pause that the instance asks for; `is_turn` says that only our turn has not
    come, which is no failure however often it is said.
    """

    def __init__(self, why: str, after_s: float = 0.0, is_turn: bool = False) -> None:
        super().__init__(why)
        self.after_s = after_s
        self.is_turn = is_turn


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    retry_after_s: float


class GraphQLClient:
    """A client of one instance. `mint` gives a bearer token, and a fresh one when it ran out.

    `waits` is told the seconds of each pause that the instance asks for.
    One thread at a time executes; any thread may cancel.
    """

    def __init__(
        self,
        url: str,
        mint: Callable[[], str],
        retries: RetryPolicy | None = None,
        waits: Callable[[float], None] | None = None,
    ) -> None:
        self._waits = waits or _ignored
        self._target = _target(url)
        self._mint = mint
        self._cancelled = threading.Event()
        self._retries = retries or RetryPolicy()
        self._token = mint()
        self._connection: http.client.HTTPConnection | None = None

    def execute(self, query: str, variables: Json) -> Json:
        """The `data` of an operation.

        Raises `TooLarge`, `ImportRefused` when the operation as a whole is refused, and
        `ImportStopped` when the instance did not answer however often it was asked.
        """
        body = json_numbers.dumps({"query": query, "variables": variables})
        failures = 0
        while True:
            try:
                return self._once(body)
            except _Later as later:
                failures += not later.is_turn
                if failures == self._retries.tries or self._paused(failures, later.after_s):
                    raise self._stopped(later, failures) from later

    def cancel(self) -> None:
        """Gives up on what is being tried, without another pause."""
        self._cancelled.set()

    def close(self) -> None:
        """Closes the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _paused(self, failures: int, requested_s: float) -> bool:
        """Wait before another try; true when it was cancelled meanwhile."""
        if requested_s:
            self._waits(requested_s)
        return self._cancelled.wait(max(self._retries.pause(max(1, failures)), requested_s))

    def _once(self, body: bytes) -> Json:
        answer = self._post(body)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._token = self._mint()
            answer = self._post(body)
        if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise TooLarge
        if answer.status in _LATER:
            is_turn = answer.status == HTTPStatus.TOO_MANY_REQUESTS and answer.retry_after_s > 0
            raise _Later(f"it answered {answer.status}", answer.retry_after_s, is_turn)
        return _data(answer.status, answer.body)

    def _post(self, body: bytes) -> _Answer:
        headers = {
            "content-type": "application/json",
            "accept": "application/json",
            "authorization": f"Bearer {self._token}",
            # A policy from before warnings were told does not let them be read.
            "c360-denials": "extensions",
        }
        try:
            connection = self._connected()
            # Who refuses a body does not read all of it, and may have said why.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request("POST", self._path, body, headers)
            response = connection.getresponse()
            after_s = _seconds(response.getheader("retry-after"))
            return _Answer(response.status, response.read(), after_s)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise _Later(_reason(error)) from error

    @property
    def _path(self) -> str:
        return self._target.path.rstrip("/") + "/graphql"

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            secure = self._target.scheme == "https"
            kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            host = cast(str, self._target.hostname)
            self._connection = kind(host, self._target.port, timeout=_TIMEOUT_S)
        return self._connection

    def _stopped(self, later: _Later, tried: int) -> ImportStopped:
        where = f"{self._target.scheme}://{self._target.netloc}"
        return ImportStopped(f"{where} did not take it in {tried} tries: {later}")


def _ignored(seconds: float) -> None:
    del seconds


def _seconds(retry_after: str | None) -> float:
    """The header `Retry-After`; one that is a date, or nonsense, asks for no certain pause."""
    seconds = (retry_after or "").strip()
    return min(float(seconds), _LONGEST_ASKED_S) if seconds.isdecimal() else 0.0


def _target(url: str) -> SplitResult:
    try:
        return target_of(url)
    except Invalid as error:
        raise ImportRefused(error.message, code=error.code) from error


def _reason(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, TimeoutError):
        return f"no answer within {_TIMEOUT_S} seconds"
    return f"the connection broke ({type(error).__name__})"


def _data(status: int, answer: bytes) -> Json:
    try:
        document = orjson.loads(answer)
    except orjson.JSONDecodeError as error:
        raise _not_graphql(status) from error
    if not isinstance(document, dict):
        raise _not_graphql(status)
    data = cast(Json, document).get("data")
    if isinstance(data, dict) and all(value is not None for value in cast(Json, data).values()):
        return cast(Json, data)
    raise _refused(status, cast(Json, document))


def _refused(status: int, document: Json) -> Exception:
    errors = document.get("errors")
    first = cast(list[Json], errors)[0] if isinstance(errors, list) and errors else {}
    extensions = first.get("extensions")
    detail = cast(Json, extensions) if isinstance(extensions, dict) else {}
    code = str(detail.get("code", ""))
    message = str(first.get("message", "")) or f"the instance answered {status}"
    if detail.get("retryable") is True:
        return _Later(f"{message} ({code})")
    return ImportRefused(message, code=code or "OPERATION_REFUSED")


def _not_graphql(status: int) -> ImportRefused:
    message = f"the instance answered {status} without GraphQL: is the --url right?"
    return ImportRefused(message, code="NOT_GRAPHQL")
