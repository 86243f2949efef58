"""Where the evidence graph is kept: the port and its adapters."""
