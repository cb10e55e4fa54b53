"""How long history is kept, and how large it may become: set from outside, or by an admin."""
