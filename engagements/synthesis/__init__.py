"""A made-up register of any size for measuring: realistic in shape, skewed as registers are, the same for the same seed."""
