/* Recurrent operators.
 * SPDX-License-Identifier: MIT */
#include "tflite.h"

bdc_status tfl_sequence_lstm(tfl_importer *m, net_code code)
{
    (void)code;
    return tfl_refuse(m, BDC_E_UNSUPPORTED, "is not supported");
}
