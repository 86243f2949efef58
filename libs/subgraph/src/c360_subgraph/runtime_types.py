"""What is wrong with the object type that an interface or union says a value is of."""

from __future__ import annotations

from graphql import GraphQLAbstractType, GraphQLError, GraphQLObjectType, GraphQLSchema
from graphql.pyutils import inspect

from c360_subgraph.site import Site


def foreign_type(
    schema: GraphQLSchema, site: Site, type_: GraphQLAbstractType, name: object, value: object
) -> GraphQLError:
    """What is wrong with a name that is none of `type_`'s object types, as graphql-core tells."""
    return GraphQLError(_why_not(schema, site, type_, name, value), site.nodes)


def _why_not(
    schema: GraphQLSchema, site: Site, type_: GraphQLAbstractType, name: object, value: object
) -> str:
    must = (
        f"Abstract type '{type_}' must resolve to an Object type at runtime"
        f" for field '{site.coordinate}'"
    )
    if name is None:
        return (
            f"{must}. Either the '{type_}' type should provide a 'resolve_type' function"
            " or each possible type should provide an 'is_type_of' function."
        )
    if not isinstance(name, str):
        return (
            f"{must} with value {inspect(value)}, received '{inspect(name)}',"
            " which is not a valid Object type name."
        )
    known = schema.get_type(name)
    if known is None:
        return (
            f"Abstract type '{type_}' was resolved to a type '{name}'"
            " that does not exist inside the schema."
        )
    if not isinstance(known, GraphQLObjectType):
        return f"Abstract type '{type_}' was resolved to a non-object type '{name}'."
    return f"Runtime Object type '{known}' is not a possible type for '{type_}'."
