// What reports say, in English. A catalogue of another language replaces any of these; {names} are filled in. Not a medical device.
// SPDX-License-Identifier: MIT

/** @satisfies {Record<string, string>} */
export const MESSAGES = {
  'report.title': 'Bedside: result of an examination by a model',
  'report.preliminary': 'Preliminary. Made by a computer, seen by nobody.',
  'report.notDevice': 'Bedside is not a medical device. This is a result of research software; it must not be used to make decisions about a patient.',

  'report.outcome.finding': 'The model answers',
  'report.outcome.unsure': 'Not sure: show it to a clinician',
  'report.outcome.refused': 'Refused: there is no result for this file',
  'report.why': 'Why',
  'report.unreliable': 'What the model answers nevertheless, not to be relied on:',
  'report.signs': 'The model sees signs of {label}.',
  'report.noSigns': 'No signs of {label} were seen; this does not rule it out.',
  'report.signsOf': 'signs of {label}',
  'report.noSignsOf': 'no signs of {label}',
  'report.probabilityOf': 'Probability of {label}: {probability} (95 % interval {low} to {high}), among as many with {label} as without.',
  'report.sought.pneumonia': 'pneumonia',
  'report.sought.malignant': 'malignancy',
  'report.leads': '{label} leads among the labels of this model.',
  'report.probability': '{label}: {probability} (95 % interval {low} to {high})',
  'report.range': '{low} to {high}',
  'report.over': 'over {percent}',
  'report.under': 'under {percent}',
  'report.label': 'Label',
  'report.chance': 'Probability',
  'report.interval': '95 % interval',
  'report.scale': '0 to 100 %',
  'report.set': 'In the set ({coverage})',
  'report.set.yes': 'yes',
  'report.set.no': 'no',
  'report.setHolds': 'The set that held the right answer in at least {coverage} of the validation pictures is, here: {labels}.',
  'report.setEmpty': 'The set that held the right answer in at least {coverage} of the validation pictures is empty here: no label is as probable as a right one usually is.',
  'report.marked': '{label}: {area} of the picture marked.',
  'report.nothingMarked': '{label}: nothing was marked. That does not say that nothing is there.',
  'report.certainty': 'Expected agreement of the outline (Dice): {certainty}.',

  'report.doubt.unsure': 'The model\'s certainty is under its limit.',
  'report.doubt.unknown': 'The picture is unlike everything that the model was trained on.',
  'report.doubt.colour': 'The picture is in colour, and the model has learned from grey ones.',
  'report.doubt.colourless': 'The picture is grey, and the model has learned from coloured ones.',
  'report.doubt.drawn': 'The picture is drawn by a computer and not taken by a camera or a scanner.',
  'report.doubt.small': 'The picture has fewer pixels than the model looks at.',
  'report.doubt.unstated': 'The file does not say which body part or which kind of exam it is.',
  'report.doubt.frames': 'Only frame {frame} of {frames} was examined.',
  'report.doubt.age': 'The patient\'s age is outside of what the model has learned from.',

  'report.evidence': 'The evidence for {label} is strongest here: {places}. Left is the picture\'s left; the patient\'s may be the other side.',
  'report.evidenceNowhere': 'The evidence for {label} lies nowhere in particular.',
  'report.evidenceMask': 'What was marked for {label} lies mostly here: {places}. Left is the picture\'s left; the patient\'s may be the other side.',
  'report.noMap': 'No heat map was made.',
  'report.place.upper-left': 'upper left',
  'report.place.upper': 'top centre',
  'report.place.upper-right': 'upper right',
  'report.place.left': 'left',
  'report.place.centre': 'centre',
  'report.place.right': 'right',
  'report.place.lower-left': 'lower left',
  'report.place.lower': 'bottom centre',
  'report.place.lower-right': 'lower right',
  'report.list': ', ',

  'report.patient': 'Patient',
  'report.patientId': 'Patient ID',
  'report.birthDate': 'Date of birth',
  'report.sex': 'Sex',
  'report.study': 'Study',
  'report.studyDate': 'Date of the study',
  'report.accession': 'Accession number',
  'report.modality': 'Modality',
  'report.bodyPart': 'Body part',
  'report.view': 'View',
  'report.stated': '{value} (stated by the person who examined, not by the file)',
  'report.frame': 'Frame',
  'report.frameOf': '{frame} of {frames}',
  'report.noIdentity': 'The file names no patient.',
  'report.examined': 'Examined',
  'report.file': 'File',
  'report.model': 'Model',
  'report.modelVersion': '{title}, version {version}',
  'report.software': 'Software',
  'report.intendedUse': 'Intended use',
  'report.limits': 'Limits of the model',
  'report.hashes': 'SHA-256',
  'report.hashFile': 'Examined file',
  'report.hashModel': 'Model',
  'report.hashMap': 'Heat map',
  'report.picture': 'The examined picture',
  'report.pictureMap': 'The examined picture with the heat map for {label}',
  'report.pictureMask': 'The examined picture with what was marked for {label}',
  'report.unnamed': 'without a name',
};

/** @typedef {Partial<Record<keyof typeof MESSAGES, string>> & Record<string, string>} Messages */

/**
 * A text with its names filled in.
 * @param {keyof typeof MESSAGES | string} key @param {Record<string, string | number>} [values] @param {Messages} [messages]
 */
export function text(key, values = {}, messages = {}) {
  const template = messages[key] ?? /** @type {Record<string, string>} */ (MESSAGES)[key] ?? key;
  return template.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
