"""Hide rules: what is measured and kept, but not worth looking at."""
