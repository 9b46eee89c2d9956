"""A merchant's branding on the checkout: rules for its colour, and the logo's image."""
