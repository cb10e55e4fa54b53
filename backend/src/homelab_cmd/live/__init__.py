"""Who listens, and what they are told as soon as a heartbeat is on disk."""
