"""Mutations on segments that people make; they carry a tag of their own, so that no wildcard grants
them."""

# No postponed annotations: Strawberry reads the types of the resolvers that are made here.

from typing import Annotated, Any

import strawberry
from c360_policy.control_tags import SEGMENT_DEFINITION

from c360_gateway.collect.segment_checks import SegmentChange
from c360_gateway.collect.segment_saving import (
    LONGEST_DESCRIPTION,
    LONGEST_NOTE,
    LONGEST_TITLE,
    Saved,
    SegmentSaving,
    SegmentTexts,
)

Info = strawberry.Info[Any, Any]


def _argument(description: str) -> Any:  # noqa: ANN401 - Strawberry's argument
    return strawberry.argument(description=description)


NameArgument = Annotated[
    strawberry.ID, _argument("Its name, in snake_case; one of the catalog is refused.")
]
ConditionArgument = Annotated[
    str,
    _argument(
        "A condition as the catalog writes it, in JSON. It reads what you may filter by alone; else"
        " SEGMENT_CONDITION_INVALID, which says where."
    ),
]
VersionArgument = Annotated[
    int,
    _argument(
        "The version that you saw, 0 of a new one. SEGMENT_CHANGED when it is another by now."
    ),
]
TitleArgument = Annotated[str, _argument(f"What it is called, at most {LONGEST_TITLE} characters.")]
DescriptionArgument = Annotated[
    str, _argument(f"What it is for, at most {LONGEST_DESCRIPTION} characters.")
]
NoteArgument = Annotated[
    str, _argument(f"Why it is saved, at most {LONGEST_NOTE} characters; kept with the version.")
]


@strawberry.federation.type(
    tags=[SEGMENT_DEFINITION], description="A version of a segment, as it is on the log."
)
class SavedSegment:
    """GraphQL type."""

    name: strawberry.ID = strawberry.field(description="The segment.")
    version: int = strawberry.field(description="The version that was made.")
    is_live: bool = strawberry.field(
        description="Whether its members are as this version says; where it takes longer than five"
        " seconds they will be."
    )

    @classmethod
    def of(cls, saved: Saved) -> "SavedSegment":
        """The GraphQL form."""
        return cls(name=strawberry.ID(saved.name), version=saved.version, is_live=saved.is_live)


def segment_fields(saving: SegmentSaving) -> dict[str, Any]:
    """The fields of the mutation type that are about segments."""
    return {"save_segment": _saving(saving), "archive_segment": _archiving(saving)}


def _saving(saving: SegmentSaving) -> Any:  # noqa: ANN401 - Strawberry's field
    async def save_segment(
        info: Info,
        name: NameArgument,
        condition: ConditionArgument,
        version: VersionArgument = 0,
        title: TitleArgument = "",
        description: DescriptionArgument = "",
        note: NoteArgument = "",
    ) -> SavedSegment | None:
        change = SegmentChange(name, version, condition)
        texts = SegmentTexts(title, description, note)
        return SavedSegment.of(await saving.save(change, texts, info.context.operation))

    described = (
        "Make a segment, or change one that people made. It is beside those of the catalog at once."
    )
    return strawberry.federation.mutation(
        resolver=save_segment, description=described, tags=[SEGMENT_DEFINITION]
    )


def _archiving(saving: SegmentSaving) -> Any:  # noqa: ANN401 - Strawberry's field
    async def archive_segment(
        info: Info, name: NameArgument, version: VersionArgument, note: NoteArgument = ""
    ) -> SavedSegment | None:
        change, texts = SegmentChange(name, version, None), SegmentTexts(note=note)
        return SavedSegment.of(await saving.save(change, texts, info.context.operation))

    described = (
        "Put an end to a segment that people made: everybody leaves it. What was saved of it stays"
        " on record, and it can be saved again."
    )
    return strawberry.federation.mutation(
        resolver=archive_segment, description=described, tags=[SEGMENT_DEFINITION]
    )
