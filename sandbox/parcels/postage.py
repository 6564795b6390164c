"""What practice labels cost, which numbers they carry, and how they look."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.parcels.journeys import journey_of

# Carrier, service, cents for the first ounce, cents for each further one, days.
_AT_HOME = (
    ("USPS", "GroundAdvantage", 412, 9, 4),
    ("USPS", "Priority", 738, 14, 2),
    ("UPS", "Ground", 1084, 11, 3),
    ("FedEx", "FEDEX_2_DAY", 1832, 22, 2),
)
_ABROAD = (
    ("UPS", "UPSSaver", 2890, 31, 3),
    ("FedEx", "INTERNATIONAL_ECONOMY", 2610, 28, 5),
    ("DHLExpress", "ExpressWorldwide", 3145, 34, None),
)
# Nobody sends there.
CLOSED = {"KP", "SY"}


def rates_for(home: str, there: str, ounces: float) -> list[tuple[str, str, int, int | None]]:
    """Return (carrier, service, cents, days) of each way to send it."""
    if there in CLOSED:
        return []
    ladder = _AT_HOME if home == there else _ABROAD
    further = max(0, round(ounces) - 1)
    return [(carrier, service, first + further * each, days) for carrier, service, first, each, days in ladder]


def number_for(carrier: str, serial: int) -> str:
    """Return a valid tracking number of the carrier, the same for the same serial, of a parcel that arrives."""
    make = {"USPS": _usps, "UPS": _ups, "FedEx": _fedex, "DHLExpress": _dhl}[carrier]
    found = (make(serial * 100 + place) for place in range(100))
    return next(number for number in found if journey_of(number) == "normal")


def _usps(serial: int) -> str:
    body = f"94001111{serial:013d}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return f"{body}{-total % 10}"


def _ups(serial: int) -> str:
    body = f"5R8939{serial:09d}"
    values = [int(sign) if sign.isdigit() else (ord(sign) - 63) % 10 for sign in body]
    total = sum(value * (2 if place % 2 else 1) for place, value in enumerate(values))
    return f"1Z{body}{-total % 10}"


def _fedex(serial: int) -> str:
    body = f"{serial % 10**8 + 986 * 10**8:011d}"
    total = sum(int(digit) * (3, 1, 7)[place % 3] for place, digit in enumerate(body))
    return f"{body}{total % 11 % 10}"


def _dhl(serial: int) -> str:
    body = f"{serial % 10**6 + 345 * 10**6:09d}"
    return f"{body}{int(body) % 7}"


def label_pdf(lines: Sequence[str]) -> bytes:
    """Return one page of 4 by 6 inches with these lines; signs that are not Latin are left out."""
    plain = [line.encode("latin-1", "replace").decode("latin-1") for line in lines]
    escaped = (line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in plain)
    words = "BT /F1 11 Tf 15 TL 20 400 Td " + " ".join(f"({line}) Tj T*" for line in escaped) + " ET"
    content = words.encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 288 432] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    page, places = b"%PDF-1.4\n", []
    for number, entry in enumerate(objects, 1):
        places.append(len(page))
        page += b"%d 0 obj\n%s\nendobj\n" % (number, entry)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(page))
    return page + head + table + tail
