"""The write side: items checked one by one, stamped, and appended to the log in one go."""
