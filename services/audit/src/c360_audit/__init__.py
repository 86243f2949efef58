"""The audit service: what was asked, by whom, and what policy said."""
