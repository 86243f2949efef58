"""What in the acts on record somebody should look at, by rules over them."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from c360_kernel.payload import AuditKind, OperationAudited

_SPAN_MS = 5 * 60_000
_FAILED_LOGINS = 10
_REFUSALS = 20
_REVIEW_MS = 24 * 3_600_000
_ID_DIGITS = 16

Acts = Sequence[OperationAudited]


@dataclass(frozen=True, slots=True)
class Alert:
    """`rule` says why, `about` who or what; `at` and `until` (ms UTC) its first and last act."""

    rule: str
    about: str
    at: int
    until: int
    count: int
    message: str

    @property
    def id(self) -> str:
        """The same for the same acts."""
        text = f"{self.rule}\0{self.about}\0{self.at}".encode()
        return hashlib.sha256(text).hexdigest()[:_ID_DIGITS]


def alerts_in(acts: Acts, now_ms: int) -> list[Alert]:
    """The alerts, by the time of their first act. `acts` are all of a time, in its order."""
    found = chain(
        _bursts(acts, "login_failed", _of_address, _FAILED_LOGINS, _login_alert),
        _bursts(acts, "refusal", _of_principal, _REFUSALS, _refusal_alert),
        _broken_glass(acts, now_ms),
        _own_approvals(acts),
        _unannounced(acts),
    )
    return sorted(found, key=lambda alert: (alert.at, alert.rule, alert.about))


def _of_address(act: OperationAudited) -> str:
    return act.address or "?"


def _of_principal(act: OperationAudited) -> str:
    return act.principal


def _bursts(
    acts: Acts,
    kind: AuditKind,
    about: Callable[[OperationAudited], str],
    most: int,
    alert: Callable[[str, Acts], Alert],
) -> Iterator[Alert]:
    """One alert for each time in which somebody had too many, however long it lasts."""
    of_each: dict[str, list[OperationAudited]] = {}
    for act in acts:
        if act.kind == kind:
            of_each.setdefault(about(act), []).append(act)
    for name, theirs in of_each.items():
        yield from map(partial(alert, name), _dense(theirs, most))


def _dense(acts: Acts, most: int) -> Iterator[Acts]:
    """Runs of acts in which a span has too many."""
    window: deque[OperationAudited] = deque()
    run: list[OperationAudited] = []
    for act in acts:
        if run and act.at - _last(run[-1]) > _SPAN_MS:
            yield run
            run = []
        window.append(act)
        while window[0].at < act.at - _SPAN_MS:
            window.popleft()
        if run:
            run.append(act)
        elif _times(window) >= most:
            run = list(window)
    if run:
        yield run


def _times(acts: Iterable[OperationAudited]) -> int:
    return sum(act.times for act in acts)


def _last(act: OperationAudited) -> int:
    return act.until or act.at


def _login_alert(address: str, acts: Acts) -> Alert:
    codes = ", ".join(sorted({act.code for act in acts}))
    count = _times(acts)
    message = f"{count} log-ins failed from {address}: {codes}"
    return Alert("LOGINS_FAILED", address, acts[0].at, _last(acts[-1]), count, message)


def _refusal_alert(principal: str, acts: Acts) -> Alert:
    codes = ", ".join(sorted({act.code for act in acts}))
    count = _times(acts)
    message = f"{principal} was refused {count} times: {codes}"
    return Alert("REFUSALS", principal, acts[0].at, _last(acts[-1]), count, message)


def _broken_glass(acts: Acts, now_ms: int) -> Iterator[Alert]:
    """Each role that was broken into; another one where nobody else looked at it in a day."""
    reviewed = {
        act.break_glass or act.target: act.principal
        for act in acts
        if act.kind == "break_glass_reviewed"
    }
    for act in acts:
        if act.kind != "break_glass_opened":
            continue
        grant = act.break_glass or act.target
        message = f"{act.principal} broke into {act.details.get('role') or act.target}"
        yield Alert("BREAK_GLASS", grant, act.at, act.at, 1, message)
        reviewer = reviewed.get(grant)
        if reviewer == act.principal:
            message = f"{act.principal} reviewed what {act.principal} broke into"
            yield Alert("BREAK_GLASS_OWN_REVIEW", grant, act.at, act.at, 1, message)
        elif reviewer is None and now_ms - act.at > _REVIEW_MS:
            message = f"what {act.principal} broke into was not reviewed within a day"
            yield Alert("BREAK_GLASS_UNREVIEWED", grant, act.at, act.at, 1, message)


def _own_approvals(acts: Acts) -> Iterator[Alert]:
    """A version of policy that came into force by its author alone."""
    approved: dict[str, set[str]] = {}
    for act in acts:
        if act.kind == "policy_approved" and act.outcome != "failed":
            approver = act.details.get("approver") or act.principal
            approved.setdefault(_version(act), set()).add(approver)
    for act in acts:
        if act.kind != "policy_published" or act.outcome != "done":
            continue
        author = act.details.get("publisher") or act.principal
        if not approved.get(act.target, set()) - {author}:
            message = f"{author} put a policy into force that nobody else approved"
            yield Alert("POLICY_BY_ITS_AUTHOR", act.target, act.at, act.at, 1, message)


def _version(act: OperationAudited) -> str:
    """The whole name of a version; whoever approves may name its beginning."""
    return act.details.get("version") or act.target


def _unannounced(acts: Acts) -> Iterator[Alert]:
    """A version that a gateway found in force and that no command or approval put there.

    The first one of all is that which an instance begins with.
    """
    announced = {
        _version(act)
        for act in acts
        if act.kind in ("policy_published", "policy_approved") and act.outcome == "done"
    }
    for act in acts:
        is_found = act.kind == "policy_published" and act.outcome == "in_use"
        if is_found and act.details.get("before") and act.target not in announced:
            message = "a policy is in force that no command put there: its file was changed by hand"
            yield Alert("POLICY_UNANNOUNCED", act.target, act.at, act.at, 1, message)
