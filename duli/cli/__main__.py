import sys

from duli.cli import main

sys.exit(main())
