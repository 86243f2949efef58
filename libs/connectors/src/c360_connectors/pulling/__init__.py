"""Takes from a source page by page, so that what was taken once is behind a cursor that is kept."""
