// Anatomic regions that X-rays, slices and photographs are of, by their codes (DICOM PS3.16, CID 4031 and its like): what a code is of, whatever the
// language of its meaning. Names as Body Part Examined has them. Not a medical device.
// SPDX-License-Identifier: MIT

/** Name, codes of SNOMED CT, code of the older SNOMED-RT. @type {[string, string[], string][]} */
const REGIONS = [
  ['CHEST', ['51185008', '816094009'], 'T-D3000'], ['LUNG', ['39607008'], 'T-28000'], ['HEART', ['80891009'], 'T-32000'], ['BREAST', ['76752008'], 'T-04000'],
  ['HEAD', ['69536005'], 'T-D1100'], ['SKULL', ['89546000'], 'T-11100'], ['BRAIN', ['12738006'], 'T-A0100'], ['EYE', ['81745001'], 'T-AA000'], ['RETINA', ['5665001'], 'T-AA610'],
  ['NECK', ['45048000'], 'T-D1600'], ['CSPINE', ['122494005'], 'T-11501'], ['TSPINE', ['122495006'], 'T-11502'], ['LSPINE', ['122496007'], 'T-11503'],
  ['ABDOMEN', ['113345001', '818981001', '818983003'], 'T-D4000'], ['PELVIS', ['12921003'], 'T-D6000'], ['HIP', ['29836001'], 'T-15710'],
  ['SHOULDER', ['16982005'], 'T-D2220'], ['ELBOW', ['16953009'], 'T-15430'], ['WRIST', ['8205005'], 'T-15460'], ['HAND', ['85562004'], 'T-D8700'],
  ['KNEE', ['72696002'], 'T-D9200'], ['ANKLE', ['70258002'], 'T-15750'], ['FOOT', ['56459004'], 'T-D9700'],
];
const names = new Set(REGIONS.map(([name]) => name));
const byCode = new Map(REGIONS.flatMap(([name, sct, srt]) => [...sct.map((code) => /** @type {[string, string]} */ ([`SCT ${code}`, name])), /** @type {[string, string]} */ ([`SRT ${srt}`, name])]));
/** Names of the older scheme in older objects. */
const SCHEMES = new Map([['SNM3', 'SRT'], ['99SDM', 'SRT']]);

/** @param {string | null} scheme @param {string | null} code @returns {string | null} null: not in the list */
export function regionOfCode(scheme, code) {
  const known = scheme?.trim().toUpperCase() ?? '';
  return byCode.get(`${SCHEMES.get(known) ?? known} ${code?.trim()}`) ?? null;
}

/** A name of the list among the words, such as HAND of "LEFT HAND"; null if there is none. @param {string} words in capitals */
export const regionOfWords = (words) => words.split(' ').find((word) => names.has(word)) ?? null;
