from duli.commerce.orders.models.order import Fulfilment, FulfilmentLine, Order, OrderLine
from duli.commerce.orders.models.refunds import OrderRefund, OrderRefundLine, RefundPayment
from duli.commerce.orders.models.returns import OrderReturn, ReturnLine, ReturnPhoto, ReturnPolicy

__all__ = [
    "Fulfilment",
    "FulfilmentLine",
    "Order",
    "OrderLine",
    "OrderRefund",
    "OrderRefundLine",
    "OrderReturn",
    "RefundPayment",
    "ReturnLine",
    "ReturnPhoto",
    "ReturnPolicy",
]
