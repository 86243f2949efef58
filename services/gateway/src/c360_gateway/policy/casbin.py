"""Casbin as the language and the oracle: files in, checked values out, and back to an enforcer."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from importlib import metadata, resources
from pathlib import Path

import casbin
from c360_kernel.errors import SettingsError
from casbin.model import Model
from casbin.persist.adapters.string_adapter import StringAdapter

from c360_gateway.mask.spec import parse_mask
from c360_gateway.policy.errors import PolicyInvalid
from c360_gateway.policy.rule import ANY, FOREVER, Policy, Rule, covers

_COLUMNS = 9
_ACTS = ("read", "write", "lookup", "introspect", "ask")
_EFFECTS = ("allow", "deny")
# Casbin silently answers False for longer chains.
_LONGEST_CHAIN = 9


def refuse_rival_distribution() -> None:
    """Refuse to start when `casbin` 1.x overwrote files of pycasbin: both install one package."""
    try:
        metadata.distribution("casbin")
    except metadata.PackageNotFoundError:
        return
    raise SettingsError(
        "the distribution 'casbin' is installed beside 'pycasbin' and overwrites its files: "
        "uninstall both, then install pycasbin",
        code="CASBIN_OVERWRITTEN",
    )


def model_text() -> str:
    """The one model that the table compiler understands."""
    return resources.files("c360_gateway.policy").joinpath("defaults/model.conf").read_text("utf-8")


def load_policy(model_file: Path, policy_file: Path) -> Policy:
    """Read and check both files.

    Raises `PolicyInvalid` for wrong content and `OSError` when a file cannot be read.
    """
    if model_file.read_text("utf-8").split() != model_text().split():
        raise PolicyInvalid(f"{model_file.name} differs from the model this version understands")
    try:
        return parse_policy(policy_file.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise PolicyInvalid(f"{policy_file.name} is not UTF-8") from error


def parse_policy(text: str) -> Policy:
    """The policy that these lines say. Raises `PolicyInvalid`."""
    # The adapter refuses to read nothing, which is a policy that denies everything.
    lines = "\n".join(line.strip() for line in text.split("\n")) or "\n"
    try:
        enforcer = casbin.Enforcer(_model(), StringAdapter(lines))
    except Exception as error:
        raise PolicyInvalid("the text is not a Casbin policy") from error
    return policy_of(enforcer.get_policy(), enforcer.get_grouping_policy())


def policy_of(lines: list[list[str]], links: list[list[str]]) -> Policy:
    """Check policy lines and role links as Casbin holds them."""
    rules = tuple(_rule(line) for line in lines)
    seen: set[str] = set()
    for rule in rules:
        if rule.rule_id in seen:
            raise PolicyInvalid(f"rule id {rule.rule_id!r} is used twice")
        seen.add(rule.rule_id)
    policy = Policy(rules, _inheritance(links))
    for role in policy.inherits:
        _check_chain(policy, role)
    return policy


def enforcer_for(policy: Policy, purpose: str, now_ms: float) -> casbin.Enforcer:
    """A fresh enforcer over the rules that hold now: the oracle of the compiled table.

    A request is (role, coordinate, one of its tags or "", act, mask or "").
    """
    enforcer = casbin.Enforcer(_model())
    enforcer.add_function("covers", covers)
    enforcer.add_policies([_line(rule) for rule in policy.rules if rule.holds(purpose, now_ms)])
    enforcer.add_grouping_policies(
        [[role, base] for role, bases in policy.inherits.items() for base in sorted(bases)]
    )
    return enforcer


def _model() -> Model:
    # A denied request would be logged with its arguments.
    logging.getLogger("casbin").setLevel(logging.ERROR)
    model = Model()
    model.load_model_from_text(model_text())
    return model


def _rule(line: list[str]) -> Rule:
    name = line[-1] if len(line) == _COLUMNS and line[-1] else f"for {line[0] if line else '?'}"
    if len(line) != _COLUMNS:
        raise PolicyInvalid(f"rule {name}: {_COLUMNS} columns expected, {len(line)} found")
    role, obj, act, mask, effect, purpose, not_before, not_after, rule_id = line
    for column, value in (("role", role), ("obj", obj), ("purpose", purpose), ("rule_id", rule_id)):
        if not value:
            raise PolicyInvalid(f"rule {name}: column {column} is empty")
    if act not in _ACTS:
        raise PolicyInvalid(f"rule {name}: act is one of {', '.join(_ACTS)}")
    if effect not in _EFFECTS:
        raise PolicyInvalid(f"rule {name}: eft is allow or deny")
    if mask and (act != "read" or effect != "allow"):
        raise PolicyInvalid(f"rule {name}: only a rule that allows read can mask")
    try:
        spec = parse_mask(mask) if mask else None
        begin, end = _instant(not_before, -FOREVER), _instant(not_after, FOREVER)
    except ValueError as error:
        raise PolicyInvalid(f"rule {name}: {error}") from error
    return Rule(role, obj, act, spec, effect, purpose, begin, end, rule_id)


def _instant(text: str, empty: float) -> float:
    if text in ("", ANY):
        return empty
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() * 1000


def _line(rule: Rule) -> list[str]:
    mask = "" if rule.mask is None else str(rule.mask)
    return [rule.role, rule.obj, rule.act, mask, rule.effect, rule.purpose, "", "", rule.rule_id]


def _inheritance(links: list[list[str]]) -> dict[str, frozenset[str]]:
    inherits: dict[str, set[str]] = {}
    for link in links:
        if len(link) != 2 or not all(link):
            raise PolicyInvalid("a g line names two roles: who inherits, and from whom")
        inherits.setdefault(link[0], set()).add(link[1])
    return {role: frozenset(bases) for role, bases in inherits.items()}


def _check_chain(policy: Policy, role: str) -> None:
    reached = frozenset((role,))
    for _ in range(_LONGEST_CHAIN):
        reached |= {base for one in reached for base in policy.inherits.get(one, ())}
    if reached != policy.closure((role,)):
        raise PolicyInvalid(f"role {role!r} inherits over more than {_LONGEST_CHAIN} steps")
