"""Rating scales given to people: assignment, answers, scores over time, and what a dangerous answer sets in motion."""
