from django.db import connection

# Only PostgreSQL keeps statements for us; on SQLite there is nothing to try.
collect_ignore = [] if connection.vendor == "postgresql" else ["test_server_statements.py"]
