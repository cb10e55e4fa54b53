"""Long tries at breaking things, run by hand; the suite has a short form of each."""
