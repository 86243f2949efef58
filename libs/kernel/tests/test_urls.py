"""URLs of logs and stores are read strictly: nothing that is said is dropped or harms us."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from c360_kernel import mongodb
from c360_kernel.errors import Misaddressed, SettingsError, Transient
from c360_kernel.log.kafka_place import KafkaPlace, parse_kafka_url
from c360_kernel.mongodb import is_of_driver, open_client, unavailable
from c360_kernel.sqlite_url import sqlite_path
from pymongo.errors import AutoReconnect, OperationFailure, ServerSelectionTimeoutError

SECRET = "hunter2"


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "/",
        "/crm.prod",
        "/crm.test?w=majority",
        "/a/b",
        "/a%2Eb",
        "/a%20b",
        "/db#part",
        "/$db",
        "/admin",
        "/local",
        "/config",
        f"/{'a' * 64}",
        "/db?readPreference=secondary",
        "/db?readPreference=secondaryPreferred",
        "/db?readpreference=nearest",
        "/db?readPreferenceTags=dc:ny",
        "/db?readConcernLevel=available",
        "/db?w=0",
        "/db?w=1",
        "/db?w=2",
        "/db?journal=false",
        "/db?w=1&journal=false",
        "/db?w=majority&w=1",
        "/db?socketTimeoutMS=1",
        "/db?socketTimeoutMS=0",
        "/db?serverSelectionTimeoutMS=49",
        "/db?connectTimeoutMS=soon",
        "/db?timeoutMS=1",
        "/db?waitQueueTimeoutMS=2",
        "/db?unheard=1",
        "/db?compressors=zlib,unheard",
        "/db?appName=a&compressors=unheard",
        "/db?replicaset",
        "/db?replicaSet=",
        "/db;w=1",
        "/%ff",
        "/%zz",
        "/kundenü",
        "/db?unicode_decode_error_handler=ignore",
        "/db?datetime_conversion=x",
        "/db?serverSelectionTimeoutMS=٥٠",
    ],
)
@pytest.mark.parametrize("scheme", ["mongodb", "mongodb+srv"])
def test_a_mongodb_url_is_refused_whole_and_shows_no_secret(scheme: str, rest: str) -> None:
    with pytest.raises(SettingsError) as refused:
        open_client(f"{scheme}://ann:{SECRET}@db.example{rest}", "C360_PROFILE_STORE", "test")
    assert refused.value.code == "STORE_UNKNOWN"
    assert SECRET not in f"{refused.value!r} {refused.value.__cause__!r}"


@pytest.mark.parametrize(
    "hosts",
    [
        "",
        ",",
        "h,,i",
        "ho st",
        "hü",
        "..",
        "-h",
        "h:0",
        "h:99999",
        "[zz]",
        "[::1",
        "h%20",
        "a" * 64,
    ],
)
def test_hosts_that_nobody_could_reach_are_refused(hosts: str) -> None:
    """Some of them a resolver of names would raise for what nobody expects."""
    with pytest.raises(SettingsError) as refused:
        open_client(f"mongodb://{hosts}/db", "C360_PROFILE_STORE", "test")
    assert refused.value.code == "STORE_UNKNOWN"
    with pytest.raises(SettingsError) as refused:
        parse_kafka_url(f"kafka://{','.join(f'{one}:1' for one in hosts.split(','))}")
    assert refused.value.code == "LOG_URL_INVALID"


def test_opening_a_client_leaves_warnings_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As errors in all threads they keep an event loop from closing: the process never ends."""
    before, seen = list(warnings.filters), list[object]()

    class Opened(mongodb.AsyncMongoClient[dict[str, object]]):
        def __init__(self, *args: object, **options: object) -> None:
            seen.append(list(warnings.filters))
            super().__init__(*args, **options)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(mongodb, "AsyncMongoClient", Opened)
    for _ in range(2):
        open_client("mongodb://h:1/db?appName=a", "C360_PROFILE_STORE", "test")
    assert seen == [before, before]


def test_a_file_of_a_mongodb_url_that_is_not_there_is_no_traceback() -> None:
    url = f"mongodb://ann:{SECRET}@h/db?tls=true&tlsCAFile=/nowhere/ca.pem"
    with pytest.raises(SettingsError, match="a file that it names") as refused:
        open_client(url, "C360_PROFILE_STORE", "test")
    assert refused.value.code == "STORE_UNKNOWN"
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("hosts", ["[::1]:27017", "h_1.example.", "%2Ftmp%2Fm.sock", "10.0.0.1,b"])
def test_hosts_as_they_are_written(hosts: str) -> None:
    open_client(f"mongodb://{hosts}/db", "C360_PROFILE_STORE", "test")


@pytest.mark.parametrize(
    "rest",
    [
        "/db",
        "/c360-prod_1",
        f"/{'a' * 63}",
        "/kunden%C3%BC",
        "/db?",
        "/db?authSource=admin&replicaSet=rs0&tls=true",
        "/db?w=majority&journal=true&readPreference=primary&readConcernLevel=majority",
        "/db?serverSelectionTimeoutMS=50&socketTimeoutMS=60000",
    ],
)
def test_a_mongodb_url_that_says_what_we_need_is_taken(rest: str) -> None:
    client = open_client(f"mongodb://ann:p%40ss@one:1,two{rest}", "C360_PROFILE_STORE", "test")
    assert client.write_concern.document == {"w": "majority", "j": True}


