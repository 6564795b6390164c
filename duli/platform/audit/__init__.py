"""The audit log: who changed what, from what to what; append-only, and kept so by the database.

A verb that staff can trigger calls `services.record` (or `record_change` with a row's values before and after) in
its own transaction: change and entry happen both or neither. Who acts, from where and under which request is said
once by the face (`context.acting`), or with `actor=`. What an event tells already (an order was paid) is not recorded
here a second time. Settings, roles, staff, prices and what is deleted have no event with a difference: those are.
"""
