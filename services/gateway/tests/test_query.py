"""The four answers, and what each leaves in the audit."""

import pytest
from c360_kernel.subject_names import SubjectNames

PHONES = "{ customers { edges { node { id profile { phone } } } } }"


def phones(answer):
    return [edge["node"]["profile"]["phone"] for edge in answer["data"]["customers"]["edges"]]


async def test_support_sees_the_phone_masked(world):
    answer = await world.ask(PHONES, "support_agent")
    assert phones(answer) == ["***8000"] * 2
    assert "errors" not in answer


async def test_marketing_gets_the_phone_cut_with_the_reason(world):
    answer = await world.ask(PHONES, "marketing_analyst")
    nodes = [edge["node"] for edge in answer["data"]["customers"]["edges"]]
    assert nodes == [{"id": "c1", "profile": None}, {"id": "c2", "profile": None}]
    (error,) = answer["errors"]
    assert error["path"] == ["customers", "edges"]
    assert error["extensions"]["code"] == "FIELD_DENIED"
    assert error["extensions"]["coordinates"] == ["Profile.phone"]
    assert not any("phone" in query for query in world.calls)


async def test_the_privacy_officer_sees_the_phone(world):
    assert phones(await world.ask(PHONES, "privacy_officer")) == [world.PHONE] * 2


async def test_without_a_token_nobody_is_answered(world):
    reply = await world.post({"query": PHONES})
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert reply.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert world.calls == []
    assert await world.audited() == []


