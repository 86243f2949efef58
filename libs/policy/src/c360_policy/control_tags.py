"""Tags of the mutations that say who may do what: they take no identifier, so nobody guesses by
them."""

BREAK_GLASS = "break_glass"
BREAK_GLASS_REVIEW = "break_glass_review"
DETOKENIZE = "detokenize"
TOKEN_REVOCATION = "token_revocation"
POLICY_PROPOSAL = "policy_proposal"
POLICY_APPROVAL = "policy_approval"
SEGMENT_DEFINITION = "segment_definition"
"""Segments are made by who may filter by what their conditions read; lists are filled by keys of
records."""
CONTROL_TAGS = frozenset(
    (
        BREAK_GLASS,
        BREAK_GLASS_REVIEW,
        DETOKENIZE,
        TOKEN_REVOCATION,
        POLICY_PROPOSAL,
        POLICY_APPROVAL,
        SEGMENT_DEFINITION,
    )
)
