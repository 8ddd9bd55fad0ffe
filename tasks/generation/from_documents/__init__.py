"""Methods that read passages of documents."""
