# SPDX-License-Identifier: MIT
# The nodes are type-checked against our stand-in: KNIME's own package ships no types.
from realtime_dev.knime_standin import *
