"""Rating scales: items, wording, scoring, safety triggers, what a change means. A scale is data. No Django."""
