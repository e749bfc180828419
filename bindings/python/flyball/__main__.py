import sys

from flyball.cli import main

sys.exit(main())
