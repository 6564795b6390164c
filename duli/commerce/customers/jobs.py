from __future__ import annotations

from duli.platform.jobs.registry import job


@job("customers.index", attempts=4)
def index_customer(*, customer_id: int) -> None:
    from duli.commerce.customers.services.index import index_customers

    index_customers(customer_ids=[customer_id])


@job("customers.data_request", attempts=5)
def work_on_data_request(*, request_id: int) -> None:
    from duli.commerce.customers.services.privacy import work_on_request

    work_on_request(request_id=request_id)


@job("customers.forget_files", schedule="17 4 * * *")
def forget_data_files() -> None:
    from duli.commerce.customers.services.privacy import forget_files

    forget_files()


@job("customers.index_missing", schedule="23 * * * *")
def index_missing_customers() -> None:
    from duli.commerce.customers.services.index import index_missing

    index_missing()
