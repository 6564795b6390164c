"""Tells other systems what happened: outbound webhooks by the Standard Webhooks scheme.

`endpoints` say where to and which kinds of events; each event becomes one delivery per endpoint, written once and
sent by a job that tries again up a ladder of pauses. Every attempt is kept; any delivery may be sent once more.
"""
