"""What is asked of the gateway, and what its answer tells."""

from dataclasses import replace

import pytest
from c360_activation.domain.telling import Told
from c360_activation.handlers.asking import GatewayAsk, query_of, read_told
from c360_activation.testing.entries import MAILER
from c360_kernel.errors import C360Error, Transient

from .receiver import Receiver

WITH_TRAITS = replace(MAILER, traits=("email", "city"))
CUSTOMER = {
    "id": "c1",
    "segments": [{"name": "gold"}],
    "consents": [
        {"purpose": "service", "status": "DENIED"},
        {"purpose": "marketing", "status": "GRANTED"},
    ],
    "profile": {"email": "a***@***.com", "city": None},
}
DATA = {
    "segments": [{"name": "gold"}, {"name": "new"}],
    "s0": {"size": 40},
    "customer": CUSTOMER,
}


def test_it_asks_for_the_traits_of_the_destination():
    assert "profile { email city }" in query_of(WITH_TRAITS, ["gold"])
    assert "profile" not in query_of(MAILER, [])


def test_an_answer_tells():
    assert read_told({"data": DATA}, WITH_TRAITS, ["gold"]) == Told(
        "c1", {"email": "a***@***.com", "city": None}, ["gold"], ["gold", "new"], "GRANTED", [], []
    )


def test_a_segment_that_is_too_small_to_be_told_of_is_hidden():
    small = {"extensions": {"code": "SUPPRESSED_SMALL_GROUP"}, "path": ["s0", "size"]}
    answer = {"errors": [small], "data": DATA | {"s0": {"size": None}}}
    assert read_told(answer, MAILER, ["gold"]).known == ["new"]
    # As where its size is not for the destination, which leaves open whether it is small.
    assert read_told({"data": DATA | {"s0": {"size": None}}}, MAILER, ["gold"]).known == ["new"]
    assert "size" in query_of(MAILER, ["gold"]) and "size" not in query_of(MAILER, [])


def test_what_a_consent_is_wanting_for_is_told():
    policy = [
        {"coordinate": "Profile.email", "action": "CONSENT_MISSING"},
        {"coordinate": "Profile.city", "action": "DENIED"},
    ]
    answer = {"data": DATA, "extensions": {"policy": policy}}
    assert read_told(answer, WITH_TRAITS, ["gold"]).lacking == ["Profile.email"]


@pytest.mark.parametrize("changes", [{"consents": None}, {"consents": []}])
def test_consents_that_may_not_be_read_are_none(changes):
    answer = {"data": DATA | {"customer": CUSTOMER | changes}}
    assert read_told(answer, MAILER, ["gold"]).consent == ""


def test_a_customer_who_is_not_told_of_is_nobody():
    assert read_told({"data": {"segments": [], "customer": None}}, MAILER, ["gold"]) == Told("")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"errors": [{"extensions": {"code": "VOLUME_LIMITED"}}], "data": DATA}, "VOLUME_LIMITED"),
        ({"errors": [{"message": "no"}]}, "POLICY_UNREADABLE"),
    ],
)
def test_an_answer_that_is_not_whole_tells_nothing(answer, code):
    with pytest.raises(Transient) as untold:
        read_told(answer, MAILER, ["gold"])
    assert untold.value.code == code


@pytest.mark.parametrize("said", [b"[]", b'"no"', b"no"])
async def test_an_answer_that_is_no_object_tells_nothing(tmp_path, said):
    (tmp_path / "mailer.key").write_text("c360_a_b")
    length = f"content-length: {len(said)}"
    whole = "\r\n".join(["HTTP/1.1 200 -", length, "", said.decode()])
    async with Receiver(whole).listening() as there:
        ask = GatewayAsk(f"http://127.0.0.1:{there.port}", tmp_path)
        with pytest.raises(Transient) as untold:
            await ask.told(MAILER, "c1", ["gold"])
        await ask.close()
    assert untold.value.code == "POLICY_UNREADABLE"


async def test_a_gateway_that_is_no_address_tells_nothing(tmp_path):
    (tmp_path / "mailer.key").write_text("c360_a_b")
    ask = GatewayAsk("127.0.0.1:9", tmp_path)
    with pytest.raises(Transient) as untold:
        await ask.told(MAILER, "c1", ["gold"])
    await ask.close()
    assert untold.value.code == "POLICY_UNREADABLE"


async def test_where_nobody_answers_nothing_is_known(tmp_path):
    ask = GatewayAsk("http://127.0.0.1:9", tmp_path)
    with pytest.raises(C360Error) as keyless:
        await ask.told(MAILER, "c1", ["gold"])
    assert keyless.value.code == "DESTINATION_KEY_MISSING"
    (tmp_path / "mailer.key").write_text("c360_a_b")
    with pytest.raises(C360Error) as away:
        await ask.told(MAILER, "c1", ["gold"])
    assert away.value.code == "POLICY_UNREADABLE"
    await ask.close()
