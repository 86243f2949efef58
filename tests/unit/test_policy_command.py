"""`c360 policy`: 0 clean, 1 refused with its lines, 2 wrong usage; and publishing whole files."""

import hashlib
import json
import stat
import time
import uuid
from pathlib import Path

import pytest
from c360_kernel.catalog.loader import copy_default_catalog, default_catalog_text
from c360_kernel.payload import CoordinateUse, OperationAudited
from c360_policy.defaults import __file__ as defaults
from c360_policy.reading.parsing import parse_policy
from c360_policy.store.shipped import copy_default_policy
from c360_policy.store.versions import VersionFiles

from c360_cli import main as command
from c360_cli import policies
from c360_cli.recording import put_on_record

SHIPPED = Path(defaults).with_name("policy.csv").read_text("utf-8")
GRANT = "p, agent, *, read, , allow, *, , , granted\n"
SUPERGRAPH = """
schema @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query }
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: join__FieldSet) on OBJECT
directive @tag(name: String!) repeatable on FIELD_DEFINITION
directive @link(url: String, as: String, for: link__Purpose) repeatable on SCHEMA
scalar join__FieldSet
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { SHOP @join__graph(name: "shop", url: "http://127.0.0.1:9") }
type Query @join__type(graph: SHOP) { note: String @tag(name: "secret") plain: String }
"""


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    def run_command(*arguments, data=tmp_path / "data"):
        given = ["c360", "policy", *map(str, arguments), "--data", str(data)]
        monkeypatch.setattr("sys.argv", given)
        with pytest.raises(SystemExit) as ended:
            command.main()
        output = capsys.readouterr()
        return ended.value.code or 0, output.out + output.err

    return run_command


@pytest.fixture
def write(tmp_path):
    def write_file(text, name="policy.csv"):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write_file


@pytest.fixture
def supergraph(write):
    return write(SUPERGRAPH, "supergraph.graphql")


WITH_SECRETS = "classifications: {secret: {}}\n" + default_catalog_text().replace(
    "tag: wechat_id", "tag: secret"
)


def deny(obj="tag:secret", purpose="*", rule_id="d"):
    return f"p, agent, {obj}, read, , deny, {purpose}, , , {rule_id}\n"


@pytest.fixture
def data(tmp_path):
    directory = tmp_path / "data"
    directory.mkdir()
    copy_default_catalog(directory)
    copy_default_policy(directory / "policy")
    # What ships says of groups is a part of each version: these texts say nothing of rows.
    (directory / "policy" / "rows.yaml").unlink()
    return directory


def test_the_shipped_policy_is_clean_against_our_own_services(run, write):
    code, found = run("check", write(SHIPPED))
    assert code == 0
    assert "is known" not in found
    assert "'support_agent'" in found and "'connector'" in found and "tag:phone" in found


def test_names_are_held_against_the_catalog_that_is_given(run, write):
    catalog = write(WITH_SECRETS, "c.yaml")
    policy = write(GRANT + deny())
    assert run("check", policy)[0] == 1
    assert run("check", policy, "--catalog", catalog)[0] == 0


def test_an_instances_own_catalog_counts_where_there_is_one(run, write, data):
    policy = write(GRANT + deny())
    (data / "catalog.yaml").write_text(WITH_SECRETS)
    assert run("check", policy)[0] == 0


def test_without_the_services_what_they_told_last_counts(run, write, data, monkeypatch):
    """As in an image that holds the gateway alone."""

    def missing(_):
        raise ModuleNotFoundError("c360_identity")

    monkeypatch.setattr(policies, "_put_together", missing)
    policy = write(GRANT + deny())
    code, found = run("check", policy)
    assert (code, "SUPERGRAPH_UNKNOWN" in found) == (2, True)
    (data / "gateway").mkdir()
    (data / "gateway" / "supergraph.graphql").write_text(SUPERGRAPH)
    assert run("check", policy)[0] == 0
    assert run("check", write(GRANT + deny("tag:sceret")))[0] == 1


