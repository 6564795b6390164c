"""Every address of the back office with who may open it, and (if it changes something) who may do so."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.catalogue import services as catalogue
from duli.commerce.catalogue.services import set_product_status
from duli.commerce.checkout.services import create_draft, save_custom_line
from duli.commerce.customers.models import Customer
from duli.commerce.downloads.services import add_file
from duli.commerce.exchange.models import Upload
from duli.commerce.inventory import services as inventory
from duli.commerce.inventory.models import Location, StockLevel
from duli.commerce.orders.models import Order, ReturnPhoto
from duli.commerce.orders.services import fulfil, issue_invoice, refund, request_return
from duli.commerce.orders.services.tracking import follow_parcel
from duli.commerce.orders.types import FulfilLine, ReturnWish
from duli.commerce.payments.services import issue_gift_card
from duli.commerce.pricing.models import TaxRate
from duli.commerce.promotions.services import save_with_code
from duli.commerce.promotions.types import PromotionDraft
from duli.commerce.reconciliation import services as reconciliation
from duli.commerce.reconciliation.models import StatementLine, StatementMatch
from duli.commerce.reconciliation.types import Part
from duli.commerce.revisions.services import open_change_set, record_created, recording
from duli.commerce.shipping.models import Method, Zone
from duli.commerce.shipping.services import save_restriction
from duli.commerce.taxes.services import put_registration
from duli.growth.content.services import save_topic
from duli.growth.webhooks import services as webhooks
from duli.platform.accounts.services import invite, request_approval
from duli.platform.accounts.types import ApprovalView
from duli.platform.audit.models import AuditEntry
from duli.platform.mail.models import Mail, MailTemplateVersion
from duli.platform.media.private import store_private
from duli.platform.sms.services import save_account
from duli.platform.tokens.services import create_token
from tests import factories
from tests.commerce.flash_sales.made import item_of, sale
from tests.commerce.membership import people
from tests.platform.accounts.approving import KIND
from tests.plugins.label_shop import label_of
from tests.web.backoffice import pages_of_marketing, pages_of_writing
from tests.web.backoffice.address import OPEN, Address
from tests.web.backoffice.conftest import member
from tests.web.backoffice.data_files import data_file

TEMPLATE = ("=order_received", "=email", "=en")
ADDRESSES = (
    Address("home"),
    Address("setup", "settings.edit", status=302),
    Address("setup_step", "settings.edit", "settings.edit", ("=shop",)),
    Address("setup_done", "settings.edit"),
    Address("more"),
    Address("palette"),
    Address("orders", "orders.view"),
    Address("orders_fulfil", "orders.fulfil", "orders.fulfil"),
    Address("orders_tag", "orders.manage", "orders.manage"),
    Address("orders_capture", "orders.payments", "orders.payments"),
    Address("orders_cancel", "orders.cancel", "orders.cancel"),
    Address("orders_export", "orders.export", "orders.export"),
    Address("orders_exports", "orders.export"),
    Address("drafts", "orders.view"),
    Address("draft_new", "orders.manage", "orders.manage"),
    Address("draft", "orders.view", "orders.manage", ("draft",)),
    Address("draft_line", None, "orders.manage", ("draft",)),
    Address("draft_send", "orders.manage", "orders.manage", ("draft",)),
    Address("draft_place", "orders.manage", "orders.manage", ("draft",)),
    Address("draft_find", "orders.view", None, ("draft",)),
    Address("draft_people", "orders.view", None, ("draft",)),
    Address("draft_customer", None, "orders.manage", ("draft",)),
    Address("draft_custom_new", "orders.manage", "orders.manage", ("draft",)),
    Address("draft_discount", "orders.manage", "orders.manage", ("draft",)),
    Address("draft_shipping", "orders.manage", "orders.manage", ("draft",)),
    Address("draft_duplicate", "orders.manage", "orders.manage", ("draft",)),
    Address("draft_custom", "orders.manage", "orders.manage", ("draft", "custom")),
    Address("draft_withdraw", "orders.manage", "orders.manage", ("draft",)),
    Address("order_duplicate", "orders.manage", "orders.manage", ("order",)),
    Address("bills", "orders.view"),
    Address("bills_bring", "orders.payments", "orders.payments", status=200),
    Address("bill", "orders.view", None, ("bill",)),
    Address("bill_fetch", None, "orders.payments", ("bill",)),
    Address("bill_explain", "orders.payments", "orders.payments", ("bill_difference",)),
    Address("bill_reopen", None, "orders.payments", ("bill_difference",)),
    Address("transfers", "orders.view"),
    Address("transfers_import", "orders.payments", "orders.payments", status=200),
    Address("transfers_columns", "orders.payments", "orders.payments", ("statement_to_read",)),
    Address("transfers_accept", None, "orders.payments"),
    Address("transfer", "orders.view", "orders.payments", ("statement_line",)),
    Address("transfer_accept", "orders.payments", "orders.payments", ("statement_line",)),
    Address("transfer_ignore", "orders.payments", "orders.payments", ("statement_line",)),
    Address("transfer_reopen", None, "orders.payments", ("statement_line",)),
    Address("transfer_undo", "orders.payments", "orders.payments", ("matched_line", "statement_match")),
    Address("facet_picker", "promotions.view"),
    Address("flash_sales", "promotions.view"),
    Address("flash_sale_new", "promotions.edit", "promotions.edit"),
    Address("flash_sale", "promotions.view", None, ("flash",)),
    Address("flash_sale_edit", "promotions.edit", "promotions.edit", ("flash",)),
    Address("flash_sale_plan", "promotions.edit", "promotions.edit", ("flash",)),
    Address("flash_sale_start", "promotions.edit", "promotions.edit", ("flash",)),
    Address("flash_sale_extend", "promotions.edit", "promotions.edit", ("flash",)),
    Address("flash_sale_stop", "promotions.edit", "promotions.edit", ("flash",)),
    Address("flash_sale_top_up", "promotions.edit", "promotions.edit", ("flash", "flash_item")),
    Address("flash_sale_delete", "promotions.edit", "promotions.edit", ("flash",)),
    *pages_of_marketing.ADDRESSES,
    *pages_of_writing.ADDRESSES,
    Address("gift_cards", "orders.view"),
    Address("gift_cards_export", "orders.gift_cards", None, ("=csv",)),
    Address("gift_card_lives", "orders.payments", "orders.payments"),
    Address("gift_card_new", "orders.payments", "orders.payments"),
    Address("gift_card", "orders.view", None, ("card",)),
    Address("gift_card_code", None, "orders.payments", ("card",)),
    Address("gift_card_send", "orders.payments", "orders.payments", ("card",)),
    Address("gift_card_block", "orders.payments", "orders.payments", ("card",)),
    Address("gift_card_correct", "orders.payments", "orders.payments", ("card",)),
    Address("fapiao", "orders.view"),
    Address("fapiao_ask", "orders.manage", "orders.manage", ("order",)),
    Address("fapiao_issue", "orders.manage", "orders.manage", ("fapiao_request",)),
    Address("fapiao_decline", "orders.manage", "orders.manage", ("fapiao_request",)),
    Address("fapiao_red", "orders.manage", "orders.manage", ("fapiao_paper",)),
    Address("fapiao_file", "orders.view", arguments=("fapiao_paper",)),
    Address("fapiao_send", None, "orders.manage", ("fapiao_request",)),
    Address("settings_fapiao", "settings.edit", "settings.edit"),
    Address("settings_fapiao_service", "settings.edit", "settings.edit", ("=nuonuo",)),
    Address("settings_fapiao_check", None, "settings.edit", ("=nuonuo",)),
    Address("documents", "orders.view"),
    Address("orders_issue", "orders.manage", "orders.manage"),
    Address("documents_print", "orders.view", data={"id": "document"}),
    Address("orders_pick", "orders.view", data={"id": "order"}),
    Address("order_hold", "orders.manage", "orders.manage", ("order",)),
    Address("order_split", "orders.manage", "orders.manage", ("order",)),
    Address("order_merge", "orders.manage", "orders.manage", ("order",)),
    Address("order_safe", "orders.manage", "orders.manage", ("order",)),
    Address("order_release", "orders.manage", "orders.manage", ("order",)),
    Address("order_peek", "orders.view", None, ("order",)),
    Address("list_columns", "orders.view", "orders.view", ("=orders",)),
    Address("list_view_new", "orders.view", "orders.view", ("=orders",)),
    Address("list_export", "export.run", None, ("=products", "=csv")),
    Address("orders_slips", "orders.view", data={"id": "order"}),
    Address("order", "orders.view", None, ("order",)),
    Address("order_confirm", "orders.manage", "orders.manage", ("order",)),
    Address("order_mark_paid", "orders.payments", "orders.payments", ("order",)),
    Address("order_capture", "orders.payments", "orders.payments", ("order",)),
    Address("order_fulfil", "orders.fulfil", "orders.fulfil", ("order",)),
    Address("order_label", "orders.fulfil", "orders.fulfil", ("order",)),
    Address("order_labels", "orders.fulfil", "orders.fulfil", ("order",)),
    Address("label_file", "orders.fulfil", None, ("label",)),
    Address("label_void", "orders.fulfil", "orders.fulfil", ("label",)),
    Address("labels_print", "orders.fulfil", data={"id": "parcel"}),
    Address("order_pickup_ready", "orders.fulfil", "orders.fulfil", ("fetched",)),
    Address("order_pickup_undo", "orders.fulfil", "orders.fulfil", ("fetched",)),
    Address("order_collect", "orders.fulfil", "orders.fulfil", ("fetched",)),
    Address("order_cancel", "orders.cancel", "orders.cancel", ("order",)),
    Address("order_comment", "orders.comment", "orders.comment", ("order",)),
    Address("order_message", "orders.manage", "orders.manage", ("order",)),
    Address("order_file", "orders.view", None, ("order", "attachment")),
    Address("order_tracking", "orders.fulfil", "orders.fulfil", ("sent", "parcel")),
    Address("order_delivered", "orders.fulfil", "orders.fulfil", ("sent", "parcel")),
    Address("order_edit", "orders.edit", "orders.edit", ("order",)),
    Address("order_address", "orders.edit", "orders.edit", ("order",)),
    Address("order_refund", "orders.payments", "orders.payments", ("order",)),
    Address("order_refund_difference", "orders.payments", "orders.payments", ("order",)),
    Address("order_refund_retry", "orders.payments", "orders.payments", ("sent", "refund")),
    Address("order_return", "orders.returns", "orders.returns", ("sent",)),
    Address("returns", "orders.view"),
    Address("carrier_suggestion", "orders.fulfil"),
    Address("shipments", "orders.view"),
    Address("shipments_upload", "orders.fulfil", "orders.fulfil"),
    Address("shipment", "orders.view", arguments=("parcel",)),
    Address("shipment_refresh", None, "orders.fulfil", ("parcel",)),
    Address("parcel_label", "orders.fulfil", "orders.fulfil", ("parcel",)),
    Address("return_label", "orders.fulfil", "orders.fulfil", ("return",)),
    Address("shipment_event", "orders.fulfil", "orders.fulfil", ("parcel",)),
    Address("return", "orders.view", None, ("return",)),
    Address("return_approve", "orders.returns", "orders.returns", ("return",)),
    Address("return_decline", "orders.returns", "orders.returns", ("return",)),
    Address("return_receive", "orders.returns", "orders.returns", ("return",)),
    Address("return_inspect", "orders.returns", "orders.returns", ("return",)),
    Address("return_complete", "orders.payments", "orders.payments", ("return",)),
    Address("return_reject", "orders.returns", "orders.returns", ("return",)),
    Address("return_cancel", "orders.returns", "orders.returns", ("return",)),
    Address("return_photo", "orders.view", None, ("return", "photo")),
    Address("settings_tries", "settings.view", "settings.edit"),
    Address("settings_returns", "settings.view", "settings.edit"),
    Address("settings_reasons", "settings.view", "settings.edit"),
    Address("products", "catalogue.view"),
    Address("products_export", "export.run", None, ("=csv",)),
    Address("product_new", "catalogue.edit", "catalogue.edit"),
    Address("product_grid", None, "catalogue.edit"),
    Address("media_upload", None, "media.edit"),
    Address("product_attributes", "catalogue.view"),
    Address("product_picker", "catalogue.view"),
    Address("variant_picker", "catalogue.view"),
    Address("safety_contact_new", "catalogue.edit", "catalogue.edit"),
    Address("changes", "catalogue.view"),
    Address("change", "catalogue.view", None, ("change",)),
    Address("change_undo", "catalogue.edit", "catalogue.edit", ("change",)),
    Address("product_duplicate", "catalogue.edit", "catalogue.edit", ("product",)),
    Address("product_preview", "catalogue.view", None, ("product",), status=302),
    Address("product_history", "catalogue.view", None, ("product",)),
    Address("product_revision", "catalogue.view", None, ("product", "=1")),
    Address("product_restore", "catalogue.edit", "catalogue.edit", ("product", "=1")),
    Address("variants", "catalogue.view", None, ("product",), status=302),
    Address("variant", "catalogue.view", "catalogue.edit", ("product", "variant")),
    Address("file_add", "catalogue.edit", "catalogue.edit", ("product", "variant")),
    Address("file_edit", "catalogue.edit", "catalogue.edit", ("song", "song_variant", "file")),
    Address("file_remove", "catalogue.edit", "catalogue.edit", ("song", "song_variant", "file")),
    Address("variant_delivery", None, "catalogue.edit", ("product", "variant")),
    Address("download_renew", "orders.manage", "orders.manage", ("song_order", "grant")),
    Address("download_revoke", "orders.manage", "orders.manage", ("song_order", "grant")),
    Address("settings_downloads", "settings.view", "settings.edit"),
    Address("bundle_dissolve", "catalogue.edit", "catalogue.edit", ("product", "variant")),
    Address("products_sheet", "catalogue.edit", "catalogue.edit", data={"id": "product"}),
    Address("products_organise", "catalogue.edit", "catalogue.edit", data={"id": "product"}),
    Address("products_schedule", "catalogue.edit", "catalogue.edit", data={"id": "product"}),
    Address("products_prices", "catalogue.edit", "catalogue.edit", data={"id": "product"}),
    Address("products_delete", "catalogue.edit", "catalogue.edit", data={"id": "product"}),
    Address("products_status", "catalogue.edit", "catalogue.edit"),
    Address("product", "catalogue.view", "catalogue.edit", ("product",)),
    Address("product_delete", "catalogue.edit", "catalogue.edit", ("product",)),
    Address("stock", "inventory.view"),
    Address("stock_adjust", "inventory.adjust", "inventory.adjust", ("variant", "location")),
    Address("stock_threshold", "inventory.adjust", "inventory.adjust", ("variant", "location")),
    Address("stock_history", "inventory.view", None, ("variant", "location")),
    Address("stock_set", None, "inventory.adjust"),
    Address("categories", "catalogue.view"),
    Address("category_new", "catalogue.edit", "catalogue.edit"),
    Address("category", "catalogue.view", "catalogue.edit", ("category",)),
    Address("category_move", "catalogue.edit", "catalogue.edit", ("category",)),
    Address("category_delete", "catalogue.edit", "catalogue.edit", ("category",)),
    Address("collections", "catalogue.view"),
    Address("collection_new", "catalogue.edit", "catalogue.edit"),
    Address("collection_preview", None, "catalogue.view"),
    Address("collection", "catalogue.view", "catalogue.edit", ("collection",)),
    Address("collection_products", "catalogue.view", "catalogue.edit", ("collection",)),
    Address("collection_delete", "catalogue.edit", "catalogue.edit", ("collection",)),
    Address("organise", "catalogue.view", None, ("=brands",)),
    Address("organise_new", "catalogue.edit", "catalogue.edit", ("=types",)),
    Address("organise_edit", "catalogue.edit", "catalogue.edit", ("=tags", "tag")),
    Address("attribute_values", "catalogue.view", "catalogue.edit", ("attribute",)),
    Address("organise_delete", "catalogue.edit", "catalogue.edit", ("=tags", "tag")),
    Address("tag_merge", "catalogue.edit", "catalogue.edit", ("tag",)),
    Address("stock_paste", "inventory.adjust", "inventory.adjust"),
    Address("stock_transfers", "inventory.view"),
    Address("stock_transfer_goods", "inventory.adjust"),
    Address("stock_transfer_new", "inventory.adjust", "inventory.adjust"),
    Address("stock_transfer", "inventory.view", None, ("transfer",)),
    Address("stock_transfer_edit", "inventory.adjust", "inventory.adjust", ("transfer",)),
    Address("stock_transfer_send", "inventory.adjust", "inventory.adjust", ("transfer",)),
    Address("stock_transfer_receive", "inventory.adjust", "inventory.adjust", ("transfer",)),
    Address("stock_transfer_cancel", "inventory.adjust", "inventory.adjust", ("transfer",)),
    Address("stock_counts", "inventory.view"),
    Address("stock_count_new", "inventory.adjust", "inventory.adjust"),
    Address("stock_count", "inventory.view", None, ("count",)),
    Address("stock_count_write", None, "inventory.adjust", ("count",)),
    Address("stock_count_paste", "inventory.adjust", "inventory.adjust", ("count",)),
    Address("stock_count_apply", "inventory.adjust", "inventory.adjust", ("count",)),
    Address("stock_count_cancel", "inventory.adjust", "inventory.adjust", ("count",)),
    Address("stock_count_print", "inventory.view", None, ("count",)),
    Address("stock_count_export", "inventory.view", None, ("count",)),
    Address("stock_ledger", "inventory.view"),
    Address("stock_ledger_export", "export.run"),
    Address("stock_waiting", "inventory.view"),
    Address("stock_integrity", "inventory.view"),
    Address("stock_integrity_check", "inventory.adjust", "inventory.adjust"),
    Address("stock_integrity_repair", "inventory.adjust", "inventory.adjust", ("broken",)),
    Address("stock_orphan_release", "inventory.adjust", "inventory.adjust"),
    Address("settings_locations", "settings.view"),
    Address("settings_location_new", "settings.edit", "settings.edit"),
    Address("settings_locations_order", None, "settings.edit"),
    Address("settings_location", "settings.edit", "settings.edit", ("location",)),
    Address("settings_location_active", "settings.edit", "settings.edit", ("location",)),
    Address("imports", "import.run", "import.run"),
    Address("import", "import.run", None, ("upload",)),
    Address("import_start", "import.run", "import.run", ("upload",)),
    Address("import_columns", "import.run", "import.run", ("upload",)),
    Address("import_revert", "import.run", "import.run", ("upload",)),
    Address("import_errors", "import.run", None, ("upload",)),
    Address("import_wish", "import.run", "import.run", ("upload", "=cancel")),
    Address("content", "content.edit"),
    Address("content_blog", "content.edit"),
    Address("content_topics", "content.edit"),
    Address("content_topic", "content.edit", "content.edit", ("topic",)),
    Address("content_topic_delete", "content.edit", "content.edit", ("topic",)),
    Address("redirects", "catalogue.view"),
    Address("redirects_export", "export.run", None, ("=csv",)),
    Address("redirects_delete", "content.edit", "content.edit"),
    Address("redirect", "content.edit", "content.edit", ("=0",)),
    Address("customers", "customers.view"),
    Address("customer_new", "customers.edit", "customers.edit"),
    Address("customers_export", "customers.data", None, ("=csv",)),
    Address("duplicates", "customers.view"),
    Address("duplicate_dismiss", "customers.edit", "customers.edit", ("=1",)),
    Address("data_requests", "customers.data"),
    Address("data_file", "customers.data", None, ("data_request",)),
    Address("customer", "customers.view", None, ("customer",)),
    Address("members", "customers.view"),
    Address("member_rules", "customers.view", "membership.edit"),
    Address("tier", "membership.edit", "membership.edit", ("tier",)),
    Address("tier_delete", "membership.edit", "membership.edit", ("tier",)),
    Address("member_adjust", "membership.edit", "membership.edit", ("customer",)),
    Address("member_tier", "membership.edit", "membership.edit", ("customer",)),
    Address("customer_edit", "customers.edit", "customers.edit", ("customer",)),
    Address("customer_note", "customers.edit", "customers.edit", ("customer",)),
    Address("customer_consent", "customers.edit", "customers.edit", ("customer", "=email")),
    Address("customer_address", "customers.edit", "customers.edit", ("customer", "=0")),
    Address("customer_address_delete", "customers.edit", "customers.edit", ("customer", "=1")),
    Address("customer_merge", "customers.edit", "customers.edit", ("customer",)),
    Address("customer_data", "customers.data", "customers.data", ("customer", "=export")),
    Address("mails", "mail.view"),
    Address("mail_templates", "mail.view"),
    Address("mail_template", "mail.view", "mail.edit", TEMPLATE),
    Address("mail_template_preview", "mail.view", "mail.edit", TEMPLATE),
    Address("mail_template_measure", None, "mail.edit", ("=order_received", "=sms", "=en")),
    Address("mail_template_reset", "mail.edit", "mail.edit", TEMPLATE),
    Address("mail_template_switch", "mail.edit", "mail.edit", TEMPLATE),
    Address("mail_template_test", "mail.edit", "mail.edit", TEMPLATE),
    Address("mail_template_version", "mail.view", "mail.edit", (*TEMPLATE, "version")),
    Address("mail", "mail.view", None, ("mail",)),
    Address("mail_body", "mail.view", None, ("mail",)),
    Address("mail_resend", "mail.send", "mail.send", ("mail",)),
    Address("settings", "settings.view"),
    Address("settings_store", "settings.view", "settings.edit"),
    Address("settings_markets", "settings.view"),
    Address("settings_market", "settings.edit", "settings.edit", ("=cn",)),
    Address("settings_market_new", "settings.edit", "settings.edit"),
    Address("settings_rate", "settings.edit", "settings.edit"),
    Address("settings_market_delete", "settings.edit", "settings.edit", ("=int",)),
    Address("settings_legal", "settings.view"),
    Address("settings_legal_text", "settings.view", "settings.edit", ("=terms", "=en")),
    Address("settings_domains", "settings.view"),
    Address("settings_shipping", "settings.view"),
    Address("settings_method", "settings.edit", "settings.edit", ("method",)),
    Address("settings_method_new", "settings.edit", "settings.edit", ("zone",)),
    Address("settings_method_delete", "settings.edit", "settings.edit", ("method",)),
    Address("settings_restrictions", "settings.view"),
    Address("restriction_goods", "settings.edit"),
    Address("settings_restriction_new", "settings.edit", "settings.edit"),
    Address("settings_restriction", "settings.edit", "settings.edit", ("restriction",)),
    Address("settings_restriction_delete", "settings.edit", "settings.edit", ("restriction",)),
    Address("settings_zone_new", "settings.edit", "settings.edit"),
    Address("settings_zone", "settings.edit", "settings.edit", ("zone",)),
    Address("settings_zone_delete", "settings.edit", "settings.edit", ("zone",)),
    Address("settings_taxes", "settings.view"),
    Address("tax_office", "settings.view"),
    Address("tax_report", "settings.view"),
    Address("tax_profile", "settings.edit", "settings.edit"),
    Address("tax_limit", "settings.edit", "settings.edit"),
    Address("tax_registration_new", "settings.edit", "settings.edit"),
    Address("tax_registration", "settings.edit", "settings.edit", ("registration",)),
    Address("tax_registration_delete", "settings.edit", "settings.edit", ("registration",)),
    Address("tax_table", "settings.edit", "settings.edit"),
    Address("tax_load", "settings.edit", "settings.edit"),
    Address("settings_tax_new", "settings.edit", "settings.edit"),
    Address("settings_tax", "settings.edit", "settings.edit", ("tax",)),
    Address("settings_tax_delete", "settings.edit", "settings.edit", ("tax",)),
    Address("settings_sms", "settings.view"),
    Address("settings_sms_limits", "settings.edit", "settings.edit"),
    Address("settings_sms_account", "settings.edit", "settings.edit", ("=aliyun",)),
    Address("settings_sms_check", None, "settings.edit", ("=aliyun",)),
    Address("settings_sms_test", "settings.edit", "settings.edit", ("=aliyun",)),
    Address("settings_sms_template", "settings.edit", "settings.edit", ("=aliyun", "=verify", "=zh-hans")),
    Address("settings_tracking", "settings.view"),
    Address("settings_tracking_account", "settings.edit", "settings.edit", ("=kuaidi100",)),
    Address("settings_tracking_check", None, "settings.edit", ("=kuaidi100",)),
    Address("settings_payments", "settings.view"),
    Address("settings_payment", "settings.edit", "settings.edit", ("=bank_transfer",)),
    Address("settings_payment_check", None, "settings.edit", ("=bank_transfer",)),
    Address("settings_staff", "staff.view"),
    Address("settings_staff_new", "staff.edit", "staff.edit"),
    Address("settings_staff_role", "staff.edit", "staff.edit", ("staff",)),
    Address("settings_staff_access", "staff.edit", "staff.edit", ("staff",)),
    Address("settings_staff_person", "staff.view", None, ("staff",)),
    Address("settings_staff_second_step", "staff.edit", "staff.edit", ("staff",)),
    Address("settings_staff_sessions", "staff.edit", "staff.edit", ("staff",)),
    Address("settings_invitation_resend", "staff.edit", "staff.edit", ("invitation",)),
    Address("settings_invitation_revoke", "staff.edit", "staff.edit", ("invitation",)),
    Address("bell"),
    Address("bell_poll"),
    Address("bell_seen", None, OPEN),
    Address("security"),
    Address("security_app", OPEN, OPEN),
    Address("security_app_remove", OPEN, OPEN),
    Address("security_passkey", OPEN, OPEN),
    Address("security_passkey_remove", OPEN, OPEN, ("=1",)),
    Address("security_codes", OPEN, OPEN, status=302),
    Address("security_password", OPEN, OPEN),
    Address("security_sessions_end", OPEN, OPEN),
    Address("security_session_end", OPEN, OPEN, ("=1",)),
    Address("settings_roles", "staff.view"),
    Address("settings_role_new", "staff.edit", "staff.edit"),
    Address("settings_role", "staff.view", "staff.edit", ("=viewer",)),
    Address("settings_role_delete", "staff.edit", "staff.edit", ("=viewer",)),
    Address("settings_role_reset", "staff.edit", "staff.edit", ("=viewer",)),
    Address("settings_tokens", "api.view"),
    Address("settings_token_new", "api.edit", "api.edit"),
    Address("settings_token_end", "api.edit", "api.edit", ("token",)),
    Address("settings_webhooks", "api.view"),
    Address("settings_webhook_new", "api.edit", "api.edit"),
    Address("settings_webhook", "api.view", None, ("endpoint",)),
    Address("settings_webhook_edit", "api.edit", "api.edit", ("endpoint",)),
    Address("settings_webhook_test", "api.edit", "api.edit", ("endpoint",)),
    Address("settings_webhook_replay", "api.edit", "api.edit", ("endpoint",)),
    Address("settings_webhook_secret", "api.edit", "api.edit", ("endpoint",)),
    Address("settings_webhook_delete", "api.edit", "api.edit", ("endpoint",)),
    Address("settings_delivery", "api.view", None, ("delivery",)),
    Address("settings_delivery_resend", "api.edit", "api.edit", ("delivery",)),
    Address("audit", "audit.view"),
    Address("audit_export", "audit.view"),
    Address("audit_entry", "audit.view", None, ("audit",)),
    Address("system", "system.view", "system.view"),
    Address("system_job", "system.view", None, ("job",)),
    Address("system_retry", "system.manage", "system.manage", ("job",)),
    Address("system_discard", "system.manage", "system.manage", ("job",)),
    Address("system_retry_all", "system.manage", "system.manage"),
    Address("system_discard_all", "system.manage", "system.manage"),
    Address("approvals"),
    Address("approval", "orders.payments", None, ("approval",)),
    Address("approval_approve", "orders.payments", "orders.payments", ("approval",)),
    Address("approval_decline", "orders.payments", "orders.payments", ("approval",)),
    Address("approval_withdraw", "orders.payments", "orders.payments", ("approval",)),
)
DOORS = {"login", "login_step", "invitation", "setup_owner", "logout", "language", "appearance"}
"""Addresses that anybody may use."""
OWN = {"orders_export_file", "list_view_edit", "list_view_move", "list_view_delete"}
"""Addresses of what belongs to one person: `test_order_desk.py` knocks at them as its owner and as somebody else."""


def approval() -> ApprovalView:
    """Something that waits for a second person who may give money back."""
    return request_approval(
        kind=KIND, intent={"order_id": 1}, value=Money(90_000, "CNY"), reference="order:1", actor="system"
    )


def things() -> dict[str, Any]:
    """Make one of everything that an address can name, and return the keys."""
    save_account(code="aliyun", enabled=False, values={"key_id": "1", "sign": "Tea"})
    order = factories.order()
    sent = factories.order(paid=True)
    fetched = factories.order()
    Order.objects.filter(pk=fetched.pk).update(pickup_location=factories.location())
    parcel = fulfil(
        order_id=sent.pk,
        lines=[FulfilLine(line.pk, line.quantity) for line in sent.lines.all()],
        location_id=factories.location().pk,
        carrier="sf",
        tracking_number="SF1234567890123",
        idempotency_key="made",
        actor=factories.ACTOR,
    )
    follow_parcel(fulfilment_id=parcel.pk)
    draft = create_draft(market=factories.market(), language="zh-hans", actor=factories.ACTOR)
    attachment = store_private(content=b"%PDF-1.7", name="a.pdf", reference=order.reference, actor=factories.ACTOR)
    custom = save_custom_line(draft_id=draft.pk, title="Engraving", quantity=1, price_minor=500)
    product = factories.product()
    change = open_change_set(kind="bulk", actor=factories.ACTOR)
    with recording(change_set=change, product_ids=[product.pk]):
        set_product_status(product_ids=[product.pk], status="draft", actor=factories.ACTOR)
        set_product_status(product_ids=[product.pk], status="active", actor=factories.ACTOR)
    record_created(change_set=change, product_ids=[factories.product().pk])
    mail = Mail.objects.create(
        key="one", template="order_received", to="lin@example.com", language="en", subject="Hello", html="<p>Hello</p>",
        text="Hello", reference=order.reference, created_at=now(),
    )  # fmt: skip
    upload = Upload.objects.create(
        name="a.csv", path="none.csv", actor=factories.ACTOR, language="en", columns=["Name"],
        state=Upload.State.CHECKED, created_at=now(),
    )  # fmt: skip
    customer_id = Order.objects.get(pk=order.pk).customer_id
    variant = factories.variant_of(product).pk
    second = inventory.add_location(name="Second", country="CN")
    transfer = inventory.save_transfer(
        source_id=factories.location().pk, target_id=second.pk, lines={variant: 2}, actor=factories.ACTOR
    )
    count = inventory.open_count(
        location_id=factories.location().pk, variant_ids=[variant], name="Autumn", actor=factories.ACTOR
    )
    broken = StockLevel.objects.get(variant=factories.variant_of(factories.product()))
    StockLevel.objects.filter(pk=broken.pk).update(on_hand=3)
    endpoint, _secret = webhooks.create_endpoint(url="https://erp.example.com/in")
    coming = request_return(
        order_id=sent.pk,
        lines=[ReturnWish(sent.lines.get().pk, 1, "other")],
        idempotency_key="made",
        actor=factories.ACTOR,
    )
    given = refund(order_id=sent.pk, lines=[], adjustment_minor=1, idempotency_key="made", actor="system")
    picture = store_private(content=b"%PDF-1.7", name="a.pdf", reference=f"return:{coming.pk}", actor=factories.ACTOR)
    shot = ReturnPhoto.objects.create(order_return=coming, file=picture, mime="image/png", created_at=now())
    song = factories.variant_of(factories.product(stock=None))
    file = add_file(variant_id=song.pk, file=io.BytesIO(b"la la la"), name="song.mp3", actor=factories.ACTOR)
    song_order = factories.order(song, paid=True)
    statement = b"Date,Amount,Name\n2026-11-02,10.00,A\n2026-11-03,20.00,B\n"
    reconciliation.read_statement(content=statement, name="bank.csv", actor=factories.ACTOR, currency="CNY")
    asked = reconciliation.read_statement(content=statement, name="bank.csv", actor=factories.ACTOR, ask=True)
    matched, waiting = StatementLine.objects.order_by("pk")
    reconciliation.match(line_id=matched.pk, parts=[Part(factories.order().pk, 1000)], actor=factories.ACTOR)
    difference = factories.bill_difference()
    paper = factories.fapiao(song_order)
    flash = sale(factories.variant_of(factories.product()), waiting_room=True)
    people.rules()
    return {
        "flash": flash.pk,
        "flash_item": item_of(flash).pk,
        **pages_of_marketing.things(),
        **pages_of_writing.things(),
        "fapiao_paper": paper.pk,
        "fapiao_request": factories.fapiao_request(sent).pk,
        "statement_to_read": asked.pk,
        "bill": difference.bill_id,
        "bill_difference": difference.pk,
        "statement_line": waiting.pk,
        "matched_line": matched.pk,
        "statement_match": StatementMatch.objects.get().pk,
        "discount": save_with_code(
            draft=PromotionDraft(name="秋季", rules={"kind": "percent", "points": 1000}, needs_code=True),
            code="AUTUMN",
            actor=factories.ACTOR,
        ).pk,
        "tier": people.tier("金卡", 10000).pk,
        "card": issue_gift_card(
            amount=Money(1000, "CNY"), actor=factories.ACTOR, language="en", recipient_email="a@b.example"
        ).pk,
        "topic": save_topic(name="茶"),
        "song": song.product_id,
        "song_variant": song.pk,
        "file": file.pk,
        "song_order": song_order.pk,
        "grant": file.grants.get().pk,
        "return": coming.pk,
        "photo": shot.pk,
        "refund": given.pk,
        "data_request": data_file(customer_id or 0).pk,
        "category": catalogue.save_category(name="Chairs", actor=factories.ACTOR).pk,
        "collection": catalogue.save_collection(title="Gifts", actor=factories.ACTOR).pk,
        "tag": catalogue.save_tag(name="New", actor=factories.ACTOR).pk,
        "attribute": catalogue.put_attribute(name="Wood", kind="choice", actor=factories.ACTOR).pk,
        "transfer": transfer.pk,
        "count": count.pk,
        "broken": broken.pk,
        "order": order.pk,
        "fetched": fetched.pk,
        "draft": draft.pk,
        "attachment": attachment.pk,
        "custom": custom.pk if custom else 0,
        "document": issue_invoice(order_id=sent.pk, actor=factories.ACTOR).pk,
        "sent": sent.pk,
        "parcel": parcel.pk,
        "label": label_of(sent, parcel).pk,
        "product": product.pk,
        "change": change.pk,
        "variant": factories.variant_of(product).pk,
        "location": Location.objects.get(code="main").pk,
        "upload": upload.pk,
        "customer": Customer.objects.get(pk=Order.objects.get(pk=order.pk).customer_id).pk,
        "mail": mail.pk,
        "tax": TaxRate.objects.order_by("pk")[0].pk,
        "registration": put_registration(
            kind="oss", country="DE", valid_from=date(2026, 1, 1), actor=factories.ACTOR
        ).pk,
        "method": Method.objects.order_by("pk")[0].pk,
        "restriction": save_restriction(name="Batteries", product_ids=[product.pk], countries=["US"]).pk,
        "zone": Zone.objects.order_by("pk")[0].pk,
        "staff": member("catalogue").pk,
        "invitation": invite(email="new@staff.example", role="viewer", actor="system").id,
        "version": MailTemplateVersion.objects.create(
            key="order_received", channel="email", language="en", body="<p>Hi</p>", saved_at=now()
        ).pk,
        "job": str(DBTaskResult.objects.order_by("pk")[0].pk),
        "token": create_token(by=member("owner"), name="ERP", scopes=["orders.view"])[0].pk,
        "endpoint": endpoint.pk,
        "delivery": webhooks.send_test(endpoint_id=endpoint.pk).pk,
        "audit": AuditEntry.objects.order_by("pk")[0].pk,
        "approval": approval().id,
    }


def url_of(address: Address, keys: dict[str, Any]) -> str:
    arguments = [name[1:] if name.startswith("=") else keys[name] for name in address.arguments]
    return reverse(f"backoffice:{address.name}", args=arguments)


def data_of(address: Address, keys: dict[str, Any]) -> dict[str, Any]:
    return {name: keys.get(value, value) for name, value in address.data.items()}
