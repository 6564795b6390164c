"""A stand-in for the registers of VAT ids: VIES' REST interface with the numbers of its own test service, and HMRC's.

``create_app`` returns a WSGI application (standard library only). Numbers that mean something, as in VIES' test
service: 100 valid, 200 invalid, 201 INVALID_INPUT, 202 INVALID_REQUESTER_INFO, 300 SERVICE_UNAVAILABLE, 301
MS_UNAVAILABLE, 302 TIMEOUT, 400 VAT_BLOCKED, 401 IP_BLOCKED, 500 GLOBAL_MAX_CONCURRENT_REQ, 501
GLOBAL_MAX_CONCURRENT_REQ_TIME, 600 MS_MAX_CONCURRENT_REQ, 601 MS_MAX_CONCURRENT_REQ_TIME. What else there is can be
named with ``known``: {"DE123456789": ("Name", "Address")}; `down` lets every answer be MS_UNAVAILABLE.
"""

from sandbox.vat.app import VatOffice, create_app

__all__ = ["VatOffice", "create_app"]
