"""Relay's own compiler takes the schema: a customer's timeline pages by itself."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import build_client_schema, get_introspection_query, print_schema

from tests.e2e.running import Running

FRAGMENTS = {
    "Customers": """fragment %(name)s_query on Query @refetchable(queryName: "%(name)sPage") {
      customers(first: $first, after: $after) @connection(key: "%(name)s_customers") {
        edges { node { id } } } }""",
    "Timeline": """fragment %(name)s_customer on Customer @refetchable(queryName: "%(name)sPage") {
      timeline(first: $first, after: $after) @connection(key: "%(name)s_timeline") {
        edges { node { name occurredAt } } } }""",
    "Backward": """fragment %(name)s_customer on Customer @refetchable(queryName: "%(name)sPage") {
      timeline(last: $last, before: $before) @connection(key: "%(name)s_timeline") {
        edges { node { name } } } }""",
}
ARGUMENTS = {
    "Customers": "first: {type: Int, defaultValue: 5}, after: {type: String}",
    "Timeline": "first: {type: Int, defaultValue: 5}, after: {type: String}",
    "Backward": "last: {type: Int, defaultValue: 5}, before: {type: String}",
}
CONFIG = {"src": "./src", "schema": "./schema.graphql", "language": "javascript"}


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the compiler, from the package registry."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("Node is not there: Relay's compiler is not tried")
    folder = tmp_path_factory.mktemp("relay")
    (folder / "package.json").write_text('{"private": true}')
    install = [npm, "install", "--no-audit", "--no-fund", "relay-compiler@20"]
    done = subprocess.run(install, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("Relay's compiler cannot be installed here")
    return folder


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with Running(tmp_path_factory.mktemp("instance")) as instance:
        answer = instance.ask("privacy_officer", get_introspection_query())
    yield print_schema(build_client_schema(answer["data"]))


@pytest.mark.slow
def test_fragments_on_query_and_customer_page_by_themselves(relay: Path, schema: str) -> None:
    source = relay / "src"
    source.mkdir()
    (relay / "schema.graphql").write_text(schema)
    (relay / "relay.config.json").write_text(json.dumps(CONFIG))
    for name, fragment in FRAGMENTS.items():
        head, selection = (fragment % {"name": name}).split(" @refetchable", 1)
        text = f"{head} @argumentDefinitions({ARGUMENTS[name]}) @refetchable{selection}"
        (source / f"{name}.js").write_text(f"graphql`{text}`;\n")
    compiler = relay / "node_modules" / ".bin" / "relay-compiler"
    done = subprocess.run([compiler], cwd=relay, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    made = {file.name for file in source.glob("__generated__/*.graphql.js")}
    assert made >= {f"{name}Page.graphql.js" for name in FRAGMENTS}
    page = (source / "__generated__" / "TimelinePage.graphql.js").read_text()
    assert '"node"' in page
