"""Work that is done after the answer: rows of django-tasks, run by a worker thread or by `duli worker`.

A room registers a function with `@job` in its jobs.py; `enqueue` writes a row in the caller's transaction. Jobs
run at least once: a worker that dies leaves a row that another one takes up again, a failure is tried again later
and later, and a cron line makes a job run on time in exactly one process.
"""
