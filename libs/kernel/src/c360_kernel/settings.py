"""Settings: one class per service, read from `C360_*` once at start, by the composition root."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Mode = Literal["development", "production"]


class Settings(BaseSettings):
    """What every process of an instance agrees on."""

    model_config = SettingsConfigDict(env_prefix="C360_", extra="ignore", frozen=True)

    data: Path = Field(
        default=Path("data"),
        description="Directory of the log, the embedded stores, the catalog, policy and keys.",
    )
    mode: Mode = Field(
        default="development",
        description="`production` refuses tokens of the local issuer.",
    )
    log: str | None = Field(
        default=None,
        description="`kafka://host:port[,host:port][?prefix=…&replicas=…]`; unset: the embedded "
        "log in the data directory.",
    )
    log_partitions: int = Field(
        default=3,
        ge=1,
        description="Partitions of every topic; fixed when the log is first written.",
    )
    log_max_bytes: int | None = Field(
        default=None,
        ge=65536,
        description="Greatest size of the embedded log's file; appends beyond it are refused.",
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
