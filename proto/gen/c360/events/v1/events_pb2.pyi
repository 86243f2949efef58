from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RecordMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECORD_MODE_UNSPECIFIED: _ClassVar[RecordMode]
    RECORD_MODE_UPSERT: _ClassVar[RecordMode]
    RECORD_MODE_PATCH: _ClassVar[RecordMode]

class RevisionScale(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REVISION_SCALE_UNSPECIFIED: _ClassVar[RevisionScale]
    REVISION_SCALE_SOURCE: _ClassVar[RevisionScale]
    REVISION_SCALE_TIME: _ClassVar[RevisionScale]
RECORD_MODE_UNSPECIFIED: RecordMode
RECORD_MODE_UPSERT: RecordMode
RECORD_MODE_PATCH: RecordMode
REVISION_SCALE_UNSPECIFIED: RevisionScale
REVISION_SCALE_SOURCE: RevisionScale
REVISION_SCALE_TIME: RevisionScale

class Value(_message.Message):
    __slots__ = ("text", "integer", "number", "flag", "texts")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    INTEGER_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    FLAG_FIELD_NUMBER: _ClassVar[int]
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    text: str
    integer: int
    number: float
    flag: bool
    texts: TextList
    def __init__(self, text: _Optional[str] = ..., integer: _Optional[int] = ..., number: _Optional[float] = ..., flag: _Optional[bool] = ..., texts: _Optional[_Union[TextList, _Mapping]] = ...) -> None: ...

class TextList(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, items: _Optional[_Iterable[str]] = ...) -> None: ...

class Identifier(_message.Message):
    __slots__ = ("type", "value")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    type: str
    value: str
    def __init__(self, type: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class RecordUpserted(_message.Message):
    __slots__ = ("source", "key", "revision", "observed_at", "deleted", "personal", "scale", "mode", "named", "sealed")
    class Personal(_message.Message):
        __slots__ = ("identifiers", "traits")
        class TraitsEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: Value
            def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Value, _Mapping]] = ...) -> None: ...
        IDENTIFIERS_FIELD_NUMBER: _ClassVar[int]
        TRAITS_FIELD_NUMBER: _ClassVar[int]
        identifiers: _containers.RepeatedCompositeFieldContainer[Identifier]
        traits: _containers.MessageMap[str, Value]
        def __init__(self, identifiers: _Optional[_Iterable[_Union[Identifier, _Mapping]]] = ..., traits: _Optional[_Mapping[str, Value]] = ...) -> None: ...
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_AT_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    PERSONAL_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    NAMED_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    source: str
    key: str
    revision: int
    observed_at: int
    deleted: bool
    personal: RecordUpserted.Personal
    scale: RevisionScale
    mode: RecordMode
    named: _containers.RepeatedScalarFieldContainer[str]
    sealed: bytes
    def __init__(self, source: _Optional[str] = ..., key: _Optional[str] = ..., revision: _Optional[int] = ..., observed_at: _Optional[int] = ..., deleted: _Optional[bool] = ..., personal: _Optional[_Union[RecordUpserted.Personal, _Mapping]] = ..., scale: _Optional[_Union[RevisionScale, str]] = ..., mode: _Optional[_Union[RecordMode, str]] = ..., named: _Optional[_Iterable[str]] = ..., sealed: _Optional[bytes] = ...) -> None: ...

class EventTracked(_message.Message):
    __slots__ = ("source", "key", "message_id", "name", "occurred_at", "personal", "sealed")
    class Personal(_message.Message):
        __slots__ = ("identifiers", "properties")
        class PropertiesEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: Value
            def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Value, _Mapping]] = ...) -> None: ...
        IDENTIFIERS_FIELD_NUMBER: _ClassVar[int]
        PROPERTIES_FIELD_NUMBER: _ClassVar[int]
        identifiers: _containers.RepeatedCompositeFieldContainer[Identifier]
        properties: _containers.MessageMap[str, Value]
        def __init__(self, identifiers: _Optional[_Iterable[_Union[Identifier, _Mapping]]] = ..., properties: _Optional[_Mapping[str, Value]] = ...) -> None: ...
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    PERSONAL_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    source: str
    key: str
    message_id: str
    name: str
    occurred_at: int
    personal: EventTracked.Personal
    sealed: bytes
    def __init__(self, source: _Optional[str] = ..., key: _Optional[str] = ..., message_id: _Optional[str] = ..., name: _Optional[str] = ..., occurred_at: _Optional[int] = ..., personal: _Optional[_Union[EventTracked.Personal, _Mapping]] = ..., sealed: _Optional[bytes] = ...) -> None: ...

