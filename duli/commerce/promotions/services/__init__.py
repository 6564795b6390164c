from duli.commerce.promotions.services.save import delete_promotion, save_promotion, set_active

__all__ = ["delete_promotion", "save_promotion", "set_active"]
