#!/bin/sh
# Prints the newest Python of this machine that can run Duli (3.11 or later).
for name in "${PYTHON:-}" python3.13 python3.12 python3.11 python3.14 python3 python; do
    [ -n "$name" ] || continue
    if command -v "$name" >/dev/null 2>&1 &&
        "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        command -v "$name"
        exit 0
    fi
done
echo "Duli needs Python 3.11 or later, and this machine has none on its PATH." >&2
echo "独立需要 Python 3.11 或更高版本，这台机器上没有找到。" >&2
exit 1
