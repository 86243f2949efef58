"""The `policy` subcommands that try a policy: nothing is put into force."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from c360_cli.commands.options import DEFAULT_DATA, AttributesOf, Data, Subject
from c360_cli.directory import DataDirectory
from c360_cli.recording import by_operator

Catalog = Annotated[
    Path | None,
    typer.Option(help="The catalog to hold it against; default: the instance's, else ours."),
]
Supergraph = Annotated[
    Path | None,
    typer.Option(help="A supergraph to hold it against, instead of our own services'."),
]
Tried = Annotated[
    str, typer.Option("--policy", help="A file, or a version that was kept; default: in force.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
At = Annotated[
    str | None, typer.Option(help="As at this time, as 2026-12-31T00:00:00Z; default: now.")
]
Tests = Annotated[Path, typer.Argument(metavar="FILE", help="The tests, YAML.")]


def test(
    file: Tests,
    policy: Tried = "in-force",
    as_json: Json = False,
    catalog: Catalog = None,
    supergraph: Supergraph = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Ask a policy what a file of tests says: 0 all is as expected, 1 it is not."""
    from c360_cli.policies import words_of  # noqa: PLC0415
    from c360_cli.trying.candidates import policy_named  # noqa: PLC0415
    from c360_cli.trying.testing import try_tests  # noqa: PLC0415

    words = words_of(catalog, supergraph, data)
    report = try_tests(file, policy_named(policy, data, words.known), words, data)
    report.show(as_json=as_json)
    if not report.holds:
        raise typer.Exit(1)


def explain(
    coordinate: Annotated[str, typer.Argument(metavar="COORDINATE", help="As Profile.phone.")],
    role: Annotated[
        list[str],
        typer.Option("--role", "--roles", help="Who asks; several times, or with commas between."),
    ],
    customer: Annotated[
        str | None, typer.Option(help="Whether this one is told of, by its values of today.")
    ] = None,
    subject: Subject = "",
    attribute: AttributesOf = None,
    purpose: Annotated[str, typer.Option(help="What the data is used for.")] = "",
    act: Annotated[list[str] | None, typer.Option(help="Default: every one.")] = None,
    at: At = None,
    policy: Tried = "in-force",
    as_json: Json = False,
    catalog: Catalog = None,
    supergraph: Supergraph = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Say why a policy answers as it does: every rule about a coordinate, and what became of it."""
    from c360_policy.objects import ACTS  # noqa: PLC0415
    from c360_policy.trying.deciding import Asker  # noqa: PLC0415
    from c360_policy.trying.expectations import acts_of  # noqa: PLC0415

    from c360_cli.policies import words_of  # noqa: PLC0415
    from c360_cli.trying.candidates import policy_named  # noqa: PLC0415
    from c360_cli.trying.explaining import explain_to  # noqa: PLC0415
    from c360_cli.trying.people import caller, customer_named  # noqa: PLC0415
    from c360_cli.trying.times import time_ms  # noqa: PLC0415

    try:
        acts = acts_of(act or ACTS)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--act") from error
    words = words_of(catalog, supergraph, data)
    tried = policy_named(policy, data, words.known)
    roles = frozenset(_split(role))
    asker = Asker(roles, purpose, time_ms(at), roles & tried.glass_roles)
    who = caller(subject, attribute)
    named = None if customer is None else customer_named(data, customer)
    explained = explain_to(tried, words, asker, who, coordinate, acts, named)
    explained.show(as_json=as_json)


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="A file, a version, or `in-force`.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    role: Annotated[
        list[str] | None,
        typer.Option(
            "--role",
            "--roles",
            help="A set of roles that one person has, commas between; default: each by itself.",
        ),
    ] = None,
    subject: Subject = "",
    attribute: AttributesOf = None,
    at: At = None,
    as_json: Json = False,
    catalog: Catalog = None,
    supergraph: Supergraph = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Print what two policies answer otherwise, by roles, purpose, act and coordinate."""
    from c360_cli.policies import words_of  # noqa: PLC0415
    from c360_cli.trying.candidates import policy_named  # noqa: PLC0415
    from c360_cli.trying.differing import compare_today  # noqa: PLC0415
    from c360_cli.trying.people import caller  # noqa: PLC0415
    from c360_cli.trying.times import time_ms  # noqa: PLC0415

    words = words_of(catalog, supergraph, data)
    one, other = (policy_named(name, data, words.known) for name in (before, after))
    role_sets = [frozenset(_split([names])) for names in role or ()]
    who = caller(subject, attribute)
    compared = compare_today(one, other, words, role_sets, who, time_ms(at), data)
    compared.show(as_json=as_json)


def _split(names: list[str]) -> list[str]:
    return [one.strip() for name in names for one in name.split(",") if one.strip()]


def replay(
    candidate: Annotated[
        str, typer.Argument(metavar="FILE", help="The policy that is tried, or a version of it.")
    ],
    days: Annotated[float, typer.Option(help="How far back.")] = 7.0,
    as_json: Json = False,
    catalog: Catalog = None,
    supergraph: Supergraph = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Say what a policy would have done to the operations of the past days."""
    from c360_cli.auditing.reading import reading  # noqa: PLC0415
    from c360_cli.catalogs import instance_as_it_is  # noqa: PLC0415
    from c360_cli.policies import words_of  # noqa: PLC0415
    from c360_cli.trying.candidates import IN_FORCE, policy_named  # noqa: PLC0415
    from c360_cli.trying.replaying import replay_past  # noqa: PLC0415

    DataDirectory(data).require()
    words = words_of(catalog, supergraph, data)
    tried, in_force = (policy_named(one, data, words.known) for one in (candidate, IN_FORCE))
    question = by_operator("audit_question", tried.version, question="policy replay")
    instance = instance_as_it_is(data)
    record = reading(instance, question)
    replay_past(tried, in_force, words, days, instance, record).show(as_json=as_json)
