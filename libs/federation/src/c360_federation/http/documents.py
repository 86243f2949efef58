"""Documents by their hash: trusted ones that apps registered, and automatic ones (APQ).

A request may name a document as `documentId` ("sha256:<hash>" or the bare hash) or, as Apollo's
clients do, as `extensions.persistedQuery.sha256Hash`. An id only ever stands for a text: what the
caller may see of it is decided afterwards, as for any other text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from c360_federation.caches import Lru
from c360_federation.errors import (
    DOCUMENT_NOT_TRUSTED,
    PERSISTED_QUERY_MISMATCH,
    PERSISTED_QUERY_NOT_FOUND,
    PERSISTED_QUERY_NOT_SUPPORTED,
    FederationError,
    RequestRefused,
    entry,
)
from c360_federation.http.messages import GraphQLRequest, HttpProblem
from c360_federation.values import Json, JsonObject

MayAskAnything: TypeAlias = Callable[[object], bool]
"""Whether a caller may send documents of its own."""
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class AutomaticSettings:
    """How many texts are kept that callers sent along with their hash, and up to which length."""

    kept: int = 1000
    characters: int = 20_000


def anyone(caller: object) -> bool:
    """Every caller may send documents of its own."""
    del caller
    return True


def read_manifest(manifest: Json) -> dict[str, str]:
    """Texts by hash from a manifest: `{hash: text}`, or the form that Apollo's tools write.

    Raises FederationError for an id that is not the SHA-256 of its text.
    """
    if isinstance(manifest, dict) and isinstance(manifest.get("operations"), list):
        bodies = {str(one.get("id")): one.get("body") for one in manifest["operations"]}
    elif isinstance(manifest, dict):
        bodies = manifest
    else:
        raise FederationError("A manifest of documents is a JSON object")
    return dict(_checked(bodies))


def _checked(bodies: Mapping[str, Json]) -> Iterable[tuple[str, str]]:
    for identifier, text in bodies.items():
        digest = _bare(identifier)
        if not isinstance(text, str) or _sha256(text) != digest:
            raise FederationError(f"Document {identifier!r} is not the SHA-256 of its text")
        yield digest, text


class PersistedDocuments:
    """Finds the text of a request that only names it."""

    def __init__(
        self,
        trusted: Mapping[str, str] | None = None,
        may_ask_anything: MayAskAnything = anyone,
        automatic: AutomaticSettings | None = None,
    ) -> None:
        self._trusted = dict(trusted or {})
        self._texts = frozenset(self._trusted.values())
        self._may_ask_anything = may_ask_anything
        self._settings = automatic
        self._automatic: Lru[str, str] = Lru(automatic.kept if automatic else 0)

    def resolve(self, request: GraphQLRequest, caller: object = None) -> GraphQLRequest:
        """The request with its text; raises RequestRefused when there is none for this caller."""
        digest = _stated_hash(request)
        if digest is not None and digest in self._trusted:
            return self._named(request, digest, self._trusted[digest])
        if not request.query:
            return request._replace(query=self._remembered(digest, caller))
        if request.query not in self._texts and not self._may_ask_anything(caller):
            raise _refused(DOCUMENT_NOT_TRUSTED, "Only registered documents may be sent")
        if digest is not None:
            self._remember(digest, request.query)
        return request

    def is_trusted(self, text: str) -> bool:
        """Whether this very text was registered."""
        return text in self._texts

    def _named(self, request: GraphQLRequest, digest: str, text: str) -> GraphQLRequest:
        if request.query and request.query != text:
            raise _mismatch()
        return request._replace(query=text)

    def _remembered(self, digest: str | None, caller: object) -> str:
        if digest is None:
            raise HttpProblem(400, "BAD_REQUEST", "'query' is missing")
        if not self._may_ask_anything(caller):
            raise _refused(DOCUMENT_NOT_TRUSTED, "There is no such registered document")
        if self._settings is None:
            raise _refused(PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported")
        text = self._automatic.get(digest)
        if text is None:
            # The text is what clients look for to send the document along.
            raise _refused(PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")
        return text

    def _remember(self, digest: str, text: str) -> None:
        if _sha256(text) != digest:
            raise _mismatch()
        if self._settings is not None and len(text) <= self._settings.characters:
            self._automatic.put(digest, text)


def _stated_hash(request: GraphQLRequest) -> str | None:
    if request.document_id is not None:
        return _bare(request.document_id)
    extension = request.extensions.get("persistedQuery")
    if extension is None:
        return None
    if not isinstance(extension, dict) or extension.get("version") != 1:
        raise HttpProblem(400, "BAD_REQUEST", "'persistedQuery' must have version 1")
    return _hash_of(extension)


def _hash_of(extension: JsonObject) -> str:
    digest = extension.get("sha256Hash")
    if not isinstance(digest, str) or not _HASH.fullmatch(digest):
        raise HttpProblem(400, "BAD_REQUEST", "'sha256Hash' must be 64 hexadecimal digits")
    return digest


def _bare(identifier: str) -> str:
    return identifier.removeprefix("sha256:")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _mismatch() -> RequestRefused:
    return _refused(PERSISTED_QUERY_MISMATCH, "The hash is not that of the document")


def _refused(code: str, message: str) -> RequestRefused:
    return RequestRefused([entry(code, message)])