def test_the_environment_of_an_instance_is_not_reached_out_to(run, write, monkeypatch):
    elsewhere = "mongodb://127.0.0.1:1/c360"
    for name in ("POLICY_STORE", "AUDIT_STORE", "PROFILE_STORE"):
        monkeypatch.setenv(f"C360_{name}", elsewhere)
    for name, value in {
        "MODE": "production",
        "OIDC_JWKS": "/nowhere",
        "POLICY": "/nowhere",
    }.items():
        monkeypatch.setenv(f"C360_{name}", value)
    assert run("check", write(GRANT + deny("tag:phone")))[0] == 0


def test_every_refused_line_is_told_with_its_number(run, write, supergraph):
    text = GRANT + deny("tag:sceret") + "P, lost\n" + deny("Query.nothing", rule_id="e")
    code, found = run("check", write(text), "--supergraph", supergraph)
    assert code == 1
    assert [f"POLICY_INVALID: line {n}" in found for n in (1, 2, 3, 4)] == [False, True, True, True]


def test_an_allow_of_what_nobody_knows_is_a_warning(run, write, supergraph):
    text = deny("tag:sceret").replace("deny", "allow")
    code, found = run("check", write(text), "--supergraph", supergraph)
    assert (code, "warning: line 1" in found) == (0, True)


def test_a_policy_that_allows_nothing_is_clean_but_told(run, write, supergraph):
    code, found = run("check", write("# nothing yet\n"), "--supergraph", supergraph)
    assert (code, "warning: nobody is allowed anything" in found) == (0, True)


@pytest.mark.parametrize(("until", "is_told"), [("2020-01-01", True), ("2999-01-01", False)])
def test_a_rule_whose_time_is_over_is_a_warning(run, write, supergraph, until, is_told):
    text = GRANT + deny().replace("*, , ,", f"*, , {until},")
    code, found = run("check", write(text), "--supergraph", supergraph)
    assert (code, "warning: line 2: rule d: its time is over" in found) == (0, is_told)


@pytest.mark.parametrize("content", [b"\xff\xfe", "\ufeff" + GRANT, GRANT.encode("utf-16")])
def test_what_cannot_be_read_as_text_is_refused(run, write, supergraph, content):
    code, found = run("check", write(content), "--supergraph", supergraph)
    assert (code, "POLICY_INVALID: line 1" in found) == (1, True)


def test_wrong_usage_is_neither(run, write, tmp_path, supergraph):
    policy = write(GRANT)
    wrong = [
        ("check", tmp_path / "missing.csv"),
        ("check", tmp_path),
        ("check",),
        ("check", policy, "--nonsense"),
        ("check", policy, "--catalog", tmp_path / "missing.yaml"),
        ("check", policy, "--supergraph", policy),
        ("publish", policy, "--supergraph", supergraph),
    ]
    assert [run(*one)[0] for one in wrong] == [2] * len(wrong)


def test_a_published_policy_ends_with_the_hash_of_the_rest(run, write, data, supergraph):
    copy_default_policy(data / "policy")
    text = GRANT + deny()
    assert run("publish", write(text), "--supergraph", supergraph)[0] == 0
    published = (data / "policy" / "policy.csv").read_text()
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert published == f"{text}# end {digest}\n"
    assert stat.S_IMODE((data / "policy" / "policy.csv").stat().st_mode) & 0o002 == 0
    names = sorted(one.name for one in (data / "policy").iterdir())
    assert names == ["model.conf", "policy.csv"]
    assert run("check", data / "policy" / "policy.csv", "--supergraph", supergraph)[0] == 0


def test_what_a_link_leads_to_is_published(run, write, data, supergraph, tmp_path):
    copy_default_policy(data / "policy")
    elsewhere = write("", "elsewhere.csv")
    (data / "policy" / "policy.csv").unlink()
    (data / "policy" / "policy.csv").symlink_to(elsewhere)
    run("publish", write(GRANT), "--supergraph", supergraph)
    assert (data / "policy" / "policy.csv").is_symlink()
    assert elsewhere.read_text().startswith(GRANT)


