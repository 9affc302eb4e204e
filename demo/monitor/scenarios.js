// What the synthetic ECG can show. How it is called: ecg.scenario.* of the catalogue.
// SPDX-License-Identifier: MIT

/** @type {Record<string, import('../../web/synthetic-ecg.js').SyntheticOptions>} */
export const SCENARIOS = {
  tour: {
    ventricular: 0.05, supraventricular: 0.05, every: 160,
    episodes: [
      { kind: 'run', at: 24, beats: 5 }, { kind: 'pause', at: 40, seconds: 2.6 }, { kind: 'off', at: 54, seconds: 8, lead: 0 },
      { kind: 'noise', at: 74, seconds: 6 }, { kind: 'rate', at: 90, seconds: 40, beatsPerMinute: 127 },
    ],
  },
  calm: {},
  premature: { ventricular: 0.09, supraventricular: 0.09 },
  run: { ventricular: 0.03, every: 25, episodes: [{ kind: 'run', at: 14, beats: 6 }] },
  pause: { every: 20, episodes: [{ kind: 'pause', at: 13, seconds: 2.6 }] },
  fast: { every: 90, episodes: [{ kind: 'rate', at: 12, seconds: 45, beatsPerMinute: 127 }] },
  slow: { heartRate: 38 },
  electrode: { ventricular: 0.04, every: 64, episodes: [{ kind: 'off', at: 16, seconds: 9, lead: 0 }, { kind: 'noise', at: 34, seconds: 7 }, { kind: 'missing', at: 50, seconds: 4 }] },
};
