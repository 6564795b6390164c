"""What shoppers would like to have: what they saved for later, and what they want to be told of once it is back.

A saved list belongs to a browser (by its token) or, once somebody signed in, to a customer. Verbs: `lists.save`,
`remove`, `set_aside` (out of the cart), `take` (into the cart), `merge`; `requests.ask`, `confirm`, `withdraw`, `tell`.
A request is made of a proved address only: an account's own, or one whose owner followed the link in a mail.
"""
