"""What medicine says, as dated and sourced data, and the one shape every judgement takes. No Django."""