class ConsentRecorded(_message.Message):
    __slots__ = ("source", "key", "purpose", "status", "at", "channel", "claimed_at", "basis", "wording", "language", "jurisdiction", "given_by", "expires_at", "supersedes", "personal", "sealed")
    class Personal(_message.Message):
        __slots__ = ("proof",)
        PROOF_FIELD_NUMBER: _ClassVar[int]
        proof: str
        def __init__(self, proof: _Optional[str] = ...) -> None: ...
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    CLAIMED_AT_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    WORDING_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    JURISDICTION_FIELD_NUMBER: _ClassVar[int]
    GIVEN_BY_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDES_FIELD_NUMBER: _ClassVar[int]
    PERSONAL_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    source: str
    key: str
    purpose: str
    status: str
    at: int
    channel: str
    claimed_at: int
    basis: str
    wording: str
    language: str
    jurisdiction: str
    given_by: str
    expires_at: int
    supersedes: _containers.RepeatedScalarFieldContainer[str]
    personal: ConsentRecorded.Personal
    sealed: bytes
    def __init__(self, source: _Optional[str] = ..., key: _Optional[str] = ..., purpose: _Optional[str] = ..., status: _Optional[str] = ..., at: _Optional[int] = ..., channel: _Optional[str] = ..., claimed_at: _Optional[int] = ..., basis: _Optional[str] = ..., wording: _Optional[str] = ..., language: _Optional[str] = ..., jurisdiction: _Optional[str] = ..., given_by: _Optional[str] = ..., expires_at: _Optional[int] = ..., supersedes: _Optional[_Iterable[str]] = ..., personal: _Optional[_Union[ConsentRecorded.Personal, _Mapping]] = ..., sealed: _Optional[bytes] = ...) -> None: ...

class DecisionMade(_message.Message):
    __slots__ = ("decision_id", "kind", "source_a", "key_a", "source_b", "key_b", "undoes", "actor", "reason")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SOURCE_A_FIELD_NUMBER: _ClassVar[int]
    KEY_A_FIELD_NUMBER: _ClassVar[int]
    SOURCE_B_FIELD_NUMBER: _ClassVar[int]
    KEY_B_FIELD_NUMBER: _ClassVar[int]
    UNDOES_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    kind: str
    source_a: str
    key_a: str
    source_b: str
    key_b: str
    undoes: str
    actor: str
    reason: str
    def __init__(self, decision_id: _Optional[str] = ..., kind: _Optional[str] = ..., source_a: _Optional[str] = ..., key_a: _Optional[str] = ..., source_b: _Optional[str] = ..., key_b: _Optional[str] = ..., undoes: _Optional[str] = ..., actor: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RecordTagged(_message.Message):
    __slots__ = ("source", "key", "writer", "author", "message_id", "removed", "expires_at", "personal", "sealed")
    class Personal(_message.Message):
        __slots__ = ("added", "reason")
        class AddedEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: Value
            def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Value, _Mapping]] = ...) -> None: ...
        ADDED_FIELD_NUMBER: _ClassVar[int]
        REASON_FIELD_NUMBER: _ClassVar[int]
        added: _containers.MessageMap[str, Value]
        reason: str
        def __init__(self, added: _Optional[_Mapping[str, Value]] = ..., reason: _Optional[str] = ...) -> None: ...
    class ExpiresAtEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    WRITER_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    PERSONAL_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    source: str
    key: str
    writer: str
    author: str
    message_id: str
    removed: _containers.RepeatedScalarFieldContainer[str]
    expires_at: _containers.ScalarMap[str, int]
    personal: RecordTagged.Personal
    sealed: bytes
    def __init__(self, source: _Optional[str] = ..., key: _Optional[str] = ..., writer: _Optional[str] = ..., author: _Optional[str] = ..., message_id: _Optional[str] = ..., removed: _Optional[_Iterable[str]] = ..., expires_at: _Optional[_Mapping[str, int]] = ..., personal: _Optional[_Union[RecordTagged.Personal, _Mapping]] = ..., sealed: _Optional[bytes] = ...) -> None: ...

