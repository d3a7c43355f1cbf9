"""Routes: which handlers a delivery goes to, by a filter over what is known when it arrives."""
