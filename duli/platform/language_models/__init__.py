"""Language models: whom the shop asks for words, how much that may cost in a day, and what was asked.

`services.ask` puts one question to the model that the merchant switched on, within the budget of the day and of the
person who asks. It writes nothing into the shop: whoever asked shows the answer to somebody, who takes it or not.
"""
