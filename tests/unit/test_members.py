"""Each library and service says what it is: a README of its rooms, a licence, its formats."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from c360_account.store.mongodb import generation as account_in_mongodb
from c360_account.store.sqlite import schema as account
from c360_activation.store.sqlite import schema as activation
from c360_audit.store.mongodb import store as audit_in_mongodb
from c360_audit.store.sqlite import schema as audit
from c360_identity.store.neo4j import generation as identity_in_neo4j
from c360_identity.store.sqlite import schema as identity
from c360_kernel.log.format import LOG_FORMAT
from c360_profile.store.mongodb import generation as profile_in_mongodb
from c360_profile.store.sqlite import schema as profile
from c360_segment.store.sqlite import schema as segment

ROOT = Path(__file__).parents[2]
MEMBERS = sorted(one.parent for one in (*ROOT.glob("libs/*/src"), *ROOT.glob("services/*/src")))


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_a_readme_tells_every_room(member: Path) -> None:
    page = (member / "README.md").read_text("utf-8")
    package = member / "src" / f"c360_{member.name}"
    rooms = [one.parent.name for one in package.glob("*/__init__.py")]
    assert [room for room in rooms if not re.search(rf"`{room}/", page)] == []


@pytest.mark.parametrize("member", [ROOT, *MEMBERS], ids=lambda member: member.name)
def test_a_package_has_a_licence(member: Path) -> None:
    project = tomllib.loads((member / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["license"] == "Apache-2.0"


def test_the_steps_of_an_upgrade_name_the_formats_of_now() -> None:
    page = (ROOT / "docs/upgrading.md").read_text("utf-8")
    found = re.search(r"^Formats: (.+?)\.", page, re.MULTILINE)
    assert found is not None
    assert found[1] == (
        f"identity {identity.FORMAT} (in Neo4j {identity_in_neo4j.FORMAT}), "
        f"profile {profile.FORMAT} (in MongoDB {profile_in_mongodb.FORMAT}), "
        f"segment {segment.FORMAT}, "
        f"account {account.FORMAT} (in MongoDB {account_in_mongodb.FORMAT}), "
        f"activation {activation.FORMAT}, "
        f"audit {audit.FORMAT} (in MongoDB {audit_in_mongodb._FORMAT}), log {LOG_FORMAT}"
    )
