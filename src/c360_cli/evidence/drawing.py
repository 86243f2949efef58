"""One customer's evidence as a page of its own: records on the left, what they carry on the right.

The page needs nothing else: no script, no font, no address. Records that carry exactly the same
are one box with their number, so that hundreds of rows of one till stay one line; whoever points
at a box reads all their names. Where nothing is alike each record has its line, and the page grows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from c360_cli.evidence.wording import bits_of, lasting, named, values_of

_ROW, _TOP, _BOX, _LEFT, _RIGHT, _WIDTH = 26, 70, 20, 20, 620, 1000
_MOST_NAMES = 400
_COLOURS = {
    "ACTIVE": "#2a7d4f",
    "REFUSED": "#c0392b",
    "GENERIC": "#9a9a9a",
    "RETRACTED": "#c9a227",
}
_MEANT = {
    "ACTIVE": "holds together",
    "REFUSED": "refused",
    "GENERIC": "carried by too many",
    "RETRACTED": "taken back",
}
_MASK = "***"
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#222}.small{font-size:11px;fill:#555}"
    "rect{fill:#f4f6f8;stroke:#8899aa}path{fill:none;stroke-width:1.6}"
    "g.box:hover rect{fill:#dfe9f5}path:hover{stroke-width:4}"
)


@dataclass(frozen=True, slots=True)
class Line:
    """An edge to draw: from one box to another, in what state, and what it says when pointed at."""

    left: int
    right: int
    state: str
    hint: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes of both columns, each a text and what it says when pointed at, and lines."""

    records: Sequence[tuple[str, str]]
    identifiers: Sequence[tuple[str, str]]
    lines: Sequence[Line]


def page(customer: str, evidence: Mapping[str, Any]) -> str:
    """The HTML page of a customer's evidence, as `Customer.evidence` tells it."""
    drawing = drawn(evidence)
    records = len(evidence["records"] or ())
    more = " or more" if any(_MASK in text for text, _ in drawing.identifiers) else ""
    head = f"Customer {customer}: {records} records, {len(drawing.identifiers)} identifiers{more}"
    if not evidence["complete"]:
        head += " (the oldest of its records)"
    svg = _svg(drawing, head)
    charset = '<!doctype html>\n<html lang="en"><meta charset="utf-8">'
    return f"{charset}<title>{escape(head)}</title>\n{svg}\n</html>\n"


def drawn(evidence: Mapping[str, Any]) -> Drawing:
    """Where everything is drawn: boxes by what they have in common, so that lines cross little."""
    held: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    names = [named(one) for one in evidence["records"] or ()]
    for edge in evidence["edges"] or ():
        held[named(edge["record"])][_target(edge)] = edge
    targets = _ranked(target for record in names for target in held[record])
    groups = _grouped(names, held, targets)
    place = {target: number for number, target in enumerate(targets)}
    lines = [
        Line(number, place[target], edge["state"], _hint(edge))
        for number, group in enumerate(groups)
        for target, edge in held[group[0]].items()
    ]
    return Drawing([_box(group) for group in groups], [_carried(one) for one in targets], lines)


def _target(edge: Mapping[str, Any]) -> str:
    if edge["other"] is not None:
        return f"{edge['rule']}: {named(edge['other'])}"
    # What may not be seen is told apart by nothing: of one type it is one box.
    return f"{edge['rule']} {values_of(edge['identifier']) or _MASK}"


def _carried(target: str) -> tuple[str, str]:
    """What a mask shows alike is one box, which then says that it may be several values."""
    hint = f"{target}: one box for all that a mask shows alike" if _MASK in target else target
    return target, hint


def _ranked(targets: Iterable[str]) -> list[str]:
    """What most records carry first."""
    counts: dict[str, int] = defaultdict(int)
    for target in targets:
        counts[target] += 1
    return sorted(counts, key=lambda one: (-counts[one], one))


def _grouped(
    names: Sequence[str], held: Mapping[str, Mapping[str, Mapping[str, Any]]], targets: list[str]
) -> list[list[str]]:
    """Records that carry the same in the same state, those first that carry what most do."""
    groups: dict[tuple[tuple[int, str], ...], list[str]] = defaultdict(list)
    place = {target: number for number, target in enumerate(targets)}
    for name in names:
        alike = sorted((place[one], str(edge["state"])) for one, edge in held[name].items())
        groups[tuple(alike)].append(name)
    return [groups[alike] for alike in sorted(groups)]


def _box(group: Sequence[str]) -> tuple[str, str]:
    shown = group[0] if len(group) == 1 else f"{len(group)} records: {group[0]}, …"
    more = f"\nand {len(group) - _MOST_NAMES} more" if len(group) > _MOST_NAMES else ""
    return shown, "\n".join(group[:_MOST_NAMES]) + more


def _hint(edge: Mapping[str, Any]) -> str:
    scored = f", {bits_of(edge)}" if edge["score"] is not None else ""
    return f"{_MEANT[edge['state']]}, {lasting(edge)}{scored}"


def _svg(drawing: Drawing, head: str) -> str:
    rows = max(len(drawing.records), len(drawing.identifiers), 1)
    height = _TOP + rows * _ROW + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}"'
        f' viewBox="0 0 {_WIDTH} {height}"><style>{_STYLE}</style>',
        f'<text x="{_LEFT}" y="24" font-weight="bold">{escape(head)}</text>',
        _legend(),
        *(_line(one, drawing, rows) for one in drawing.lines),
        *_boxes(drawing.records, _LEFT, rows),
        *_boxes(drawing.identifiers, _RIGHT, rows),
        "</svg>",
    ]
    return "\n".join(parts)


def _legend() -> str:
    shown: list[str] = []
    for number, (state, meant) in enumerate(_MEANT.items()):
        x = _LEFT + 190 * number
        shown.append(f'<path d="M{x} 46h24" stroke="{_COLOURS[state]}"{_dash(state)}/>')
        shown.append(f'<text class="small" x="{x + 30}" y="50">{meant}</text>')
    return "".join(shown)


def _dash(state: str) -> str:
    return "" if state == "ACTIVE" else ' stroke-dasharray="5 4"'


def _y(number: int, count: int, rows: int) -> float:
    """The shorter column is spread over the longer one."""
    return _TOP + (number + 0.5) * rows * _ROW / max(count, 1)


def _line(line: Line, drawing: Drawing, rows: int) -> str:
    y1 = _y(line.left, len(drawing.records), rows)
    y2 = _y(line.right, len(drawing.identifiers), rows)
    x1, x2 = _LEFT + 340, _RIGHT
    curve = f"M{x1} {y1:.0f}C{x1 + 130} {y1:.0f} {x2 - 130} {y2:.0f} {x2} {y2:.0f}"
    colour = _COLOURS[line.state]
    title = escape(line.hint)
    return f'<path d="{curve}" stroke="{colour}"{_dash(line.state)}><title>{title}</title></path>'


def _boxes(boxes: Sequence[tuple[str, str]], x: int, rows: int) -> Iterable[str]:
    for number, (text, hint) in enumerate(boxes):
        y = _y(number, len(boxes), rows)
        shown = text if len(text) <= 48 else f"{text[:47]}…"
        yield (
            f'<g class="box"><title>{escape(hint)}</title>'
            f'<rect x="{x}" y="{y - _BOX / 2:.0f}" width="340" height="{_BOX}" rx="4"/>'
            f'<text x="{x + 8}" y="{y + 4.5:.0f}">{escape(shown)}</text></g>'
        )
