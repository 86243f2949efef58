"""Errors of subgraphs, placed in the caller's answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from c360_federation.errors import SUBGRAPH_ERROR, ErrorEntry, entry
from c360_federation.values import JsonObject


@dataclass(frozen=True, slots=True)
class SubgraphFault:
    """One error that a subgraph reported, with one of its places in the caller's answer.

    The path is empty when it has none.
    """

    subgraph: str
    path: tuple[str | int, ...]
    error: JsonObject


Report: TypeAlias = Callable[[SubgraphFault], ErrorEntry]


def masked(fault: SubgraphFault) -> ErrorEntry:
    """Keep the code and hide the text: a subgraph's message may repeat personal data."""
    message = f"Subgraph {fault.subgraph!r} reported an error"
    return _entry(fault, message)


def verbatim(fault: SubgraphFault) -> ErrorEntry:
    """Pass the subgraph's message on; for subgraphs that hold nothing personal."""
    message = str(fault.error.get("message", "Subgraph error"))
    return _entry(fault, message)


def retryable(error: JsonObject) -> bool:
    """Whether a subgraph says that the same request may succeed later."""
    extensions = error.get("extensions")
    return isinstance(extensions, dict) and extensions.get("retryable") is True


def _entry(fault: SubgraphFault, message: str) -> ErrorEntry:
    code, again = _code(fault.error), retryable(fault.error)
    return entry(code, message, fault.path or None, service=fault.subgraph, retryable=again)


def _code(error: JsonObject) -> str:
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return code if isinstance(code, str) else SUBGRAPH_ERROR
