"""What a file says, in one form for all formats; and why something of it was refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from duli.base.errors import DuliError, InvalidInput


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its number as a spreadsheet shows it (the header is 1) and its cells by column name."""

    number: int
    cells: Mapping[str, str]

    def get(self, *names: str) -> str:
        """Return the first cell of these columns that is not empty, trimmed."""
        for name in names:
            value = self.cells.get(name, "").strip()
            if value:
                return value
        return ""


@dataclass(frozen=True, slots=True)
class ImportedPrice:
    """Minor units of `currency`."""

    currency: str
    minor: int
    compare_at_minor: int | None = None


@dataclass(frozen=True, slots=True)
class ImportedImage:
    """A picture by its address in the file: a URL, or a name in the folder or zip beside it."""

    row: int
    address: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class ImportedLevel:
    """When a level counts as low (None: by the shop's own rule), and what may be sold beyond what is there."""

    threshold: int | None = None
    backorder_limit: int = 0
    promise: str = ""
    promised_on: date | None = None
    texts: tuple[tuple[str, str], ...] = ()
    """(language, the promise in it)"""


@dataclass(frozen=True, slots=True)
class ImportedBundle:
    """What a variant consists of: (units, SKU) or (units, "@handle: option values") of each part."""

    parts: tuple[tuple[int, str], ...]
    price_mode: str = "own"
    percent_off: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """What is known of a file that buyers get; its content is in no table. None: the shop's own rule; 0: no limit."""

    name: str
    days: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class ImportedSafety:
    """Maker and responsible person as (name, address, contact); empty where there is none."""

    maker: tuple[str, ...] = ()
    responsible: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class ImportedVariant:
    """`stock` maps a location's code ("" is the default one) to the units on hand."""

    row: int
    option_values: tuple[str, ...] = ()
    sku: str = ""
    barcode: str = ""
    weight_grams: int = 0
    tax_class: str = ""
    hs_code: str = ""
    origin_country: str = ""
    requires_shipping: bool = True
    tracks_stock: bool = True
    prices: tuple[ImportedPrice, ...] = ()
    stock: Mapping[str, int] = field(default_factory=dict)
    levels: Mapping[str, ImportedLevel] | None = None
    cost: ImportedPrice | None = None
    bundle: ImportedBundle | None = None
    files: tuple[ImportedFile, ...] | None = None
    content: str | None = None
    image: str = ""


