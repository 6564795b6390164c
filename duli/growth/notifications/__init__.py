"""Tells people what happened: shoppers about their order, staff about new orders and low stock.

Only subscribers; they read what an event is about and send one message under a key made from it, so that an event
dealt with twice is still one message.
"""
