"""History: tiers, roll-ups, rates, the query planner, and the engines that keep it."""
