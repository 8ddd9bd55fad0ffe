"""Methods that make rows from tasks that people wrote by hand, without documents."""
