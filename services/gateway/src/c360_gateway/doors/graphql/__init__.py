"""The door of the GraphQL API: mutations that take items, and lists of what was refused."""
