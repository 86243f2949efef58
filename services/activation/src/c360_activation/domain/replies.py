"""What an answer over HTTP means, by Standard Webhooks.

2xx is success, 410 ends it, 429, 502, 503 and 504 ask for less. Nothing is followed to another
address, so a redirect is a failure like any other.
"""

from __future__ import annotations

from dataclasses import dataclass

from c360_activation.domain.trying import Answer, Way

_OK, _MULTIPLE = 200, 300
_WAYS: dict[int, Way] = {
    410: "gone",
    429: "throttled",
    502: "throttled",
    503: "throttled",
    504: "throttled",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a receiver answered; `retry_after` is in seconds, None where it said nothing."""

    status: int
    retry_after: float | None = None
    body: bytes = b""

    @property
    def is_success(self) -> bool:
        """Whether its status is one of success."""
        return _OK <= self.status < _MULTIPLE


def answer_of(reply: Reply) -> Answer:
    """What it means, by its status alone."""
    said = str(reply.status)
    if reply.is_success:
        return Answer(said=said)
    return not_taken(reply)


def not_taken(reply: Reply) -> Answer:
    """What it means where nothing was taken, whatever its status."""
    way = _WAYS.get(reply.status, "failed")
    return Answer(f"HTTP_{reply.status}", str(reply.status), way, reply.retry_after)
