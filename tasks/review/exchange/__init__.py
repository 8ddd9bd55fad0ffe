"""Review tasks for the programs that teams use already, and what people did there as decisions: all by example_id."""
