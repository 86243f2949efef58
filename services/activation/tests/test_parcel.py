"""What a destination is told, of what policy let go."""

import json
from dataclasses import replace

from c360_activation.domain.parcel import nobody, parcel_of
from c360_activation.domain.telling import Told
from c360_activation.testing.entries import MAILER, message
from c360_kernel.catalog.model import HashedTrait
from c360_kernel.outgoing.hashing import hash_of

TOLD = Told("c1", {"city": "杭州", "email": None, "phone": "+8613911112222"}, ["gold"], ["gold"])
ONE = replace(MAILER, traits=("city", "email"))
HASHED = replace(ONE, traits=(), hashes={"ph": HashedTrait("phone", "meta_phone")})
HASH = hash_of("meta_phone", "+8613911112222")


def _data(kind="segment.entered", told=TOLD, destination=ONE, fields=None):
    return json.loads(parcel_of(message("m", kind=kind), told, destination, fields).body)["data"]


def test_a_body_says_what_policy_let_go():
    assert json.loads(parcel_of(message("m"), TOLD, ONE).body) == {
        "type": "segment.entered",
        "timestamp": "1970-01-01T00:00:00.001Z",
        "data": {"customer": "c1", "segment": "gold", "traits": {"city": "杭州", "email": None}},
    }
    assert _data("segment.left") == {"customer": "c1", "segment": "gold"}
    ended = _data("customer.ended", replace(TOLD, customer="c2"))
    assert ended == {"customer": "c1", "successor": "c2"}


def test_who_leaves_an_audience_leaves_by_the_hash_that_it_came_in_by():
    for kind in ("segment.entered", "segment.left"):
        assert _data(kind, destination=HASHED)["hashes"] == {"ph": HASH}
    assert "+86" not in json.dumps(_data(destination=HASHED))


def test_what_is_masked_or_no_number_is_not_hashed():
    assert _data(told=replace(TOLD, masked=["phone"]), destination=HASHED)["hashes"] == {"ph": None}
    unknown = replace(TOLD, traits={"phone": "139"})
    assert _data(told=unknown, destination=HASHED)["hashes"] == {"ph": None}


def test_fields_are_told_in_the_place_of_traits():
    said = _data(fields=lambda cells: {"CITY": cells["traits"]["city"], "WHO": cells["customer"]})
    assert said == {"customer": "c1", "segment": "gold", "fields": {"CITY": "杭州", "WHO": "c1"}}


def test_of_who_is_no_more_nothing_of_the_successor_is_told():
    seen = []
    _data(
        "customer.ended",
        replace(TOLD, customer="c2"),
        HASHED,
        lambda cells: seen.append(cells) or {},
    )
    assert (seen[0]["traits"], seen[0]["hashes"]) == ({}, {})


def test_a_name_stands_for_what_is_told():
    one = parcel_of(message("m"), TOLD, ONE)
    assert (one.value("traits.city"), one.value("traits.email")) == ("杭州", None)
    assert (one.text("customer"), one.text("traits.email"), one.text("successor")) == ("c1", "", "")


def test_a_try_tells_of_nobody():
    assert json.loads(nobody("mailer", "m", 0).body)["data"] == {"destination": "mailer"}
