"""What things cost: price lists, taxes, and `quote`, the only place where a total is computed."""
