"""Products as this clinic stocks them."""
