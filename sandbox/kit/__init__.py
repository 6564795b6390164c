"""What stand-ins for providers share: documents that survive a restart, a mailbox with retries, WSGI, pages."""
