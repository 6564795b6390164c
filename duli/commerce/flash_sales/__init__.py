"""Flash sales: so many units at such a price, from then till then, for so many a buyer.

The units are set aside from ordinary stock; each item has its own ledger (`Entry`), from which what is left is derived
again. Verbs: save, plan, start, stop, extend and top up a sale; claim units for an order, give them back, note that
they are paid; join the waiting room and be let in. The price itself is a shelf promotion that a sale owns: page, card,
cart and order ask for it the usual way.
"""
