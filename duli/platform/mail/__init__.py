"""Messages to people: what is sent, in which words, and whether it arrived.

`services.send` writes a row of the outbox and enqueues a job; the job delivers it over SMTP, hands an SMS to the room
of text messages, or, where the shop has neither, keeps it in the outbox. The same `key` is the same message,
however often it is sent. Texts come with the software, one folder a language (``templates_default``); a merchant's
own text is a row that stands in for one of them. Events: mail.sent, mail.arrived, mail.failed, mail.resent.
"""
