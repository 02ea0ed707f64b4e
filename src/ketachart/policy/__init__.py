"""The clinic's own values, and the pages where every rule, protocol and text is read."""
