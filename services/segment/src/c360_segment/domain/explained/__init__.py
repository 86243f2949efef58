"""Why a customer is in a segment or not, on what evidence, and when that changes by itself."""
