"""What the history costs on the disk, and when that disk is full."""
