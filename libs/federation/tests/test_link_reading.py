"""Links of a schema, read: which directive links, and what names it gives."""

from c360_federation.supergraph.links import imported, read_links
from graphql import parse

SPECS = "https://specs.apollo.dev"


def test_only_the_schema_links():
    assert read_links(parse(f'type T @link(url: "{SPECS}/link/v1.0") {{ a: Int }}')) == []


def test_the_directive_that_links_itself_is_the_one_that_links():
    sdl = f"""schema @tag(name: "x") @lk(url: "{SPECS}/link/v1.0", as: "lk")
      @link(url: "{SPECS}/cost/v0.1") @lk(url: "{SPECS}/tag/v0.3") {{ query: Query }}"""
    assert [link.url for link in read_links(parse(sdl))] == [
        f"{SPECS}/link/v1.0",
        f"{SPECS}/tag/v0.3",
    ]


def test_what_is_not_imported_has_the_prefix_of_its_specification():
    sdl = f"""schema @link(url: "{SPECS}/link/v1.0")
      @link(url: "{SPECS}/tag/v0.3", as: "t", import: [{{name: "@other", as: "@o"}}])
      {{ query: Query }}"""
    tag = read_links(parse(sdl))[1]
    assert [tag.directive(name) for name in ("tag", "more", "other")] == ["t", "t__more", "o"]
    plain = read_links(parse(sdl.replace(', as: "t"', "")))[1]
    assert [plain.directive(name) for name in ("tag", "more")] == ["tag", "tag__more"]


def test_an_import_without_a_name_imports_nothing():
    assert imported({"import": ["@a", {"as": "@b"}, {"name": 7}, 7, {"name": "@c", "as": 7}]}) == [
        ("@a", "@a"),
        ("@c", "@c"),
    ]
