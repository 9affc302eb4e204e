/* The choice of classes, sparsity and coder under a limit: not there yet.
 * SPDX-License-Identifier: MIT */
#include "ir.h"

bdc_status bdc_search(bdc_graph *graph, const bdc_search_options *options, bdc_search_result *result)
{
    (void)options;
    (void)result;
    return graph ? bdc_fail(graph->context, BDC_E_UNSUPPORTED, "The search is not part of this build.")
                 : BDC_E_ARGUMENT;
}
