"""What the `segment` subcommands send, and how they say what they are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from c360_kernel.errors import Invalid

from c360_cli.segments import condition_in, group_in_words, list_in_words, why_in_words

WHY = {
    "customerId": "c1",
    "isMember": True,
    "at": "2025-12-01T10:00:00Z",
    "changesAt": "2025-12-03T10:00:00Z",
    "lookedTo": None,
    "findings": [
        {"depth": 0, "test": "all", "holds": True, "changesAt": "2025-12-03T10:00:00Z"},
        {
            "depth": 1,
            "test": '{"event": "bought", "last": "2 days", "sum": {"at_least": 5}}',
            "holds": True,
            "changesAt": "2025-12-03T10:00:00Z",
            "evidence": {"count": 2, "measured": 7.5, "firstAt": "a", "lastAt": "b"},
        },
        {
            "depth": 1,
            "test": '{"trait": "city", "op": "missing"}',
            "holds": False,
            "changesAt": None,
            "evidence": {"trait": "city", "value": None},
        },
    ],
}


def test_why_is_said_in_words() -> None:
    findings = [{"evidence": None, **one} for one in WHY["findings"]]
    assert why_in_words("buyers", {**WHY, "findings": findings}).splitlines() == [
        "c1 is in buyers",
        "leaves at 2025-12-03T10:00:00Z if nothing happens",
        "  yes all (until 2025-12-03T10:00:00Z)",
        '    yes event bought, last 2 days, sum {"at_least": 5}: 2 events; comes to 7.5;'
        " from a to b (until 2025-12-03T10:00:00Z)",
        "    no  trait city, op missing: city is not there",
    ]


def test_links_to_accounts_are_said_to_be_links() -> None:
    acts = {"depth": 0, "test": '{"account": {"kind": "decision"}}', "holds": True}
    finding = {**acts, "changesAt": None, "evidence": {"count": 2}}
    last = why_in_words("buyers", {**WHY, "findings": [finding]}).splitlines()[-1]
    assert last == '  yes account {"kind": "decision"}: 2 links'


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"isMember": False}, "enters at 2025-12-03T10:00:00Z if nothing happens"),
        ({"changesAt": None}, "stays so if nothing happens"),
        ({"changesAt": None, "lookedTo": "x"}, "does not change before x if nothing happens"),
    ],
)
def test_when_it_changes_is_said(said: dict[str, object], words: str) -> None:
    assert why_in_words("buyers", {**WHY, "findings": [], **said}).splitlines()[1] == words


def test_groups_and_lists_are_said_in_lines() -> None:
    assert group_in_words("members", {"size": 12, "sample": [{"id": "c1"}]}) == "members: 12\n  c1"
    assert group_in_words("staying", {"size": None}) == "staying: not told"
    rows = [
        {"name": "a", "title": "A", "size": 120},
        {"name": "longer", "title": "", "size": None},
    ]
    assert list_in_words(rows) == "     120  a       A\nnot told  longer"


def test_a_condition_is_yaml_or_json_or_a_file(tmp_path: Path) -> None:
    expected = {"trait": "since", "op": "equals", "value": "2024-01-02"}
    text = "{trait: since, op: equals, value: 2024-01-02}"
    (tmp_path / "condition.yaml").write_text(text)
    for given in (text, json.dumps(expected), f"@{tmp_path}/condition.yaml"):
        assert json.loads(condition_in(given)) == expected


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("{a: 1, a: 2}", "SEGMENT_CONDITION_INVALID"),
        ("{a", "SEGMENT_CONDITION_INVALID"),
        ("@nowhere/to/be/found", "FILE_UNUSABLE"),
    ],
)
def test_what_cannot_be_read_is_refused(given: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        condition_in(given)
    assert refused.value.code == code
