"""Answers that can be run or computed: programs in a sandbox, mathematics, SQL, JSON, tool calls, constraints."""
