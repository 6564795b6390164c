"""The people who buy: with an account or as guests, their addresses."""
