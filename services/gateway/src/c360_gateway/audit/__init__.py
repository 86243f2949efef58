"""Every operation leaves an entry before its answer leaves."""
