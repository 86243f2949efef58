"""`kind: request`: a request to any API, made of templates."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from c360_kernel.catalog.document import Located
from c360_kernel.catalog.entry import Entry
from c360_kernel.catalog.targets.target import Target, is_url, template

FIELDS = ("url", "method", "headers", "body", "accepted")
METHODS = ("POST", "PUT", "PATCH", "DELETE", "GET")
_BODILESS = ("DELETE", "GET")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "user-agent"})
_HOST = re.compile(r"https?://[^/?#{}]+[/?]")
_PATH = re.compile(r"[\w-]+(\[\d*\])*(\.[\w-]+(\[\d*\])*)*")
_LEAST, _MOST = 200, 599


@dataclass(frozen=True, slots=True)
class Accepted:
    """Which answers mean that it was taken.

    `statuses` are those, none for all of 2xx; `where` are paths into the JSON that is answered and
    the texts that one of them must be at each.
    """

    statuses: tuple[int, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True)
class Request(Target):
    """`url`, `headers` and the texts within `body` are templates; None is the body of a webhook."""

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: object = None
    accepted: Accepted = Accepted()


def read(entry: Entry, names: Collection[str]) -> Request:
    """`url:`, and perhaps `method:`, `headers:`, `body:` and `accepted:`."""
    method = entry.choice("method", METHODS, "method") if entry.has("method") else "POST"
    body = entry.given["body"] if entry.has("body") else None
    if body is not None and method in _BODILESS:
        body.complain(f"a {method} has no body")
    if body is not None:
        _check_body(body, names)
    return Request(
        url=_url(entry, names),
        method=method or "POST",
        headers=_headers(entry, names),
        body=None if body is None else body.plain(),
        accepted=_accepted(entry),
    )


def _url(entry: Entry, names: Collection[str]) -> str:
    """What is told of a customer may choose a path, and never the host."""
    found = entry.required("url")
    text = template(found, names)
    if found is not None and text and not (_HOST.match(f"{text}/") and is_url(_bare(text))):
        found.complain("must be https://HOST[:PORT]/PATH, with names in its path or query alone")
    return text


def _bare(text: str) -> str:
    return re.sub(r"\{[^{}]*\}", "x", text)


def _headers(entry: Entry, names: Collection[str]) -> Mapping[str, str]:
    given = entry.given["headers"].fields() if entry.has("headers") else {}
    for name, at in given.items():
        if not _HEADER.fullmatch(name) or name.lower() in _OURS:
            at.complain(f"'{name}' is no header that may be given")
    return {name.lower(): template(at, names, secrets=True) for name, at in given.items()}


def _check_body(at: Located, names: Collection[str]) -> None:
    """Each text in it, at any depth."""
    plain = at.plain()
    if isinstance(plain, dict):
        for inner in at.fields().values():
            _check_body(inner, names)
    elif isinstance(plain, list):
        for inner in at.items():
            _check_body(inner, names)
    elif isinstance(plain, str):
        template(at, names, secrets=True)


def _accepted(entry: Entry) -> Accepted:
    if not entry.has("accepted"):
        return Accepted()
    one = Entry(entry.given["accepted"], ("statuses", "where"))
    statuses = [_status(at) for at in one.given["statuses"].items()] if one.has("statuses") else []
    where = one.given["where"].fields() if one.has("where") else {}
    for path, at in where.items():
        if not _PATH.fullmatch(path):
            at.complain("must be the path of a value, such as `result.code` or `errors[].type`")
    return Accepted(tuple(statuses), {path: _texts(at) for path, at in where.items()})


def _status(at: Located) -> int:
    value = at.integer() or _LEAST
    if not _LEAST <= value <= _MOST:
        at.complain(f"a status is from {_LEAST} to {_MOST}")
    return value


def _texts(at: Located) -> tuple[str, ...]:
    return tuple(text for one in at.items() if (text := one.text()) is not None)
