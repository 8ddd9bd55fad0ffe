"""The filter that rejects rows which hold benchmark items, and the benchmark pack that it searches for."""
