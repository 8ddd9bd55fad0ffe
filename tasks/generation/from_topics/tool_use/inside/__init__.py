"""What runs inside the sandbox, and is never imported by the product."""
