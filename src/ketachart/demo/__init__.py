"""A synthetic clinic with virtual patients."""
