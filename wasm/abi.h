/* Version of the modules' interface; bedside.js refuses any other.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_WASM_ABI_H
#define BEDSIDE_WASM_ABI_H

#define BDS_WASM_ABI 5u

#endif
