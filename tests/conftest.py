"""What holds for all tests."""

import os

from hypothesis import settings

CASES = os.environ.get("HOMELAB_TEST_CASES")

# The same cases in each run of the suite, so that a failure is this change's; `./dev fuzz` asks
# for others, and more. No deadline: a slow machine is no wrong answer.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.register_profile("fuzz", deadline=None, max_examples=int(CASES or 100), print_blob=True)
settings.load_profile("fuzz" if CASES else "suite")
