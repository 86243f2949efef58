"""Whole imports into a counterpart that answers as the gateway does."""

from __future__ import annotations

import gzip
import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from c360_mapping.items import ItemMaker
from c360_mapping.mapping import parse_mapping
from c360_mapping.refusals import InputRefused
from c360_mapping.row import Row
from typer import Typer
from typer.testing import CliRunner

from c360_cli.commands.imports import import_command
from c360_cli.imports.refusals import ImportRefused, ImportStopped

if TYPE_CHECKING:
    from conftest import Bench, Instance

Answering = Callable[[bytes], tuple[int, object]]

EVENTS = (
    "format: csv\ndelimiter: spaces\nkind: events\nkey: id\n"
    "event: {constant: order_completed}\noccurredAt: {column: date, formats: '%Y%m%d'}\n"
    "properties: {amount: {column: amount, type: float}}\n"
)
PURCHASES = (
    " id  date  amount\r\n"
    + "".join(f" {n:05}  199701{n:02}  {n}.50\r\n" for n in range(1, 11))
    + " 00003  19970103  3.50\r\n"
)
NAMED = (
    "format: jsonl\nkind: records\nkey: id\nidentifiers: {member_card: card}\n"
    "traits: {name: {template: 'no {card}'}, points: points}\n"
)
OBJECTS = (
    "format: csv\nkind: objects\ntype: kind\nkey: sku\n"
    "properties: {category: group, price: {column: price, type: float}}\n"
)
PRODUCTS = (
    "kind,sku,group,price\nproduct,p1,tea,2.50\nproduct,p2,tea,dear\nproduct,,tea,1\n"
    "store,p1,north,\nproduct,p1,ink,3\ncar,p9,x,\nproduct,p3,tea,1\n"
)
RECORDS = (
    "format: csv\nkind: records\nkey: id\nskip_if_empty: id\n"
    "traits: {birthDate: {column: born, type: date}, city: {column: city, on_error: drop}}\n"
)


def dies_after_one_request(instance: Instance) -> Answering:
    """How the instance answered before; set it back for a restart."""
    alive = instance.answer
    left = iter([alive])

    def answer(body: bytes) -> tuple[int, object]:
        accept = next(left, None)
        return accept(body) if accept else (503, b"")

    instance.answer = answer
    return alive


def test_rows_arrive_in_file_order_and_twins_are_two(bench: Bench) -> None:
    summary = bench.run(bench.write("p.txt", PURCHASES), EVENTS)
    assert (summary.progress.rows, summary.progress.accepted) == (11, 11)
    assert [item["key"] for item in bench.instance.items] == [
        *[f"{n:05}" for n in range(1, 11)], "00003",
    ]  # fmt: skip
    assert [len(r["variables"]["events"]) for r in bench.instance.requests] == [3, 3, 3, 2]
    assert bench.instance.requests[0]["variables"]["wait"] == "NONE"
    assert set(bench.instance.tokens) == {"Bearer token"}


def test_a_second_import_adds_nothing(bench: Bench) -> None:
    file = bench.write("p.txt", PURCHASES)
    bench.run(file, EVENTS)
    again = bench.run(file, EVENTS, batch=4)
    assert (again.progress.accepted, again.progress.duplicates) == (0, 11)
    assert len(bench.instance.items) == 11


def test_packed_and_plain_files_say_the_same(bench: Bench) -> None:
    bench.run(bench.write("p.txt", PURCHASES), EVENTS)
    again = bench.run(bench.write("p.txt.gz", gzip.compress(PURCHASES.encode())), EVENTS)
    assert again.progress.duplicates == 11


def test_objects_arrive_with_a_result_for_each_row(bench: Bench) -> None:
    bench.instance.refuse = lambda item: (
        {"code": "UNKNOWN_OBJECT", "path": "type", "message": "no"}
        if item["type"] == "car"
        else None
    )
    done = bench.run(bench.write("p.csv", PRODUCTS), OBJECTS).progress
    assert (done.rows, done.accepted, done.rejected) == (7, 4, 3)
    assert [(one["line"], one["code"], one["path"]) for one in bench.rejected()] == [
        (3, "VALUE_INVALID", "properties.price"),
        (4, "FIELD_MISSING", "key"),
        (7, "UNKNOWN_OBJECT", "type"),
    ]
    assert [(one["type"], one["key"], one["properties"]) for one in bench.instance.items] == [
        ("product", "p1", {"category": "tea", "price": 2.5}),
        ("store", "p1", {"category": "north"}),
        ("product", "p1", {"category": "ink", "price": 3.0}),
        ("product", "p3", {"category": "tea", "price": 1.0}),
    ]
    times = [one["observedAt"] for one in bench.instance.items]
    # The later row of one object is observed later; another type is another object.
    assert times[0] == times[1] == times[3] < times[2]