@dataclass(frozen=True, slots=True)
class ImportedOption:
    """A dimension of choice with its values; `swatches` maps a value to #rrggbb."""

    name: str
    values: tuple[str, ...]
    swatches: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    """The name in other languages."""
    value_texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportedProduct:
    """One product of a file. `key` names it in the file's world.

    `keep_product` says that the file brings variants only: everything else of the product stays as it is.
    `facts` are numbers that a later file of the same source needs (a base price, in minor units).
    """

    key: str
    row: int
    title: str = ""
    handle: str = ""
    description_html: str = ""
    status: str = "active"
    published_at: datetime | None = None
    unpublished_at: datetime | None = None
    product_type: str = ""
    brand: str = ""
    tax_class: str = "standard"
    hs_code: str = ""
    origin_country: str = ""
    seo_title: str = ""
    seo_description: str = ""
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    options: tuple[ImportedOption, ...] = ()
    variants: tuple[ImportedVariant, ...] = ()
    images: tuple[ImportedImage, ...] = ()
    tags: tuple[str, ...] = ()
    categories: tuple[tuple[str, ...], ...] = ()
    collections: tuple[str, ...] = ()
    attributes: tuple[tuple[str, ...], ...] = ()
    """(name, text), or (name, text, kind, unit) where the file tells what kind of fact it is."""
    safety: ImportedSafety | None = None
    related: tuple[str, ...] | None = None
    """Handles of products that are shown on this one's page."""
    is_gift_card: bool | None = None
    keep_product: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken, or (in the notes) was taken but not wholly; `kind` is what it would have been."""

    row: int
    key: str
    kind: str
    error: DuliError


@dataclass(slots=True)
class Parsed:
    """What became of the rows of one product: the product, unless it is refused, with refusals and notes.

    `variants` and `images` say how many the rows speak of, for counting when the product is refused.
    """

    product: ImportedProduct | None
    variants: int = 0
    images: int = 0
    refused: list[Refusal] = field(default_factory=list)
    notes: list[Refusal] = field(default_factory=list)


class ImportProblem(InvalidInput):
    """Something in a file that cannot be taken as it stands."""

    code = "import_problem"


class FileEmpty(ImportProblem):
    code = "file_empty"
    message = _("The file is empty.")


class FileNotText(ImportProblem):
    code = "file_not_text"
    message = _("This is not a CSV file but something binary. Please export it as CSV.")


class EncodingUnknown(ImportProblem):
    code = "encoding_unknown"
    message = _("The text is neither UTF-8, UTF-16 nor GB18030. Please save the file as UTF-8.")


class FormatUnknown(ImportProblem):
    code = "format_unknown"
    message = _("These columns belong to no catalogue we know: %(columns)s.")


class ColumnTwice(ImportProblem):
    code = "column_twice"
    message = _("The column “%(column)s” is there twice.")


class QuotesBroken(ImportProblem):
    code = "quotes_broken"
    message = _("The quotation marks of this row are not closed properly.")


class CellTooLong(ImportProblem):
    code = "cell_too_long"
    message = _("A cell of this row is longer than %(limit)s characters.")


class ControlCharacter(ImportProblem):
    code = "control_character"
    message = _("This row contains a NUL character; the file is damaged.")


class TooManyCells(ImportProblem):
    code = "too_many_cells"
    message = _("This row has %(cells)s cells, but there are only %(columns)s columns.")


class ValueMissing(ImportProblem):
    code = "value_missing"
    message = _("“%(column)s” is empty.")


class ValueUnknown(ImportProblem):
    code = "value_unknown"
    message = _("“%(column)s” cannot be “%(value)s”.")


class NotStored(ImportProblem):
    """The database refused what every check had let pass."""

    code = "not_stored"
    message = _("This product could not be stored: %(detail)s.")


class VariantsRemoved(ImportProblem):
    code = "variants_removed"
    message = _("%(count)s variants that are no longer in the file were taken off sale.")


class StockNotSet(ImportProblem):
    code = "stock_not_set"
    message = _("The stock of %(variant)s was left as it is: %(reason)s")


class NotANumber(ImportProblem):
    code = "not_a_number"
    message = _("“%(column)s” is not a number: %(value)s.")


class NegativeNumber(ImportProblem):
    code = "negative_number"
    message = _("“%(column)s” must not be negative: %(value)s.")


class NumberTooLarge(ImportProblem):
    code = "number_too_large"
    message = _("“%(column)s” is too large: %(value)s.")


class NotADate(ImportProblem):
    code = "not_a_date"
    message = _("“%(column)s” is not a date: %(value)s.")


class CombinationTwice(ImportProblem):
    code = "combination_twice"
    message = _("The variant %(variant)s is already in row %(row)s.")


class NothingTellsApart(ImportProblem):
    code = "nothing_tells_apart"
    message = _(
        "The product already has a variant in row %(row)s. Say which column tells them apart, such as size or colour."
    )


class SkuTwice(ImportProblem):
    code = "sku_twice"
    message = _("The SKU “%(sku)s” is already used in row %(row)s; the variant was imported without it.")


class ProductTwice(ImportProblem):
    code = "product_twice"
    message = _("The product “%(key)s” is already in row %(row)s.")


class ParentMissing(ImportProblem):
    code = "parent_missing"
    message = _("The product it belongs to (%(parent)s) is not in the file and was not imported before.")


class NothingToSell(ImportProblem):
    code = "nothing_to_sell"
    message = _("No row of this product says what is sold at which price.")


class KindNotImported(ImportProblem):
    code = "kind_not_imported"
    message = _("Products of the kind “%(kind)s” cannot be imported.")


class RowNotUnderstood(ImportProblem):
    code = "row_not_understood"
    message = _("This row is neither a product, a variant nor an image.")


class FormerPriceIgnored(ImportProblem):
    code = "former_price_ignored"
    message = _("The former price is not higher than the price and was left out.")


class BarcodeDamaged(ImportProblem):
    code = "barcode_damaged"
    message = _("A spreadsheet program has shortened the barcode to %(value)s; it was left out.")


class ValueAny(ImportProblem):
    code = "value_any"
    message = _("This variant stands for every “%(option)s”; it was imported as one variant.")


class HiddenImportedAsDraft(ImportProblem):
    code = "hidden_imported_as_draft"
    message = _("The product is hidden in the other shop; it was imported as a draft.")


class DownloadsNotImported(ImportProblem):
    code = "downloads_not_imported"
    message = _("The files to download were not imported.")


class HandleChanged(ImportProblem):
    code = "handle_changed"
    message = _("The address “%(wanted)s” became “%(handle)s”.")


class ImageNotFound(ImportProblem):
    code = "image_not_found"
    message = _("The picture is not among the given files: %(address)s.")


class ImageUnreachable(ImportProblem):
    code = "image_unreachable"
    message = _("The picture could not be fetched from %(address)s: %(reason)s.")


class ImagesNotFetched(ImportProblem):
    code = "images_not_fetched"
    message = _("No way to fetch pictures from addresses is set up: %(address)s.")


class UnknownLocation(ImportProblem):
    code = "unknown_location"
    message = _("There is no stock location “%(code)s”: open one of this name under Settings, Locations.")


class UnknownCurrency(ImportProblem):
    code = "unknown_currency"
    message = _("“%(currency)s” is not a currency.")


class WorkbookTooLarge(ImportProblem):
    code = "workbook_too_large"
    message = _("The workbook unpacks to more than %(megabytes)s MB. Please save it as CSV.")


class PartMissing(ImportProblem):
    code = "part_missing"
    message = _("The bundle was left as it is: “%(part)s” is not in the shop.")


class PartNotSet(ImportProblem):
    code = "part_not_set"
    message = _("“%(column)s” of %(variant)s was left as it is: %(reason)s")


class FileNotHere(ImportProblem):
    code = "file_not_here"
    message = _("The file “%(name)s” is not in this shop; upload it on the variant's page.")


class RelatedMissing(ImportProblem):
    code = "related_missing"
    message = _("The related product “%(handle)s” is not in the shop.")


class CellTooLongForWorkbook(ImportProblem):
    code = "cell_too_long_for_workbook"
    message = _("A text is longer than the %(limit)s characters that a workbook's cell can hold. Please export as CSV.")


class LanguageNotSpoken(ImportProblem):
    """The texts are kept, and exported again."""

    code = "language_not_spoken"
    message = _(
        "The shop does not speak %(language)s yet. The file's texts in it (%(count)s) are kept, and shoppers read them"
        " once a market speaks it."
    )


class LanguageIsOwn(ImportProblem):
    code = "language_is_own"
    message = _(
        "“%(column)s” was left out: it is in the shop's own language, whose texts belong in the column “%(plain)s”."
    )


class LanguageUnknown(ImportProblem):
    code = "language_unknown"
    message = _("“%(column)s” was left out: “%(language)s” is no language we know.")


class FieldNotNamed(ImportProblem):
    code = "field_not_named"
    message = _("Say which column holds “%(label)s”.")


class NobodyNamed(ImportProblem):
    code = "nobody_named"
    message = _("Neither an e-mail address, a phone number nor a name is given.")


class NotAnEmail(ImportProblem):
    code = "not_an_email"
    message = _("“%(value)s” is not an e-mail address.")


class NotAPhone(ImportProblem):
    code = "not_a_phone"
    message = _("“%(value)s” is not a phone number; it was left out.")


class AddressLeftOut(ImportProblem):
    code = "address_left_out"
    message = _("The address is not complete for its country and was left out.")


class AccountKept(ImportProblem):
    code = "account_kept"
    message = _("This customer has an account; name, address and number stay as they are.")


class NoLines(ImportProblem):
    code = "no_lines"
    message = _("No row of this order says what was bought.")


class UnknownState(ImportProblem):
    code = "unknown_state"
    message = _("The state “%(value)s” is not known.")
