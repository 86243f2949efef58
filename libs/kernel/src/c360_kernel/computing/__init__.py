"""What several values come to, within a window or all told: of a customer and of an account."""
