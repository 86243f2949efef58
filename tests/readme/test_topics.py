"""The tables of services in both READMEs name the topics that each service reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from c360_cli.assembly import assemble

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_table_names_what_each_service_reads(page: str, tmp_path: Path) -> None:
    text = (ROOT / page).read_text("utf-8")
    rows = re.findall(r"^\| (\w+)\b[^|]*\|[^|]*\|([^|]*)\|[^|]*\|$", text, re.MULTILINE)
    told = {name: set(re.findall(r"[\w-]+", topics)) for name, topics in rows}
    services = assemble(tmp_path).services
    assert {one.name: set(one.topics) for one in services} == {
        one.name: told[one.name] for one in services
    }