class SegmentSaved(_message.Message):
    __slots__ = ("name", "version", "title", "description", "condition", "note", "author", "archived")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CONDITION_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    title: str
    description: str
    condition: str
    note: str
    author: str
    archived: bool
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., title: _Optional[str] = ..., description: _Optional[str] = ..., condition: _Optional[str] = ..., note: _Optional[str] = ..., author: _Optional[str] = ..., archived: _Optional[bool] = ...) -> None: ...

class ObjectUpserted(_message.Message):
    __slots__ = ("source", "key", "type", "observed_at", "deleted", "personal", "sealed")
    class Personal(_message.Message):
        __slots__ = ("properties",)
        class PropertiesEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: Value
            def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Value, _Mapping]] = ...) -> None: ...
        PROPERTIES_FIELD_NUMBER: _ClassVar[int]
        properties: _containers.MessageMap[str, Value]
        def __init__(self, properties: _Optional[_Mapping[str, Value]] = ...) -> None: ...
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_AT_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    PERSONAL_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    source: str
    key: str
    type: str
    observed_at: int
    deleted: bool
    personal: ObjectUpserted.Personal
    sealed: bytes
    def __init__(self, source: _Optional[str] = ..., key: _Optional[str] = ..., type: _Optional[str] = ..., observed_at: _Optional[int] = ..., deleted: _Optional[bool] = ..., personal: _Optional[_Union[ObjectUpserted.Personal, _Mapping]] = ..., sealed: _Optional[bytes] = ...) -> None: ...

class AccountUpserted(_message.Message):
    __slots__ = ("source", "key", "revision", "observed_at", "deleted", "personal", "scale", "parent_source", "parent_key", "sealed", "mode", "named")
    class Personal(_message.Message):
        __slots__ = ("identifiers", "traits")
        class TraitsEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: Value
            def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Value, _Mapping]] = ...) -> None: ...
        IDENTIFIERS_FIELD_NUMBER: _ClassVar[int]
        TRAITS_FIELD_NUMBER: _ClassVar[int]
        identifiers: _containers.RepeatedCompositeFieldContainer[Identifier]
        traits: _containers.MessageMap[str, Value]
        def __init__(self, identifiers: _Optional[_Iterable[_Union[Identifier, _Mapping]]] = ..., traits: _Optional[_Mapping[str, Value]] = ...) -> None: ...
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_AT_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    PERSONAL_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    PARENT_SOURCE_FIELD_NUMBER: _ClassVar[int]
    PARENT_KEY_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    NAMED_FIELD_NUMBER: _ClassVar[int]
    source: str
    key: str
    revision: int
    observed_at: int
    deleted: bool
    personal: AccountUpserted.Personal
    scale: RevisionScale
    parent_source: str
    parent_key: str
    sealed: bytes
    mode: RecordMode
    named: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, source: _Optional[str] = ..., key: _Optional[str] = ..., revision: _Optional[int] = ..., observed_at: _Optional[int] = ..., deleted: _Optional[bool] = ..., personal: _Optional[_Union[AccountUpserted.Personal, _Mapping]] = ..., scale: _Optional[_Union[RevisionScale, str]] = ..., parent_source: _Optional[str] = ..., parent_key: _Optional[str] = ..., sealed: _Optional[bytes] = ..., mode: _Optional[_Union[RecordMode, str]] = ..., named: _Optional[_Iterable[str]] = ...) -> None: ...

