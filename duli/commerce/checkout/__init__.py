"""From a cart to an order: cart verbs, the checkout's steps, and `place_order`."""
