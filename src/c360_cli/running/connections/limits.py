"""What a connection may take."""

from __future__ import annotations

import resource
from dataclasses import dataclass

from c360_kernel.settings import Settings

# What stores, the log, subgraphs and the process itself open besides.
_OWN_DESCRIPTORS = 400
_FEWEST = 64


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Limits of one server; times in seconds.

    `most` connections are served at a time, and `for_probes` more may ask for `/livez` and
    `/readyz`. A head has to be there after `head_s`; a body after `body_s` and a second more for
    each `body_bytes_per_s` that came of it. An answer of which nothing is taken for `stalled_s` is
    given up. What follows a refused head is read for `linger_s` or `linger_bytes` and not used: a
    client that is still sending would see a broken connection instead of the refusal.
    """

    most: int = 2_000
    for_probes: int = 64
    head_s: float = 10.0
    head_bytes: int = 65_536
    body_s: float = 20.0
    body_bytes_per_s: int = 50_000
    keep_alive_s: float = 5.0
    stalled_s: float = 30.0
    linger_s: float = 2.0
    linger_bytes: int = 16_000_000


def limits_of(settings: Settings) -> ConnectionLimits:
    """What the settings say, within what the process may open."""
    spare, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    for_probes = ConnectionLimits().for_probes
    return ConnectionLimits(
        most=max(_FEWEST, min(settings.connections, spare - _OWN_DESCRIPTORS - for_probes)),
        head_s=settings.request_head_s,
        body_s=settings.request_body_s,
        keep_alive_s=settings.keep_alive_s,
        stalled_s=settings.answer_stalled_s,
    )
