/* The result section of a mask, fitted on the validation split with the runtime's own logits.
 *
 * Temperature: T minimises the mean negative log likelihood of sigmoid(logit / T) over all pixels; one factor, no bias: what is marked
 * stays what the network marks at 0.5, or at the recipe's threshold.
 *
 * Certainty: the Dice coefficient that these probabilities let expect of the mask (soft Dice confidence, Borges et al.,
 * arXiv:2402.10665), of an empty mask 1 minus the largest probability; see bds_mask.
 *
 * Abstention: the certainty under which the answer is "not sure": the one with the highest mean Dice coefficient among the answered,
 * while at least 95 % of the split are answered; of equals the smallest. 0.5 when no limit raises that mean. (A picture without
 * truth counts 1 if nothing is marked, else 0.)
 *
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_FIT_SEGMENT_H
#define BEDSIDE_CLI_FIT_SEGMENT_H

#include "fit.h"
#include "segments.h"

#define FIT_MASK_ABSTAIN 0.5

/* f->selective_accuracy becomes the mean Dice coefficient of the answered. scale, zero_point: of the stored logits; mark_from: the
 * logit from which a pixel is marked. */
int fit_segment(fitted *f, const segments *s, double scale, int32_t zero_point, double mark_from);

#endif
