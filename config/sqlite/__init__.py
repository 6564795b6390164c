"""SQLite as Duli uses it: writers of one process wait in line instead of failing with "database is locked".

SQLite lets one connection write at a time, and its own waiting is a lottery: under load a single writer may lose
for seconds. Here every write transaction (`BEGIN IMMEDIATE`) and every single writing statement outside of one
first takes its place in a first-in-first-out line of this process. Other processes still meet through SQLite's
busy timeout.
"""
