"""`python -m toolkit` is `tillbook`."""

import sys

from toolkit.cli import main

sys.exit(main())
