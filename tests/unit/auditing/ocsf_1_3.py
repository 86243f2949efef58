"""What OCSF 1.3.0 asks of the classes and objects that we write, as its published schema has it.

Written by hand from https://schema.ocsf.io/1.3.0, without profiles: of each object what is
required, of what there has to be at least one, and what else may be there.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Of(NamedTuple):
    """The attributes of an object; the type of each is `int`, `str`, an object's name, or a list.

    A name that ends with `?` is one of those of which there has to be at least one.
    """

    required: dict[str, object]
    allowed: dict[str, object]


_EVENT: dict[str, object] = {
    "activity_id": int,
    "category_uid": int,
    "class_uid": int,
    "metadata": "metadata",
    "severity_id": int,
    "time": int,
    "type_uid": int,
}
_MORE: dict[str, object] = {
    "actor": "actor",
    "count": int,
    "end_time": int,
    "src_endpoint": "network_endpoint",
    "start_time": int,
    "status_code": str,
    "status_detail": str,
    "status_id": int,
    "unmapped": dict,
}
CLASSES = {
    3002: Of(_EVENT | {"user": "user"}, _MORE | {"service?": "service"}),
    6003: Of(
        _EVENT | {"actor": "actor", "api": "api", "src_endpoint": "network_endpoint"},
        _MORE | {"resources": ["resource_details"]},
    ),
}
ACTIVITIES = {3002: {*range(7), 99}, 6003: {*range(5), 99}}
STATUSES, SEVERITIES = {0, 1, 2, 99}, {*range(7), 99}
OBJECTS = {
    "actor": Of({}, {"user?": "user"}),
    "api": Of({"operation": str}, {"request": "request", "service": "service"}),
    "group": Of({}, {"name?": str, "type": str, "uid?": str}),
    "metadata": Of(
        {"product": "product", "version": str},
        {"correlation_uid": str, "log_name": str, "log_provider": str, "uid": str},
    ),
    "network_endpoint": Of({}, {"ip?": str, "name?": str}),
    "product": Of({"vendor_name": str}, {"name?": str, "uid?": str, "version": str}),
    "request": Of({"uid": str}, {}),
    "resource_details": Of(
        {}, {"data": dict, "labels": [str], "name?": str, "type": str, "uid?": str}
    ),
    "service": Of({}, {"name?": str, "uid?": str}),
    "user": Of({}, {"credential_uid": str, "groups": ["group"], "name?": str, "uid?": str}),
}


def faults(event: dict[str, Any]) -> list[str]:
    """What is wrong with an event."""
    class_uid, activity = event.get("class_uid", 0), event.get("activity_id", 0)
    if class_uid not in CLASSES:
        return [f"class {class_uid}"]
    wanted = {
        "activity_id": activity in ACTIVITIES[class_uid],
        "category_uid": event.get("category_uid") == class_uid // 1_000,
        "type_uid": event.get("type_uid") == class_uid * 100 + activity,
        "severity_id": event.get("severity_id") in SEVERITIES,
        "status_id": event.get("status_id", 0) in STATUSES,
        "version": event.get("metadata", {}).get("version") == "1.3.0",
        # Milliseconds since 1970, not seconds or microseconds of our days.
        "time": 10**12 < event.get("time", 0) < 10**13,
    }
    wrong = [name for name, holds in wanted.items() if not holds]
    return [*wrong, *_of(event, CLASSES[class_uid], "event")]


def _of(value: object, of: Of, name: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{name} is no object"]
    stated: dict[str, object] = value
    choice = {one[:-1] for one in of.allowed if one.endswith("?")}
    known = of.required | {one.rstrip("?"): kind for one, kind in of.allowed.items()}
    found = [f"{name}.{one} is missing" for one in of.required if one not in stated]
    found += [f"{name}.{one} is unknown" for one in stated if one not in known]
    found += (
        [f"{name} lacks one of {sorted(choice)}"] if choice and not choice & stated.keys() else []
    )
    for one in stated.keys() & known.keys():
        found += _is(stated[one], known[one], f"{name}.{one}")
    return found


def _is(value: object, kind: object, name: str) -> list[str]:
    if isinstance(kind, str):
        return _of(value, OBJECTS[kind], name)
    if isinstance(kind, list):
        if not isinstance(value, list):
            return [f"{name} is no list"]
        return [fault for one in value for fault in _is(one, kind[0], name)]
    if not isinstance(kind, type):
        return [f"{name} has no type"]
    return [] if type(value) is kind else [f"{name} is no {kind.__name__}"]
