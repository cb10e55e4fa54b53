"""Who may: people, scripts and agents, and what they show to prove it."""
