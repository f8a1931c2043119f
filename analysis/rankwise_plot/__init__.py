# Figures of Rankwise result files. SPDX-License-Identifier: MIT
