"""Tags that rules give: how long they are kept, and all of them as a batch."""
