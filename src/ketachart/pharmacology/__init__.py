"""How ketamine moves through a body: doses in, concentrations out. Stands alone: no Django, no input or output."""
