"""Pages as the Relay cursor specification computes them, over a plain list."""

import pytest
from c360_kernel.errors import Invalid
from c360_kernel.subgraph.paging import PageInfo, PageRequest
from hypothesis import given
from hypothesis import strategies as st

sizes = st.none() | st.integers(0, 7)


def relay(edges, request_args):
    """The specification's EdgesToReturn, HasPreviousPage and HasNextPage."""
    first, after, last, before = request_args
    inside = list(edges)
    if after is not None:
        inside = inside[inside.index(after) + 1 :]
    if before is not None:
        inside = inside[: inside.index(before)] if before in inside else []
    if last is not None:
        kept = inside[len(inside) - last :] if last < len(inside) else inside
        return kept, len(inside) > last, before is not None
    first = 20 if first is None else first
    return inside[:first], after is not None, len(inside) > first


def between(edges, request):
    """What a store finds for a request."""
    start = 0 if request.after is None else edges.index(request.after) + 1
    end = len(edges) if request.before is None else edges.index(request.before)
    inside = edges[start:end]
    if request.from_end:
        return inside[max(len(inside) - request.probe, 0) :]
    return inside[: request.probe]


@given(st.integers(0, 30), st.data())
def test_pages_are_those_of_the_specification(count, data):
    edges = [f"e{n}" for n in range(count)]
    cursors = st.none() | st.sampled_from(edges) if edges else st.none()
    first = data.draw(sizes)
    last = data.draw(sizes) if first is None else None
    args = (first, data.draw(cursors), last, data.draw(cursors))
    request = PageRequest.of(*args)
    page = request.cut(between(edges, request))
    assert (list(page.edges), page.has_previous, page.has_next) == relay(edges, args)
    info = PageInfo.of(page, page.edges)
    assert (info.start_cursor, info.end_cursor) == (
        (page.edges[0], page.edges[-1]) if page.edges else (None, None)
    )


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (201, None, "PAGE_TOO_LARGE"),
        (None, 201, "PAGE_TOO_LARGE"),
        (-1, None, "PAGE_SIZE_INVALID"),
        (None, -1, "PAGE_SIZE_INVALID"),
        (1, 1, "PAGE_SIZE_INVALID"),
        (0, 0, "PAGE_SIZE_INVALID"),
    ],
)
def test_what_is_no_size_of_a_page_is_refused(first, last, code):
    with pytest.raises(Invalid) as refused:
        PageRequest.of(first, None, last, None)
    assert refused.value.code == code
