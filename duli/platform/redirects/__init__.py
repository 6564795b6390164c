"""Addresses of an old shop, and where their visitors find the thing now. Asked only where there is no page."""
