"""`python -m workers.ocr FILE…`."""

import sys

from workers.ocr.cli import main

if __name__ == "__main__":
    sys.exit(main())