@pytest.mark.parametrize(
    "url",
    [
        "kafka://",
        "kafka://h",
        "kafka://h:port",
        "kafka://u:p@h:1",
        "kafka://h:1/prefix",
        "kafka://h:1/",
        "kafka://h:1#prefix",
        "kafka://h:1#",
        "kafka://h:1?prefix=a&prefix=b",
        "kafka://h:1?prefix=a b",
        "kafka://h:1?prefix",
        "kafka://h:1?acks=1",
        "kafka://h:1?session_timeout_ms=1",
        "kafka://h:1?session_timeout_ms=999",
        "kafka://h:1?replicas=0",
        "kafka://h:1,,h:2",
        "kafka://user:password@h:1",
        "kafka://h:1?ca=/etc/ssl/cert.pem",
        "kafka+s://user@h:1",
        "kafka+s://:password@h:1",
        "kafka+s://user:password@h:1?sasl=md5",
        "kafka+s://h:1?ca=/nowhere/ca.pem",
        "kafka+s://h:1?cert=/nowhere/ours.pem",
        "kafka+ssl://h:1",
        "kafka://h:1\n",
        " kafka://h:1",
        "kafka://h:1?prefix=a\tb",
        "kafka://h:0",
        "kafka://h:65536",
        "kafka://[fe80::1%25eth0]:1",
        "kafka://h:1?replicas=٣",
        "kafka+s://u:%zz@h:1",
        "kafka+s://u:%ff@h:1",
        "http://h:1",
    ],
)
def test_a_kafka_url_is_refused_whole(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_kafka_url(url)
    assert refused.value.code == "LOG_URL_INVALID"


def test_a_kafka_url_says_it_all() -> None:
    url = "kafka://one.example:9092,[::1]:9093?prefix=east.&replicas=3&session_timeout_ms=6000"
    assert parse_kafka_url(url) == KafkaPlace("one.example:9092,[::1]:9093", "east.", 3, 6_000)
    assert parse_kafka_url("kafka://h:1") == KafkaPlace("h:1")


def test_a_kafka_url_with_a_password_is_for_tls_and_tells_nobody() -> None:
    place = parse_kafka_url("kafka+s://c360:a%40b%3Ac@h:1,i:2?prefix=east.&sasl=scram-sha-256")
    assert (place.brokers, place.prefix) == ("h:1,i:2", "east.")
    options = place.client_options()
    assert options["security_protocol"] == "SASL_SSL"
    assert options["sasl_mechanism"] == "SCRAM-SHA-256"
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("c360", "a@b:c")
    assert options["ssl_context"].check_hostname
    assert "a@b:c" not in repr(place)
    assert parse_kafka_url("kafka+s://h:1").client_options()["security_protocol"] == "SSL"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///",
        "sqlite://",
        "sqlite:x.db",
        "sqlite:///d/",
        "sqlite:///x?mode=ro",
        "sqlite:///:memory:",
        "sqlite:///a\0b",
        "sqlite:///x\n",
        "sqlite:///.",
        "sqlite:////",
    ],
)
def test_a_file_s_url_names_a_file_and_nothing_else(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        sqlite_path(url, "C360_PROFILE_STORE")
    assert refused.value.code == "STORE_UNKNOWN"


def test_a_file_s_url_is_a_path() -> None:
    assert sqlite_path("sqlite:////var/c360/profile.db", "S") == Path("/var/c360/profile.db")
    assert sqlite_path("sqlite:///data/a b.db", "S") == Path("data/a b.db")
    assert sqlite_path("neo4j://h", "S") is None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OperationFailure("Authentication failed.", 18), "STORE_LOGIN"),
        (OperationFailure("not authorized on db", 13), "STORE_LOGIN"),
        (OperationFailure("bad auth", 8000), "STORE_LOGIN"),
        (OperationFailure("no such command: 'saslStart'", 59), "STORE_LOGIN"),
        (
            ServerSelectionTimeoutError(
                'No replica set members available for replica set name "rs0", Timeout: 2s'
            ),
            "STORE_REPLICA_SET",
        ),
        (ServerSelectionTimeoutError("h:1: connection refused, Timeout: 2s"), "STORE_UNAVAILABLE"),
        (AutoReconnect("connection closed"), "STORE_UNAVAILABLE"),
        (OperationFailure("interrupted at shutdown", 11600), "STORE_UNAVAILABLE"),
    ],
)
def test_what_a_server_refuses_has_a_code_of_its_own(error: Exception, code: str) -> None:
    problem = unavailable(error)
    assert problem.code == code
    assert isinstance(problem, Misaddressed) is (code != "STORE_UNAVAILABLE")
    assert isinstance(problem, Transient)


def test_what_our_own_code_raises_is_not_the_driver_s() -> None:
    with pytest.raises(KeyError) as ours:
        {}["a"]
    with pytest.raises(ValueError, match="invalid") as drivers:
        open_client_options()
    assert (is_of_driver(ours.value), is_of_driver(drivers.value)) == (False, True)


def open_client_options() -> None:
    """An error out of the driver's own code."""
    from pymongo.common import validate_boolean_or_string

    try:
        validate_boolean_or_string("x", "y")
    except ValueError as error:
        raise ValueError("invalid").with_traceback(error.__traceback__) from None
