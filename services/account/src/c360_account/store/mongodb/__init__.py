"""The AccountStore on MongoDB. Only this package imports the driver."""
