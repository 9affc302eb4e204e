"""What pydicom makes of each file below a folder: one line of JSON for each, for tests/node/dicom-pydicom.test.mjs.

    python3 pydicom_pixels.py [folder]        default: the test files that come with pydicom

For each handler that could read the pixels: data type and SHA-256 of each frame's bytes (little endian), or what it says instead. Of JPEG in YBR
also SHA-256 of the RGB that libjpeg makes of each frame, `rgb`. Of each element where its value begins, `elements`: [tag, place, length or null].
"""
import hashlib
import io
import json
import os
import sys
import warnings

import numpy
import pydicom
from PIL import Image
from pydicom.dataelem import RawDataElement
from pydicom.encaps import generate_pixel_data_frame
from pydicom.pixel_data_handlers import gdcm_handler, numpy_handler, pillow_handler, rle_handler

warnings.simplefilter("ignore")
HANDLERS = {"numpy": numpy_handler, "pillow": pillow_handler, "gdcm": gdcm_handler, "rle": rle_handler}


def frames_of(dataset):
    """The frames of an object's pixel array: each rows x columns (x samples)."""
    array = dataset.pixel_array
    many = int(getattr(dataset, "NumberOfFrames", None) or 1) > 1
    return list(array) if many else [array]


def pixels(path, name):
    """What one handler gives."""
    dataset = pydicom.dcmread(path, force=True)
    try:
        dataset.convert_pixel_data(name)
        frames = frames_of(dataset)
    except BaseException as error:  # of any kind: it is only written down
        return {"error": f"{type(error).__name__}: {error}"[:300]}
    little = [numpy.ascontiguousarray(f.astype(f.dtype.newbyteorder("<"))) for f in frames]
    return {
        "dtype": frames[0].dtype.name,
        "shape": list(frames[0].shape),
        "sha256": [hashlib.sha256(f.tobytes()).hexdigest() for f in little],
    }


def rgb(dataset):
    try:
        frames = generate_pixel_data_frame(dataset.PixelData, int(getattr(dataset, "NumberOfFrames", None) or 1))
        pictures = [Image.open(io.BytesIO(frame)) for frame in frames]
        if any(p.format != "JPEG" or p.mode != "RGB" for p in pictures):
            return None
        return [hashlib.sha256(p.tobytes()).hexdigest() for p in pictures]
    except Exception:
        return None


def text(dataset, name):
    try:
        value = dataset.get(name)
        return None if value is None or str(value) == "" else str(value)
    except Exception:
        return None


def elements(dataset):
    """Where the elements lie. Those that pydicom had to look into, because their length is undefined, have no length."""
    return [[int(e.tag), e.value_tell, e.length] if isinstance(e, RawDataElement) else [int(e.tag), e.file_tell, None] for e in dict.values(dataset._dict)]


def describe(path, folder):
    line = {"file": os.path.relpath(path, folder)}
    try:
        dataset = pydicom.dcmread(path, force=True)
        line["elements"] = elements(dataset)
        line["syntax"] = str(getattr(dataset.file_meta, "TransferSyntaxUID", "")) or None
        line["photometric"] = text(dataset, "PhotometricInterpretation")
        line["name"] = text(dataset, "PatientName")
        line["modality"] = text(dataset, "Modality")
        line["pixels"] = "PixelData" in dataset
    except BaseException as error:
        line["error"] = f"{type(error).__name__}: {error}"[:300]
        return line
    line["handlers"] = {name: pixels(path, name) for name in HANDLERS} if line["pixels"] else {}
    if line["pixels"] and (line["photometric"] or "").startswith("YBR"):
        line["rgb"] = rgb(dataset)
    return line


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(pydicom.__file__), "data")
    print(json.dumps({"pydicom": pydicom.__version__, "folder": folder, "pillow": pillow_handler.is_available(), "gdcm": gdcm_handler.is_available()}))
    for root, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            with open(os.path.join(root, name), "rb") as file:
                head = file.read(132)
            if name.endswith(".dcm") or head[128:] == b"DICM":
                print(json.dumps(describe(os.path.join(root, name), folder)), flush=True)


main()
