"""`c360 policy check`: what is wrong with a policy, and what may not be meant."""

from __future__ import annotations

from pathlib import Path

import typer
from c360_policy.errors import PolicyProblem

from c360_cli.policies import Checked
from c360_cli.trying.showing import print_json


def print_checked(file: Path, checked: Checked, *, as_json: bool) -> None:
    """Print it: warnings, then what refuses the policy."""
    if as_json:
        print_json(
            {
                "canBePutIntoForce": not checked.refused,
                "refused": [_as_json(one) for one in checked.refused],
                "warnings": [_as_json(one) for one in checked.doubtful],
            }
        )
        return
    for problem in checked.doubtful:
        typer.echo(f"{file}: warning: {problem}")
    for problem in checked.refused:
        typer.echo(f"{file}: POLICY_INVALID: {problem}", err=True)
    if not checked.refused:
        typer.echo(f"{file}: can be put into force")


def _as_json(problem: PolicyProblem) -> dict[str, object]:
    return {"line": problem.line or None, "message": problem.message}
