/* SPDX-License-Identifier: MIT */
#include "made_up.h"

#include "wearable.h"

enum { STEP = 10 }; /* time is counted in 1/2500 s here */

/* When beats are, in 1/100 s from the beginning of ten seconds; the sign says which kind: negative are ventricular. */
static const int16_t usual[] = {40, 125, 208, 293, 375, 460, 542, 628, 710, 795, 880, 962};
static const int16_t extra[] = {40, 125, 208, -258, 380, 465, 547, 633, -684, 805, 888, 968};
static const int16_t run[] = {40, 125, 208, 293, 375, -425, -470, -515, 640, 725, 808, 892, 970};
static const int16_t pause[] = {40, 125, 208, 293, 375, 460, 880, 962};

/* A smooth bump `width` to each side of `centre`. */
static int32_t bump(int32_t t, int32_t centre, int32_t width, int32_t height)
{
    const int32_t d = t - centre, left = width * width - d * d;
    return d < -width || d > width ? 0 : (int32_t)((int64_t)height * left / (width * width) * left / (width * width));
}

/* Lead II, t in 1/2500 s from the beat: P, R, S and T; or no P and wide. */
static int32_t normal(int32_t t)
{
    return bump(t, -400, 140, 24) + bump(t, 0, 70, 220) + bump(t, 83, 56, -50) + bump(t, 670, 310, 50);
}

static int32_t ventricular(int32_t t)
{
    return bump(t, 0, 210, 320) + bump(t, 220, 250, -140) + bump(t, 750, 380, -80);
}

static int32_t sum(const int16_t *beats, uint32_t count, int32_t t)
{
    int32_t v = 0;
    for (uint32_t i = 0; i < count; i++) {
        const int32_t at = (beats[i] < 0 ? -beats[i] : beats[i]) * 25;
        v += beats[i] < 0 ? ventricular(t - at) : normal(t - at);
    }
    return v;
}

/* A little of what every amplifier has: no lead that is on stands still. */
static int32_t noise(uint32_t t)
{
    return (int32_t)((t * 2654435761u) >> 29) - 4;
}

#define SUM(beats, t) sum(beats, sizeof(beats) / sizeof *(beats), t)

void made_up_sample(uint32_t t, int32_t *lead0, int32_t *lead1)
{
    const uint32_t ten = t / (10 * MADE_UP_RATE), second = t / MADE_UP_RATE;
    const int32_t within = (int32_t)(t % (10 * MADE_UP_RATE)) * STEP;
    const int32_t v = ten == 2 || ten == 3 ? SUM(extra, within)
                      : ten == 4           ? SUM(run, within)
                      : ten == 7           ? SUM(pause, within)
                                           : SUM(usual, within);
    *lead0 = second >= 50 && second < 58 ? 0 : v + noise(t);
    *lead1 = second >= 50 && second < 58 ? 0 : noise(t + 1) - v * 3 / 5;
    if (second >= 58 && second < 60)
        *lead0 = *lead1 = WEARABLE_NO_SAMPLE;
}
