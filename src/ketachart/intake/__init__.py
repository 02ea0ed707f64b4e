"""From a first inquiry to a decision: waiting lists, history, screening findings, eligibility, consent."""
