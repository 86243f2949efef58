"""Policy: written in Casbin's language, read strictly, compiled to a table, kept by stores."""
