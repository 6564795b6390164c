"""People with an account: shoppers who signed up, and staff.

allauth carries the pages (log in, sign up, codes, passwords); `adapter` connects it to our user, our outbox and
text messages. Verbs for the other faces are in `services`. What a role may do is data in `permissions`, edited in
rows that `roles` reads; how far it may go alone is in `limits`, and what goes further waits in `approvals`.
"""
