"""A CRM and an ERP that hold the same customers: each gets what the other says, and none an echo.

What is written back is pulled again, with a later time. It is the same row by then, so that nothing
is written on it: the loop ends where it began.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from c360_kernel.catalog.loader import default_catalog_text
from c360_policy.store.shipped import POLICY_FILE, copy_default_policy, policy_text

from tests.component.connectors.source import EXAMPLES, LOOPBACK, Asked, Told, serving
from tests.e2e.running import Running, command

pytestmark = pytest.mark.slow
SHANGHAI = timezone(timedelta(hours=8))
CONTACT, NUMBER = "5001", "CUST0007"
ENV = {"C360_ACTIVATION_NETWORKS": LOOPBACK, "C360_CONNECT_NETWORKS": LOOPBACK}
TRAITS = """  crmContact: {type: string, tag: public, survivorship: latest}
  erpNumber: {type: string, tag: public, survivorship: latest}
"""
DESTINATIONS = """
destinations:
  to_crm:
    kind: request
    method: PATCH
    url: CRM/crm/v3/objects/contacts/{traits.crmContact}
    headers: {authorization: "Bearer {secret.token}"}
    body: {properties: {company: "{traits.company}"}}
    roles: [mailer]
    purpose: service
    profile: true
    sync: true
    traits: [crmContact, company]
  to_erp:
    kind: request
    url: ERP/k3cloud/Save/{traits.erpNumber}
    body:
      formid: BD_Customer
      data: {Model: {FNumber: "{traits.erpNumber}", FName: "{traits.company}"}}
    accepted: {where: {Result.ResponseStatus.IsSuccess: ["true"]}}
    roles: [mailer]
    purpose: service
    profile: true
    sync: true
    traits: [erpNumber, company]
