"""The commands that ask the audit: over files, running or not, and themselves on record."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest
from c360_audit.domain.activity import HOUR_MS
from c360_audit.domain.merkle.checking import is_included
from c360_audit.domain.merkle.checkpoint import Checkpoint
from c360_audit.domain.merkle.hashing import leaf_hash
from c360_audit.testing.entries import operation
from c360_gateway.assembly.keys import derived
from c360_gateway.settings import GatewaySettings
from c360_kernel.errors import NotFound
from c360_kernel.payload import CoordinateUse
from c360_kernel.stamp import wall_clock_ms
from c360_kernel.subject_names import FILE, SubjectNames
from c360_policy.reading.parsing import parse_policy
from c360_policy.schema.served import ServedSchema, served_version
from c360_policy.store.served_schemas import FileServedSchemas
from c360_policy.store.shipped import copy_default_policy, policy_text
from c360_policy.store.versions import VersionFiles
from typer.testing import CliRunner

from c360_cli.assembly import assemble
from c360_cli.commands.audit import app
from c360_cli.policies import words_of
from c360_cli.recording import put_on_record
from c360_cli.running.locking import sole_process

DAY_MS = 24 * HOUR_MS
MASKED = CoordinateUse("Profile.phone", "select", "mask:partial(3,4,4)", "support-phone", "phone")
CLEAR = CoordinateUse("Identifiers.phone", "select", "allow", "privacy-phone", "phone")


class Asked:
    """An instance with acts on record, and the commands over it."""

    def __init__(self, data):
        self.data = data
        self.instance = assemble(data)
        assert self.instance.services
        copy_default_policy(data / "policy")
        self.policy = policy_text(data / "policy")
        self.version = parse_policy(self.policy).version
        VersionFiles(GatewaySettings(data=data).policy_versions).keep(self.version, self.policy)
        key = derived(self.instance.directory.key("instance"), "subjects")
        self.names = SubjectNames(data / "keys" / FILE, key)

    def act(self, who, *uses, customers=(), days=0.0, **given):
        at = wall_clock_ms() - int(days * DAY_MS)
        subjects = self.names.names(customers)
        made = operation(at, who, subjects, uses=uses, policy_version=self.version)
        put_on_record(self.data, replace(made, **given))

    def ask(self, *words, code=0):
        runner = CliRunner().invoke(app, [*words, "--data", str(self.data), "--json"])
        assert runner.exit_code == code, runner.output
        return json.loads(runner.output)


# Every instance here is under the catalog that ships, whose graph takes seconds to make.
_words = lru_cache(lambda: words_of(None, None, Path("nowhere")))


@pytest.fixture
def questions(tmp_path, monkeypatch):
    monkeypatch.setattr("c360_cli.auditing.access_asking.words_of", lambda *_: _words())
    return Asked(tmp_path)


def test_who_saw_the_phone_is_told_with_the_rule_and_a_proof(questions):
    questions.act("ann", MASKED, customers=["c1", "c2"], roles=("support_agent",))
    questions.act("bob", CLEAR, customers=["c2"])
    questions.act("old", MASKED, customers=["c1"], days=100)
    (look,) = questions.ask("who", "--customer", "c1", "--coordinate", "Profile.phone")["accesses"]
    assert (look["principal"], look["roles"], look["customers"]) == ("ann", ["support_agent"], 2)
    (sight,) = look["sights"]
    assert (sight["shown"], sight["mask"]) == ("masked", "partial(3,4,4)")
    assert sight["rules"][0]["text"].startswith("p, support_agent, tag:phone, read")
    proof = look["proof"]
    tree = Checkpoint.read(proof["checkpoint"].partition("\n\n")[0] + "\n")
    hashes = [base64.b64decode(one) for one in proof["hashes"]]
    leaf = leaf_hash(base64.b64decode(proof["leaf"]))
    assert is_included(leaf, proof["index"], tree.size, hashes, tree.root)
    by_tag = questions.ask("who", "--customer", "c2", "--coordinate", "tag:phone")["accesses"]
    assert [one["principal"] for one in by_tag] == ["bob", "ann"]
    longer = questions.ask(
        "who", "--customer", "c1", "--coordinate", "Profile.phone", "--days", "365"
    )
    assert {one["principal"] for one in longer["accesses"]} == {"ann", "old"}


@pytest.mark.parametrize("coordinate", ["Profile.fone", "tag:fone"])
def test_a_coordinate_that_is_mistyped_is_not_one_that_nobody_saw(questions, coordinate):
    questions.act("ann", MASKED, customers=["c1"])
    words = ("who", "--customer", "c1", "--coordinate", coordinate)
    runner = CliRunner().invoke(app, [*words, "--data", str(questions.data)])
    assert isinstance(runner.exception, NotFound)
    assert runner.exception.code == "COORDINATE_UNKNOWN"


def test_what_nobody_saw_and_what_is_only_on_record_is_answered(questions):
    questions.act("ann", MASKED._replace(coordinate="Profile.formerly"), customers=["c1"])
    questions.act("ann", customers=["c2"])
    for coordinate in ("Profile.name", "tag:name", "Profile.formerly"):
        answer = questions.ask("who", "--customer", "c2", "--coordinate", coordinate)
        assert answer["accesses"] == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("who", "--customer", "c11"), "CUSTOMER_UNKNOWN"),
        (("what", "--principal", "annn"), "PRINCIPAL_UNKNOWN"),
    ],
)
def test_nobody_of_that_name_is_refused_however_often(questions, words, code):
    questions.act("ann", MASKED, customers=["c1"])
    for _ in range(2):
        said = CliRunner().invoke(app, [*words, "--data", str(questions.data)])
        assert said.exception.code == code
    assert questions.ask("what", "--principal", "ann", "--days", "0")["acts"] == []


@pytest.mark.parametrize("words", [("who", "--customer", " "), ("what", "--principal", "")])
def test_nobody_is_no_answer(questions, words):
    runner = CliRunner().invoke(app, [*words, "--data", str(questions.data), "--json"])
    assert runner.exit_code == 2


def test_one_who_is_forgotten_has_no_looks_any_more_and_nobody_elses(questions):
    questions.act("ann", MASKED, customers=["c1"])
    questions.act("bob", MASKED, customers=["c2"])
    questions.names.forget(["c1"])
    assert questions.ask("who", "--customer", "c1")["accesses"] == []


def test_the_question_itself_is_on_record_with_the_customer(questions):
    questions.act("ann", MASKED, customers=["c1"])
    questions.ask("who", "--customer", "c1", "--coordinate", "Profile.phone")
    kinds = {one["kind"] for one in questions.ask("who", "--customer", "c1")["accesses"]}
    assert kinds == {"operation", "audit_question"}


def test_what_somebody_did_has_what_was_refused(questions):
    questions.act("ann", MASKED, customers=["c1"])
    questions.act("ann", kind="refusal", outcome="refused", code="DOCUMENT_NOT_TRUSTED", times=3)
    questions.act("bob", CLEAR)
    acts = questions.ask("what", "--principal", "ann")["acts"]
    entries = [(one["kind"], one["outcome"], one["code"], one["times"]) for one in acts]
    assert entries == [
        ("refusal", "refused", "DOCUMENT_NOT_TRUSTED", 3),
        ("operation", "answered", None, 1),
    ]


def test_who_may_read_is_told_by_role_and_by_everybody_on_record(questions):
    questions.act("ann", MASKED, roles=("support_agent",))
    questions.act("both", CLEAR, roles=("support_agent", "privacy_officer"))
    answer = questions.ask("access", "--coordinate", "Profile.phone")
    roles = {one["roles"][0]: one["shown"] for one in answer["roles"]}
    assert (roles["support_agent"], roles["privacy_officer"]) == ("masked", "clear")
    assert roles["marketing_analyst"] == "nothing"
    known = {one["principal"]: one["shown"] for one in answer["principals"]}
    assert (known["ann"], known["both"]) == ("masked", "clear")
    by_tag = questions.ask("access", "--tag", "phone")["coordinates"]
    assert "Profile.phone" in by_tag
    assert not [one for one in by_tag if one.startswith("CustomerFilter.")]


def test_who_could_read_then_is_told_by_the_policy_of_then(questions):
    questions.act("ann", MASKED, days=2)
    changed = questions.policy.replace("tag:phone, read, partial(3,4,4)", "tag:phone, read, redact")
    (questions.data / "policy" / "policy.csv").write_text(changed)
    version = parse_policy(changed).version
    VersionFiles(GatewaySettings(data=questions.data).policy_versions).keep(version, changed)
    questions.act("bob", MASKED, policy_version=version)

    def mask(*at):
        answer = questions.ask("access", "--coordinate", "Profile.phone", *at)["roles"]
        return next(one["mask"] for one in answer if one["roles"] == ["support_agent"])

    assert mask("--at", _time(1)) == "partial(3,4,4)"
    assert mask() == "redact"
    nothing = CliRunner().invoke(
        app, ["access", "--tag", "phone", "--at", _time(9), "--data", str(questions.data)]
    )
    assert nothing.exception.code == "POLICY_UNKNOWN"


def test_who_could_read_then_is_told_by_the_schema_of_then(questions):
    questions.act("ann", MASKED, days=2)
    words = ("access", "--coordinate", "Profile.formerly", "--at")
    phone = frozenset({"phone"})
    then = ServedSchema({"Profile.formerly": phone}, {}, frozenset({"Profile.formerly"}))
    version = served_version(then.text())
    kept = GatewaySettings(data=questions.data).schema_versions
    asyncio.run(FileServedSchemas(kept).keep(version, then.text()))
    questions.act("c360/gateway", kind="schema_changed", target=version, days=1)
    told = questions.ask(*words, _time(0.5))
    agents = next(one for one in told["roles"] if one["roles"] == ["support_agent"])
    assert (told["schemaOf"], agents["mask"]) == ("THEN", "partial(3,4,4)")
    assert questions.ask("access", "--tag", "phone", "--at", _time(0.5))["coordinates"] == [
        "Profile.formerly"
    ]
    before = CliRunner().invoke(app, [*words, _time(1.5), "--data", str(questions.data)])
    assert before.exception.code == "COORDINATE_UNKNOWN"
    today = questions.ask("access", "--coordinate", "Profile.phone", "--at", _time(1.5))
    assert today["schemaOf"] == "TODAY"


def _time(days):
    from c360_cli.instants import shown_instant

    return shown_instant(wall_clock_ms() - days * DAY_MS)


def test_grants_that_decided_nothing_are_told(questions):
    questions.act("ann", MASKED)
    questions.act("bob", CLEAR, days=120)
    unused = {one["rule"]: one["lastUsed"] for one in questions.ask("unused")["unused"]}
    assert "support-phone" not in unused
    assert unused["privacy-phone"] is not None
    assert unused["support-name"] is None
    assert "support-ad-hoc" not in unused
    longer = {one["rule"] for one in questions.ask("unused", "--days", "365")["unused"]}
    assert "privacy-phone" not in longer


def test_what_stands_out_is_told(questions):
    for number in range(12):
        questions.act("eve", outcome="refused", days=0.001 * number)
    found = questions.ask("anomalies", "--days", "2")["anomalies"]
    assert {(one["kind"], one["principal"]) for one in found} == {("REFUSALS", "eve")}


def test_roles_that_were_broken_into_wait_for_somebody_else_to_look(questions):
    glass = {"kind": "break_glass_opened", "target": "rescuer", "ticket": "T-1"}
    for who, grant in (("ann", "g1"), ("bob", "g2")):
        questions.act(who, break_glass=grant, reason="outage", **glass)
    questions.act("bob", kind="break_glass_reviewed", break_glass="g2")
    questions.act("otto", kind="break_glass_reviewed", break_glass="g1")
    (waiting,) = questions.ask("breakglass")["breakGlass"]
    stated = (waiting["principal"], waiting["role"], waiting["ticket"], waiting["reviewer"])
    assert stated == ("bob", "rescuer", "T-1", None)
    every = questions.ask("breakglass", "--all")["breakGlass"]
    assert [one["reviewer"] for one in every] == ["otto", None]


def test_while_the_audit_is_fed_by_another_process_its_store_is_read(questions):
    questions.act("ann", MASKED, customers=["c1"])
    stop, fed = threading.Event(), threading.Event()

    async def feed():
        service, log = questions.instance.service("audit"), questions.instance.open_log()
        store = service.open_store()
        worker = service.worker(log, store)
        while not stop.is_set():
            await worker.step(0.05)
            fed.set()
        await worker.close()
        await store.close()
        await log.close()

    def run():
        with sole_process(questions.instance, ["audit"]):
            asyncio.run(feed())

    running = threading.Thread(target=run)
    running.start()
    try:
        assert fed.wait(60)
        (look,) = questions.ask("who", "--customer", "c1", "--coordinate", "Profile.phone")[
            "accesses"
        ]
    finally:
        stop.set()
        running.join()
    assert look["principal"] == "ann"
