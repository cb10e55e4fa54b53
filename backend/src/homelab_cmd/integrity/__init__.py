"""Whether the database, its history and its roll-ups are what they should be."""
