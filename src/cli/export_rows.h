/* Which rows layers that go by blocks hold and want: what src/flow.c does, counted.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_EXPORT_ROWS_H
#define BEDSIDE_CLI_EXPORT_ROWS_H

#include "export_flow.h"

/* Whether operator i can go by blocks at all. */
int export_can_flow(const export_network *e, uint32_t i);
/* Rows that the strip of operator i must hold, and its bytes. */
uint32_t export_strip_rows(const export_network *e, uint32_t i);
uint32_t export_strip_bytes(const export_network *e, uint32_t i);
/* The operator whose operand the chain that ends in operator i reads. */
uint32_t export_root(const export_network *e, uint32_t i);
/* By how many bytes the result of operator i must begin before the operand of its root, so that no row is overwritten that is still
 * wanted. */
uint32_t export_behind(const export_network *e, uint32_t i);

#endif
