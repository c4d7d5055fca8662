import sys

from sandbox.launcher.main import main

sys.exit(main())
