"""Every stable code of ours, by who meets it: what it means, and what to do about it.

A code is a promise: clients decide by it, so it keeps its name and its meaning. The codes of the
composer are those of the reference composer, and stand in its own documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """`meaning` is a sentence or two; `retryable` as `extensions.retryable` has it."""

    meaning: str
    retryable: bool = False


Codes: TypeAlias = Mapping[str, ErrorCode]


def _codes(final: Mapping[str, str], passing: Mapping[str, str] | None = None) -> Codes:
    """`final` ones hold for the request as it is, `passing` ones may be over when asked again."""
    codes = {code: ErrorCode(meaning) for code, meaning in final.items()}
    codes |= {code: ErrorCode(meaning, True) for code, meaning in (passing or {}).items()}
    return codes


REQUESTS = _codes(
    {
        "UNAUTHENTICATED": "There is no token, or it is not accepted. Why is in the log, by one "
        "of the reasons below, and never told to the caller.",
        "BAD_REQUEST": "The request is not what GraphQL over HTTP asks for.",
        "BATCHING_NOT_SUPPORTED": "A body holds one operation, not a list of them.",
        "BODY_TOO_LARGE": "The body is larger than this caller may send.",
        "BODY_INVALID": "The body of a tracking call is no JSON object, or cannot be unpacked.",
        "SOURCE_UNCLEAR": "A write key names exactly one source; this one names several or all.",
        "ORIGIN_FORBIDDEN": "The write key names the origins whose pages may use it; the page is "
        "of another one.",
        "ORIGIN_INVALID": "An origin is written in full, as `https://app.example:8443`.",
        "HEAD_TOO_LARGE": "The address and headers are larger than 64 kB.",
        "METHOD_NOT_ALLOWED": "Operations and calls are sent by POST; a GET only reads.",
        "GET_WITH_TEXT": "In production a GET may name a document, not carry one: addresses are "
        "kept by browsers, proxies and logs.",
        "NOT_ACCEPTABLE": "The caller takes none of the forms that the answer can have.",
        "UNSUPPORTED_MEDIA_TYPE": "The body is not said to be `application/json`.",
        "DENIALS_UNKNOWN": "The header `c360-denials` is neither `errors` nor `extensions`.",
        "PURPOSE_DENIED": "`c360-purpose` is none of the purposes of the token.",
        "REASON_INVALID": "A reason is plain text of 1 to 500 characters; in a header it is "
        "percent-encoded.",
        "TICKET_INVALID": "A ticket is 1 to 64 letters, digits and `. _ : / # -`.",
        "SEGMENT_UNKNOWN": "No segment of this name is there for the role that asks.",
        "EXPORT_WHAT": "Which fields to export is not known where no catalog is, or is not written "
        "as names with commas between; or the filter of an export is none.",
        "PARQUET_MISSING": "Parquet needs pyarrow: `pip install 'c360-kernel[parquet]'`.",
        "EXPORT_FORM": "The ending of the file to export to says no form that there is.",
        "EXPORT_OTHER": "Beside the file to export to lies what another export has so far: finish "
        "that one with its own fields, or remove both files.",
        "FILE_EXISTS": "The file that a command would make is there already.",
        "EXPORT_RUNNING": "Another command exports to this file.",
        "EXPORT_INVALID": "`c360-export` is true and comes with a reason, on a query whose answer "
        "comes whole.",
        "ROLES_APART": "The token names two roles that the policy keeps apart: nothing is answered "
        "to both together ([rows.md](rows.md)).",
        "BREAK_GLASS_INVALID": "The grant in `c360-break-glass` is none, is somebody else's, is "
        "over, or policy lets its role be opened no more. Of a review: no opening has this id.",
        "BREAK_GLASS_DENIED": "No rule lets the caller's roles open this role.",
        "BREAK_GLASS_TOO_LONG": "A role is opened for 1 to `C360_BREAK_GLASS_MINUTES` minutes.",
        "BREAK_GLASS_OWN_REVIEW": "Who opened a role does not review that: somebody else has to.",
        "REVOCATION_EMPTY": "A revocation names a token, a subject or a role.",
        "MASK_TOKEN_UNKNOWN": "The text is no token of a mask of this instance, or its key is "
        "gone.",
        "MASK_TOKEN_DENIED": "The caller may not read such values without a mask, so no token of "
        "one is turned back.",
        "GRAPHQL_PARSE_FAILED": "The document is not GraphQL.",
        "GRAPHQL_VALIDATION_FAILED": "The document does not fit the schema that the caller sees.",
        "OPERATION_NOT_FOUND": "The document has no such operation, or several and none is named.",
        "OPERATION_NOT_SUPPORTED": "This kind of operation is not answered here.",
        "OPERATION_TOO_LARGE": "The operation is larger than the engine plans.",
        "PLAN_INFEASIBLE": "No way through the subgraphs answers a field.",
        "BAD_VARIABLES": "A variable has a value of another type than it is declared with.",
        "VARIABLE_INVALID": "A subgraph was sent a variable of another type.",
        "VARIABLES_TOO_LARGE": "The input of the operation has too many values or characters.",
        "VARIABLES_TOO_DEEP": "The input of the operation is nested too deeply.",
        "QUERY_TOO_LARGE": "The document has too many characters.",
        "QUERY_TOO_DEEP": "The document is nested too deeply.",
        "TOO_MANY_TOKENS": "The document has too many words and signs.",
        "TOO_MANY_ALIASES": "The document has too many aliases.",
        "TOO_MANY_DIRECTIVES": "The document has too many directives.",
        "TOO_MANY_FIELDS": "The document selects too many fields.",
        "TOO_MANY_REPEATS": "The document asks for the same field too often.",
        "TOO_MANY_CONDITIONS": "The filters of the operation have too many conditions.",
        "TOO_MANY_LIST_ITEMS": "The lists in the input of a read have too many items.",
        "TOO_MANY_ITEMS": "One call takes no more items: send several.",
        "IDEMPOTENCY_KEY_INVALID": "A key of a call has 1 to 255 characters.",
        "IDEMPOTENCY_KEY_REUSED": "The key is of a call with other items: give this one its own.",
        "INTROSPECTION_DISABLED": "The caller's roles may not introspect.",
        "DOCUMENT_NOT_TRUSTED": "The caller may only send documents that were registered.",
        "PERSISTED_QUERY_NOT_FOUND": "The document is not known by this hash yet: send its text "
        "along once.",
        "PERSISTED_QUERY_NOT_SUPPORTED": "Documents are not kept by their hash here.",
        "PERSISTED_QUERY_MISMATCH": "The hash is not that of the text.",
    },
    {
        "REVOCATION_UNAVAILABLE": "The file of revocations cannot be written by this gateway: "
        "use `c360 token revoke` where it lies.",
        "RATE_LIMITED": "The principal or address sends too much: wait as `Retry-After` says.",
        "TOO_MANY_CONNECTIONS": "As many connections are open as this process takes.",
        "SUBSCRIPTION_LIMIT": "The principal has as many open subscriptions as it may have.",
    },
)

ANSWERS = _codes(
    {
        "FIELD_DENIED": "The caller's roles may not read the field; it is null.",
        "SEGMENTS_TOO_MANY": "A question puts more segments together than it may, or people have "
        "made as many as `C360_SAVED_SEGMENTS`.",
        "SEGMENT_CHANGED": "The segment that is saved is another version by now; nothing was "
        "changed.",
        "SEGMENT_IN_USE": "Other segments are made of the one to archive.",
        "SEGMENT_NAME_INVALID": "The name of a segment is snake_case, of at most 64 characters.",
        "SEGMENT_NAME_TAKEN": "A segment of the catalog has the name, or one of somebody else "
        "that you are not told of.",
        "SEGMENT_TEXT_INVALID": "A title, description or note of a segment is plain text, not too "
        "long.",
        "SEGMENT_CONDITION_INVALID": "A condition of a segment that is none, or that reads what "
        "the caller may not filter by; the message says where.",
        "CONSENT_MISSING": "In `extensions.policy`: the field is null for customers who do not "
        "consent to the caller's purpose ([rows.md](rows.md)).",
        "FIELD_MASKED": "The field is shown in part.",
        "ARGUMENT_DENIED": "The caller's roles may not ask by this argument or filter.",
        "HIDDEN_FIELD": "The field is no part of the public schema.",
        "HIDDEN_TYPE": "The type is no part of the public schema.",
        "HIDDEN_ENUM_VALUE": "The value is no part of the public schema; it is null.",
        "NULL_IN_NON_NULL": "A field that is always there came without a value.",
        "ANSWER_TOO_LARGE": "The answer has more objects or bytes than one may have: ask for less.",
        "LIST_CUT": "The list is longer than is shown; `given` is how much is.",
        "ORDER_TOO_LONG": "Customers are sorted by fewer traits than were asked for.",
        "PAGE_TOO_LARGE": "A page has fewer items than were asked for.",
        "PAGE_SIZE_INVALID": "`first` and `last` are from 0, and not given together.",
        "CURSOR_INVALID": "This is no cursor of this list, or it is of a key that is gone.",
        "TOPICS_MISSING": "A feed of changes is of one topic at least.",
        "SEARCH_INVALID": "A search has no word, or more than may be looked for at once.",
        "FILTER_INVALID": "The filter names what there is not, or compares what cannot be.",
        "EVENT_UNKNOWN": "The catalog has no such event.",
        "OBJECT_TYPE_UNKNOWN": "The catalog has no such type of objects.",
        "OBJECTS_TOO_MANY": "The filter tests a type of objects of which there are more than can be"
        " looked at for one answer.",
        "ATTRIBUTES_INVALID": "An attribute is not written `NAME=VALUE`, by a name of letters.",
        "ARGUMENTS_UNEQUAL": "Lists that belong together have other lengths.",
        "IDENTIFIER_MALFORMED": "The value is no identifier of its type.",
        "IDENTIFIER_BLOCKED": "The value stands for nobody: a placeholder, or one that is blocked.",
        "IDENTIFIER_UNMAPPED": "A column is called as a type of identifiers, and no mapping "
        "reads it: what is in it identifies nobody.",
        "SAME_OVER_LIMIT": "Of a decision that was taken: the two are not one customer, since "
        "together they hold more of an identifier type than its `limit`.",
        "SAME_KEPT_APART": "Of a decision that was taken: the two are not one customer, since of "
        "records of theirs a steward said that they are not the same.",
        "SAME_OVERRULED": "Of a decision that was taken: another one on the same two records "
        "holds.",
        "SAME_RECORD_UNKNOWN": "Of a decision that was taken: one of the records is not there, or "
        "not any more.",
        "LOOKUP_DENIED": "A warning: the item was written, but your roles may not look up by what "
        "it carries, so `customerId` is null.",
        "IDENTIFIER_GENERIC": "Too many carry the value: it says not who it is.",
        "IDENTIFIER_AMBIGUOUS": "The value is not the same everywhere: give it in full.",
        "RECORD_KEY_INVALID": "A record is named as `source/key`.",
        "NOT_FOUND": "There is no such thing, or the caller may not know of it.",
        "IDLE_TIME_INVALID": "`idleMinutes` is from 1 to 1,440.",
        "PERIOD_EMPTY": "`from` is not before `to`: nothing is in between.",
        "PRINCIPAL_UNKNOWN": "Nobody of this name did or tried anything that is on record.",
        "ACT_UNKNOWN": "No act on record is of this kind; docs/audit.md has those that are.",
        "ACCESS_WHAT": "Who may read is asked of a coordinate or of a tag, and not of both.",
        "TYPE_MISMATCH": "A value is of another type than is expected.",
        "TIME_UNIT": "A number of milliseconds is more likely one of seconds.",
        "INVALID": "The input cannot be taken as it is.",
        "CALLER_REFUSED": "A service was asked by somebody who is not its gateway.",
        "SUBGRAPH_ERROR": "A service reported an error without a code.",
        "SUBGRAPH_BAD_REPLY": "A service answered what is no answer to the question.",
        "INTERNAL": "A fault of ours, which is in the log under the `traceId`.",
        "INTERNAL_SERVER_ERROR": "A fault of the engine, which is in the log.",
        "SUBSCRIPTION_EXPIRED": "The token has run out: subscribe again with another.",
    },
    {
        "LAG_LIMITED": "A service has too many entries still to handle, so writes wait.",
        "VOLUME_LIMITED": "The principal was told of as many customers as its roles may be for now "
        "([rows.md](rows.md)).",
        "EXPORT_REQUIRED": "More customers than one answer of these roles may be about: ask for it "
        "as an export ([rows.md](rows.md#exports)).",
        "ENUMERATION_LIMITED": "The principal has looked up as many different customers as its "
        "roles may for now ([rows.md](rows.md)).",
        "SUPPRESSED_SMALL_GROUP": "Fewer customers than the caller may be told of, or a list that "
        "differs by as few from another one ([rows.md](rows.md)).",
        "LOOKUP_LIMITED": "The principal has looked up as many as it may for now.",
        "DEADLINE_EXCEEDED": "A service had no time left for it.",
        "SUBGRAPH_TIMEOUT": "A service did not answer in time.",
        "SUBGRAPH_UNREACHABLE": "A service cannot be reached.",
        "SUBGRAPH_CIRCUIT_OPEN": "A service failed so often that it is let alone for a moment.",
        "SUPERGRAPH_UNAVAILABLE": "The gateway has not read its schema yet.",
        "SUBSCRIPTION_OVERRUN": "Events came faster than they were taken: subscribe again.",
        "SUBSCRIPTION_CLOSED": "The process stops: subscribe again, another one answers.",
        "OUT_OF_MEMORY": "There is not enough memory now.",
        "AUDIT_UNAVAILABLE": "The look could not be recorded, so nothing is shown.",
        "AUDIT_UNREADABLE": "The audit log cannot be asked now.",
        "CUSTOMERS_UNREADABLE": "Customers cannot be counted now.",
        "LOG_UNAVAILABLE": "The log does not answer.",
        "LOG_FULL": "The log's disk, or the size that it may have, is used up.",
        "STORE_UNAVAILABLE": "A store does not answer.",
        "STORE_TIMEOUT": "A store took too long.",
        "STORE_INDEXING": "A store's server still makes its indexes.",
        "STORE_CONTENDED": "Somebody else was at the same customers.",
        "STORE_FULL": "The disk of a store is full.",
        "UNAVAILABLE": "Something that is needed does not answer.",
        "CONFLICT": "Somebody else changed it first.",
        "UNIQUE": "Another thing holds a value that must be unique.",
    },
)

ITEMS = _codes(
    {
        "SOURCE_FORBIDDEN": "The token may not write for this source.",
        "WRITE_DENIED": "The caller's roles may not write a trait, property, identifier or tag.",
        "UNKNOWN_SOURCE": "The catalog has no such source.",
        "UNKNOWN_TRAIT": "The catalog has no such trait.",
        "UNKNOWN_IDENTIFIER": "The catalog has no such type of identifier.",
        "UNKNOWN_EVENT": "The catalog has no such event.",
        "UNKNOWN_OBJECT": "The catalog has no such type of objects.",
        "UNKNOWN_PROPERTY": "The event or object has no such property in the catalog.",
        "UNKNOWN_PURPOSE": "Neither the catalog nor the policy has such a purpose.",
        "UNKNOWN_TAG": "The catalog has no such tag.",
        "TAG_VALUE": "The tag has no such value; null takes it off.",
        "TAG_ENDED": "The time at which the tags would end is over.",
        "TAG_BY_RULE": "A rule alone gives the tag, and it goes when that does.",
        "UNKNOWN_LINK_KIND": "The catalog has no such kind of link to an account.",
        "UNKNOWN_ACCOUNT_ROLE": "The catalog has no such role at an account.",
        "ACCOUNT_TOO_LARGE": "More events or accounts belong to an account than are read to "
        "tell how many persons have to do with it, or what it comes to.",
        "ACCOUNTS_TOO_MANY": "More accounts are in question than are compared for one list: test"
        " more of their traits.",
        "LINK_PERIOD_INVALID": "A link ends before it begins, or before 1970.",
        "ACCOUNT_PARENT_INVALID": "An account is named as a part of itself.",
        "TRAIT_TYPE": "The trait has another type.",
        "TRAIT_PATTERN": "The value is not of the form that the catalog asks for.",
        "TRAIT_CHOICE": "The value is none of the trait's choices.",
        "TRAIT_RANGE": "The value is outside the trait's bounds.",
        "TRAIT_LENGTH": "The text is longer than the trait may be.",
        "PROPERTY_TYPE": "The property has another type.",
        "IDENTIFIER_TYPE": "An identifier is a text.",
        "UNKNOWN_FIELD": "An item of this kind has no such field.",
        "FIELD_MISSING": "A field that each item has is not there.",
        "FIELD_TYPE": "A field has another type.",
        "FIELD_TOO_LONG": "A key or name is longer than 512 characters.",
        "DIGITS_LOST": "A number that names something is not known to its last digit.",
        "KEY_PLACEHOLDER": "A record's key, or the id of an event, stands for nothing.",
        "TIME_IN_FUTURE": "The time is further ahead than clocks differ.",
        "REVISION_TOO_LARGE": "The revision is not a number that sources count to.",
        "ITEM_TOO_LARGE": "The item is larger than one may be.",
        "DEAD_LETTER_GONE": "The log does not hold this entry any more.",
        "QUARANTINE_UNKNOWN": "This is no id of a refused item.",
        "QUARANTINE_GONE": "The refused item is not kept any more.",
        "QUARANTINE_CUT": "Only a part of the refused item was kept: its sender has it.",
    },
    {
        "JOIN_LIMITED": "New identifiers of this principal have joined as many as they may.",
        "SEGMENTS_UNAVAILABLE": "What may be saved as a segment cannot be known now.",
        "TAGS_UNAVAILABLE": "Where the customer has the tags cannot be known now.",
        "JOINS_UNAVAILABLE": "What the items would join cannot be known now.",
    },
)

TOKENS = _codes(
    {
        "MALFORMED": "It is no token.",
        "TOO_LARGE": "It is longer than a token may be.",
        "TOKEN_MISSING": "There is none.",
        "ISSUER_UNKNOWN": "It is of an issuer that is not trusted.",
        "KEY_UNKNOWN": "Its issuer has no such key.",
        "ALGORITHM_REFUSED": "Its algorithm is not one of its issuer's.",
        "SIGNATURE_WRONG": "It was not signed by the key that it names.",
        "TYPE_REFUSED": "It is no access token.",
        "ID_TOKEN": "It is an ID token, which says who somebody is and opens nothing.",
        "AUDIENCE_WRONG": "It is for somebody else.",
        "EXPIRED": "It has run out.",
        "NOT_YET_VALID": "It is not valid yet.",
        "LIFE_TOO_LONG": "It lives longer than tokens may.",
        "CLAIM_MISSING": "A claim that is needed is not there.",
        "CLAIM_WRONG": "A claim does not have the form that it must have.",
        "REVOKED": "It, its subject or its role was revoked.",
    }
)

OPERATING = _codes(
    {
        "SETTINGS_INVALID": "A setting, or a file that it names, cannot be used.",
        "SETTING_UNKNOWN": "A `C360_` variable is no setting: its name is misspelt.",
        "EXTRA_MISSING": "The store of the settings needs an optional part of the installation.",
        "CATALOG_INVALID": "The catalog cannot be used; each line says where and why.",
        "CATALOG_CHANGED": "A store on a server was made under a catalog with other identifiers, "
        "or under another model of likeness; the message names the command.",
        "POLICY_INVALID": "The policy cannot be used; each line says where and why.",
        "POLICY_ELSEWHERE": "The policy is in a database: ask a running instance.",
        "POLICY_UNAPPROVED": "The policy in force demands that somebody else approves another one.",
        "POLICY_OWN_APPROVAL": "Whoever proposes a policy does not approve it.",
        "POLICY_UNKNOWN": "No file and no version that was kept is named so.",
        "TESTS_INVALID": "The tests of a policy cannot be used; each line says where and why.",
        "CUSTOMER_UNKNOWN": "There is no customer of this id; asked of the audit, there never was.",
        "COORDINATE_UNKNOWN": "Nothing of this name is asked of anybody.",
        "DAYS_INVALID": "So many days cannot be looked back.",
        "ROLE_UNKNOWN": "The policy says nothing of this role.",
        "SCHEMA_EMPTY": "These roles see nothing of the schema.",
        "SCHEMA_ALTERED": "A schema of before was changed where it is kept: it is not the one on "
        "record.",
        "SCHEMA_INVALID": "The catalog makes no schema; the log says why.",
        "CASBIN_OVERWRITTEN": "The distribution `casbin` has overwritten `pycasbin`.",
        "SUPERGRAPH_INVALID": "The supergraph cannot be used.",
        "SUPERGRAPH_UNKNOWN": "There is no supergraph to check against: name one.",
        "UNSUPPORTED_FEATURE": "The supergraph needs what the engine does not have.",
        "FILE_EXPOSED": "Others may write a file that is trusted.",
        "KEY_FILE_EXPOSED": "Others may read or write a key: `chmod 600` it.",
        "NETWORK_INVALID": "A network is written as `10.2.0.0/16` or `fd00:1::/64`.",
        "WEBHOOK_SECRET_INVALID": "A secret of webhooks is `whsec_` and 24 to 64 bytes in base64; "
        "one of a connector is not written as `secret_as` says.",
        "WEBHOOK_SECRET_MISSING": "There is no secret to sign what is sent with.",
        "DESTINATION_UNKNOWN": "The catalog has no such destination, or none at all.",
        "DESTINATION_KEY_MISSING": "A destination has no key to ask the gateway by: "
        "`c360 destination add` makes one.",
        "DESTINATION_SECRET_MISSING": "A file of a secret is not there that a destination needs, "
        "or holds none that fits.",
        "DESTINATION_INVALID": "A destination of the catalog asks for what there is not; the "
        "message has its path.",
        "ADDRESS_REFUSED": "A host leads to an address that is not public; nothing was sent there.",
        "CONNECTOR_KEYS_INVALID": "A line of `connector-keys.jsonl` is no key of a connector.",
        "KEY_FILE_INVALID": "A key file does not hold a key.",
        "KEY_MISSING": "A key is gone that stores were made under: put it back.",
        "KEY_REPLACED": "Another key is in the place of one that stores were made under.",
        "TLS_INVALID": "A certificate, key or authority of the settings cannot be used.",
        "LOG_UNKNOWN": "`C360_LOG` is no log.",
        "LOG_URL_INVALID": "The URL of the log cannot be read.",
        "TOPIC_SETTINGS": "A topic of Kafka has other settings than the log needs.",
        "LOG_FOREIGN": "The log is another's, or another than the one that the stores are from.",
        "LOG_TRUNCATED": "The beginning of the log is gone: nothing can be derived from it.",
        "STORE_FOREIGN": "The store is another instance's, or another replica's.",
        "REPLAY_UNFINISHED": "A replay into this directory did not end: run the same again.",
        "CLOCK_BEHIND": "The clock is far behind the last entry of the log.",
        "PARTITIONS_CHANGED": "The log has another number of partitions than the settings say.",
        "STORE_UNKNOWN": "The URL of a store cannot be read.",
        "MODEL_INVALID": "The model of scored matching is not understood, or of another catalog.",
        "SCORES_NOT_FITTED": "No model is the likeliest for these purchases: there are too few, or "
        "nobody bought again.",
        "COMPUTED_NONE": "The catalog has no section `computed` or `lifecycle`, and no tag with a "
        "rule.",
        "SCORES_FEW": "There are too few customers who bought, or bought again, to fit a model by.",
        "SCORES_UNDECLARED": "The catalog has no source `insight` or no traits for scores "
        "(docs/scores.md).",
        "SCORES_WORSE": "The model counts purchases no better than no model does: its scores are "
        "not written.",
        "SCORES_LEAK": "What a model says at the split depends on what came after it: a fault.",
        "SCORE_MODEL_INVALID": "The model of buying is not understood, or has no proper name.",
        "PURCHASES_UNKNOWN": "The catalog has no such event, no such purpose, or no such "
        "property that is a number.",
        "PURCHASES_MIXED": "Purchases are in several currencies: choose one.",
        "STORE_UNUSABLE": "A store is at fault itself; asking again does not help.",
        "STORE_FORMAT": "A store was written by another version; the message names the cure.",
        "STORE_DAMAGED": "A file of a store is damaged; see docs/operations.md.",
        "TREE_DAMAGED": "The trees over the audit are not what was signed: `c360 audit verify` "
        "says where. Nothing more is signed on top of it.",
        "LEAVES_LOST": "The audit store was filled anew from a log whose oldest entries are gone, "
        "so their hashes are, too (docs/audit.md, A store that was lost).",
        "CHECKPOINT_KEY_UNKNOWN": "The newest checkpoint is signed with a key that is not held "
        "(docs/operations.md, rotating keys).",
        "CHECKPOINT_INVALID": "This is no checkpoint of a tree.",
        "PROOF_UNKNOWN": "Nothing of this entry is left, or no checkpoint covers it yet.",
        "NOTE_INVALID": "This is no signed note, or one of its signatures is false.",
        "NOTE_UNSIGNED": "No known key has signed this note.",
        "WITNESS_INVALID": "`C360_AUDIT_WITNESSES` cannot be read.",
        "NOTE_KEY_INVALID": "This is no verifier key.",
        "RECEIPT_INVALID": "This is no receipt of a consent as JSON.",
        "RECEIPT_UNSIGNED": "A receipt has no signature.",
        "SIGNATURE_INVALID": "A signature is of something else: what it is beside was changed.",
        "SIGNATURE_KEY_UNKNOWN": "A signature is under a key that is not known.",
        "JWK_INVALID": "This is no public key of Ed25519 as a JWK, or no set of them.",
        "JSON_NOT_CANONICAL": "Something is signed, or to be, that is no text, list or object.",
        "STORE_STATEMENT": "A store could not run a statement.",
        "STORE_DOCUMENT": "A store cannot hold a document.",
        "STORE_VALUE": "A store cannot hold a value.",
        "STORE_TOO_LARGE": "A value is too large for a store.",
        "STEPS_FAILED": "What entries ask for beside their own batch fails, so a projection is not "
        "whole.",
        "ENTRY_TOO_LARGE": "An entry is larger than the log takes.",
        "PROFILE_TOO_LARGE": "A golden profile is larger than an entry, so traits are left out of "
        "what is published of it.",
        "PAYLOAD_SEALED": "An entry has parts that only a newer version can read: use that.",
        "PAYLOAD_MALFORMED": "An entry of the log cannot be read.",
        "DECISION_PAIR_INVALID": "A decision is about two records.",
        "PROJECTION_AHEAD": "A store is ahead of its log: they do not belong together.",
        "HANDLER_FAILED": "An entry failed each time, and was put aside as a dead letter.",
        "WORKER_FAILED": "A worker ended unexpectedly.",
        "DATA_IN_USE": "Another process runs this data directory.",
        "CONDITION_INVALID": "A text that a store kept is no condition.",
        "DATA_DIRECTORY_EMPTY": "There is no instance in this directory.",
        "POLICY_MISSING": "An instance is here, and its policy is gone: put it back.",
        "CATALOG_MISSING": "An instance is here, and its catalog is gone: put it back.",
        "TARGET_NOT_EMPTY": "There already is something in this directory or log.",
        "PORT_INVALID": "There is no such port.",
        "ADDRESS_UNUSABLE": "This address cannot be listened at.",
        "FILE_UNUSABLE": "A file cannot be read or written.",
        "SERVICE_UNKNOWN": "There is no such service.",
        "SUBGRAPHS_INVALID": "Services are given as `name=URL`, or as one URL with `{name}` and "
        "`{port}`.",
    },
    {
        "CHECKPOINT_BEHIND": "A checkpoint that is kept is of a larger tree than the audit store "
        "has: the store was put back to an earlier day. The file is left as it is.",
        "FILE_UNWRITABLE": "A checkpoint cannot be written where it is to be kept.",
        "WITNESS_AHEAD": "A witness has seen a larger tree than the audit store has: the store was "
        "put back to an earlier day.",
        "WITNESS_REFUSED": "A witness of the audit refuses a checkpoint; it is shown again.",
        "WITNESS_SIGNATURE_FALSE": "What a witness answered is not its signature.",
        "WITNESS_UNREACHABLE": "A witness of the audit does not answer.",
        "POLICY_REPLACED": "Somebody else published a policy in between: look at it first.",
        "STORE_LOGIN": "A store refuses its login, or has no right for it.",
        "STORE_READ_ONLY": "The file of a store can only be read.",
        "STORE_DISK": "The disk of a store fails.",
        "STORE_GONE": "A file of a store or the log was removed while it was in use.",
        "STORE_DATABASE": "The server of a store has no such database.",
        "STORE_REPLICA_SET": "The server of a store is no member of this replica set.",
        "LOG_LOGIN": "The brokers do not accept the user or password of `C360_LOG`.",
        "LOG_REFUSED": "The brokers refuse what the settings of the log ask for.",
        "STORE_REPLACED": "Another store was put in the place of this one.",
        "POSITION_MOVED": "Another worker handled these entries first.",
        "GROUP_BUSY": "An instance that runs feeds this store: stop it first.",
        "CUSTOMER_HIDDEN": "Of a delivery: the destination is told of no such customer.",
        "CUSTOMER_ENDED": "Of a delivery: the customer is another one by now.",
        "NOT_ENDED": "Of a delivery: the customer is one again.",
        "SEGMENT_HIDDEN": "Of a delivery: the destination may not be told of the segment.",
        "MEMBERSHIP_CHANGED": "Of a delivery: the customer has left the segment again, or entered.",
        "UNCHANGED": "Of a delivery: the destination has this row.",
        "ROWS_ENDED": "Of a delivery: the destination holds no rows any more.",
        "RECEIVER_GONE": "A receiver answered 410: it is sent nothing until it is turned on again "
        "(`c360 destination resume`).",
        "POLICY_UNREADABLE": "The gateway did not say what a destination may be told: nothing is "
        "sent, and it is asked again.",
        "RECEIVER_TIMEOUT": "A receiver took too long; it is sent to again.",
        "RECEIVER_UNREACHABLE": "A receiver is not reached; it is sent to again.",
        "HOST_UNKNOWN": "A host that something is sent to has no address now; it is tried again.",
        "TOPIC_UNREACHABLE": "A topic that something is sent to is not reached; it is tried again.",
        "DESTINATION_FOLDER": "The folder of a destination cannot be written; it is tried again.",
        "ANSWER_REFUSED": "A receiver's answer is none of those that say that it took a message.",
        "RECIPIENT_MISSING": "Of a delivery: there is no address to write to, or it is masked.",
        "RECIPIENT_INVALID": "Of a delivery: what there is to write to is no address.",
        "VALUE_MISSING": "Of a delivery: an address to call has no step for a value.",
        "PORT_IN_USE": "Somebody listens at this port already.",
    },
)

COMMANDS = _codes(
    {
        "URL_INVALID": "`--url` is `http://HOST:PORT` or `https://…`.",
        "NOT_GRAPHQL": "What answers there is no instance.",
        "OPERATION_REFUSED": "The instance refused the operation without a code.",
        "EXPIRES_INVALID": "`--expires` is a number with s, m, h or d.",
        "INSTANT_INVALID": "An instant is written `2026-01-31T12:00:00Z`, with its offset.",
        "EXPORT_FILE": "The file to export to holds something else.",
        "EXPORT_TARGET": "Syslog is named `syslog://HOST:PORT`.",
        "FORGET_WHOM": "Name whom to forget: `--customer` or `--record SOURCE/KEY`.",
        "REVOKE_WHAT": "Name what to revoke: `--jti`, `--subject` or `--role`.",
        "CONNECTOR_EXISTS": "This connector has a key: `c360 keys rotate` makes another.",
        "CONNECTOR_KEYS_ACTIVE": "Two keys of this connector hold: revoke the older one first.",
        "CONNECTOR_KEY_UNKNOWN": "No key of this id holds; `c360 keys list` has those that do.",
        "CONNECTOR_NAME_INVALID": "A connector is named by lower-case letters, digits, "
        "`.`, `_` and `-`.",
        "CONNECTOR_MISSING": "There is no connector of this name: a file `connectors/NAME.yaml`.",
        "CONNECTOR_INVALID": "A connector's file is not understood; the line, the path and the "
        "nearest name are told ([connectors.md](connectors.md)).",
        "CONNECTOR_SECRET_MISSING": "A secret that a connector names is in no file, or the file "
        "does not hold one line.",
        "CONNECTOR_KEY_MISSING": "What runs connectors alone has no key to write with for this "
        "one: put what `c360 keys add` prints beside its secrets, as `api-key`.",
        "CONNECTOR_STATE_DAMAGED": "How far a connector has come cannot be read.",
        "CONNECTOR_STOPPED": "A source answers in a way that asking again does not mend.",
        "CONNECTOR_UNAUTHORIZED": "A source does not let the connector in, also after a new "
        "log-in.",
        "CONNECTOR_REFUSED": "A source refuses the request of a connector, by a status or by its "
        "`errors`.",
        "DELIVERY_REFUSED": "What was sent to `/connect/NAME` is not of its source: its signature, "
        "its time or its address is another, or it cannot be read.",
        "HINT_INVALID": "A delivery does not say what to ask for, or nothing that an id looks "
        "like.",
        "CONNECTOR_ANSWER_INVALID": "An answer of a source has nothing where its rows should be, "
        "or no text where the next page should.",
        "CONNECTOR_CURSOR_INVALID": "A row has a time or number to go on by that cannot be read.",
        "CONNECTOR_PAGE_LOOP": "A source leads to the same page again.",
        "CONNECTOR_LINK_FOREIGN": "A source leads to another host for its next page: credentials "
        "are not sent there.",
        "CONNECTOR_ROWS_REFUSED": "A fifth of a page cannot be mapped, or the instance refuses all "
        "rows alike: a field was renamed, or a right is missing. Nothing of the page is behind the "
        "cursor.",
        "ANSWER_TOO_LARGE": "An answer of a source is larger than 32 MB: ask for smaller pages.",
        "CONNECTOR_UNKNOWN": "No key of this connector holds: `c360 keys add` makes the first.",
        "CUSTOMER_UNKNOWN": "There is no such customer, or none that the asker may be told of.",
        "RECORD_UNKNOWN": "There is no such record, or none that the asker may be told of.",
        "RECORD_UNREADABLE": "A record is named `SOURCE/KEY`.",
        "PROOF_FALSE": "A look of the demonstration is not where its proof says.",
        "REPLAY_WHAT": "Give either `--from` or `--projection`.",
        "DEAD_LETTER_UNKNOWN": "No entry of this id was put aside.",
        "DEMO_DIFFERS": "What a decision changed did not come back as it was.",
        "DEMO_REFUSED": "The demo's own items were refused.",
        "IMPORT_REFUSED": "The import cannot begin as it was asked for; nothing was sent.",
        "IMPORT_STOPPED": "The instance takes nothing more; the same command goes on later.",
        "IMPORT_COPY_FAILED": "There is no room in the data directory for a copy of a large file; "
        "nothing was sent.",
        "MAPPING_INVALID": "The mapping does not say how to read a file.",
        "MAPPING_COLUMN_MISSING": "The file has no column that the mapping names.",
        "REJECTS_FILE_EXISTS": "The reject file would overwrite something else.",
        "FILE_NOT_FOUND": "There is no such file.",
        "FILE_EMPTY": "The file has no header row.",
        "FILE_HEADER_INVALID": "The header row cannot be used.",
        "FILE_DAMAGED": "The file is damaged gzip or Parquet.",
        "FILE_NOT_PARQUET": "The mapping says Parquet, and the file is none.",
        "FILE_NOT_UTF8": "The file is not UTF-8: name its encoding in the mapping.",
        "FILE_NOT_DECODABLE": "The file is not of the encoding that the mapping names.",
        "FILE_ENCODING_MISNAMED": "The file is of another encoding than the mapping says.",
        "ROW_INVALID": "A row cannot be sent.",
        "ROW_FIELD_COUNT": "A row has more or fewer fields than the header.",
        "ROW_HOLDS_ROWS": "A cell holds what looks like rows: a quote is missing.",
        "ROW_NOT_CSV": "The quotes of a row do not match.",
        "ROW_NOT_JSON": "A row is not JSON.",
        "ROW_NOT_OBJECT": "A row is not an object.",
        "ENVELOPE_INVALID": "A message is not what the mapping's format says.",
        "CDC_TRUNCATED": "A change event says that a whole table was emptied.",
        "CDC_VALUE_UNAVAILABLE": "A change event lacks a value that did not change, and which the "
        "mapping reads as a part of the whole state.",
        "SOURCE_FAILED": "A source of Airbyte says that it has failed.",
        "CELL_TOO_LARGE": "A cell is too large, or its quotes do not match.",
        "VALUE_INVALID": "A cell cannot be read as the mapping says.",
        "VALUE_NOT_SCALAR": "A path of the mapping ends at an object or a list.",
    },
    {
        "EXPORT_TARGET_AWAY": "The syslog server that acts are exported to is away.",
        "CONNECTOR_AWAY": "A source did not answer, however often it was asked; it is asked "
        "another time.",
        "SOURCE_TIMEOUT": "A source took too long to answer.",
        "SOURCE_UNREACHABLE": "A source is not reached.",
        "INSTANCE_UNREACHABLE": "Nothing answers at this address.",
    },
)

ALERTS = _codes(
    {
        "LOGINS_FAILED": "Ten failed log-ins or more from one address within five minutes.",
        "REFUSALS": "Twenty refused requests or more of one principal within five minutes.",
        "BREAK_GLASS": "A role was broken into.",
        "BREAK_GLASS_UNREVIEWED": "Nobody looked at it within a day.",
        "POLICY_BY_ITS_AUTHOR": "A policy came into force that nobody but its author approved.",
        "POLICY_UNANNOUNCED": "A policy is in force that no command put there.",
        "CHECKPOINT_MISSING": "Acts are older than a minute and under no signed checkpoint.",
    }
)

SECTIONS: tuple[tuple[str, str, Codes], ...] = (
    ("Requests", "Nothing was done.", REQUESTS),
    ("Answers", "A part of the answer is missing, or all of it.", ANSWERS),
    ("Items of a write", "Each item is taken or refused alone.", ITEMS),
    ("Tokens", "Reasons in the log of a token that was refused.", TOKENS),
    ("Running an instance", "At the start, in the log, and in `/readyz`.", OPERATING),
    ("Commands", "Of `c360 import` and the other commands, also for each row.", COMMANDS),
    ("Alerts", "Of `c360 audit alerts`: what on record somebody should look at.", ALERTS),
)
