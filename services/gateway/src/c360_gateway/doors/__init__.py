"""Where items come in: each door reads them off its protocol, and hands them to the collector."""
