"""What people decide about rows: decisions as data, and what a build makes of them."""
