/* Made-up heartbeats, units of 5 microvolts: bumps with an end, so that nothing but whole arithmetic of doubles is in them.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_HEART_H
#define BEDSIDE_TESTS_HEART_H

#include <stdint.h>

static inline double heart_bump(double t, double at, double half, double height)
{
    const double x = (t - at) / half, rest = 1 - x * x;
    return rest > 0 ? height * rest * rest : 0;
}

/* Lead 0 or 1, t seconds after the beat; a wide one comes from the ventricles. Noise of +-2 units by a hash of the sample. */
static inline double heart_wave(int lead, double t, int wide)
{
    const double sign = lead ? -0.6 : 1;
    if (wide)
        return sign * (heart_bump(t, 0, 0.075, 320) + heart_bump(t, 0.1, 0.09, -140) + heart_bump(t, 0.3, 0.13, -80));
    return sign * (heart_bump(t, -0.16, 0.05, 24) + heart_bump(t, -0.03, 0.02, -20) + heart_bump(t, 0, 0.027, 220) +
                   heart_bump(t, 0.03, 0.023, -50) + heart_bump(t, 0.27, 0.11, 50));
}

/* A rhythm of 60 seconds that repeats itself exactly: 70 beats at 0.857 s, the 21st and 22nd and every 30th early and wide. Beat k (from 0)
 * lies at heart_at(k) seconds. */
#define HEART_BEATS 70
#define HEART_SECONDS 60

static inline int heart_is_wide(int beat)
{
    const int k = beat % HEART_BEATS;
    return k == 20 || k == 45;
}

static inline double heart_at(int beat)
{
    const int k = beat % HEART_BEATS;
    return (beat / HEART_BEATS) * HEART_SECONDS + 0.4 + k * (60.0 / HEART_BEATS) - (heart_is_wide(beat) ? 0.25 : 0);
}

/* The value at a time, whole; deterministic noise repeats with the minute. */
static inline int32_t heart_value(int lead, double t, uint32_t sample, uint32_t samples_per_minute)
{
    const int near = (int)(t * HEART_BEATS / HEART_SECONDS);
    double v = 0;
    for (int k = near - 2; k <= near + 2; k++)
        if (k >= 0)
            v += heart_wave(lead, t - heart_at(k), heart_is_wide(k));
    uint32_t hash = (sample % samples_per_minute) * 2654435761u + (uint32_t)lead * 97u;
    hash ^= hash >> 15;
    hash *= 2246822519u;
    v += (double)((hash >> 20) % 5) - 2;
    return (int32_t)(v < 0 ? v - 0.5 : v + 0.5);
}

#endif
