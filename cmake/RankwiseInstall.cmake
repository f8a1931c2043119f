# Install and export. SPDX-License-Identifier: MIT
