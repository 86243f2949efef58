"""An act as an event of the Open Cybersecurity Schema Framework, version 1.3.

Failed log-ins are Authentication (3002), everything else is API Activity (6003).
Source: https://schema.ocsf.io
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from c360_kernel.payload import AuditKind, CoordinateUse, OperationAudited

from c360_cli.auditing.acts import Act

_SCHEMA = "1.3.0"
_IAM, _APPLICATION = 3, 6
_AUTHENTICATION, _API = 3002, 6003
_CREATE, _READ, _UPDATE, _DELETE, _OTHER = 1, 2, 3, 4, 99
_LOGON = 1
_SUCCESS, _FAILURE = 1, 2
_INFORMATIONAL, _LOW, _MEDIUM, _HIGH = 1, 2, 3, 4
_SERVICE = {"name": "c360"}
_ENDED_WELL = frozenset(("answered", "partial", "subscribed", "done", "in_use", "begun", "ok", ""))
_ACTIVITIES: Mapping[AuditKind, int] = {
    "token_minted": _CREATE,
    "token_revoked": _DELETE,
    "policy_proposed": _CREATE,
    "policy_approved": _UPDATE,
    "policy_published": _UPDATE,
    "catalog_changed": _UPDATE,
    "schema_changed": _UPDATE,
    "key_rotated": _UPDATE,
    "import": _CREATE,
    "export": _READ,
    "replay": _UPDATE,
    "detokenize": _READ,
    "digest": _READ,
    "audit_question": _READ,
    "break_glass_opened": _CREATE,
    "break_glass_reviewed": _UPDATE,
    "subject_forgotten": _DELETE,
    "segment_saved": _UPDATE,
    "segment_archived": _UPDATE,
}
_SEVERITIES: Mapping[AuditKind, int] = {
    "refusal": _LOW,
    "login_failed": _LOW,
    "policy_refused": _MEDIUM,
    "break_glass_opened": _HIGH,
    "alert": _HIGH,
}


def ocsf_event(act: Act) -> dict[str, Any]:
    """The event, with where its entry stands in `unmapped`."""
    operation = act.operation
    class_uid, activity = _classified(operation)
    event: dict[str, Any] = {
        "activity_id": activity,
        "category_uid": _IAM if class_uid == _AUTHENTICATION else _APPLICATION,
        "class_uid": class_uid,
        "type_uid": class_uid * 100 + activity,
        "severity_id": _SEVERITIES.get(operation.kind, _INFORMATIONAL),
        "status_id": _SUCCESS if operation.outcome in _ENDED_WELL else _FAILURE,
        "status_detail": operation.outcome,
        "time": operation.at,
        "metadata": _metadata(act),
        "actor": {"user": _user(operation)},
        "src_endpoint": _endpoint(act),
        "unmapped": _unmapped(act),
    }
    if class_uid == _AUTHENTICATION:
        event |= {"user": _user(operation), "service": _SERVICE}
    else:
        resources = [*map(_field, operation.uses), *map(_customer, operation.subjects)]
        event |= {"api": _api(operation), "resources": resources}
    if operation.code:
        event["status_code"] = operation.code
    if operation.times > 1:
        event |= {"count": operation.times, "start_time": operation.at, "end_time": operation.until}
    return event


def _classified(operation: OperationAudited) -> tuple[int, int]:
    if operation.kind == "login_failed":
        return _AUTHENTICATION, _LOGON
    if operation.kind == "operation":
        return _API, _UPDATE if operation.operation_kind == "mutation" else _READ
    return _API, _ACTIVITIES.get(operation.kind, _OTHER)


def _metadata(act: Act) -> dict[str, Any]:
    entry = act.entry
    metadata = {
        "version": _SCHEMA,
        "product": {"name": "Customer 360", "vendor_name": "Customer 360", "version": _version()},
        "uid": entry.id,
        "log_name": "audit",
        "log_provider": entry.source,
    }
    return metadata | (
        {"correlation_uid": act.operation.trace_id} if act.operation.trace_id else {}
    )


def _version() -> str:
    return version("c360")


def _user(operation: OperationAudited) -> dict[str, Any]:
    user: dict[str, Any] = {"name": operation.principal}
    if operation.roles:
        user["groups"] = [{"name": role, "type": "role"} for role in operation.roles]
    if operation.token_id:
        user["credential_uid"] = operation.token_id
    return user


def _api(operation: OperationAudited) -> dict[str, Any]:
    api: dict[str, Any] = {
        "operation": operation.operation_name or operation.kind,
        "service": _SERVICE,
    }
    if operation.operation_hash:
        api["request"] = {"uid": operation.operation_hash}
    return api


def _endpoint(act: Act) -> dict[str, str]:
    return {"ip": act.operation.address} if act.operation.address else {"name": act.entry.source}


def _field(use: CoordinateUse) -> dict[str, Any]:
    """A coordinate that was used. Its labels are its tags, its data what policy said."""
    data = {"use": use.use, "decision": use.decision, "rules": use.rule, "values": use.objects}
    fields = {name: value for name, value in data.items() if value not in ("", None)}
    labels = use.tag.split(",") if use.tag else []
    return {"name": use.coordinate, "type": "field", "labels": labels, "data": fields}


def _customer(name: str) -> dict[str, str]:
    return {"uid": name, "type": "customer"}


def _unmapped(act: Act) -> dict[str, Any]:
    operation = act.operation
    texts = {
        "kind": operation.kind,
        "target": operation.target,
        "purpose": operation.purpose,
        "reason": operation.reason,
        "ticket": operation.ticket,
        "breakGlass": operation.break_glass,
        "policyVersion": operation.policy_version,
        "rowPolicyVersion": operation.row_policy_version,
        "roleSet": operation.role_set,
        "attributesHash": operation.attributes_hash,
    }
    kept: dict[str, Any] = {name: text for name, text in texts.items() if text}
    if operation.details:
        kept["details"] = dict(operation.details)
    return kept | {"position": {"partition": act.entry.partition, "offset": act.entry.offset}}
