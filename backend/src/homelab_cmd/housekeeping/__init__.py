"""What is done regularly: seal, roll up, prune, purge, give space back."""