def test_a_refused_policy_is_not_published(run, write, data, supergraph):
    copy_default_policy(data / "policy")
    before = (data / "policy" / "policy.csv").read_bytes()
    code, _ = run("publish", write(GRANT + deny("tag:sceret")), "--supergraph", supergraph)
    assert (code, (data / "policy" / "policy.csv").read_bytes()) == (1, before)


def test_a_published_policy_that_was_edited_is_refused_until_its_last_line_goes(
    run, write, data, supergraph
):
    run("publish", write(GRANT), "--supergraph", supergraph)
    published = (data / "policy" / "policy.csv").read_text()
    code, found = run("check", write(deny() + published), "--supergraph", supergraph)
    assert (code, "the end line does not match" in found) == (1, True)


def test_an_instance_does_not_start_on_a_deny_of_nothing(data, monkeypatch, capsys):
    copy_default_policy(data / "policy")
    (data / "policy" / "policy.csv").write_text(GRANT + deny("tag:sceret"))
    monkeypatch.setattr("sys.argv", ["c360", "up", "--data", str(data), "--port", "1"])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 2
    assert "c360: POLICY_INVALID: line 2" in capsys.readouterr().err


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--strict",), 1)])
def test_warnings_refuse_a_policy_only_where_that_is_wanted(run, write, supergraph, options, code):
    text = GRANT + GRANT.replace("granted", "again")
    found = run("check", write(text), "--supergraph", supergraph, *options)
    assert (found[0], "warning: line 2: rule again: shadowed by granted (line 1)" in found[1]) == (
        code,
        True,
    )
    assert run("check", write(GRANT), "--supergraph", supergraph, *options)[0] == 0


def test_what_is_wrong_is_told_to_programs_too(run, write, supergraph):
    text = GRANT + GRANT.replace("granted", "again") + deny("tag:sceret")
    code, result = run("check", write(text), "--supergraph", supergraph, "--json")
    found = json.loads(result)
    assert (code, found["canBePutIntoForce"], [one["line"] for one in found["refused"]]) == (
        1,
        False,
        [3],
    )


TESTS = """
principals: {one: {roles: [agent]}}
tests:
  - {name: secrets, principals: [one], expect: {Query.note: WORD}}
"""


@pytest.mark.parametrize(("word", "code"), [("deny", 0), ("read", 1)])
def test_tests_say_by_their_exit_code_whether_all_is_as_expected(
    run, write, supergraph, word, code
):
    given = [
        "test",
        write(TESTS.replace("WORD", word), "tests.yaml"),
        "--policy",
        write(GRANT + deny()),
        "--supergraph",
        supergraph,
    ]
    assert run(*given)[0] == code
    found = run(*given)[1]
    assert (code == 0) == ("1 of 1 answers are as expected" in found)
    assert (code == 1) == ("d (line 2)" in found and "Query.note" in found)
    failed = json.loads(run(*given, "--json")[1])["failed"]
    assert [(one["expected"], one["found"]) for one in failed] == [(word, "deny")] * code


def test_tests_that_cannot_be_used_are_neither(run, write, supergraph):
    file = write(TESTS.replace("WORD", "raed"), "tests.yaml")
    code, found = run("test", file, "--policy", write(GRANT), "--supergraph", supergraph)
    assert (code, "TESTS_INVALID" in found and "tests.yaml:4" in found) == (2, True)


def test_the_example_holds_for_the_policy_that_ships(run, write):
    example = Path(__file__).parents[2] / "examples" / "policy" / "tests.yaml"
    code, found = run("test", example, "--policy", write(SHIPPED))
    assert (code, "answers are as expected" in found) == (0, True)
    opened = write(SHIPPED + "p, support_agent, tag:phone, read, , allow, *, , , opened\n", "o.csv")
    assert run("test", example, "--policy", opened)[0] == 1


EXAMPLE = Path(__file__).parents[2] / "examples" / "policy"


