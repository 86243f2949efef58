"""Settings: one class per service, read from `C360_*` once at start, by the composition root."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

Mode = Literal["development", "production"]

_MOST_BY_UNIT = {"_s": 1e9, "_seconds": 1e9, "_days": 36_500.0, "_minutes": 1e6}
_MOST = 1e15
"""Beyond thirty years of seconds, a century of days and a petabyte nothing is meant, and what
counts with it overflows somewhere."""


class Settings(BaseSettings):
    """What every process of an instance agrees on."""

    model_config = SettingsConfigDict(env_prefix="C360_", extra="ignore", frozen=True)

    data: Path = Field(
        default=Path("data"),
        description="Directory of the log, the embedded stores, the catalog, policy and keys.",
    )
    connectors: Path | None = Field(
        default=None,
        description="Directory of the connectors, `NAME.yaml` each; unset: connectors in the data "
        "directory.",
    )
    connector_secrets: Path | None = Field(
        default=None,
        description="Directory of their secrets, `NAME/SECRET` each; unset: keys/connectors in "
        "the data directory.",
    )
    mode: Mode = Field(
        default="development",
        description="`production` refuses tokens of the local issuer.",
    )
    log: str | None = Field(
        default=None,
        description="`kafka://host:port[,host:port][?prefix=…&replicas=…]`, or with TLS "
        "`kafka+s://[USER:PASSWORD@]host:port…[?ca=…&cert=…&key=…&sasl=…]` (PEM files; "
        "scram-sha-512, scram-sha-256 or plain); unset: the embedded log in the data directory.",
    )
    log_partitions: int = Field(
        default=3,
        ge=1,
        le=1_000,
        description="Partitions of every topic; fixed when the log is first written.",
    )
    log_max_bytes: int | None = Field(
        default=None,
        ge=65536,
        description="Greatest size of the embedded log's file; appends beyond it are refused.",
    )
    quarantine_days: float = Field(
        default=30.0,
        gt=0,
        description="How long refused items stay in the log. On Kafka it is the topic's "
        "`retention.ms`, set when the topic is made.",
    )
    quarantine_max_bytes: int = Field(
        default=256_000_000,
        ge=10_000,
        description="How many bytes of refused items stay in the log, and never more than a tenth "
        "of `C360_LOG_MAX_BYTES`; the oldest go first. On Kafka the topic's `retention.bytes`, "
        "divided by its partitions.",
    )
    audit_days: float = Field(
        default=1_096.0,
        ge=1,
        description="How many days an act stays on record; older ones are removed, some at a "
        "time, from the audit store, and from the embedded log once they are handled. On Kafka "
        "the log keeps them: `retention.ms` of its topic `audit` may be set, to as long or longer.",
    )
    clock_behind_s: float = Field(
        default=86_400.0,
        ge=0,
        description="How many seconds this clock may be behind the last entry of the log at a "
        "start; beyond, gateways and commands that write refuse to start, CLOCK_BEHIND. Within, "
        "that is told, and what is written counts as later than the log's last entry all the "
        "same.",
    )
    otlp_endpoint: str | None = Field(
        default=None,
        description="OTLP/HTTP endpoint for traces; unset means no telemetry at all.",
    )
    trace_sample: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="Share of operations traced when an OTLP endpoint is set.",
    )

    tls_cert: Path | None = Field(
        default=None,
        description="PEM file of the certificate that this process serves HTTPS with, and those "
        "between it and its authority; unset: plain HTTP.",
    )
    tls_key: Path | None = Field(
        default=None, description="PEM file of its key; unset: it stands beside the certificate."
    )
    tls_clients: Path | None = Field(
        default=None,
        description="PEM file of authorities: only clients that show a certificate of theirs are "
        "answered (mTLS), probes too. Unset: every client may connect.",
    )
    connections: int = Field(
        default=2_000,
        ge=1,
        description="Most open connections of a server, less where the process may open fewer "
        "files. Beyond, the one that waits for a request the longest is closed; where none waits, "
        "a new one is answered with 503, save for `/livez` and `/readyz`.",
    )
    request_head_s: float = Field(
        default=10.0, ge=1, description="How long the head of a request may take, in seconds."
    )
    request_body_s: float = Field(
        default=20.0,
        ge=1,
        description="How long the body of a request may take, in seconds; each 50 kB that came "
        "give it one more.",
    )
    keep_alive_s: float = Field(
        default=5.0, ge=1, description="How long a connection may wait for its next request."
    )
    answer_stalled_s: float = Field(
        default=30.0,
        ge=1,
        description="How long an answer may wait for a client that takes nothing of it.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given and the environment: to look into no file takes as long as that."""
        return init_settings, env_settings

    @field_validator("*", mode="after")
    @classmethod
    def _is_within_reason(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, int | float):
            return value
        name = info.field_name or ""
        most = next((most for end, most in _MOST_BY_UNIT.items() if name.endswith(end)), _MOST)
        # One that is no number is below nothing.
        if not value <= most:
            raise PydanticCustomError(
                "beyond_reason", "Input should be at most {most}", {"most": f"{most:g}"}
            )
        return value

    @property
    def connectors_folder(self) -> Path:
        """Where the connectors are."""
        return self.connectors or self.data / "connectors"

    def secrets_of(self, connector: str) -> Path:
        """Where the secrets of a connector are."""
        return (self.connector_secrets or self.data / "keys" / "connectors") / connector
