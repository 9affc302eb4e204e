# Reads DICOM objects with pydicom and says what it finds, as JSON: what another reader than the writer's makes of them.
#     python3 dicom-reader.py FILE...
import hashlib
import json
import sys

import pydicom


def coded(item):
    return [item.CodingSchemeDesignator, item.CodeValue if "CodeValue" in item else item.LongCodeValue, item.CodeMeaning]


def content(item):
    """A content item of a structured report, with all below it."""
    name = item.ConceptNameCodeSequence[0] if "ConceptNameCodeSequence" in item else None
    out = {"relation": item.get("RelationshipType"), "type": item.ValueType, "name": name and coded(name)}
    if item.ValueType == "TEXT":
        out["value"] = item.TextValue
    elif item.ValueType == "CODE":
        code = item.ConceptCodeSequence[0]
        out["value"] = coded(code)
    elif item.ValueType == "NUM":
        measured = item.MeasuredValueSequence[0]
        out["value"] = [float(measured.NumericValue), measured.MeasurementUnitsCodeSequence[0].CodeValue]
    elif item.ValueType == "UIDREF":
        out["value"] = item.UID
    elif item.ValueType == "IMAGE":
        reference = item.ReferencedSOPSequence[0]
        out["value"] = [reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID, reference.get("ReferencedFrameNumber")]
    out["items"] = [content(child) for child in item.get("ContentSequence", [])]
    return out


def describe(path):
    ds = pydicom.dcmread(path)
    plain = ["Modality", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID", "SOPInstanceUID", "StudyDate",
             "AccessionNumber", "CompletionFlag", "VerificationFlag", "PreliminaryFlag", "BurnedInAnnotation", "DerivationDescription", "SpecificCharacterSet", "StudyTime", "ContentDate", "ContentTime", "SeriesDate", "SeriesTime", "InstanceCreationDate",
             "InstanceCreationTime", "ObservationDateTime", "TimezoneOffsetFromUTC", "Laterality"]
    out = {key: str(ds[key].value) for key in plain if key in ds}
    out["PatientName"] = (str(ds.PatientName) + "==").split("=")[:3]
    out["TransferSyntaxUID"] = ds.file_meta.TransferSyntaxUID
    if "PixelData" in ds:
        out["shape"] = list(ds.pixel_array.shape)
        out["pixels"] = hashlib.sha256(ds.pixel_array.tobytes()).hexdigest()
        reference = ds.SourceImageSequence[0]
        out["source"] = [reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID]
    if "ContentSequence" in ds:
        out["content"] = content(ds)
        series = ds.CurrentRequestedProcedureEvidenceSequence[0]
        out["evidence"] = [series.StudyInstanceUID, series.ReferencedSeriesSequence[0].SeriesInstanceUID, series.ReferencedSeriesSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID]
    return out


json.dump([describe(path) for path in sys.argv[1:]], sys.stdout, default=str)
