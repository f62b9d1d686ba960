"""``python -m gui``."""

import sys

from gui.start import main

sys.exit(main())
