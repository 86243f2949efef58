"""Policy changed through the API: versions, proposals, approvals, and what one would have done."""
