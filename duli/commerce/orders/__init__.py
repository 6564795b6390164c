"""What was sold: orders with their lines, parcels, documents and timeline.

`status` is what staff decided; `payment_state`, `fulfilment_state` and `return_state` are derived, each
recomputed by one function in `states`. Verbs live in `services`; the timeline is the event rows with
reference ``order:<id>``.
"""
