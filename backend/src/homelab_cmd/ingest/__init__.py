"""Taking in heartbeats: checked, written by one thread, acknowledged after the commit."""
