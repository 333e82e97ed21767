"""Where things are kept: SQLAlchemy Core in short synchronous transactions, run off the event loop."""
