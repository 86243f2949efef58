"""Who is told of what changes? Destinations, and what was sent to them."""