async def test_a_role_nobody_granted_anything_may_not_even_ask(world):
    answer = await world.ask(PHONES, "janitor")
    assert answer["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
    assert world.calls == []


async def test_a_role_that_may_only_ask_sees_nothing(make_world):
    world = await make_world(policy="p, janitor, operation:ad-hoc, ask, , allow, *, , , r1\n")
    answer = await world.ask(PHONES, "janitor")
    assert answer["data"] is None
    assert world.calls == []
    assert (await world.audited())[0].outcome == "refused"


async def test_of_two_roles_the_more_open_one_counts(world):
    assert phones(await world.ask(PHONES, "support_agent", "privacy_officer"))[0] == world.PHONE


async def test_a_denied_subgraph_is_not_called_at_all(world):
    answer = await world.ask('{ customer(id: "c1") { label tier: id } }', "marketing_analyst")
    assert answer["data"] == {"customer": {"label": None, "tier": "c1"}}
    assert answer["errors"][0]["extensions"]["code"] == "FIELD_DENIED"
    assert world.subgraphs["labels"].calls == []


@pytest.mark.parametrize("role", ["support_agent", "marketing_analyst"])
async def test_what_is_made_from_an_unreadable_field_is_cut(world, role):
    answer = await world.ask('{ customer(id: "c1") { id label } }', role)
    assert answer["data"] == {"customer": {"id": "c1", "label": None}}
    assert "Customer.mainPhone" in answer["errors"][0]["message"]


async def test_what_is_made_from_a_readable_field_is_answered(world):
    answer = await world.ask('{ customer(id: "c1") { label } }', "privacy_officer")
    assert answer == {"data": {"customer": {"label": f"Ann {world.PHONE}"}}}


async def test_the_audit_tells_uses_decisions_rules_and_subjects(world):
    await world.ask(PHONES, "support_agent", purpose="service")
    (entry,) = await world.audited()
    assert (entry.principal, entry.roles, entry.purpose) == ("ann", ("support_agent",), "service")
    assert (entry.operation_kind, entry.outcome) == ("query", "answered")
    uses = {use.coordinate: use for use in entry.uses}
    phone = uses["Profile.phone"]
    assert (phone.use, phone.decision) == ("select", "mask:partial(3,4,4)")
    assert (phone.rule, phone.tag) == ("support-phone", "phone")
    assert uses["Query.customers"].decision == "allow"
    assert len(entry.subjects) == 2
    assert not {"c1", "c2"} & set(entry.subjects)
    assert (
        entry.policy_version
        == world.gateway.pipeline.graph.tables.of(("support_agent",), "").table.policy_version
    )


async def test_subjects_are_known_without_their_id_being_asked(world):
    await world.ask("{ customers { edges { node { profile { tier } } } } }", "support_agent")
    await world.ask('{ customer(id: "c1") { profile { tier } } }', "support_agent")
    both, one = await world.audited()
    assert len(both.subjects) == 2
    assert set(one.subjects) < set(both.subjects)


async def test_an_id_added_for_the_audit_does_not_reach_the_caller(world):
    answer = await world.ask('{ customer(id: "c1") { profile { tier } } }', "support_agent")
    assert answer == {"data": {"customer": {"profile": {"tier": "gold"}}}}


async def test_a_denied_use_is_in_the_audit_as_denied(world):
    await world.ask(PHONES, "marketing_analyst")
    (entry,) = await world.audited()
    (phone,) = [use for use in entry.uses if use.coordinate == "Profile.phone"]
    assert (phone.decision, phone.tag) == ("deny", "phone")
    assert entry.outcome == "partial"


async def test_who_is_forgotten_has_no_name_on_record_any_more(world):
    query = '{ customer(id: "c1") { profile { tier } } }'
    await world.ask(query, "support_agent")
    names = world.gateway.pipeline._audit._subject_names
    SubjectNames(world.directory / "keys" / "subjects.key", b"").forget(["c1"])
    names.refresh()
    await world.ask(query, "support_agent")
    before, after = [act.subjects for act in await world.audited()]
    assert names.all_of("c1") == frozenset()
    assert set(before).isdisjoint(after)


async def test_an_answer_that_cannot_be_put_on_record_is_withheld(world):
    async def refuse(entries):
        from c360_kernel.errors import Transient

        raise Transient("the log cannot take entries now", code="LOG_FULL")

    world.log.append = refuse
    reply = await world.post({"query": PHONES}, world.token("privacy_officer"))
    answer = reply.json()
    assert reply.status_code == 503
    assert "data" not in answer
    assert answer["errors"][0]["extensions"] == {
        "code": "AUDIT_UNAVAILABLE",
        "retryable": True,
        "reason": "LOG_FULL",
    }
    assert world.PHONE not in str(answer)


async def test_the_record_is_in_the_log_before_the_answer_leaves(world):
    order = []
    append = world.log.append

    async def appending(entries):
        positions = await append(entries)
        order.append("recorded")
        return positions

    world.log.append = appending
    answer = world.gateway.pipeline.answer

    async def answering(question):
        response = await answer(question)
        order.append("answered")
        return response

    world.gateway.pipeline.answer = answering
    await world.ask(PHONES, "support_agent")
    assert order == ["recorded", "answered"]


async def test_answers_are_private_to_their_caller(world):
    reply = await world.post({"query": PHONES}, world.token("support_agent"))
    assert reply.headers["cache-control"] == "no-store"
    assert "Authorization" in reply.headers["vary"]


async def test_a_changed_policy_counts_at_once_and_shares_no_cache(world):
    query = '{ customer(id: "c1") { profile { phone } } }'
    first = await world.ask(query, "support_agent")
    text = (world.settings.policy_directory / "policy.csv").read_text()
    world.publish(text.replace("partial(3,4,4)", "redact"))
    second = await world.ask(query, "support_agent")
    assert first["data"]["customer"]["profile"]["phone"] == "***8000"
    assert second["data"]["customer"]["profile"]["phone"] == "***"
    before, after = [entry.policy_version for entry in await world.audited()]
    assert before != after


async def test_introspection_is_for_roles_that_were_granted_it(world):
    query = "{ __schema { queryType { name } } }"
    refused = await world.ask(query, "support_agent")
    assert refused["errors"][0]["extensions"]["code"] == "INTROSPECTION_DISABLED"
    assert (await world.ask(query, "privacy_officer"))["data"]["__schema"]


async def test_subgraphs_learn_the_caller_and_the_policy_version(world):
    await world.ask(PHONES, "support_agent")
    caller = world.subgraphs["profiles"].callers[0]
    assert (caller.principal, caller.roles, caller.purpose) == (
        "ann",
        ("support_agent",),
        "service",
    )
    assert caller.policy_version == (await world.audited())[0].policy_version
    assert caller.trace_id == (await world.audited())[0].trace_id


async def test_two_principals_share_what_is_prepared_but_not_their_entries(world):
    await world.ask(PHONES, "support_agent", purpose="service")
    await world.ask(PHONES, "privacy_officer", purpose="audit")
    await world.ask(PHONES, "support_agent", purpose="service")
    first, other, again = await world.audited()
    assert (first.roles, other.roles) == (("support_agent",), ("privacy_officer",))
    assert (first.uses, first.operation_hash) == (again.uses, again.operation_hash)
    assert first.uses != other.uses
    assert first.trace_id != again.trace_id
