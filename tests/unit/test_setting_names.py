"""A variable of the environment means one thing, whichever part of an instance reads it."""

from __future__ import annotations

import pytest
from c360_kernel.settings import Settings

from c360_cli.topology import CONNECT, GATEWAY, SERVICES

PARTS = {one.name: one.settings for one in (*SERVICES, GATEWAY, CONNECT)}


@pytest.mark.parametrize("part", PARTS)
def test_no_setting_of_a_part_is_another_one_of_every_process(part: str) -> None:
    fields = PARTS[part].model_fields
    assert {one: fields[one].description for one in Settings.model_fields} == {
        one: field.description for one, field in Settings.model_fields.items()
    }
