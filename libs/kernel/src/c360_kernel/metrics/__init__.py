"""Every metric of the project, by the name that dashboards know it by.

One process has one of each, whatever runs in it. What a name means never changes once released.
"""

from __future__ import annotations

from c360_kernel.metrics.instruments import Counter, Gauge, Histogram, Instrument, Level

REQUESTS = Counter(
    "c360_requests_total",
    "GraphQL requests by how they ended: OK, PARTIAL where something failed, else its code.",
    ("code",),
)
REQUEST_SECONDS = Histogram("c360_request_seconds", "Time to answer a GraphQL request.")
DENIALS = Counter(
    "c360_denials_total", "Uses of a coordinate that policy refused, by code.", ("code",)
)
PLAN_CACHE_HITS = Counter(
    "c360_plan_cache_hits_total", "Operations that were found parsed, decided and planned."
)
PLAN_CACHE_MISSES = Counter(
    "c360_plan_cache_misses_total", "Operations that had to be decided and planned."
)
APPEND_QUEUE_DEPTH = Gauge(
    "c360_append_queue_depth", "Appends to the log that wait to be acknowledged."
)
ENTRIES_HANDLED = Counter(
    "c360_entries_handled_total", "Log entries handled by a consumer group.", ("group",)
)
DEAD_LETTERS = Counter(
    "c360_dead_letters_total", "Log entries that a consumer group put aside.", ("group",)
)
TICKS = Counter("c360_ticks_total", "Ticks that the clock appended: something scheduled was due.")
SCHEDULED_WOKEN = Counter(
    "c360_scheduled_woken_total", "Scheduled items that a consumer group was woken for.", ("group",)
)
RESOLUTION_SECONDS = Histogram(
    "c360_resolution_seconds", "Time in which identity resolved one batch of entries."
)
JOINS = Counter(
    "c360_joins_total",
    "Records that joined a customer of other records, by the source that sent them.",
    ("source",),
)
LARGE_CUSTOMERS = Counter(
    "c360_large_customers_total",
    "Batches of identity that touched a customer of 10,000 records or more, once for each.",
)
LARGE_CUSTOMERS_NOW = Level(
    "c360_large_customers",
    "Customers of 10,000 records or more, as the store of identity has them.",
)
LARGEST_CUSTOMER = Level(
    "c360_largest_customer_records",
    "Records of the largest customer of 10,000 records or more; 0 where there is none.",
)
LARGE_SOLVES_FAILING = Level(
    "c360_large_solves_failing",
    "1 while a solve of large customers fails and is tried again, 0 else.",
)
QUALITY_BREACHES = Counter(
    "c360_quality_breaches_total",
    "Times that a measure of a trait in a source went beyond its bound in the catalog.",
    ("measure",),
)
for _measure in ("completeness", "validity", "uniqueness", "timeliness", "conflicts", "drift"):
    QUALITY_BREACHES.add(_measure, amount=0)
DELIVERIES = Counter(
    "c360_deliveries_total",
    "Tries to tell a destination of a change, by what came of them.",
    ("destination", "status"),
)
QUARANTINED = Counter(
    "c360_quarantined_total", "Refused items, by how much of each is kept.", ("kept",)
)
# A series that begins above zero has not grown, for whoever asks a scraper by how much.
for _kept in ("whole", "cut", "bare", "none"):
    QUARANTINED.add(_kept, amount=0)
ACTS = Counter(
    "c360_acts_total", "Acts put on record besides operations and commands, by kind.", ("kind",)
)
for _kind in ("login_failed", "refusal", "policy_refused", "break_glass_opened"):
    ACTS.add(_kind, amount=0)
TRACKING_CALLS = Counter(
    "c360_tracking_calls_total",
    "Tracking calls by type and by what became of them: accepted, partial, refused, duplicate.",
    ("type", "outcome"),
)
for _outcome in ("accepted", "partial", "refused", "duplicate"):
    TRACKING_CALLS.add("track", _outcome, amount=0)
TRACKING_REQUESTS = Counter(
    "c360_tracking_requests_total",
    "Requests of tracking calls by how they ended: OK, PARTIAL where a call was refused, else a"
    " code.",
    ("code",),
)
CONNECT_REQUESTS = Counter(
    "c360_connect_requests_total",
    "Deliveries of sources to connectors by how they ended: OK, else a code.",
    ("code",),
)
CONNECT_FORGOTTEN = Counter(
    "c360_connect_forgotten_total",
    "Deliveries of sources that went from the inbox before their connector took them.",
    ("connector",),
)
TRACKING_LEFT_OUT = Counter(
    "c360_tracking_properties_left_out_total",
    "Properties of tracked events that the catalog has no place for, by source and event.",
    ("source", "event"),
)
ROLL_UPS_LEFT_OUT = Counter(
    "c360_roll_ups_left_out_total",
    "Times that a live roll-up of an account was too large to be worked out or told, by name.",
    ("roll_up",),
)
CHECKPOINTS_KEPT = Counter(
    "c360_checkpoints_kept_total",
    "Times that signed checkpoints of the audit were kept elsewhere, by where and how that ended.",
    ("keeper", "code"),
)
ACCESS_ANOMALIES = Counter(
    "c360_access_anomalies_total",
    "What stood out of the access of an hour that is over, by kind.",
    ("kind",),
)
for _kind in ("CUSTOMERS", "VOLUME", "HOURS", "REFUSALS", "ENUMERATION"):
    ACCESS_ANOMALIES.add(_kind, amount=0)
WORKERS_STOPPED = Counter(
    "c360_workers_stopped_total",
    "Workers of this process that ended, by projection and the code of what stopped them.",
    ("group", "code"),
)
CONSUMER_LAG = "c360_consumer_lag"

INSTRUMENTS: tuple[Instrument, ...] = (
    REQUESTS,
    REQUEST_SECONDS,
    DENIALS,
    PLAN_CACHE_HITS,
    PLAN_CACHE_MISSES,
    APPEND_QUEUE_DEPTH,
    ENTRIES_HANDLED,
    DEAD_LETTERS,
    TICKS,
    SCHEDULED_WOKEN,
    RESOLUTION_SECONDS,
    JOINS,
    LARGE_CUSTOMERS,
    LARGE_CUSTOMERS_NOW,
    LARGEST_CUSTOMER,
    LARGE_SOLVES_FAILING,
    QUALITY_BREACHES,
    DELIVERIES,
    QUARANTINED,
    ACTS,
    TRACKING_CALLS,
    TRACKING_REQUESTS,
    TRACKING_LEFT_OUT,
    CONNECT_REQUESTS,
    CONNECT_FORGOTTEN,
    ROLL_UPS_LEFT_OUT,
    CHECKPOINTS_KEPT,
    ACCESS_ANOMALIES,
    WORKERS_STOPPED,
)
