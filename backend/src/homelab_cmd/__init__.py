"""The server: takes in heartbeats, keeps their history, and answers questions about it."""