@pytest.mark.slow
def test_the_example_with_rows_holds_for_whom_its_tests_name(run, write):
    catalog = ("--catalog", EXAMPLE / "catalog.yaml")
    assert run("check", EXAMPLE / "policy.csv", *catalog)[0] == 0
    tests = EXAMPLE / "sales-tests.yaml"
    code, found = run("test", tests, "--policy", EXAMPLE / "policy.csv", *catalog)
    assert (code, "answers are as expected" in found) == (0, True), found
    write(
        (EXAMPLE / "rows.yaml").read_text().replace("value: $team", "value: [north]"), "rows.yaml"
    )
    others = write((EXAMPLE / "policy.csv").read_text())
    code, found = run("test", tests, "--policy", others, *catalog)
    assert (code, "of the south" in found, "hidden" in found) == (1, True, True)


def test_the_catalog_of_the_example_is_the_shipped_one_with_traits_more():
    shipped = set(default_catalog_text().splitlines())
    output = (EXAMPLE / "catalog.yaml").read_text().splitlines()
    more = [line for line in output if line not in shipped]
    assert len(output) == len(default_catalog_text().splitlines()) + len(more)
    assert [line.split(":")[0].strip() for line in more] == ["owner", "team", "region"]


def test_the_policy_in_force_is_tested_unless_another_is_named(run, write, data, supergraph):
    run("publish", write(GRANT + deny()), "--supergraph", supergraph)
    tests = write(TESTS.replace("WORD", "deny"), "tests.yaml")
    assert run("test", tests, "--supergraph", supergraph)[0] == 0


def test_an_answer_is_explained_by_the_lines_of_its_rules(run, write, supergraph):
    given = ["explain", "Query.note", "--supergraph", supergraph]
    given += ["--policy", write(GRANT + deny()), "--roles", "agent"]
    code, found = run(*given)
    assert code == 0 and "read: deny" in found
    acts = json.loads(run(*given, "--json")[1])["acts"]
    [read] = [one for one in acts if one["act"] == "read"]
    assert [(one["line"], one["verdict"] == "decides") for one in read["heard"]] == [
        (1, False),
        (2, True),
    ]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (("explain", "Query.nte", "--role", "agent"), "COORDINATE_UNKNOWN"),
        (("explain", "Query.note", "--role", "agnet"), "ROLE_UNKNOWN"),
        (("explain", "Query.note", "--role", "agent", "--purpose", "x"), "UNKNOWN_PURPOSE"),
        (("explain", "Query.note", "--role", "agent", "--at", "soon"), "INSTANT_INVALID"),
        (("explain", "Query.note", "--role", "agent", "--policy", "abcdef12"), "POLICY_UNKNOWN"),
    ],
)
def test_an_explanation_of_nothing_is_refused(run, write, data, supergraph, wrong, expected):
    run("publish", write(GRANT + deny()), "--supergraph", supergraph)
    code, found = run(*wrong, "--supergraph", supergraph)
    assert (code, expected in found) == (2, True)


def test_two_policies_are_compared_by_file_by_version_and_in_force(run, write, data, supergraph):
    run("publish", write(GRANT), "--supergraph", supergraph)
    before, after = write(GRANT, "a.csv"), write(GRANT + allow_secret(), "b.csv")
    version = parse_policy(GRANT).version
    VersionFiles(data / "policy-versions").keep(version, GRANT)
    report = [
        json.loads(run("diff", one, after, "--supergraph", supergraph, "--json")[1])
        for one in (before, "in-force", version, version[:8])
    ]
    assert report[1:] == report[:-1]
    [found] = report[0]["differences"]
    assert (found["coordinate"], found["from"], found["to"]) == ("Query.note", "deny", "allow")
    assert "0 answers differ" in run("diff", before, version, "--supergraph", supergraph)[1]


def allow_secret():
    return deny(rule_id="e").replace("deny", "allow")


FOUR_EYES = "p, agent, policy:unapproved, write, , deny, *, , , four-eyes\n"