class AccountLinked(_message.Message):
    __slots__ = ("source", "key", "person_source", "person_key", "account_source", "account_key", "kind", "reports_to_source", "reports_to_key", "primary", "valid_from", "valid_to", "revision", "observed_at", "scale", "deleted", "personal", "sealed")
    class Personal(_message.Message):
        __slots__ = ("role", "title", "influence", "attitude")
        ROLE_FIELD_NUMBER: _ClassVar[int]
        TITLE_FIELD_NUMBER: _ClassVar[int]
        INFLUENCE_FIELD_NUMBER: _ClassVar[int]
        ATTITUDE_FIELD_NUMBER: _ClassVar[int]
        role: str
        title: str
        influence: int
        attitude: str
        def __init__(self, role: _Optional[str] = ..., title: _Optional[str] = ..., influence: _Optional[int] = ..., attitude: _Optional[str] = ...) -> None: ...
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    PERSON_SOURCE_FIELD_NUMBER: _ClassVar[int]
    PERSON_KEY_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_SOURCE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_KEY_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    REPORTS_TO_SOURCE_FIELD_NUMBER: _ClassVar[int]
    REPORTS_TO_KEY_FIELD_NUMBER: _ClassVar[int]
    PRIMARY_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_TO_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_AT_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    PERSONAL_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    source: str
    key: str
    person_source: str
    person_key: str
    account_source: str
    account_key: str
    kind: str
    reports_to_source: str
    reports_to_key: str
    primary: bool
    valid_from: int
    valid_to: int
    revision: int
    observed_at: int
    scale: RevisionScale
    deleted: bool
    personal: AccountLinked.Personal
    sealed: bytes
    def __init__(self, source: _Optional[str] = ..., key: _Optional[str] = ..., person_source: _Optional[str] = ..., person_key: _Optional[str] = ..., account_source: _Optional[str] = ..., account_key: _Optional[str] = ..., kind: _Optional[str] = ..., reports_to_source: _Optional[str] = ..., reports_to_key: _Optional[str] = ..., primary: _Optional[bool] = ..., valid_from: _Optional[int] = ..., valid_to: _Optional[int] = ..., revision: _Optional[int] = ..., observed_at: _Optional[int] = ..., scale: _Optional[_Union[RevisionScale, str]] = ..., deleted: _Optional[bool] = ..., personal: _Optional[_Union[AccountLinked.Personal, _Mapping]] = ..., sealed: _Optional[bytes] = ...) -> None: ...

class Version(_message.Message):
    __slots__ = ("epoch", "counter")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    COUNTER_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    counter: int
    def __init__(self, epoch: _Optional[int] = ..., counter: _Optional[int] = ...) -> None: ...

class RecordAssigned(_message.Message):
    __slots__ = ("source", "key", "customer", "version", "left", "cause")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    source: str
    key: str
    customer: str
    version: Version
    left: str
    cause: str
    def __init__(self, source: _Optional[str] = ..., key: _Optional[str] = ..., customer: _Optional[str] = ..., version: _Optional[_Union[Version, _Mapping]] = ..., left: _Optional[str] = ..., cause: _Optional[str] = ...) -> None: ...

class AccountAssigned(_message.Message):
    __slots__ = ("source", "key", "account", "version", "personal", "sealed")
    class Personal(_message.Message):
        __slots__ = ("comes_to",)
        class ComesToEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: Value
            def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Value, _Mapping]] = ...) -> None: ...
        COMES_TO_FIELD_NUMBER: _ClassVar[int]
        comes_to: _containers.MessageMap[str, Value]
        def __init__(self, comes_to: _Optional[_Mapping[str, Value]] = ...) -> None: ...
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PERSONAL_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    source: str
    key: str
    account: str
    version: Version
    personal: AccountAssigned.Personal
    sealed: bytes
    def __init__(self, source: _Optional[str] = ..., key: _Optional[str] = ..., account: _Optional[str] = ..., version: _Optional[_Union[Version, _Mapping]] = ..., personal: _Optional[_Union[AccountAssigned.Personal, _Mapping]] = ..., sealed: _Optional[bytes] = ...) -> None: ...

class ProfileChanged(_message.Message):
    __slots__ = ("customer", "version", "ended", "successor", "personal", "code", "left_out", "sealed", "consents", "sources")
    class Personal(_message.Message):
        __slots__ = ("traits", "tags")
        class TraitsEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: Value
            def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Value, _Mapping]] = ...) -> None: ...
        class TagsEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: Value
            def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Value, _Mapping]] = ...) -> None: ...
        TRAITS_FIELD_NUMBER: _ClassVar[int]
        TAGS_FIELD_NUMBER: _ClassVar[int]
        traits: _containers.MessageMap[str, Value]
        tags: _containers.MessageMap[str, Value]
        def __init__(self, traits: _Optional[_Mapping[str, Value]] = ..., tags: _Optional[_Mapping[str, Value]] = ...) -> None: ...
    class ConsentsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    SUCCESSOR_FIELD_NUMBER: _ClassVar[int]
    PERSONAL_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    customer: str
    version: Version
    ended: bool
    successor: str
    personal: ProfileChanged.Personal
    code: str
    left_out: _containers.RepeatedScalarFieldContainer[str]
    sealed: bytes
    consents: _containers.ScalarMap[str, str]
    sources: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, customer: _Optional[str] = ..., version: _Optional[_Union[Version, _Mapping]] = ..., ended: _Optional[bool] = ..., successor: _Optional[str] = ..., personal: _Optional[_Union[ProfileChanged.Personal, _Mapping]] = ..., code: _Optional[str] = ..., left_out: _Optional[_Iterable[str]] = ..., sealed: _Optional[bytes] = ..., consents: _Optional[_Mapping[str, str]] = ..., sources: _Optional[_Iterable[str]] = ...) -> None: ...

