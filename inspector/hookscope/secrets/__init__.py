"""Where signing secrets are kept, which of them signs, and how a delivery is signed anew."""
