"""People with an account: shoppers who signed up, and staff.

allauth carries the pages (log in, sign up, codes, passwords); `adapter` connects it to our user, our outbox and
text messages. Verbs for the other faces are in `services`: create_staff, login_staff, change_password,
update_profile. What a role may do is data in `permissions`.
"""