class ConsentStatesChanged(_message.Message):
    __slots__ = ("customer", "version", "states")
    class StatesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    customer: str
    version: Version
    states: _containers.ScalarMap[str, str]
    def __init__(self, customer: _Optional[str] = ..., version: _Optional[_Union[Version, _Mapping]] = ..., states: _Optional[_Mapping[str, str]] = ...) -> None: ...

class MembershipChanged(_message.Message):
    __slots__ = ("customer", "segment", "version", "member", "at", "why", "reads", "redefined")
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    MEMBER_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    READS_FIELD_NUMBER: _ClassVar[int]
    REDEFINED_FIELD_NUMBER: _ClassVar[int]
    customer: str
    segment: str
    version: Version
    member: bool
    at: int
    why: str
    reads: _containers.RepeatedScalarFieldContainer[str]
    redefined: bool
    def __init__(self, customer: _Optional[str] = ..., segment: _Optional[str] = ..., version: _Optional[_Union[Version, _Mapping]] = ..., member: _Optional[bool] = ..., at: _Optional[int] = ..., why: _Optional[str] = ..., reads: _Optional[_Iterable[str]] = ..., redefined: _Optional[bool] = ...) -> None: ...

class QualityChanged(_message.Message):
    __slots__ = ("source", "trait", "measure", "version", "beyond", "value", "bound", "at")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TRAIT_FIELD_NUMBER: _ClassVar[int]
    MEASURE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    BEYOND_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    BOUND_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    source: str
    trait: str
    measure: str
    version: Version
    beyond: bool
    value: float
    bound: float
    at: int
    def __init__(self, source: _Optional[str] = ..., trait: _Optional[str] = ..., measure: _Optional[str] = ..., version: _Optional[_Union[Version, _Mapping]] = ..., beyond: _Optional[bool] = ..., value: _Optional[float] = ..., bound: _Optional[float] = ..., at: _Optional[int] = ...) -> None: ...

class OperationAudited(_message.Message):
    __slots__ = ("principal", "roles", "purpose", "reason", "policy_version", "operation_kind", "operation_name", "operation_hash", "uses", "subjects", "at", "outcome", "trace_id", "kind", "code", "role_set", "ticket", "break_glass", "attributes_hash", "row_policy_version", "use_counts", "times", "until", "address", "token_id", "target", "details")
    class Use(_message.Message):
        __slots__ = ("coordinate", "use", "decision", "rule", "tag")
        COORDINATE_FIELD_NUMBER: _ClassVar[int]
        USE_FIELD_NUMBER: _ClassVar[int]
        DECISION_FIELD_NUMBER: _ClassVar[int]
        RULE_FIELD_NUMBER: _ClassVar[int]
        TAG_FIELD_NUMBER: _ClassVar[int]
        coordinate: str
        use: str
        decision: str
        rule: str
        tag: str
        def __init__(self, coordinate: _Optional[str] = ..., use: _Optional[str] = ..., decision: _Optional[str] = ..., rule: _Optional[str] = ..., tag: _Optional[str] = ...) -> None: ...
    class DetailsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    OPERATION_KIND_FIELD_NUMBER: _ClassVar[int]
    OPERATION_NAME_FIELD_NUMBER: _ClassVar[int]
    OPERATION_HASH_FIELD_NUMBER: _ClassVar[int]
    USES_FIELD_NUMBER: _ClassVar[int]
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    ROLE_SET_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    BREAK_GLASS_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_HASH_FIELD_NUMBER: _ClassVar[int]
    ROW_POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    USE_COUNTS_FIELD_NUMBER: _ClassVar[int]
    TIMES_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    principal: str
    roles: _containers.RepeatedScalarFieldContainer[str]
    purpose: str
    reason: str
    policy_version: str
    operation_kind: str
    operation_name: str
    operation_hash: str
    uses: _containers.RepeatedCompositeFieldContainer[OperationAudited.Use]
    subjects: _containers.RepeatedScalarFieldContainer[str]
    at: int
    outcome: str
    trace_id: str
    kind: str
    code: str
    role_set: str
    ticket: str
    break_glass: str
    attributes_hash: str
    row_policy_version: str
    use_counts: _containers.RepeatedScalarFieldContainer[int]
    times: int
    until: int
    address: str
    token_id: str
    target: str
    details: _containers.ScalarMap[str, str]
    def __init__(self, principal: _Optional[str] = ..., roles: _Optional[_Iterable[str]] = ..., purpose: _Optional[str] = ..., reason: _Optional[str] = ..., policy_version: _Optional[str] = ..., operation_kind: _Optional[str] = ..., operation_name: _Optional[str] = ..., operation_hash: _Optional[str] = ..., uses: _Optional[_Iterable[_Union[OperationAudited.Use, _Mapping]]] = ..., subjects: _Optional[_Iterable[str]] = ..., at: _Optional[int] = ..., outcome: _Optional[str] = ..., trace_id: _Optional[str] = ..., kind: _Optional[str] = ..., code: _Optional[str] = ..., role_set: _Optional[str] = ..., ticket: _Optional[str] = ..., break_glass: _Optional[str] = ..., attributes_hash: _Optional[str] = ..., row_policy_version: _Optional[str] = ..., use_counts: _Optional[_Iterable[int]] = ..., times: _Optional[int] = ..., until: _Optional[int] = ..., address: _Optional[str] = ..., token_id: _Optional[str] = ..., target: _Optional[str] = ..., details: _Optional[_Mapping[str, str]] = ...) -> None: ...

