"""Media types of GraphQL over HTTP: what the caller accepts, and what it sent."""

from __future__ import annotations

from functools import lru_cache

from c360_federation.http.messages import HttpProblem

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"
MULTIPART = "multipart/mixed"
_KEPT, _LONG = 256, 256
_OFFERED = (GRAPHQL_JSON, JSON, EVENT_STREAM, MULTIPART)
_WILDCARDS = frozenset(("*/*", "application/*"))


def chosen_media_type(accept: str | None) -> str:
    """The media type to answer in; callers that say nothing get plain JSON."""
    if not accept:
        return JSON
    return _chosen(accept) if len(accept) > _LONG else _chosen_before(accept)


def _chosen(accept: str) -> str:
    offers = sorted(_offers(accept), key=lambda offer: -offer[1])
    for media_type, quality in offers:
        if quality <= 0:
            continue
        if media_type in _OFFERED:
            return media_type
        if media_type in _WILDCARDS:
            return JSON
    offered = ", ".join(_OFFERED)
    raise HttpProblem(406, "NOT_ACCEPTABLE", f"Only these can be given: {offered}")


# Clients send the same few again and again.
_chosen_before = lru_cache(_KEPT)(_chosen)


def _offers(accept: str) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    for offer in accept.split(","):
        media_type, *parameters = (part.strip().lower() for part in offer.split(";"))
        charset = dict(_pair(one) for one in parameters).get("charset", "utf-8")
        if charset.strip('"') in ("utf-8", "utf8"):
            found.append((media_type, _quality(parameters)))
    return found


def _quality(parameters: list[str]) -> float:
    quality = dict(_pair(one) for one in parameters).get("q", "1")
    try:
        return float(quality)
    except ValueError:
        return 0.0


def _pair(parameter: str) -> tuple[str, str]:
    name, _, value = parameter.partition("=")
    return name.strip(), value.strip()


def check_content_type(content_type: str | None) -> None:
    """Only UTF-8 JSON is taken; this also keeps out what a browser form could send."""
    if content_type == JSON:
        return
    media_type, _, rest = (content_type or "").partition(";")
    if media_type.strip().lower() != JSON:
        raise HttpProblem(415, "UNSUPPORTED_MEDIA_TYPE", f"The body must be {JSON}")
    charset = dict(_pair(one.lower()) for one in rest.split(";")).get("charset", "utf-8")
    if charset.strip('"') not in ("utf-8", "utf8"):
        raise HttpProblem(415, "UNSUPPORTED_MEDIA_TYPE", "The body must be UTF-8")
