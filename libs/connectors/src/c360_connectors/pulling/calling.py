"""Asks a source as it wants to be asked: logged in, not too often, again after a while.

A request that is refused is made once with a new login, and never again and again: systems lock out
who does that. What is said about a failure is a status and a code, never an address or a text of
the other side, which may hold values.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from c360_kernel.backoff import Backoff
from c360_kernel.errors import Transient
from c360_mapping import json_numbers
from c360_mapping.conversions import to_text

from c360_connectors.answers import first
from c360_connectors.pulling.failures import ErrorRule, Then, by_content, by_status
from c360_connectors.pulling.login import Login
from c360_connectors.pulling.ports import Answer, Web
from c360_connectors.pulling.pull import Limits
from c360_connectors.refusals import Absent, ConnectorStopped
from c360_connectors.requests import Request, RequestForm
from c360_connectors.templates import Values

TRIES = 8
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 900.0
_AWAY = "CONNECTOR_AWAY"
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Said:
    """An answer that is one: what its JSON says, and how it came."""

    content: object
    link: str
    url: str


@dataclass(frozen=True, slots=True)
class _Session:
    token: str
    cookie: str
    until_s: float


class Caller:
    """Asks one source, so often. `secrets` are the values of the places that name them."""

    def __init__(
        self,
        web: Web,
        login: Login | None,
        limits: Limits,
        secrets: Values,
        sleep: Sleep = asyncio.sleep,
        monotonic_s: Callable[[], float] = time.monotonic,
        tries: int = TRIES,
    ) -> None:
        self._tries = tries
        self._web = web
        self._login = login
        self._limits = limits
        self._secrets = secrets
        self._sleep = sleep
        self._monotonic_s = monotonic_s
        self._session: _Session | None = None
        self._free_at = 0.0

    async def ask(
        self,
        form: RequestForm,
        values: Values,
        errors: Sequence[ErrorRule] = (),
        url: str | None = None,
    ) -> Said:
        """What the source says, at `url` in the place of the form's own address.

        Raises `ConnectorStopped`, `Transient` once it was asked often enough, and what `Web` does.
        """
        backoff = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
        failures, is_renewed = 0, False
        while True:
            said, then, after_s, why = await self._tried(form, values, errors, url)
            if said is not None:
                return said
            if then == "login" and self._login is not None and not is_renewed:
                self._session, is_renewed = None, True
                continue
            if then != "retry":
                raise _stopped(then, why)
            failures += 1
            if failures == self._tries:
                message = f"the source did not answer in {failures} tries: {why}"
                raise Transient(message, code=_AWAY)
            pause_s = backoff.pause_s()
            await self._sleep(pause_s if after_s is None else _bounded(after_s))

    async def _tried(
        self, form: RequestForm, values: Values, errors: Sequence[ErrorRule], url: str | None
    ) -> tuple[Said | None, Then, float | None, str]:
        """What was said; or what to do now, after which pause, and why."""
        try:
            request = form.made({**self._secrets, **await self._credentials(), **values})
            sent = self._with_cookie(request.to(url) if url else request)
            answer = await self._sent(sent)
        except Transient as error:
            return None, "retry", None, error.code
        then = by_status(answer.status)
        why = f"HTTP_{answer.status}"
        if then is None:
            try:
                content = json_numbers.loads(answer.body.decode())
            except ValueError:
                return None, "retry", answer.retry_after_s, "it answered without JSON"
            then, why = by_content(content, errors), "it answered with an error"
            if then is None:
                return Said(content, answer.link, sent.url), "retry", None, ""
        return None, then, answer.retry_after_s, why

    async def _sent(self, request: Request) -> Answer:
        """One request, in its turn."""
        now = self._monotonic_s()
        turn, self._free_at = max(now, self._free_at), max(now, self._free_at) + self._gap_s
        if turn > now:
            await self._sleep(turn - now)
        return await self._web.ask(request, self._limits.timeout_s)

    @property
    def _gap_s(self) -> float:
        return 1 / self._limits.per_second

    async def _credentials(self) -> Mapping[str, str]:
        if self._login is None:
            return {}
        session = self._session
        if session is None or session.until_s <= self._monotonic_s():
            session = self._session = await self._logged_in(self._login)
        return {"token": session.token}

    async def _logged_in(self, login: Login) -> _Session:
        answer = await self._sent(login.request.made(self._secrets))
        then = by_status(answer.status)
        if then is not None:
            raise _of_login(then, f"HTTP_{answer.status}")
        content = _json(answer.body)
        if (then := by_content(content, login.errors)) is not None:
            raise _of_login(then, "it answered with an error")
        token = "" if login.token is None else first(login.token, content)
        if not isinstance(token, str) or (login.token is not None and not token):
            raise _of_login("stop", "there is no token in its answer")
        until_s = self._monotonic_s() + _lives_s(login, content)
        return _Session(token, "; ".join(answer.cookies), until_s)

    def _with_cookie(self, request: Request) -> Request:
        cookie = self._session.cookie if self._session else ""
        if not cookie:
            return request
        headers = {**request.headers, "cookie": cookie}
        return Request(request.method, request.url, headers, request.body)


def _lives_s(login: Login, content: object) -> float:
    lives_s = login.lives_ms / 1_000
    said = None if login.expires is None else first(login.expires, content)
    if said is None:
        return lives_s
    try:
        # A little earlier, as a token is on its way for a while.
        return min(lives_s, float(to_text(said)) * 0.9)
    except ValueError:
        return lives_s


def _json(body: bytes) -> object:
    try:
        return json_numbers.loads(body.decode())
    except ValueError as error:
        raise Transient("the login answered without JSON", code=_AWAY) from error


def _of_login(then: Then, why: str) -> Exception:
    if then == "retry":
        return Transient(f"the login is not answered: {why}", code=_AWAY)
    return ConnectorStopped(f"the source does not log in: {why}", code="CONNECTOR_UNAUTHORIZED")


def _stopped(then: Then, why: str) -> ConnectorStopped:
    if then == "login":
        message = f"the source does not let us in: {why}"
        return ConnectorStopped(message, code="CONNECTOR_UNAUTHORIZED")
    if then == "skip":
        return Absent(f"the source has nothing there: {why}")
    return ConnectorStopped(f"the source refuses the request: {why}", code="CONNECTOR_REFUSED")


def _bounded(wanted_s: float) -> float:
    return min(max(wanted_s, 0.0), _LONGEST_PAUSE_S)