def test_a_second_import_of_objects_says_the_same(bench: Bench) -> None:
    file = bench.write("p.csv", PRODUCTS.replace("car", "product"))
    first = bench.run(file, OBJECTS).progress
    again = bench.run(file, OBJECTS, batch=2, rejects=bench.root / "again.jsonl").progress
    assert (first.accepted, again.accepted, again.duplicates) == (5, 0, 5)


def test_an_interrupted_import_of_objects_goes_on_where_it_stopped(bench: Bench) -> None:
    file = bench.write("p.csv", PRODUCTS)
    alive = dies_after_one_request(bench.instance)
    with pytest.raises(ImportStopped, match="3 rows are done"):
        bench.run(file, OBJECTS)
    bench.instance.answer = alive
    summary = bench.run(file, OBJECTS)
    assert (summary.resumed, summary.progress.rows, summary.progress.rejected) == (3, 7, 2)
    assert [one["key"] for one in bench.instance.items] == ["p1", "p1", "p1", "p9", "p3"]
    times = [one["observedAt"] for one in bench.instance.items]
    assert times[0] < times[2], "the rows that were done count"


def test_a_catalog_without_objects_is_said_to_have_none(bench: Bench) -> None:
    invalid = {"message": "Unknown type", "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}
    bench.instance.troubles = [(200, {"errors": [invalid]})]
    with pytest.raises(ImportRefused, match="no objects") as raised:
        bench.run(bench.write("p.csv", PRODUCTS), OBJECTS)
    assert raised.value.code == "UNKNOWN_OBJECT"


def test_a_mended_reject_file_of_objects_is_imported_as_any(bench: Bench) -> None:
    bench.run(bench.write("p.csv", PRODUCTS), OBJECTS)
    rows = [{**one, "raw": {**one["raw"], "price": "7", "sku": "p7"}} for one in bench.rejected()]
    mended = bench.write("mended.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    bench.instance.items.clear()
    done = bench.run(mended, OBJECTS, rejects=bench.root / "again.jsonl").progress
    assert (done.accepted, done.rejected) == (2, 0)
    assert [one["key"] for one in bench.instance.items] == ["p7", "p7"]


def test_an_interrupted_import_goes_on_where_it_stopped(bench: Bench) -> None:
    file = bench.write("p.txt", PURCHASES)
    undisturbed = bench.run(file, EVENTS)
    expected = list(bench.instance.items)
    bench.instance.items.clear()
    bench.instance._seen.clear()

    def dies_at_the_seventh(item: dict) -> None:
        if item["key"] == "00007":
            raise ConnectionResetError

    bench.instance.refuse = dies_at_the_seventh
    with pytest.raises(ImportStopped, match="6 rows are done, the same command goes on from there"):
        bench.run(file, EVENTS)
    bench.instance.refuse = lambda item: None
    sent_before = len(bench.instance.requests)
    resumed = bench.run(file, EVENTS)

    assert resumed.resumed == 6
    assert resumed.progress == undisturbed.progress
    assert bench.instance.items == expected
    assert len(bench.instance.requests) == sent_before + 2
    assert bench.run(file, EVENTS).resumed == 0


def test_progress_belongs_to_file_mapping_source_and_instance(bench: Bench) -> None:
    file = bench.write("p.txt", PURCHASES)
    accepted = dies_after_one_request(bench.instance)
    with pytest.raises(ImportStopped):
        bench.run(file, EVENTS)
    bench.instance.answer = accepted
    assert bench.run(file, EVENTS, source="web").resumed == 0
    assert bench.run(file, EVENTS + "# changed").resumed == 0
    assert bench.run(file, EVENTS, url=bench.instance.url + "/").resumed == 0
    changed = bench.write("q.txt", PURCHASES.replace("9.50", "9.75"))
    assert bench.run(changed, EVENTS).resumed == 0
    assert bench.run(file, EVENTS).resumed == 3


def test_refused_rows_are_written_down_and_the_rest_goes_on(bench: Bench) -> None:
    def refuse(item: dict) -> dict | None:
        if item["traits"].get("city") == "Atlantis":
            return {"code": "TRAIT_CHOICE", "path": "traits.city", "message": "no such city"}
        return None

    bench.instance.refuse = refuse
    file = bench.write(
        "r.csv",
        "id,born,city\n1,2000-01-01,Rome\n2,2000-13-01,Rome\n3,,Atlantis\n,,\n4\n5,,Oslo\n",
    )
    summary = bench.run(file, RECORDS)
    done = summary.progress
    assert (done.rows, done.accepted, done.rejected, done.skipped) == (6, 2, 3, 1)
    assert [(r["line"], r["code"], r["path"]) for r in bench.rejected()] == [
        (3, "VALUE_INVALID", "traits.birthDate"),
        (4, "TRAIT_CHOICE", "traits.city"),
        (6, "ROW_FIELD_COUNT", ""),
    ]
    assert bench.rejected()[0]["raw"] == {"id": "2", "born": "2000-13-01", "city": "Rome"}
    assert bench.rejects.stat().st_mode & 0o777 == 0o600


def test_a_mended_reject_file_is_imported_like_the_file_itself(bench: Bench) -> None:
    bench.run(bench.write("r.csv", "id,born,city\n1,x,Rome\n2,y\n3,z,Oslo\n"), RECORDS)
    first, second, third = bench.rejected()
    first["raw"]["born"] = "2000-01-01"
    second["raw"].update(born="", city="Bern")
    mended = bench.write(
        "mended.jsonl", "\n".join(json.dumps(entry) for entry in (first, second, third))
    )
    summary = bench.run(mended, RECORDS)
    assert (summary.progress.accepted, summary.progress.rejected) == (2, 1)
    assert [(i["key"], i["traits"]) for i in bench.instance.items] == [
        ("1", {"birthDate": "2000-01-01", "city": "Rome"}), ("2", {"city": "Bern"}),
    ]  # fmt: skip
    assert [r["raw"]["id"] for r in bench.rejected()] == ["3"]


def test_a_reject_file_need_not_have_every_path_of_the_whole_file(bench: Bench) -> None:
    mapping = "format: jsonl\nkind: records\nkey: id\ntraits: {a: {column: a, type: int}, b: b}\n"
    bench.run(bench.write("r.jsonl", '{"id": "1", "b": "x"}\n{"id": "2", "a": "y"}\n'), mapping)
    (entry,) = bench.rejected()
    entry["raw"]["a"] = 3
    bench.run(bench.write("mended.jsonl", json.dumps(entry)), mapping)
    assert bench.instance.items[-1]["traits"] == {"a": 3}


def test_a_number_can_be_mended_in_the_reject_file(bench: Bench) -> None:
    long = 4200001234202401011234567890
    typed = NAMED.replace("points: points", "points: {column: points, type: int}")
    line = f'{{"id": {long}, "card": 13.0, "points": "x", "more": [1.50]}}\n'
    bench.run(bench.write("r.jsonl", line), typed)
    assert f'"raw":{{"id":{long},"card":13.0,"points":"x","more":[1.50]}}' in (
        bench.rejects.read_text()
    )
    mended = bench.write("mended.jsonl", bench.rejects.read_text().replace('"x"', "7.0"))
    assert bench.run(mended, typed).progress.accepted == 1
    (sent,) = bench.instance.items
    assert (sent["key"], sent["traits"]["points"]) == (str(long), 7)
    assert sent["identifiers"] == [{"type": "member_card", "value": "13"}]


def test_what_is_still_broken_is_refused_again(bench: Bench) -> None:
    bench.run(bench.write("r.csv", 'id,born,city\n1,2\n2,,"Oslo\n3,a,b,c\n'), RECORDS)
    before = bench.rejected()
    again = bench.run(bench.write("again.jsonl", bench.rejects.read_bytes()), RECORDS)
    assert again.progress.accepted == 0
    assert [r["code"] for r in bench.rejected()] == ["ROW_FIELD_COUNT"] * 3
    assert [r["raw"] for r in bench.rejected()] == [r["raw"] for r in before]


def test_a_broken_json_line_can_be_mended_as_text(bench: Bench) -> None:
    mapping = "format: jsonl\nkind: records\nkey: id\n"
    bench.run(bench.write("r.jsonl", '{"id": "1"}\n{"id": "2"\n'), mapping)
    (entry,) = bench.rejected()
    entry["raw"] += "}"
    bench.run(bench.write("mended.jsonl", json.dumps(entry)), mapping)
    assert [item["key"] for item in bench.instance.items] == ["1", "2"]


def test_a_mended_event_stays_one_event_however_often_it_comes_back(bench: Bench) -> None:
    bench.run(bench.write("p.txt", PURCHASES.replace("3.50\r\n", "x\r\n")), EVENTS)
    entries = bench.rejected()
    assert len({entry["rowId"] for entry in entries}) == 2
    for entry in entries:
        # Mended into the likeness of a row that was accepted: still another purchase.
        entry["raw"] = {"id": "00001", "date": "19970101", "amount": "1.50"}
    mended = bench.write("mended.jsonl", "\n".join(map(json.dumps, entries)))
    assert bench.run(mended, EVENTS).progress.accepted == 2
    assert bench.run(mended, EVENTS).progress.duplicates == 2
    assert len({item["messageId"] for item in bench.instance.items}) == 11


def test_rejects_written_after_the_last_checkpoint_are_not_written_twice(bench: Bench) -> None:
    file = bench.write("r.csv", "id,born,city\n1,x,a\n2,,b\n3,,c\n4,y,d\n5,,e\n6,,f\n7,z,g\n")
    accepted = dies_after_one_request(bench.instance)
    with pytest.raises(ImportStopped):
        bench.run(file, RECORDS)
    with bench.rejects.open("a") as file_of_a_killed_run:
        file_of_a_killed_run.write('{"line": 5, "code": "VALUE')
    bench.instance.answer = accepted
    assert bench.run(file, RECORDS).resumed == 3
    assert [entry["line"] for entry in bench.rejected()] == [2, 5, 8]


def test_a_lost_reject_file_starts_the_import_over(bench: Bench) -> None:
    file = bench.write("r.csv", "id,born,city\n1,x,a\n2,,b\n3,,c\n4,,d\n")
    accepted = dies_after_one_request(bench.instance)
    with pytest.raises(ImportStopped):
        bench.run(file, RECORDS)
    bench.instance.answer = accepted
    bench.rejects.unlink()
    assert bench.run(file, RECORDS).resumed == 0
    assert [entry["line"] for entry in bench.rejected()] == [2]


def test_nothing_is_sent_of_a_file_that_is_refused(bench: Bench) -> None:
    for name, content, code in [
        ("a.csv", b"id,born,city\n1,,M\xfcnchen\n", "FILE_NOT_UTF8"),
        ("b.csv", b"id,birth,city\n1,,Rome\n", "MAPPING_COLUMN_MISSING"),
    ]:
        with pytest.raises(InputRefused) as caught:
            bench.run(bench.write(name, content), RECORDS)
        assert caught.value.code == code
    assert bench.instance.requests == []
    assert not bench.rejects.exists()


@pytest.mark.parametrize("code", ["UNKNOWN_SOURCE", "SOURCE_FORBIDDEN", "UNKNOWN_TRAIT"])
def test_what_no_row_can_mend_stops_at_once(bench: Bench, code: str) -> None:
    bench.instance.refuse = lambda item: {"code": code, "path": "source", "message": "why"}
    rows = "".join(f"{n},,\n" for n in range(100))
    with pytest.raises(ImportRefused, match="why") as caught:
        bench.run(bench.write("r.csv", "id,born,city\n" + rows), RECORDS)
    assert caught.value.code == code
    assert len(bench.instance.requests) <= 2


def test_another_file_is_not_overwritten_with_rejects(bench: Bench) -> None:
    file = bench.write("r.csv", "id,born,city\n1,,\n")
    precious = bench.write("precious.csv", "do not touch")
    for rejects in (precious, file):
        with pytest.raises(ImportRefused) as caught:
            bench.run(file, RECORDS, rejects=rejects)
        assert caught.value.code == "REJECTS_FILE_EXISTS"
    assert precious.read_text() == "do not touch"


def test_a_changed_mapping_observes_anew(bench: Bench) -> None:
    file = bench.write("r.csv", "id,born,city\n1,,Rome\n")
    os.utime(file, (1_000, 1_000))
    for mapping, written in ((RECORDS, 2_000), (RECORDS + "# corrected", 3_000)):
        request = bench.request(file, mapping)
        os.utime(request.mapping, (written, written))
        bench.run(file, mapping)
    assert [item["observedAt"] for item in bench.instance.items] == [
        "1970-01-01T00:33:20.000Z", "1970-01-01T00:50:00.000Z",
    ]  # fmt: skip


def test_values_that_were_left_out_are_counted(bench: Bench) -> None:
    mapping = RECORDS.replace("type: date", "type: date, on_error: drop")
    summary = bench.run(bench.write("r.csv", "id,born,city\n1,x,\n2,2000-01-01,\n"), mapping)
    assert summary.dropped == {"traits.birthDate": 1}


def runner(bench: Bench, *arguments: str) -> tuple[int, str]:
    app = Typer()
    app.command()(import_command)
    shared = ["--data", str(bench.data), "--url", bench.instance.url, "--source", "crm"]
    result = CliRunner().invoke(app, [*arguments, *shared])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_rows_that_changed_nothing_are_told(bench: Bench, instance: Instance) -> None:
    instance.refuse = lambda item: {"status": "OUTDATED"} if item["key"] == "1" else None
    bench.request(Path("unused"), RECORDS)
    file = bench.write("r.csv", "id,born,city\n1,,Rome\n2,,Oslo\n")
    mapping = str(bench.root / "mapping.yaml")
    code, found = runner(bench, str(file), "--mapping", mapping, "--wait", "profile")
    assert code == 0
    assert "2 rows, 1 accepted, 0 duplicates, 0 rejected" in found
    assert "1 rows changed nothing: a greater revision is there" in found


def test_the_command_says_what_became_of_the_rows(bench: Bench, instance: Instance) -> None:
    bench.request(Path("unused"), RECORDS)
    file = bench.write("r.csv", "id,born,city\n1,,Rome\n2,x,Oslo\n")
    mapping = str(bench.root / "mapping.yaml")
    code, found = runner(bench, str(file), "--mapping", mapping, "--wait", "profile")
    assert code == 1
    assert "r.csv: 2 rows, 1 accepted, 0 duplicates, 1 rejected, 0 skipped" in found
    rejects = bench.data / "imports" / "r.csv.rejects.jsonl"
    assert str(rejects) in re.sub(r"\s*\n\s*", "", found) or str(rejects) in found
    assert rejects.exists()
    assert instance.requests[0]["variables"]["wait"] == "PROFILE"
    assert instance.tokens[0].count(".") == 2


def test_the_command_takes_a_token_and_a_batch_size(bench: Bench, instance: Instance) -> None:
    bench.request(Path("unused"), EVENTS)
    file = bench.write("p.txt", PURCHASES)
    mapping = str(bench.root / "mapping.yaml")
    given = ["--mapping", mapping, "--token", "given", "--batch", "11"]
    code, found = runner(bench, str(file), *given)
    assert (code, len(instance.requests)) == (0, 1)
    assert instance.tokens == ["Bearer given"]
    assert "11 accepted" in found


def test_mapping_is_fast_enough() -> None:
    """At least 5,000 rows a second are mapped, with room to spare on a busy machine."""
    rows = [
        Row(n, {"id": str(n), "date": f"1997{n % 12 + 1:02}01", "amount": f"{n}.25"})
        for n in range(4_000)
    ]
    maker = ItemMaker(parse_mapping(EVENTS), "crm", 0)
    started = time.process_time()
    for row in rows:
        maker.make(row, maker.identify(row))
    assert len(rows) / (time.process_time() - started) > 5_000


def test_identifiers_that_no_mapping_reads_are_told_by_type_of_rows_that_are_taken(
    bench: Bench,
) -> None:
    mapping = (
        "format: csv\nkind: records\nkey: id\nobservedAt: {constant: '2026-01-01T00:00:00Z'}\n"
        "identifiers: {email: mail}\nskip_if_empty: id\n"
    )
    file = bench.write(
        "p.csv", "id,mail,Phone\n1,a@x.cn,139\n2,b@x.cn,\n,c@x.cn,137\n4,d@x.cn,136\n"
    )
    types = ("email", "phone")
    bench.instance.refuse = lambda item: {"code": "X"} if item["key"] == "4" else None
    found = bench.run(file, mapping, identifiers=types)
    assert found.progress.warnings == {"phone unmapped": 1}
    bench.instance.refuse = lambda item: None
    assert bench.run(file, mapping, identifiers=types).progress.warnings == {"phone unmapped": 2}
    assert bench.run(file, mapping).progress.warnings == {}
