"""Errors of subgraphs as a caller may see them."""

from __future__ import annotations

import re

from c360_federation.errors import SUBGRAPH_ERROR, ErrorEntry, entry, without_suggestion
from c360_federation.execute.faults import SubgraphFault, retryable
from c360_kernel.catalog.draft_segments import ConditionInvalid

_SUGGESTED_TO_WHOM_IT_MAY = frozenset((ConditionInvalid.code,))
"""Codes of messages that are made of nothing but what the caller may use."""
_PASSED_ON = {"traceId": str, "given": int, "retryable": bool}
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


def masked(fault: SubgraphFault) -> ErrorEntry:
    """An error of anyone's subgraph: where it happened, and its code if that is one."""
    message = f"subgraph {fault.subgraph!r} reported an error"
    again = retryable(fault.error)
    return entry(_code(fault), message, fault.path or None, service=fault.subgraph, retryable=again)


def own(fault: SubgraphFault) -> ErrorEntry:
    """An error of one of our subgraphs, which by contract never put a value into a message.

    What it suggests is of its own schema, which not everyone may see, unless the code says that it
    knows who asks.
    """
    code, message = _code(fault), str(fault.error.get("message", ""))
    if code not in _SUGGESTED_TO_WHOM_IT_MAY:
        message = without_suggestion(message)
    made = entry(code, message, fault.path)
    extensions = fault.error.get("extensions")
    details = extensions if isinstance(extensions, dict) else {}
    for name, kind in _PASSED_ON.items():
        if isinstance(details.get(name), kind):
            made["extensions"][name] = details[name]
    return made


def _code(fault: SubgraphFault) -> str:
    extensions = fault.error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else SUBGRAPH_ERROR
