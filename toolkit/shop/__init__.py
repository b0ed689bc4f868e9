"""What differs from shop to shop, and what a shop can reach."""
