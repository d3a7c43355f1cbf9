"""What each view says, as documents."""
