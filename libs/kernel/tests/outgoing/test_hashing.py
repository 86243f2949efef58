"""Audiences know a customer by the hashes that the platforms' own pages show."""

import hashlib

import pytest
from c360_kernel.outgoing.hashing import FORMS, hash_of
from hypothesis import given
from hypothesis import strategies as st

MAIL, PHONE = "  Jane.Doe+news@Gmail.com ", "+86 139 1111 2222"


@pytest.mark.parametrize(
    ("form", "value", "normal", "digest"),
    [
        (
            "meta_email", MAIL, "jane.doe+news@gmail.com",
            "f41439c944a763c9812d700a779941cec169de13c9ccd13aaf9424ba5231620a",
        ),
        (
            "google_email", MAIL, "janedoe+news@gmail.com",
            "d3b270ea0941753cc9e5a239cbd68cf66735867f70b0fa04d47b00e1c1a194d6",
        ),
        (
            "tiktok_email", MAIL, "janedoe@gmail.com",
            "d6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69",
        ),
        (
            "meta_phone", PHONE, "8613911112222",
            "ef84604c860686a368a13bf9d132dba0b883785fc65f7662a74374083ccb3b78",
        ),
        (
            "google_phone", PHONE, "+8613911112222",
            "8b9c5e291679bf9e4dc57075e1fd4149a36afaa183b170110c1c57969acf1aee",
        ),
        (
            "tiktok_phone", PHONE, "+8613911112222",
            "8b9c5e291679bf9e4dc57075e1fd4149a36afaa183b170110c1c57969acf1aee",
        ),
        ("tencent_phone", PHONE, "13911112222", "f698dcc4ea3327166f6d2d19c19d8363"),
        ("tencent_imei", "A000002C9060F7 ", "a000002c9060f7", "f2d5a650733ca8c27d502b1c08da14e5"),
        (
            "tencent_idfa", "ff1999cd-7177-4937-a474-74937a102630",
            "FF1999CD-7177-4937-A474-74937A102630", "2c010ed96aef2fc34983e1e7e9176b7e",
        ),
        ("tencent_mac", "02:00:00:00:00:00", "020000000000", "e3f5536a141811db40efd6400f1d0a4e"),
    ],
)  # fmt: skip
def test_it_is_the_hash_of_the_form_that_a_platform_asks_for(form, value, normal, digest):
    made = hashlib.md5 if form.startswith("tencent") else hashlib.sha256
    assert made(normal.encode()).hexdigest() == digest
    assert hash_of(form, value) == digest


def test_googles_dots_are_those_of_its_own_mailboxes():
    assert hash_of("google_email", "j.roe@example.com") != hash_of(
        "google_email", "jroe@example.com"
    )
    assert hash_of("google_email", "j.roe@googlemail.com") == hash_of(
        "google_email", "jroe@googlemail.com"
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "value",
    [
        None, "", " ", 7, ["a@b.example"], "j***@***.com", "+86 139 **** 2222", "13911112222",
        "jane doe", "f41439c944a763c9812d700a779941cec169de13c9ccd13aaf9424ba5231620a",
        "a@b", "@example.com", "+0123456789", "188…-123", "00000000-0000-0000-0000-000000000000",
        "000000000000000", "00:00:00:00:00:00", "FF1999CD71774937A47474937A102630",
    ],
)  # fmt: skip
def test_what_is_no_address_and_no_whole_number_has_no_hash(form, value):
    assert hash_of(form, value) is None


def test_a_telephone_of_elsewhere_is_in_no_chinese_package():
    assert hash_of("tencent_phone", "+49 170 1234567") is None


def test_digits_of_another_width_are_the_same_number():
    assert hash_of("google_phone", "＋８６１３９１１１１２２２２") == hash_of("google_phone", PHONE)


@given(st.sampled_from(sorted(FORMS)), st.text())
def test_any_text_has_one_hash_or_none(form, text):
    found = hash_of(form, text)
    assert found is None or len(found) == (32 if form.startswith("tencent") else 64)
    assert found == hash_of(form, text)
