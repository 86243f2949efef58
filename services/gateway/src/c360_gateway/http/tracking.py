"""`POST /v1/...`: Segment's HTTP tracking API, as raw ASGI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from logging import getLogger
from typing import Any, cast

import orjson
from c360_kernel.errors import C360Error, Invalid
from c360_kernel.metering import metered_by
from c360_kernel.metrics import TRACKING_REQUESTS
from starlette.types import Receive, Scope, Send

from c360_gateway.audit.refusals import RefusedRequest
from c360_gateway.budget.account import SHORT_S, Account
from c360_gateway.budget.door import Door, Guest
from c360_gateway.budget.rate_limited import RateLimited
from c360_gateway.collect.items import RawItem
from c360_gateway.collect.rights import WRITE_DENIED
from c360_gateway.doors.connect.openapi import connect_path
from c360_gateway.doors.tracking.bodies import MOST_BYTES, BodyTooLarge, object_in
from c360_gateway.doors.tracking.checking import CALLS
from c360_gateway.doors.tracking.cloud_events import calls_in
from c360_gateway.doors.tracking.door import SentCalls, TrackingDoor
from c360_gateway.doors.tracking.keys import key_in_body, key_in_headers
from c360_gateway.doors.tracking.openapi import (
    cloud_events_path,
    openapi,
    settings_path,
    tracking_paths,
)
from c360_gateway.doors.tracking.outcomes import Outcome, Told
from c360_gateway.http.browser_settings import PATH as SETTINGS
from c360_gateway.http.connect import MOST_BYTES as MOST_OF_DELIVERY
from c360_gateway.http.connect import PATH as CONNECT
from c360_gateway.http.pages import Pages
from c360_gateway.http.received import received
from c360_gateway.http.replies import CONTENT, Headers, Reply, refusal_body, refused, send_reply

MOST_CALLS = 2_500
BATCH = "batch"
PATHS: Mapping[str, str] = {
    **{f"/v1/{name}": name for name in (*CALLS, BATCH)},
    # What browsers' and Jitsu's clients shorten them to.
    **{f"/v1/{name[0]}": name for name in (*CALLS, BATCH)},
    **dict.fromkeys(("/v1/batch/b", "/batch", "/b", "/api/s/batch"), BATCH),
    **{f"/api/s/{name}": name for name in CALLS},
    # Dittofeed's.
    **{f"/api/public/apps/{name}": name for name in (*CALLS, BATCH)},
}
"""The call that each path is for."""
CLOUD_EVENTS = "/v1/cloudevents"
_TAKEN = b'{"success":true}'
_MOST_TOLD = 100
_PATHS = {
    **tracking_paths(MOST_CALLS, PATHS),
    **cloud_events_path(CLOUD_EVENTS, MOST_CALLS),
    **settings_path(SETTINGS),
    **connect_path(CONNECT, MOST_OF_DELIVERY),
}
_DESCRIPTION = orjson.dumps(openapi(_PATHS))
_log = getLogger(__name__)


async def described(scope: Scope, receive: Receive, send: Send) -> None:
    """`/openapi.json`: what these paths take and answer. It tells nothing of the catalog."""
    del receive
    is_get = scope["method"] in ("GET", "HEAD")
    refusal = refusal_body("METHOD_NOT_ALLOWED", "the description is read by GET")
    body = _DESCRIPTION if is_get else refusal
    length = (b"content-length", b"%d" % len(body))
    status = 200 if is_get else 405
    headers = [CONTENT, length, *([] if is_get else [(b"allow", b"GET")])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    shown = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": shown})


class TrackingRoute:
    """Answers calls; `door` lets in whoever shows a write key."""

    def __init__(self, tracking: TrackingDoor, door: Door, pages: Pages) -> None:
        self._tracking = tracking
        self._door = door
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        account: list[Account] = []
        try:
            reply = await self._answer(scope, receive, account)
        except C360Error as error:
            reply = refused(error)
        except Exception as error:
            # The text of an exception may quote a value.
            _log.error("a tracking call failed: %s", type(error).__name__)
            body = refusal_body("INTERNAL", "something went wrong here")
            reply = Reply(500, body, [], "INTERNAL")
        TRACKING_REQUESTS.add(reply.code)
        await send_reply(send, reply, _left(account[0]) if account else ())

    async def _answer(self, scope: Scope, receive: Receive, known: list[Account]) -> Reply:
        if scope["method"] != "POST":
            message = refusal_body("METHOD_NOT_ALLOWED", "calls are sent by POST")
            return Reply(405, message, [(b"allow", b"POST")], "METHOD_NOT_ALLOWED")
        headers: dict[bytes, bytes] = dict(scope["headers"])
        key, body = key_in_headers(headers), None
        if not key and scope["path"] != CLOUD_EVENTS:
            body = await received(receive, MOST_BYTES, BodyTooLarge())
            key = key_in_body(object_in(body))
        guest = await self._door.enter(scope, f"Bearer {key}" if key else None)
        known.append(guest.account)
        await _admit(guest.account)
        try:
            if (origin := headers.get(b"origin")) is not None:
                self._pages.admit(origin.decode("latin-1"), guest.principal)
            if body is None:
                body = await received(receive, MOST_BYTES, BodyTooLarge())
            guest.account.sent(len(body))
            return await self._in_turn(guest, self._sent(guest, scope["path"], headers, body))
        except Invalid as refusal:
            guest.account.refused()
            await self._put_on_record(guest, refusal.code)
            raise

    def _sent(
        self, guest: Guest, path: str, headers: Mapping[bytes, bytes], body: bytes
    ) -> SentCalls:
        if path != CLOUD_EVENTS:
            return sent_calls(guest, PATHS[path], object_in(body), len(body))
        found = calls_in(headers, body, self._tracking.event_named)
        made = sent_calls(guest, BATCH, {BATCH: found.calls}, len(body))
        return made._replace(is_batch=found.is_batch, refused=found.refused)

    async def _in_turn(self, guest: Guest, sent: SentCalls) -> Reply:
        async with guest.account.turn():
            taking = self._tracking.take(sent)
            outcome = await metered_by(guest.account.worked, SHORT_S, taking)
        if _all_denied(sent, outcome.refused):
            await self._put_on_record(guest, WRITE_DENIED)
        return answer_to(sent, outcome)

    def _put_on_record(self, guest: Guest, code: str) -> Any:  # noqa: ANN401 - an awaitable
        request = RefusedRequest(address=guest.address)
        return self._door.refusals.request(guest.principal, code, request)


def sent_calls(guest: Guest, call: str, body: RawItem, size: int) -> SentCalls:
    """What a request brings. Raises `Invalid`."""
    sources = guest.principal.sources
    if len(sources) != 1 or "*" in sources:
        raise Invalid("a write key names one source", code="SOURCE_UNCLEAR")
    make = partial(SentCalls, guest.principal, guest.address, next(iter(sources)))
    if call != BATCH:
        own = {name: value for name, value in body.items() if name != "writeKey"}
        return make([{**own, "type": call}], None, size, is_batch=False)
    batch = body.get(BATCH)
    if not isinstance(batch, list):
        raise Invalid("batch is a list of calls", code="FIELD_TYPE")
    calls = cast("list[object]", batch)
    if len(calls) > MOST_CALLS:
        raise Invalid(f"a batch has at most {MOST_CALLS} calls", code="TOO_MANY_ITEMS")
    return make(_merged(calls, body), body.get("sentAt"), size, is_batch=True)


def _merged(calls: Sequence[object], body: RawItem) -> Sequence[object]:
    """Each call with what the batch says for all: what a call says itself counts first."""
    common = {
        name: cast("dict[str, object]", body[name])
        for name in ("context", "integrations")
        if isinstance(body.get(name), dict)
    }
    if not common:
        return calls
    return [_with(cast("RawItem", one), common) if isinstance(one, dict) else one for one in calls]


def _with(call: RawItem, common: Mapping[str, RawItem]) -> RawItem:
    made = dict(call)
    for name, values in common.items():
        own = call.get(name)
        if own is None:
            made[name] = values
        elif isinstance(own, dict):
            made[name] = {**values, **cast("RawItem", own)}
    return made


def answer_to(sent: SentCalls, outcome: Outcome) -> Reply:
    """Success, with what was refused or left out beside it: clients send a batch again for anything
    else.

    Refused as a whole are a call that is none, and all that a key may not write.
    """
    told = outcome.refused
    if not told and not outcome.left_out:
        return Reply(200, _TAKEN, [])
    if _all_denied(sent, told):
        return _refused_whole(403, told[0])
    if told and not sent.is_batch and not told[0].is_call:
        return _refused_whole(400, told[0])
    body: dict[str, object] = {"success": True}
    if told:
        body["refused"] = [{"index": one.place, **_told(one)} for one in told[:_MOST_TOLD]]
    if outcome.left_out:
        body["leftOut"] = [
            {"index": one.place, "properties": one.names[:_MOST_TOLD]}
            for one in outcome.left_out[:_MOST_TOLD]
        ]
    return Reply(200, orjson.dumps(body), [], "PARTIAL" if told else "OK")


def _refused_whole(status: int, told: Told) -> Reply:
    body = orjson.dumps({"success": False, **_told(told)})
    return Reply(status, body, [], told.refusal.code)


def _told(told: Told) -> dict[str, object]:
    refusal = told.refusal
    return {"code": refusal.code, "path": refusal.path, "message": refusal.message}


def _all_denied(sent: SentCalls, told: Sequence[Told]) -> bool:
    is_all = 0 < len(told) == len(sent.calls)
    return is_all and all(one.refusal.code == WRITE_DENIED for one in told)


async def _admit(account: Account) -> None:
    try:
        account.request()
    except RateLimited:
        # Who goes on in spite of 429 is answered later each time.
        await account.hold_back()
        raise


def _left(account: Account) -> Headers:
    most, left = account.requests_left()
    return [
        (b"x-ratelimit-limit", b"%d" % most),
        (b"x-ratelimit-remaining", b"%d" % left),
    ]
