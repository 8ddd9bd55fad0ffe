"""The DAGs. Each reads like a page of prose; nothing here computes."""
