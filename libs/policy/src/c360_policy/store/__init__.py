"""Where policy comes from: files, MongoDB, and the one that ships."""
