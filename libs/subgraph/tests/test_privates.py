"""What compiled execution uses of Strawberry and graphql-core that they do not promise to keep.

The list is whole: a use that is not in it fails, and so does one that is gone. It was read against
the versions that the package pins; another version is looked at here first.
"""

import ast
import inspect
import tomllib
from importlib import import_module, metadata
from pathlib import Path

import pytest
import strawberry
from graphql.type.definition import GraphQLResolveInfoHelpers
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

PACKAGE = Path(__file__).parents[1]
PINS = {"graphql-core": "3.3.", "strawberry-graphql": "0.341."}
# Modules below the two faces: what is exported by `graphql`, `graphql.pyutils`,
# `graphql.execution` and `strawberry` is documented, these are not.
MODULES = {
    "graphql.execution.get_variable_signature": {"get_variable_signature"},
    "graphql.execution.values": {"VariableValueSource"},
    "graphql.type.definition": {"GraphQLResolveInfoHelpers"},
    "graphql.utilities.coerce_input_value": {"coerce_default_value", "coerce_input_literal"},
    "strawberry.relay": {"GlobalID"},
    "strawberry.schema": {"Schema"},
    "strawberry.schema.compat": {"is_scalar"},
    "strawberry.schema.config": {"StrawberryConfig"},
    "strawberry.schema.schema_converter": {"GraphQLCoreConverter"},
    "strawberry.types.arguments": {"StrawberryArgument", "convert_argument"},
    "strawberry.types.base": {
        "StrawberryList",
        "StrawberryMaybe",
        "StrawberryOptional",
        "has_object_definition",
    },
    "strawberry.types.enum": {"StrawberryEnumDefinition", "has_enum_definition"},
    "strawberry.types.field": {"StrawberryField"},
    "strawberry.types.lazy_type": {"LazyType"},
    "strawberry.types.unset": {"UNSET"},
}
NAMES = {"_strawberry_schema", "_raw_info", "_field", "__strawberry_definition__"}
FACES = {"graphql", "graphql.pyutils", "graphql.execution", "strawberry"}
PYTHON = {"__class__", "__init__", "__aiter__", "__traceback__", "__cause__", "__context__"}


def trees():
    for file in sorted((PACKAGE / "src").rglob("*.py")):
        yield from ast.walk(ast.parse(file.read_text()))


def imported():
    found = {}
    for node in trees():
        if isinstance(node, ast.ImportFrom) and node.module:
            is_theirs = node.module.partition(".")[0] in ("graphql", "strawberry")
            if is_theirs and node.module not in FACES:
                found.setdefault(node.module, set()).update(one.name for one in node.names)
    return found


def underscored():
    """Names with an underscore in front that are not this package's own."""
    for node in trees():
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            if not own and node.attr not in PYTHON:
                yield node.attr
        if isinstance(node, ast.keyword) and (node.arg or "").startswith("_"):
            yield node.arg
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "getattr":
            name = node.args[1]
            if isinstance(name, ast.Constant) and name.value.startswith("_"):
                yield name.value


def test_the_list_of_modules_is_whole():
    assert imported() == MODULES


def test_the_list_of_names_is_whole():
    assert set(underscored()) == NAMES


@pytest.mark.parametrize(("package", "version"), PINS.items())
def test_the_versions_are_those_that_were_looked_at(package, version):
    wanted = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]["dependencies"]
    assert f"{package}=={version}*" in wanted
    assert metadata.version(package).startswith(version)


@pytest.mark.parametrize("module", MODULES)
def test_each_is_there(module):
    there = import_module(module)
    assert [name for name in MODULES[module] if not hasattr(there, name)] == []


def test_a_schema_knows_what_it_was_made_of():
    @strawberry.type
    class Query:
        word: str = "x"

    made = strawberry.Schema(Query)
    schema = made._schema
    assert schema._strawberry_schema is made
    field = schema.query_type.fields["word"]
    definition = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    assert isinstance(definition, StrawberryField)
    assert definition.is_basic_field and definition.default_resolver is getattr
    assert {"exception_handlers", "scalar_registry", "config"} <= set(vars(made.schema_converter))
    assert Query.__strawberry_definition__.from_input is None


def test_an_info_is_made_of_two_things():
    assert list(inspect.signature(strawberry.Info).parameters) == ["_raw_info", "_field"]
    assert {"gather", "track"} <= set(GraphQLResolveInfoHelpers._fields)
