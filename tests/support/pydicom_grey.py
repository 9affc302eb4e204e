"""What pydicom makes of each file: one line of JSON for each, for tests/node/dicom-readers.test.mjs.

    python3 pydicom_grey.py FILE...

`stored`: the pixel array of frame 0; `values`: after the modality LUT or rescale; `grey`: after the VOI LUT or window, MONOCHROME1 turned over, scaled to
0 to 255; `name`: Patient's Name; `groups`: of an enhanced object [slope, intercept, centre, width] of each frame. What pydicom refuses is null.
"""
import json
import sys
import warnings

import pydicom
from pydicom.pixel_data_handlers.util import apply_modality_lut, apply_voi_lut

warnings.simplefilter("ignore")


def limits(ds):
    """The least and the most that a window gives, as pydicom's apply_windowing has them; or a table."""
    if "VOILUTSequence" in ds:
        return 0, 2 ** ds.VOILUTSequence[0].LUTDescriptor[2] - 1
    if "ModalityLUTSequence" in ds:
        least, most = 0, 2 ** ds.ModalityLUTSequence[0].LUTDescriptor[2] - 1
    else:
        bits = ds.BitsStored
        least, most = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if ds.PixelRepresentation else (0, 2**bits - 1)
    if "RescaleSlope" in ds and "RescaleIntercept" in ds:
        return least * ds.RescaleSlope + ds.RescaleIntercept, most * ds.RescaleSlope + ds.RescaleIntercept
    return least, most


def attempt(work):
    try:
        return work()
    except Exception:
        return None


def grey(ds):
    least, most = limits(ds)
    scaled = (apply_voi_lut(apply_modality_lut(ds.pixel_array, ds), ds).astype(float) - least) / (most - least) * 255
    return (255 - scaled if ds.PhotometricInterpretation == "MONOCHROME1" else scaled).ravel().tolist()


def group(item):
    rescale, window = item.PixelValueTransformationSequence[0], item.FrameVOILUTSequence[0]
    return [float(v) for v in (rescale.RescaleSlope, rescale.RescaleIntercept, window.WindowCenter, window.WindowWidth)]


for path in sys.argv[1:]:
    ds = pydicom.dcmread(path)
    print(json.dumps({
        "version": pydicom.__version__,
        "name": str(ds.get("PatientName", "")).rstrip("="),
        "stored": attempt(lambda: ds.pixel_array.ravel().tolist()),
        "values": attempt(lambda: apply_modality_lut(ds.pixel_array, ds).ravel().tolist()),
        "grey": attempt(lambda: grey(ds)),
        "groups": [group(item) for item in ds.get("PerFrameFunctionalGroupsSequence", [])],
    }))
