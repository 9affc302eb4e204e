// What the synthetic ECG can show.
// SPDX-License-Identifier: MIT

/** @type {Record<string, { title: string, options: import('../../web/synthetic-ecg.js').SyntheticOptions }>} */
export const SCENARIOS = {
  tour: {
    title: 'A tour of everything below',
    options: {
      ventricular: 0.05, supraventricular: 0.05, every: 160,
      episodes: [
        { kind: 'run', at: 24, beats: 5 }, { kind: 'pause', at: 40, seconds: 2.6 }, { kind: 'off', at: 54, seconds: 8, lead: 0 },
        { kind: 'noise', at: 74, seconds: 6 }, { kind: 'rate', at: 90, seconds: 40, beatsPerMinute: 127 },
      ],
    },
  },
  calm: { title: 'No premature beats', options: {} },
  premature: { title: 'Premature beats, ventricular and supraventricular', options: { ventricular: 0.09, supraventricular: 0.09 } },
  run: { title: 'Runs of ventricular beats', options: { ventricular: 0.03, every: 25, episodes: [{ kind: 'run', at: 14, beats: 6 }] } },
  pause: { title: 'Pauses', options: { every: 20, episodes: [{ kind: 'pause', at: 13, seconds: 2.6 }] } },
  fast: { title: 'A fast heart for a while', options: { every: 90, episodes: [{ kind: 'rate', at: 12, seconds: 45, beatsPerMinute: 127 }] } },
  slow: { title: 'A slow heart', options: { heartRate: 38 } },
  electrode: {
    title: 'An electrode comes off, then noise, then lost samples',
    options: { ventricular: 0.04, every: 64, episodes: [{ kind: 'off', at: 16, seconds: 9, lead: 0 }, { kind: 'noise', at: 34, seconds: 7 }, { kind: 'missing', at: 50, seconds: 4 }] },
  },
};
