# SPDX-License-Identifier: MIT
# The nodes are type-checked against our stand-in, because KNIME's package has no types.
from realtime_dev.knime_standin import *
