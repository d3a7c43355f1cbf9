"""The screens, built of widgets."""
