"""The gateway's settings."""

from __future__ import annotations

from pathlib import Path

from c360_kernel.settings import Settings
from pydantic import Field


class GatewaySettings(Settings):
    """Read from `C360_*` once at start."""

    policy: Path | None = Field(
        default=None,
        description="Directory of model.conf and policy.csv; unset means `policy` in the data "
        "directory, where the default policy is put at first start.",
    )
    policy_store: str | None = Field(
        default=None,
        description="`mongodb://HOST/DATABASE` where policy is kept; it starts with the policy of "
        "the directory. Unset: the directory is the policy.",
    )
    policy_max_age_s: float = Field(
        default=60.0,
        ge=0,
        description="How long a policy holds that the database does not confirm; then everything "
        "is denied until it answers.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="Issuer URL of the OIDC provider whose tokens are accepted.",
    )
    oidc_jwks: Path | str | None = Field(
        default=None,
        description="The provider's JSON Web Key Set: a file, looked at every second, or an https "
        "address.",
    )
    oidc_jwks_refresh_s: float = Field(
        default=300.0,
        ge=10,
        description="How often the address is asked again; a token with a key that was not there "
        "has it asked sooner, ten seconds apart at least.",
    )
    oidc_jwks_max_age_s: float = Field(
        default=3_600.0,
        ge=0,
        description="How long the last good keys hold when the set cannot be read again; then no "
        "token of the provider is accepted until it can.",
    )
    oidc_audience: str = Field(
        default="c360",
        description="What the provider calls us: the `aud` claim of its tokens.",
    )
    oidc_token_types: str = Field(
        default="at+jwt,JWT",
        description="Types of token that are taken as access tokens: `at+jwt` alone is safest, "
        "`JWT` is what most providers send ([oidc.md](oidc.md)).",
    )
    oidc_roles_claim: str = Field(
        default="roles",
        description="Where the provider's tokens name roles: a claim, or a path of names such as "
        "`realm_access.roles`.",
    )
    oidc_roles_map: str = Field(
        default="",
        description="Our roles for the provider's: `THEIRS=OURS,THEIRS=OURS` or a JSON object; "
        "roles that it does not hold are ignored. Empty: they are named as ours.",
    )
    oidc_purpose_claim: str = Field(
        default="purpose",
        description="Where the provider's tokens name the purpose; without it there is none.",
    )
    oidc_sources_claim: str = Field(
        default="sources",
        description="Where the provider's tokens name the sources that may be written; without it "
        "none may.",
    )
    oidc_attributes: str = Field(
        default="",
        description="What row rules may ask of the provider's tokens: `OURS=CLAIM,OURS=CLAIM`, each"
        " claim a name or a path of names; a claim alone is named as ours.",
    )
    token_max_life_s: float = Field(
        default=86_400.0,
        gt=0,
        description="Longest life of a token, from `iat` (or now) to `exp`; a longer one is "
        "refused.",
    )
    cors_origins: str = Field(
        default="",
        description="Origins whose web pages may call the API from a browser, in full and with "
        "commas between (`https://app.example`); `*` is refused. Empty: none but our own.",
    )
    revoked: Path | None = Field(
        default=None,
        description="File of revoked tokens, looked at every second; unset: revoked.jsonl in the "
        "data directory, which `c360 token revoke` writes.",
    )
    connector_keys: Path | None = Field(
        default=None,
        description="File of the keys of connectors, looked at every second; unset: "
        "connector-keys.jsonl in the data directory, which `c360 keys` writes.",
    )
    break_glass_minutes: int = Field(
        default=60,
        ge=1,
        le=24 * 60,
        description="Longest time that a role may be opened for by `breakGlass`, in minutes.",
    )
    lag_limit: int = Field(
        default=500_000,
        ge=1,
        description="Most log entries that identity, profile or segment may have still to handle; "
        "while one has more, writes are answered with 429 and a pause.",
    )
    connect_lag_limit: int = Field(
        default=50_000,
        ge=1,
        description="Most deliveries of sources that may wait for whoever runs their connector; "
        "while as many do, more are answered with 429 and a pause.",
    )
    lookups_per_minute: int = Field(
        default=60,
        ge=1,
        description="Most look-ups and filtered questions a minute by one principal whose roles "
        "may `lookup` or `filter` by a value without reading it; further ones are answered with "
        "429.",
    )
    saved_segments: int = Field(
        default=500,
        ge=0,
        description="So many segments that people made are there at a time; archived ones do not "
        "count.",
    )
    reader_joins_per_hour: int = Field(
        default=100,
        ge=1,
        description="After so many identifiers that joined a record to another customer, a "
        "principal that may also read customers writes no new identifier for a while.",
    )
    reader_identifiers_per_hour: int = Field(
        default=2_000,
        ge=1,
        description="Most identifiers new to their record that a principal that may also read "
        "customers writes in an hour; further items are refused, JOIN_LIMITED.",
    )
    clock_skew_s: int = Field(
        default=300,
        ge=0,
        description="How many seconds a time that a sender gives may lie ahead of this clock: it "
        "then counts as the time of arrival. Beyond, records and events are refused, "
        "TIME_IN_FUTURE; consents count as given on arrival however far ahead.",
    )
    max_body_bytes: int = Field(
        default=8_000_000,
        ge=1_000,
        description="Largest body of a mutation; a larger one is answered with 413.",
    )
    max_read_body_bytes: int = Field(
        default=1_000_000,
        ge=1_000,
        description="Largest body of a request that does not write, and of any request of a caller "
        "whose roles may not write; a larger one is answered with 413.",
    )
    query_depth: int = Field(default=15, ge=1, description="Deepest nesting of an operation.")
    query_cost: int = Field(
        default=20_000,
        ge=100,
        description="Most objects that an answer may hold, estimated before it is asked for.",
    )
    query_tokens: int = Field(default=2_000, ge=10, description="Most tokens of an operation.")
    query_aliases: int = Field(default=30, ge=0, description="Most aliases of an operation.")
    query_conditions: int = Field(
        default=200,
        ge=1,
        description="Most conditions of an operation that reads, in its text and its variables "
        "together, counted for each place where they are used.",
    )
    query_list_items: int = Field(
        default=1_000,
        ge=1,
        description="Most items in all lists of an operation that reads, counted as conditions "
        "are.",
    )
    query_variable_nodes: int = Field(
        default=10_000,
        ge=10,
        description="Most values, one inside the other, that an operation that reads brings along.",
    )
    answer_objects: int = Field(
        default=20_000,
        ge=100,
        description="Most objects that an answer may hold, counted as services answer; one with "
        "more is ended, ANSWER_TOO_LARGE.",
    )
    answer_bytes: int = Field(
        default=10_000_000,
        ge=10_000,
        description="Most bytes that services may answer to one request, counted as they come.",
    )
    query_seconds: float = Field(
        default=10.0,
        ge=0.05,
        description="How long a read may take in all; stores stop working on it then.",
    )
    mutation_variable_nodes: int = Field(
        default=1_000_000,
        ge=1_000,
        description="Most values, one inside the other, that a mutation brings along.",
    )

    documents: Path | None = Field(
        default=None,
        description="Trusted documents: a manifest (`{hash: text}`, or as Apollo's tools write it) "
        "or a directory of them; read again when they change. Who may send others is "
        "a matter of policy (`operation:ad-hoc`).",
    )
    automatic_documents: int = Field(
        default=1_000,
        ge=0,
        description="How many documents are remembered that callers sent along with their hash "
        "(automatic persisted queries); 0: none.",
    )

    subscriptions_per_principal: int = Field(
        default=250,
        ge=0,
        description="Most subscriptions that one principal may have open in one gateway process; "
        "another one is answered with SUBSCRIPTION_LIMIT.",
    )

    principal_requests_per_s: float = Field(
        default=3_500,
        gt=0,
        description="How many requests a second one principal (issuer and subject) may send to one "
        "gateway process; for a moment twice as many. More are answered with 429 RATE_LIMITED.",
    )
    principal_concurrent: int = Field(
        default=32,
        ge=1,
        description="How many requests of one principal run at a time in one gateway process; the "
        "others wait.",
    )
    principal_queue: int = Field(
        default=500,
        ge=0,
        description="How many requests of one principal may wait; more are answered with 429.",
    )
    principal_wait_s: float = Field(
        default=5.0,
        ge=0.05,
        description="How long a request may wait for its principal's turn; then it is answered "
        "with 429.",
    )
    principal_bytes_per_s: float = Field(
        default=10_000_000,
        gt=0,
        description="How many bytes a second one principal may send to one gateway process, and "
        "ten times as many at once. Beyond, its requests are answered with 429.",
    )
    unauthenticated_per_s: float = Field(
        default=100,
        gt=0,
        description="How many requests a second without an accepted token one address may send to "
        "one gateway process; more are answered slowly and with 429.",
    )

    quarantine_bytes_per_hour: int = Field(
        default=10_000_000,
        ge=1,
        description="How many bytes of refused items are kept an hour for one principal in one "
        "gateway process, and ten times as many for all. Beyond, items are refused and not kept.",
    )

    subgraph_ca: Path | None = Field(
        default=None,
        description="PEM file of the authorities that vouch for services reached by https; unset: "
        "the system's.",
    )
    subgraph_cert: Path | None = Field(
        default=None,
        description="PEM file of the certificate that the gateway shows to services (mTLS).",
    )
    subgraph_key: Path | None = Field(
        default=None, description="PEM file of its key; unset: it stands beside the certificate."
    )
    subgraph_timeout_s: float = Field(
        default=10.0,
        ge=0.05,
        le=30,
        description="How long a remote subgraph may take for a request.",
    )
    subgraph_retries: int = Field(
        default=2,
        ge=0,
        description="How often a read is sent again that found no subgraph; writes never are.",
    )
    subgraph_rest_s: float = Field(
        default=2.0,
        ge=0,
        description="How long a remote subgraph that mostly fails is left alone before it is tried "
        "again; 0: it always is asked.",
    )

    @property
    def policy_directory(self) -> Path:
        """Where the policy is read from."""
        return self.policy or self.data / "policy"

    @property
    def last_good(self) -> Path:
        """The supergraph that was put to use last."""
        return self.data / "gateway" / "supergraph.graphql"

    @property
    def policy_versions(self) -> Path:
        """Where the text of every policy that was in force is kept."""
        return self.data / "policy-versions"

    @property
    def schema_versions(self) -> Path:
        """Where every schema that was served is kept."""
        return self.data / "schema-versions"

    @property
    def revoked_file(self) -> Path:
        """Where revocations are read from."""
        return self.revoked or self.data / "revoked.jsonl"

    @property
    def connector_keys_file(self) -> Path:
        """Where the keys of connectors are read from."""
        return self.connector_keys or self.data / "connector-keys.jsonl"

    @property
    def issuer_key_file(self) -> Path:
        """The local issuer's signing key."""
        return self.data / "keys" / "token.key"
