"""What the `segment` subcommands ask of an instance, and its answers in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from c360_kernel.catalog.document import CatalogError, Problems, read_document
from c360_kernel.errors import Invalid

Answer = Mapping[str, Any]

LIST = "{ segments { name title size } }"
PREVIEW = """query($condition: String!, $first: Int) {
  previewSegment(condition: $condition) { size sample(first: $first) { id } } }"""
DIFF = """query($name: ID!, $condition: String!, $first: Int) {
  diffSegment(name: $name, condition: $condition) {
    entering { size sample(first: $first) { id } }
    leaving { size sample(first: $first) { id } } staying { size } } }"""
WHY = """query($name: ID!, $customer: ID!) { segment(name: $name) { why(customer: $customer) {
  customerId isMember at changesAt lookedTo findings { path depth test holds changesAt
    evidence { trait value count measured firstAt lastAt since holdsFrom sequence { name at } }
    } } } }"""
SAVE = """mutation($name: ID!, $condition: String!, $version: Int!, $title: String!,
  $description: String!, $note: String!) { saveSegment(name: $name, condition: $condition,
    version: $version, title: $title, description: $description, note: $note) {
    name version isLive } }"""
ARCHIVE = """mutation($name: ID!, $version: Int!, $note: String!) {
  archiveSegment(name: $name, version: $version, note: $note) { name version isLive } }"""
_UNTOLD = "not told"


def condition_in(given: str) -> str:
    """A condition in YAML or JSON, or `@FILE` that holds one, as JSON. Raises `Invalid`."""
    text = _file(given[1:]) if given.startswith("@") else given
    problems = Problems("condition")
    try:
        plain = read_document(text, problems).plain()
        problems.raise_if_any()
    except CatalogError as error:
        raise Invalid(str(error), code="SEGMENT_CONDITION_INVALID") from error
    return json.dumps(plain, ensure_ascii=False)


def _file(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} cannot be read", code="FILE_UNUSABLE") from error


def saved_in_words(saved: Answer) -> str:
    """Which version was made, and whether it holds."""
    state = "live" if saved["isLive"] else "on its way"
    return f"{saved['name']}: version {saved['version']}, {state}"


def list_in_words(segments: list[Answer]) -> str:
    """A line for each segment: its size, name and title."""
    rows = [(_size(one), one["name"], one["title"]) for one in segments]
    widths = [max((len(row[n]) for row in rows), default=0) for n in range(2)]
    lines = (f"{size:>{widths[0]}}  {name:<{widths[1]}}  {title}" for size, name, title in rows)
    return "\n".join(line.rstrip() for line in lines)


def group_in_words(what: str, group: Answer) -> str:
    """How many, and who some of them are."""
    lines = [f"{what}: {_size(group)}"]
    lines += [f"  {one['id']}" for one in group.get("sample") or ()]
    return "\n".join(lines)


def why_in_words(name: str, why: Answer) -> str:
    """Whether somebody is in, until when, and each part of the condition with its evidence."""
    lines = [f"{why['customerId']} is {'in' if why['isMember'] else 'not in'} {name}"]
    verb = "leaves" if why["isMember"] else "enters"
    if why["changesAt"]:
        lines.append(f"{verb} at {why['changesAt']} if nothing happens")
    elif why["lookedTo"]:
        lines.append(f"does not change before {why['lookedTo']} if nothing happens")
    else:
        lines.append("stays so if nothing happens")
    return "\n".join([*lines, *map(_finding, why["findings"])])


def _finding(finding: Answer) -> str:
    mark = "yes" if finding["holds"] else "no "
    until = f" (until {finding['changesAt']})" if finding["changesAt"] else ""
    counted = "links" if finding["test"].startswith('{"account"') else "events"
    evidence = "; ".join(_evidence(finding["evidence"] or {}, counted))
    shown = f": {evidence}" if evidence else ""
    return f"{'  ' * (finding['depth'] + 1)}{mark} {_test(finding['test'])}{shown}{until}"


def _test(test: str) -> str:
    if not test.startswith("{"):
        return test
    return ", ".join(f"{k} {_plain(v)}" for k, v in cast("Answer", json.loads(test)).items())


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _evidence(found: Answer, counted: str) -> Iterator[str]:
    if found.get("trait"):
        yield f"{found['trait']} is {found['value'] or 'not there'}"
    if found.get("count") is not None:
        yield f"{found['count']} {counted}"
    if found.get("measured") is not None:
        yield f"comes to {found['measured']:g}"
    if found.get("firstAt"):
        yield f"from {found['firstAt']} to {found['lastAt']}"
    if found.get("since"):
        yield f"so since {found['since']}, holds from {found['holdsFrom']}"
    yield from (f"{one['name']} at {one['at']}" for one in found.get("sequence") or ())


def _size(group: Answer) -> str:
    return _UNTOLD if group["size"] is None else str(group["size"])