class CheckpointsSigned(_message.Message):
    __slots__ = ("notes",)
    NOTES_FIELD_NUMBER: _ClassVar[int]
    notes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, notes: _Optional[_Iterable[str]] = ...) -> None: ...

class ItemQuarantined(_message.Message):
    __slots__ = ("source", "key", "operation", "code", "path", "principal", "at", "personal", "cut", "sealed")
    class Personal(_message.Message):
        __slots__ = ("item",)
        ITEM_FIELD_NUMBER: _ClassVar[int]
        item: str
        def __init__(self, item: _Optional[str] = ...) -> None: ...
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    PERSONAL_FIELD_NUMBER: _ClassVar[int]
    CUT_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    source: str
    key: str
    operation: str
    code: str
    path: str
    principal: str
    at: int
    personal: ItemQuarantined.Personal
    cut: bool
    sealed: bytes
    def __init__(self, source: _Optional[str] = ..., key: _Optional[str] = ..., operation: _Optional[str] = ..., code: _Optional[str] = ..., path: _Optional[str] = ..., principal: _Optional[str] = ..., at: _Optional[int] = ..., personal: _Optional[_Union[ItemQuarantined.Personal, _Mapping]] = ..., cut: _Optional[bool] = ..., sealed: _Optional[bytes] = ...) -> None: ...

class DeliveryReceived(_message.Message):
    __slots__ = ("connector", "delivery", "at", "personal", "sealed")
    class Personal(_message.Message):
        __slots__ = ("body",)
        BODY_FIELD_NUMBER: _ClassVar[int]
        body: bytes
        def __init__(self, body: _Optional[bytes] = ...) -> None: ...
    CONNECTOR_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    PERSONAL_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    connector: str
    delivery: str
    at: int
    personal: DeliveryReceived.Personal
    sealed: bytes
    def __init__(self, connector: _Optional[str] = ..., delivery: _Optional[str] = ..., at: _Optional[int] = ..., personal: _Optional[_Union[DeliveryReceived.Personal, _Mapping]] = ..., sealed: _Optional[bytes] = ...) -> None: ...

class EntryDeadLettered(_message.Message):
    __slots__ = ("group", "topic", "partition", "offset", "entry_id", "code", "at", "personal", "sealed")
    class Personal(_message.Message):
        __slots__ = ("data",)
        DATA_FIELD_NUMBER: _ClassVar[int]
        data: bytes
        def __init__(self, data: _Optional[bytes] = ...) -> None: ...
    GROUP_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    PERSONAL_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    group: str
    topic: str
    partition: int
    offset: int
    entry_id: str
    code: str
    at: int
    personal: EntryDeadLettered.Personal
    sealed: bytes
    def __init__(self, group: _Optional[str] = ..., topic: _Optional[str] = ..., partition: _Optional[int] = ..., offset: _Optional[int] = ..., entry_id: _Optional[str] = ..., code: _Optional[str] = ..., at: _Optional[int] = ..., personal: _Optional[_Union[EntryDeadLettered.Personal, _Mapping]] = ..., sealed: _Optional[bytes] = ...) -> None: ...
