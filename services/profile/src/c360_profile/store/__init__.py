"""Where records, events and customers are kept."""
