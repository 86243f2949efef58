"""A schema that was served is kept as it was, and one that was touched since is none."""

import pytest
from c360_kernel.errors import Invalid
from c360_policy.schema.served import ServedSchema, served_version
from c360_policy.store.served_schemas import FileServedSchemas, served_schema
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.text("abC.(:)", min_size=1, max_size=8)
SCHEMAS = st.builds(
    ServedSchema,
    st.dictionaries(NAMES, st.frozensets(NAMES, max_size=3), max_size=5),
    st.dictionaries(NAMES, st.lists(NAMES, min_size=1, max_size=3).map(tuple), max_size=3),
    st.frozensets(NAMES, max_size=4),
)


@given(SCHEMAS)
def test_what_is_kept_is_what_was_served(schema):
    assert ServedSchema.read(schema.text()) == schema


@given(SCHEMAS, SCHEMAS)
def test_equal_schemas_and_no_others_have_one_version(one, other):
    versions = {served_version(schema.text()) for schema in (one, other)}
    assert (len(versions) == 1) == (one == other)


async def test_a_file_gives_back_what_it_was_given_first(tmp_path):
    files, text = FileServedSchemas(tmp_path / "schemas"), ServedSchema({}, {}, frozenset()).text()
    version = served_version(text)
    assert await served_schema(files, version) is await served_schema(files, "") is None
    await files.keep(version, text)
    await files.keep(version, "another")
    assert await served_schema(files, version) == ServedSchema({}, {}, frozenset())


async def test_a_text_that_was_touched_is_refused(tmp_path):
    files = FileServedSchemas(tmp_path)
    kept = ServedSchema({"Profile.phone": frozenset({"phone"})}, {}, frozenset()).text()
    version = served_version(kept)
    await files.keep(version, kept.replace('"phone"', '"public"'))
    with pytest.raises(Invalid) as refused:
        await served_schema(files, version)
    assert refused.value.code == "SCHEMA_ALTERED"
