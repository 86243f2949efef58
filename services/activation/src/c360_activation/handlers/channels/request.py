"""`request`: a request to any API, whose address, headers and body are templates."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import cast
from urllib.parse import quote, urlsplit

from c360_kernel.catalog.model import Destination
from c360_kernel.catalog.targets.request import Accepted, Request
from c360_kernel.catalog.templates import Name, filled, pieces_of
from c360_kernel.errors import SettingsError
from c360_kernel.outgoing.secret_files import secret_in
from c360_mapping.conversions import to_text
from c360_mapping.paths import path
from typing_extensions import override

from c360_activation.domain.parcel import Parcel
from c360_activation.domain.replies import Reply, not_taken
from c360_activation.domain.telling import Withheld
from c360_activation.domain.trying import Answer
from c360_activation.handlers.channels.port import Channel, Means, Send

_SECRET = "secret."
_NO_STEP = ("", ".", "..")
_READ_MOST = 65_536
_PORTS = {"https": 443, "http": 80}
_SECRET_NAMES = re.compile(r"\{secret\.([^{}]+)\}")


class RequestChannel(Channel):
    """Reads a secret that a template names as `{secret.token}` from `NAME.token.secret`."""

    def __init__(self, destination: Destination, means: Means) -> None:
        self._name, self._means = destination.name, means
        self._target = cast("Request", destination.target)

    @override
    def ready(self) -> None:
        said = json.dumps([self._target.headers, self._target.body])
        for name in _SECRET_NAMES.findall(said):
            self._secret(name)

    @override
    def packed(self, parcel: Parcel) -> Send:
        url, headers = self._url(parcel), self._headers(parcel)
        body = self._body(parcel)
        method, most = self._target.method, _READ_MOST if self._target.accepted.where else 0

        async def send() -> Answer:
            reply = await self._means.post.post(url, headers, body, method, most)
            return judged(self._target.accepted, reply)

        return send

    @override
    def probe(self) -> Send:
        """Nothing is sent: whatever was would be of somebody to the API."""
        parts = urlsplit(re.sub(r"\{[^{}]*\}", "x", self._target.url))

        async def look() -> Answer:
            port = parts.port or _PORTS[parts.scheme]
            reach, is_plain = self._means.reach, parts.scheme == "http"
            asked = replace(reach, is_open=False) if is_plain else reach
            await asked.addresses(parts.hostname or "", port)
            return Answer(said="its host may be reached; nothing was sent")

        self.ready()
        return look

    @override
    async def close(self) -> None:
        pass

    def _secret(self, name: str) -> str:
        return secret_in(self._means.keys / f"{self._name}.{name}.secret")

    def _said_in_header(self, parcel: Parcel, name: str) -> str:
        said = self._said(parcel, name)
        if name.startswith(_SECRET) and not _is_plain(said):
            # Nothing is wrong with what is told: it waits for a secret that is one.
            message = f"{self._name}: {name} is no line of plain text"
            raise SettingsError(message, code="DESTINATION_SECRET_MISSING")
        return said

    def _said(self, parcel: Parcel, name: str) -> str:
        if name.startswith(_SECRET):
            return self._secret(name.removeprefix(_SECRET))
        return parcel.text(name)

    def _url(self, parcel: Parcel) -> str:
        where, mark, query = self._target.url.partition("?")

        def step(name: str) -> str:
            # Without a name this would be the address of something else.
            if (text := parcel.text(name)) in _NO_STEP:
                raise Withheld("VALUE_MISSING")
            return quote(text, safe="")

        asked = filled(query, lambda name: quote(parcel.text(name), safe=""))
        return f"{filled(where, step)}{mark}{asked}"

    def _headers(self, parcel: Parcel) -> Mapping[str, str]:
        given = self._target.headers.items()
        made = {name: filled(text, partial(self._said_in_header, parcel)) for name, text in given}
        # Spaces at its ends are none of a header's value: where nothing stands for a name at one.
        found = {name: text.strip(" ") for name, text in made.items()}
        if not all(map(_is_plain, found.values())):
            raise Withheld("VALUE_INVALID")
        return found

    def _body(self, parcel: Parcel) -> bytes:
        if self._target.method in ("GET", "DELETE"):
            return b""
        if self._target.body is None:
            return parcel.body
        made = self._made(parcel, self._target.body)
        return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()

    def _made(self, parcel: Parcel, part: object) -> object:
        """A text that is one name alone becomes the value as it is typed."""
        if isinstance(part, dict):
            parts = cast("Mapping[str, object]", part)
            return {name: self._made(parcel, inner) for name, inner in parts.items()}
        if isinstance(part, list):
            return [self._made(parcel, inner) for inner in cast("list[object]", part)]
        if not isinstance(part, str):
            return part
        pieces = pieces_of(part)
        if len(pieces) == 1 and isinstance(pieces[0], Name) and not part.startswith("{secret."):
            return parcel.value(pieces[0].of)
        return filled(part, lambda name: self._said(parcel, name))


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def judged(accepted: Accepted, reply: Reply) -> Answer:
    """What a reply means to a destination that says which are good."""
    is_good = reply.status in accepted.statuses if accepted.statuses else reply.is_success
    if not is_good:
        return not_taken(reply)
    if not _holds(accepted, reply.body):
        return Answer("ANSWER_REFUSED", str(reply.status))
    return Answer(said=str(reply.status))


def _holds(accepted: Accepted, body: bytes) -> bool:
    if not accepted.where:
        return True
    try:
        found: object = json.loads(body)
    except ValueError:
        return False
    if not isinstance(found, dict):
        return False
    cells = cast("Mapping[str, object]", found)
    return all(_among(cells, where, texts) for where, texts in accepted.where.items())


def _among(cells: Mapping[str, object], where: str, texts: tuple[str, ...]) -> bool:
    return any(to_text(value) in texts for value in path(where)(cells))