def test_a_policy_that_demands_approval_is_replaced_by_two_people(run, write, data, supergraph):
    run("publish", write(GRANT + FOUR_EYES), "--supergraph", supergraph)
    wanted = [write(GRANT), "--supergraph", supergraph]
    code, found = run("publish", *wanted, "--as", "ann")
    version = parse_policy(GRANT).version
    assert (code, "POLICY_UNAPPROVED" in found, f"approve {version}" in found) == (1, True, True)
    assert FOUR_EYES in (data / "policy" / "policy.csv").read_text()
    approve = ["approve", version[:12], "--supergraph", supergraph, "--as"]
    code, found = run(*approve, "ann")
    assert (code, "POLICY_OWN_APPROVAL" in found) == (2, True)
    code, found = run(*approve, "bob")
    assert (code, version in found) == (0, True)
    assert FOUR_EYES not in (data / "policy" / "policy.csv").read_text()
    assert run("publish", *wanted, "--as", "ann")[0] == 0


def test_every_version_has_its_text_its_author_and_who_approved_it(run, write, data, supergraph):
    run("publish", write(GRANT + FOUR_EYES), "--supergraph", supergraph, "--as", "zoe")
    run("publish", write(GRANT), "--supergraph", supergraph, "--as", "ann")
    version = parse_policy(GRANT).version
    [waiting] = [one for one in json.loads(run("history", "--json")[1]) if one["author"] == "ann"]
    assert (waiting["version"], waiting["approver"], waiting["inForceAt"]) == (version, None, None)
    run("approve", version, "--supergraph", supergraph, "--as", "bob")
    first, second = json.loads(run("history", "--json")[1])[:2]
    assert (first["author"], first["approver"], first["isInForce"]) == ("ann", "bob", True)
    assert first["proposedAt"] <= first["approvedAt"]
    assert (second["author"], second["approver"], second["isInForce"]) == ("zoe", None, False)
    assert run("history", version[:8]) == (0, (data / "policy" / "policy.csv").read_text())
    assert f"{version[:12]} *" in run("history")[1]
    assert run("history", "abcdefabcdef")[0] == 2


def did(principal, decision, days_ago):
    at = int(time.time() * 1000) - days_ago * 86_400_000
    uses = (CoordinateUse("Query.note", "select", decision, "d", "secret"),)
    return OperationAudited(principal, roles=("agent",), uses=uses, at=at, subjects=("s1",))


@pytest.mark.parametrize(("days", "people"), [(2, ["ann"]), (30, ["ann", "bob"])])
def test_a_policy_is_tried_on_the_operations_of_the_past(
    run, write, data, supergraph, days, people
):
    run("publish", write(GRANT + deny()), "--supergraph", supergraph)
    put_on_record(data, did("ann", "deny", 1), did("bob", "deny", 20), did("ann", "allow", 1))
    given = ["replay", write(GRANT + allow_secret(), "b.csv"), "--days", days]
    code, result = run(*given, "--supergraph", supergraph)
    assert code == 0 and "would have been answered otherwise" in result
    found = json.loads(run(*given, "--supergraph", supergraph, "--json")[1])
    assert (found["principals"], found["customers"]) == (people, 1)
    [change] = found["changes"]
    assert (change["coordinate"], change["from"], change["to"]) == ("Query.note", "deny", "allow")
    assert change["operations"] == found["affectedOperations"] == len(people)
    assert found["operations"] == len(people) + 1 and "today" in found["decidedOn"]


def test_what_cannot_be_looked_back_to_is_refused(run, write, data, supergraph):
    given = ["replay", write(GRANT), "--supergraph", supergraph, "--days"]
    assert [run(*given, days)[0] for days in ("0", "-1", "99999", "soon")] == [2, 2, 2, 2]


@pytest.mark.servers
def test_a_policy_of_a_database_is_published_there(
    run, write, supergraph, monkeypatch, mongodb_url
):
    monkeypatch.setenv("C360_POLICY_STORE", f"{mongodb_url}/policy-{uuid.uuid4().hex[:12]}")
    entries = [
        run("publish", write(text), "--supergraph", supergraph) for text in (GRANT, deny() + GRANT)
    ]
    assert [code for code, _ in entries] == [0, 0]
    assert hashlib.sha256((deny() + GRANT).encode()).hexdigest() in entries[1][1]