"""
POLICY = """g, mailer, anyone
p, mailer, *, read, , allow, *, , , mailer-untagged
p, mailer, *, export, , allow, *, , , mailer-export
p, mailer, operation:ad-hoc, ask, , allow, *, , , mailer-ad-hoc
p, mailer, tag:employment, read, , allow, *, , , mailer-employment
p, mailer, tag:employment, export, , allow, *, , , mailer-employment-out
"""


@dataclass
class Side:
    """One system, with one customer in it; whatever is written there counts as a change."""

    company: str | None
    changed: datetime = field(default_factory=lambda: datetime.now(UTC))
    written: list[str | None] = field(default_factory=list[str | None])
    pulls: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def edit(self, company: str | None) -> None:
        """Somebody who works there writes another name."""
        with self.lock:
            self.company, self.changed = company, datetime.now(UTC)

    def write(self, company: str | None) -> None:
        """We do."""
        self.edit(company)
        self.written.append(company)


class Crm(Side):
    """As HubSpot documents it."""

    def __call__(self, asked: Asked) -> Told:
        if asked.headers["authorization"] != "Bearer s3cret":
            return Told({"category": "INVALID_AUTHENTICATION"}, 401)
        if asked.method == "PATCH":
            assert asked.path.endswith(f"/{CONTACT}")
            self.write(asked.json["properties"]["company"])
            return Told({"id": CONTACT})
        self.pulls += 1
        (window,) = asked.json["filterGroups"][0]["filters"]
        at = int(self.changed.timestamp() * 1_000)
        is_in = int(window["value"]) <= at <= int(window["highValue"])
        return Told({"results": [self._row()] if is_in else []})

    def _row(self) -> dict[str, Any]:
        at = self.changed.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        properties = {
            "email": "ada@example.com", "phone": "+86 571 88880007", "firstname": "Ada",
            "lastname": "Li", "company": self.company, "lastmodifieddate": at,
        }  # fmt: skip
        return {"id": CONTACT, "properties": properties}


class Erp(Side):
    """As Kingdee documents it."""

    def __call__(self, asked: Asked) -> Told:
        if "LoginByAppSecret" in asked.path:
            return Told({"LoginResultType": 1}, headers={"set-cookie": "kdservice-sessionid=1"})
        if "/Save/" in asked.path:
            model = asked.json["data"]["Model"]
            assert model["FNumber"] == NUMBER
            self.write(model["FName"])
            return Told({"Result": {"ResponseStatus": {"IsSuccess": True}}})
        self.pulls += 1
        begin, until = (part.split("'")[1] for part in asked.json["FilterString"].split(" and "))
        at = self.changed.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M:%S")
        is_in = begin <= at < until and asked.json["StartRow"] == 0
        row = [100_007, NUMBER, self.company, "0571-88880007", f"{at}.{self.changed:%f}", "C"]
        return Told([row] if is_in else [])


def _connector(data: Path, name: str, url: str, *more: tuple[str, str]) -> None:
    text = (EXAMPLES / f"{name}.yaml").read_text("utf-8").rstrip()
    at_once = (
        ("every: 5m", "every: 1s"),
        ("settle: 30s", "settle: 0s"),
        ("settle: 1m", "settle: 0s"),
        ("per_second: 2", "per_second: 90"),
        ("per_second: 4", "per_second: 90"),
    )
    for was, put in (*at_once, *more):
        text = text.replace(was, put)
    (data / "connectors").mkdir(exist_ok=True)
    (data / "connectors" / f"{name}.yaml").write_text(f"{text}\n")
    for secret in ("token", "app-secret"):
        _secret(data / "keys/connectors" / name / secret)


def _secret(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("s3cret\n")
    file.chmod(0o600)


def _prepare(data: Path, crm: str, erp: str) -> None:
    data.mkdir()
    catalog = default_catalog_text().replace("  status: {type", f"{TRAITS}  status: {{type", 1)
    serving_them = "service: {description: Serving the customer"
    catalog = catalog.replace(serving_them, f"{serving_them}, basis: contract", 1)
    destinations = DESTINATIONS.replace("CRM", crm).replace("ERP", erp)
    (data / "catalog.yaml").write_text(catalog + destinations)
    copy_default_policy(data / "policy")
    (data / "policy" / POLICY_FILE).write_text(policy_text(data / "policy") + POLICY)
    _connector(
        data,
        "hubspot-contacts",
        crm,
        ("https://api.hubapi.com", crm),
        ("lastname, last", "lastname, company, last"),
        ("    firstName:", "    company: properties.company\n    crmContact: id\n    firstName:"),
    )
    _connector(
        data,
        "kingdee-customers",
        erp,
        ("https://erp.example.com", erp),
        ("    company: FName", "    company: FName\n    erpNumber: FNumber"),
    )


def _until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def _settled(instance: Running, crm: Crm, erp: Erp, company: str) -> tuple[int, int]:
    """Both were told so, and what was written there has come back; how much was written.

    An echo that comes later than this is one too many for who counts next.
    """
    sides = (crm, erp)
    _until(lambda: all(one.written[-1:] == [company] for one in sides), f"{crm} {erp}")
    _pulled_again(crm, erp)
    instance.settle()
    assert (crm.company, erp.company) == (company, company)
    return len(crm.written), len(erp.written)


def _pulled_again(crm: Crm, erp: Erp) -> None:
    """What was written before came back and was looked at: a pull begins after the one before."""
    wanted = crm.pulls + 2, erp.pulls + 2
    _until(lambda: crm.pulls >= wanted[0] and erp.pulls >= wanted[1], "pulls")


@pytest.mark.usefixtures("anywhere")
def test_what_one_side_says_reaches_the_other_and_comes_to_rest(tmp_path: Path) -> None:
    crm, erp = Crm(None), Erp("ACME")
    with serving(crm) as crm_url, serving(erp) as erp_url:
        data = tmp_path / "data"
        _prepare(data, crm_url, erp_url)
        with Running(data, env=ENV) as instance:
            for name in ("to_crm", "to_erp"):
                command("destination", "add", name, "--data", data, env=ENV)
            _secret(data / "keys/destinations/to_crm.token.secret")
            written = _settled(instance, crm, erp, "ACME")
            for side, company in ((erp, "ACME Ltd"), (crm, "Acme AG"), (erp, "Acme SE")):
                side.edit(company)
                now = _settled(instance, crm, erp, company)
                # Each was told once: the side that said it, too, since the row that it has is ours.
                assert (now[0] - written[0], now[1] - written[1]) == (1, 1)
                written = now
            instance.kill_all()
            crm.edit("ACME Inc")
            instance.restart()
            written = _settled(instance, crm, erp, "ACME Inc")
            # However often they are pulled.
            assert _settled(instance, crm, erp, "ACME Inc") == written
