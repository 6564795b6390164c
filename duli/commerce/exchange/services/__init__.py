from duli.commerce.exchange.services.exporting import export_products
from duli.commerce.exchange.services.importing import run_import

__all__ = ["export_products", "run_import"]
