"""Casbin as the language and the oracle: its model, and checked rules given to an enforcer.

Its reader of texts is not used (see `text`), nor is it asked about any request.
"""

from __future__ import annotations

import logging
from importlib import metadata, resources

import casbin
from c360_kernel.errors import SettingsError
from casbin.model import Model

from c360_policy.errors import PolicyInvalid
from c360_policy.rule import Policy, Rule, covers


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
    return resources.files("c360_policy").joinpath("defaults/model.conf").read_text("utf-8")


def check_model(text: str) -> None:
    """Raise `PolicyInvalid` for a model other than the one that the table compiler understands."""
    if text.split() != model_text().split():
        raise PolicyInvalid.whole("model.conf differs from the model this version understands")


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


def _line(rule: Rule) -> list[str]:
    mask = "" if rule.mask is None else str(rule.mask)
    return [rule.role, rule.obj, rule.act, mask, rule.effect, rule.purpose, "", "", rule.rule_id]
