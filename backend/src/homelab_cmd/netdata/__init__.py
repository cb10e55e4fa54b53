"""What a Netdata daemon knows of its host, read for people and tools behind our login."""
