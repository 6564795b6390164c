from duli.commerce.orders.models.desk import OrderExport, OrderMessage, OrderTag
from duli.commerce.orders.models.documents import Document, DocumentSeries
from duli.commerce.orders.models.order import Fulfilment, FulfilmentLine, Order, OrderLine
from duli.commerce.orders.models.refunds import OrderRefund, OrderRefundLine, RefundPayment
from duli.commerce.orders.models.returns import OrderReturn, ReturnLine, ReturnPhoto, ReturnPolicy

__all__ = [
    "Document",
    "DocumentSeries",
    "Fulfilment",
    "FulfilmentLine",
    "Order",
    "OrderExport",
    "OrderLine",
    "OrderMessage",
    "OrderRefund",
    "OrderRefundLine",
    "OrderReturn",
    "OrderTag",
    "RefundPayment",
    "ReturnLine",
    "ReturnPhoto",
    "ReturnPolicy",
]
