"""The DAGs: `build` and `curate` read like a page of prose each, and nothing here computes. `recipe` is what they are given."""
