"""Text messages: by whom they leave, whether they may, and whether they arrived.

`services.dispatch` hands one message to the service that serves its country, at most once as far as anybody can know;
the service's reports and readers' STOP come in by `services.receive_push`. Limits by number, by country and for the
whole shop keep strangers from spending the merchant's money. The room of mails writes the words and retries.
Events: sms.reported, sms.limit_reached.
"""
