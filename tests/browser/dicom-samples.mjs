// Two synthetic DICOM files that the pneumonia model examines: uncompressed, and as JPEG, for which a decoder is loaded.
import { readFileSync } from 'node:fs';
import { chestDx, dicomFile, encapsulated, samplePicture, syntaxes, withElements } from '../support/dicom-objects.mjs';

export const plainChest = () => dicomFile(chestDx({ picture: samplePicture('opacity-1.png') }));

export function jpegChest() {
  const jpeg = readFileSync(new URL('../../demo/samples/clear-2.jpg', import.meta.url));
  const elements = withElements(chestDx({ picture: samplePicture('clear-1.png') }), [
    [0x00280100, 'US', 8], [0x00280101, 'US', 8], [0x00280102, 'US', 7], [0x00281050, 'DS', '127.5'], [0x00281051, 'DS', '256'],
    [0x00282110, 'CS', '01'], ...encapsulated([jpeg]),
  ]);
  return dicomFile(elements, { syntax: syntaxes.jpeg });
}
