"""A plan as text that a person can read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from c360_federation.plan.model import EntityCall, Fetch, Input, Inputs, Path, Plan


def explain(plan: Plan) -> str:
    """Say which requests are made, in which wave, with what they wait for."""
    if not plan.fetches:
        return "no request: nothing is left to ask a subgraph for"
    lines: list[str] = []
    for number, wave in enumerate(waves(plan), start=1):
        lines.append(f"wave {number}")
        for fetch in wave:
            lines.extend("  " + line for line in _fetch_lines(fetch))
    return "\n".join(lines)


def waves(plan: Plan) -> list[list[Fetch]]:
    """The fetches by how many answers have to come before them."""
    depth: dict[int, int] = {}
    found: list[list[Fetch]] = []
    for fetch in plan.fetches:
        depth[fetch.id] = 1 + max((depth[one] for one in fetch.depends_on), default=-1)
        while len(found) <= depth[fetch.id]:
            found.append([])
        found[depth[fetch.id]].append(fetch)
    return found


def _fetch_lines(fetch: Fetch) -> Iterator[str]:
    after = f" after {_numbers(fetch.depends_on)}" if fetch.depends_on else ""
    yield f"[{fetch.id}] {fetch.subgraph}{after}"
    for call in fetch.calls:
        yield f"      entities at {path_text(call.path)}: {_representation(call)}"
    yield f"      {fetch.query}"


def _numbers(ids: Iterable[int]) -> str:
    return ", ".join(f"[{number}]" for number in sorted(ids))


def path_text(path: Path) -> str:
    """A place in the answer; type conditions in angle brackets."""
    steps = (step if isinstance(step, str) else f"<{'|'.join(sorted(step))}>" for step in path)
    return ".".join(steps) or "the root"


def _representation(call: EntityCall) -> str:
    return f"{call.static_typename or call.type} {_inputs_text(call.inputs)}"


def _inputs_text(inputs: Inputs) -> str:
    return "{" + " ".join(_input_text(one) for one in inputs) + "}"


def _input_text(one: object) -> str:
    if isinstance(one, Input):
        below = _inputs_text(one.children) if one.children else ""
        source = "" if one.key == one.name else f" (from {one.key})"
        return f"{one.name}{source}{below}"
    types = "|".join(sorted(getattr(one, "types", ())))
    return f"... on {types} {_inputs_text(getattr(one, 'children', ()))}"
