"""How a host becomes one of ours: a code, the script to paste, a token for a code."""
