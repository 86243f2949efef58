"""An act as an event of the Open Cybersecurity Schema Framework, version 1.3.

Operations are Datastore Activity (6005), everything else is API Activity (6003).
Source: https://schema.ocsf.io
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from c360_kernel.payload import AuditKind, CoordinateUse, OperationAudited

from c360_cli.auditing.acts import Act

_SCHEMA = "1.3.0"
_APPLICATION = 6
_API, _DATASTORE = 6003, 6005
_CREATE, _READ, _UPDATE, _DELETE, _OTHER = 1, 2, 3, 4, 99
_QUERY, _WRITE, _DECRYPT = 4, 5, 10
_SUCCESS, _FAILURE = 1, 2
_INFORMATIONAL, _LOW, _MEDIUM, _HIGH = 1, 2, 3, 4
_ENDED_WELL = frozenset(("answered", "partial", "subscribed", "done", "in_use", "begun", "ok", ""))
_ACTIVITIES: Mapping[AuditKind, int] = {
    "token_minted": _CREATE,
    "token_revoked": _DELETE,
    "policy_proposed": _CREATE,
    "policy_approved": _UPDATE,
    "policy_published": _UPDATE,
    "catalog_changed": _UPDATE,
    "key_rotated": _UPDATE,
    "import": _CREATE,
    "export": _READ,
    "replay": _UPDATE,
    "digest": _READ,
    "audit_question": _READ,
    "break_glass_opened": _CREATE,
    "break_glass_reviewed": _UPDATE,
    "subject_forgotten": _DELETE,
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
    told = act.told
    class_uid, activity = _classified(told)
    event: dict[str, Any] = {
        "activity_id": activity,
        "category_uid": _APPLICATION,
        "class_uid": class_uid,
        "type_uid": class_uid * 100 + activity,
        "severity_id": _SEVERITIES.get(told.kind, _INFORMATIONAL),
        "status_id": _SUCCESS if told.outcome in _ENDED_WELL else _FAILURE,
        "status_detail": told.outcome,
        "time": told.at,
        "metadata": _metadata(act),
        "actor": {"user": _user(told)},
        "api": _api(told),
        "src_endpoint": _endpoint(act),
        "resources": [*map(_field, told.uses), *map(_customer, told.subjects)],
        "unmapped": _unmapped(act),
    }
    if told.code:
        event["status_code"] = told.code
    if told.times > 1:
        event |= {"count": told.times, "start_time": told.at, "end_time": told.until}
    if class_uid == _DATASTORE:
        event["database"] = {"name": "customer-360", "type_id": _OTHER, "type": "graph"}
    return event


def _classified(told: OperationAudited) -> tuple[int, int]:
    if told.kind == "detokenize":
        return _DATASTORE, _DECRYPT
    if told.kind == "operation":
        return _DATASTORE, _WRITE if told.operation_kind == "mutation" else _QUERY
    return _API, _ACTIVITIES.get(told.kind, _OTHER)


def _metadata(act: Act) -> dict[str, Any]:
    entry = act.entry
    told = {
        "version": _SCHEMA,
        "product": {"name": "Customer 360", "vendor_name": "Customer 360", "version": _version()},
        "uid": entry.id,
        "log_name": "audit",
        "log_provider": entry.source,
    }
    return told | ({"correlation_uid": act.told.trace_id} if act.told.trace_id else {})


def _version() -> str:
    return version("c360")


def _user(told: OperationAudited) -> dict[str, Any]:
    user: dict[str, Any] = {"name": told.principal}
    if told.roles:
        user["groups"] = [{"name": role, "type": "role"} for role in told.roles]
    if told.token_id:
        user["credential_uid"] = told.token_id
    return user


def _api(told: OperationAudited) -> dict[str, Any]:
    api: dict[str, Any] = {
        "operation": told.operation_name or told.kind,
        "service": {"name": "c360"},
    }
    if told.operation_hash:
        api["request"] = {"uid": told.operation_hash}
    return api


def _endpoint(act: Act) -> dict[str, str]:
    return {"ip": act.told.address} if act.told.address else {"name": act.entry.source}


def _field(use: CoordinateUse) -> dict[str, Any]:
    """A coordinate that was used. Its labels are its tags, its data what policy said."""
    data = {"use": use.use, "decision": use.decision, "rules": use.rule, "values": use.objects}
    told = {name: value for name, value in data.items() if value not in ("", None)}
    labels = use.tag.split(",") if use.tag else []
    return {"name": use.coordinate, "type": "field", "labels": labels, "data": told}


def _customer(name: str) -> dict[str, str]:
    return {"uid": name, "type": "customer"}


def _unmapped(act: Act) -> dict[str, Any]:
    told = act.told
    texts = {
        "kind": told.kind,
        "target": told.target,
        "purpose": told.purpose,
        "reason": told.reason,
        "ticket": told.ticket,
        "breakGlass": told.break_glass,
        "policyVersion": told.policy_version,
        "rowPolicyVersion": told.row_policy_version,
        "roleSet": told.role_set,
        "attributesHash": told.attributes_hash,
    }
    kept: dict[str, Any] = {name: text for name, text in texts.items() if text}
    if told.details:
        kept["details"] = dict(told.details)
    return kept | {"position": {"partition": act.entry.partition, "offset": act.entry.offset}}
