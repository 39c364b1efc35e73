"""Lets the tests of this folder import `samples`, since test folders are found by path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
