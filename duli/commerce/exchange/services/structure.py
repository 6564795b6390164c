"""Categories, collections and attributes that products of a file speak of, made where they are missing."""

from __future__ import annotations

from decimal import Decimal

from duli.base.text import slugify
from duli.commerce.catalogue.models import Attribute, Category, Collection, SafetyContact
from duli.commerce.catalogue.services import (
    save_attribute,
    save_attribute_values,
    save_category,
    save_collection,
    save_safety_contact,
)
from duli.commerce.catalogue.states import LISTED, AttributeKind, CollectionKind
from duli.commerce.catalogue.types import AttributeDraft, AttributeValueDraft
from duli.commerce.exchange.types import ImportProblem
from duli.commerce.exchange.values import decimal, flag


class Structure:
    """Finds by name, makes what is missing, and remembers it until `forget` (after a rollback)."""

    def __init__(self, actor: str) -> None:
        self._actor = actor
        self.forget()

    def forget(self) -> None:
        self._categories: dict[tuple[str, ...], int] | None = None
        self._collections: dict[str, int] | None = None
        self._attributes: dict[str, tuple[str, str]] | None = None

    def category(self, path: tuple[str, ...]) -> int:
        """Return the id of the category at the end of `path`, made with its ancestors if need be."""
        if self._categories is None:
            self._categories = {}
            names: dict[str, tuple[str, ...]] = {}
            for pk, place, name in Category.objects.order_by("path").values_list("pk", "path", "name"):
                names[place] = (*names.get(place[: -Category.steplen], ()), name)
                self._categories.setdefault(names[place], pk)
        if path not in self._categories:
            parent_id = self.category(path[:-1]) if len(path) > 1 else None
            self._categories[path] = save_category(name=path[-1], parent_id=parent_id, actor=self._actor).pk
        return self._categories[path]

    def collection(self, title: str) -> int | None:
        """Return the id of the manual collection of this title, made if need be; None for a rule-based one."""
        if self._collections is None:
            self._collections = {}
            for pk, name, kind in Collection.objects.values_list("pk", "title", "kind"):
                self._collections.setdefault(name, pk if kind == CollectionKind.MANUAL else 0)
        if title not in self._collections:
            self._collections[title] = save_collection(title=title, actor=self._actor).pk
        return self._collections[title] or None

    def _list(self, code: str, text: str) -> None:
        attribute = Attribute.objects.get(code=code)
        known = list(attribute.named_values.order_by("position", "pk"))
        if text in {value.text for value in known}:
            return
        values = [AttributeValueDraft(value.text, value.swatch, value.pk) for value in known]
        save_attribute_values(attribute_id=attribute.pk, values=[*values, AttributeValueDraft(text)], actor=self._actor)

    def contact(self, parts: tuple[str, ...]) -> int | None:
        """Return the company (name, address, contact) that answers for products, made if need be; None for none."""
        if len(parts) != 3:
            return None
        found = SafetyContact.objects.filter(name=parts[0][:160]).values_list("pk", flat=True).first()
        return found or save_safety_contact(name=parts[0], address=parts[1], contact=parts[2]).pk

    def attribute(self, name: str, text: str, kind: str = "", unit: str = "") -> AttributeDraft:
        """Return the value of the attribute of this name, which is made, of this kind, if need be.

        A file that tells the kind of an attribute that is a list was written by a shop that had the value on its list:
        here it is added. Other files have to keep to the list.
        """
        if self._attributes is None:
            rows = Attribute.objects.values_list("name", "code", "kind")
            self._attributes = {known: (code, kind) for known, code, kind in rows}
        if name not in self._attributes:
            codes = {code for code, _ in self._attributes.values()}
            base = code = slugify(name)[:70] or "attribute"
            number = 2
            while code in codes:
                code, number = f"{base}-{number}", number + 1
            made = kind or AttributeKind.TEXT
            save_attribute(code=code, name=name, kind=made, unit=unit[:20])
            self._attributes[name] = (code, made)
        told = kind
        code, kind = self._attributes[name]
        if told in LISTED and kind in LISTED:
            self._list(code, text[:255])
        if kind == AttributeKind.NUMBER:
            try:
                return AttributeDraft(code, number=Decimal(decimal(text, name)))
            except ImportProblem:
                return AttributeDraft(code, text=text[:255])
        if kind == AttributeKind.BOOLEAN:
            return AttributeDraft(code, boolean=flag(text))
        return AttributeDraft(code, text=text[:255])
