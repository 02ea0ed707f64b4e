"""What patients read: topics, preparation and aftercare, on the phone or on paper; who was given what, and what was read."""
