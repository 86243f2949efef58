"""Compiled policies of one schema, by role set and purpose, for as long as they hold."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from logging import getLogger

from c360_federation.caches import Lru
from c360_federation.supergraph.model import Supergraph
from c360_kernel.stamp import wall_clock_ms
from c360_policy.mask.apply import Masks
from c360_policy.row_policy import row_policy_of
from c360_policy.rule import Policy
from c360_policy.schema.catalog_tags import union
from c360_policy.schema.coordinates import coordinates_of, interfaces_of
from c360_policy.schema.outputs import outputs_of
from c360_policy.schema.reach import inapplicable_types
from c360_policy.store.port import PolicyStore
from c360_policy.table import FOREVER, Coordinates, compile_table

from c360_gateway.auth.break_glass import GlassInvalid
from c360_gateway.auth.principal import Principal
from c360_gateway.auth.roles_apart import RolesApart
from c360_gateway.policy.decisions import TablePolicy
from c360_gateway.policy.declared import DeclaredCatalog
from c360_gateway.policy.live_catalog import listed
from c360_gateway.policy.scopes import Scopes

_KEPT = 1_000
_log = getLogger(__name__)


class PolicyTables:
    """Finds or compiles the table for a role set and purpose under the policy in force.

    What is tagged by the gateway's own `catalog` or by a service carries the tags of both, from the
    next decision on. What denies a part of something computed by its name denies it, as what
    denies a field of an interface denies the field.
    """

    def __init__(
        self,
        store: PolicyStore,
        supergraph: Supergraph,
        masks: Masks,
        catalog: DeclaredCatalog,
        now_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self._scopes = Scopes(catalog)
        self._store = store
        self._schema = supergraph.schema
        self._served = coordinates_of(supergraph.schema, supergraph.tags)
        self._implemented = interfaces_of(supergraph.schema)
        self.outputs = outputs_of(supergraph.schema)
        self.inapplicable = inapplicable_types(supergraph.schema)
        self._catalog = catalog
        self._masks = masks
        self._now_ms = now_ms
        self._take(catalog.declared)

    def with_declared(self, declared: Coordinates) -> Coordinates:
        """Every coordinate with its tags, were these the catalog's."""
        return union(self._served, declared)

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._store.current()

    @property
    def policy_version(self) -> str:
        """The version of the policy in force."""
        return self._store.current().version

    @property
    def differing(self) -> list[str]:
        """What the services tag in another way than the gateway's catalog does."""
        declared = self._catalog.declared
        return sorted(
            name
            for name, tags in self._served.items()
            if name in declared and declared[name] != tags
        )

    def in_use(self) -> Mapping[Hashable, tuple[tuple[str, ...], str]]:
        """A role set and purpose for the key of each policy that was compiled, newest last."""
        found: dict[Hashable, tuple[tuple[str, ...], str]] = {}
        for roles, purpose, version in reversed(self._tables.newest(_KEPT)):
            compiled = self._tables.get((roles, purpose, version))
            if compiled is not None:
                found[compiled.key] = (roles, purpose)
        return found

    def for_caller(self, principal: Principal) -> TablePolicy:
        """The policy of a caller now, with the role that it opened.

        Raises `GlassInvalid` once that is over, or may be opened no more, and `RolesApart`.
        """
        own, glass = self.of(principal.roles, principal.purpose), principal.glass
        if glass is None:
            return _unless_apart(own)
        is_over = glass.until * 1_000 <= self._now_ms()
        if is_over or own.table.opening(glass.role).action != "allow":
            raise GlassInvalid("the role that you opened is open no more")
        return _unless_apart(self.of(principal.roles, principal.purpose, (glass.role,)))

    def of(self, roles: tuple[str, ...], purpose: str, opened: tuple[str, ...] = ()) -> TablePolicy:
        """The policy of this role set now. A request keeps the one it started with.

        A role that has to be opened counts where it is among those `opened`.
        """
        declared = self._catalog.declared
        if declared is not self._in_use or self._catalog.computed is not self._computed_in_use:
            self._take(declared)
        policy = self._store.current()
        if opened or not policy.glass_roles.isdisjoint(roles):
            roles = policy.active_roles(roles, opened)
        key = (roles, purpose, policy.version)
        found = self._tables.get(key)
        if found is None or not self._holds(found):
            found = self._tables.put(key, self.under(policy, roles, purpose))
        return found

    def _holds(self, policy: TablePolicy) -> bool:
        until = policy.table.valid_until
        return until == FOREVER or until > self._now_ms()

    def under(self, policy: Policy, roles: tuple[str, ...], purpose: str) -> TablePolicy:
        """What a role set would have now under a policy that need not be the one in force."""
        now = self._now_ms()
        table = compile_table(policy, roles, purpose, self.coordinates, now, self.interfaces)
        row_policy = row_policy_of(policy, roles, purpose, self.coordinates, now, self.interfaces)
        return TablePolicy(table, self._schema, self._masks, row_policy)

    def predicate(self, policy: TablePolicy, principal: Principal) -> str:
        """Whom a caller may be told of, as its context carries it; nothing for everybody."""
        if not policy.row_policy.rules:
            return ""
        return self._scopes.text(policy.row_policy, principal.subject, principal.attributes)

    def _take(self, declared: Coordinates) -> None:
        self._in_use, self._computed_in_use = declared, self._catalog.computed
        self.interfaces = {**self._implemented, **self._computed_in_use}
        self.coordinates = self.with_declared(declared)
        self._tables: Lru[tuple[tuple[str, ...], str, str], TablePolicy] = Lru(_KEPT)
        if self.differing:
            _log.warning("services tag otherwise than the catalog: %s", listed(self.differing))


def _unless_apart(found: TablePolicy) -> TablePolicy:
    if found.row_policy.is_refused:
        raise RolesApart
    return found
