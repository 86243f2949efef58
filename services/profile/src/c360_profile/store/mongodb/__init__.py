"""The ProfileStore on MongoDB. Only this package imports the driver."""
