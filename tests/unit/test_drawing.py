"""A picture of evidence is one file, in which every record and every edge is found."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from c360_cli.evidence.drawing import page

SVG = "{http://www.w3.org/2000/svg}"


def record(key: str) -> dict[str, Any]:
    return {"source": "crm", "key": key, "firstSeenAt": "2026-01-01T00:00:00Z"}


def edge(key: str, rule: str, value: str | None, state: str = "ACTIVE") -> dict[str, Any]:
    values = None if value is None else {rule: [value]}
    fields = {"record": record(key), "other": None, "identifier": values, "rule": rule}
    return {**fields, "state": state, "since": "2026-01-01T00:00:00Z", "score": None}


def evidence(edges: list[dict[str, Any]]) -> dict[str, Any]:
    keys = dict.fromkeys(one["record"]["key"] for one in edges)
    return {"records": [record(key) for key in keys], "edges": edges, "complete": True}


def drawn(edges: list[dict[str, Any]]) -> ElementTree.Element:
    text = page("c1", evidence(edges))
    assert not re.search(r"<script|href|url\(|@import", text)
    assert re.findall(r"https?://[^\s\"<]+", text) == ["http://www.w3.org/2000/svg"]
    return ElementTree.fromstring(text[text.index("<svg") : text.index("</html>")])


def boxes(svg: ElementTree.Element) -> list[tuple[float, float, str]]:
    found: list[tuple[float, float, str]] = []
    for group in svg.findall(f"{SVG}g"):
        (rect,), (title,) = group.findall(f"{SVG}rect"), group.findall(f"{SVG}title")
        found.append((float(rect.attrib["x"]), float(rect.attrib["y"]), title.text or ""))
    return found


def lines(svg: ElementTree.Element) -> int:
    return sum(one.find(f"{SVG}title") is not None for one in svg.findall(f"{SVG}path"))


def chain(count: int) -> list[dict[str, Any]]:
    """Each record shares one e-mail with the one before and one with the one after."""
    pairs = ((n, mail) for n in range(count) for mail in (n, n + 1))
    return [edge(f"r{n}", "email", f"{mail}@example.org") for n, mail in pairs]


@pytest.mark.parametrize("count", [1, 3, 300])
def test_each_record_and_edge_is_there_and_no_box_lies_on_another(count: int) -> None:
    svg = drawn(chain(count))
    found = boxes(svg)
    values = {name for _, _, title in found for name in title.split("\n")}
    assert {f"crm/r{n}" for n in range(count)} <= values
    assert lines(svg) == 2 * count
    for column in {x for x, _, _ in found}:
        heights = sorted(y for x, y, _ in found if x == column)
        assert all(after - before >= 22 for before, after in pairwise(heights))
    assert float(svg.attrib["height"]) >= max(y for _, y, _ in found) + 20


def test_records_that_carry_the_same_are_one_box_with_all_their_names() -> None:
    alike = [edge(f"till-{n}", "card", "M1") for n in range(300)]
    refused = edge("other", "card", "M1", "REFUSED")
    svg = drawn([*alike, refused])
    assert len(boxes(svg)) == 3
    assert "300 records" in "".join(svg.itertext())
    assert lines(svg) == 2
    assert {f"crm/till-{n}" for n in range(300)} <= {
        name for _, _, title in boxes(svg) for name in title.split("\n")
    }


def test_what_may_not_be_seen_is_not_drawn_and_markup_stays_text() -> None:
    svg = drawn([edge("<b>&", "unionid", None), edge("<b>&", "phone", "***0001")])
    text = "".join(svg.itertext())
    assert "unionid ***" in text
    assert "crm/<b>&" in text


def test_what_a_mask_shows_alike_may_be_more_than_it_looks() -> None:
    masked = [edge("a", "email", "an***@***.org"), edge("b", "email", "an***@***.org")]
    assert "2 records, 1 identifiers or more" in page("c1", evidence(masked))
    (hint,) = [told for _, _, told in boxes(drawn(masked)) if told.startswith("email")]
    assert "one box for all that a mask shows alike" in hint
    clear = page("c1", evidence([edge("a", "email", "ann@example.org")]))
    assert "or more" not in clear
