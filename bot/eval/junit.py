"""The report for machines: JUnit XML, as CI systems read it."""

import re
from xml.etree import ElementTree as ET

from bot.eval.result import Result, Run

#: characters that no XML can hold
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(run: Run) -> bytes:
    """The document, UTF-8."""
    suite = ET.Element("testsuite", _counts(run) | {"name": "helpdesk eval"})
    properties = ET.SubElement(suite, "properties")
    for name, value in (("model", run.models), ("prompt", run.prompt), ("mode", run.mode)):
        ET.SubElement(properties, "property", name=name, value=_kept(value))
    for each in run.results:
        _case(suite, each)
    suites = ET.Element("testsuites", _counts(run))
    suites.append(suite)
    ET.indent(suites)
    made: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return made


def _counts(run: Run) -> dict[str, str]:
    seconds = sum(each.played.seconds for each in run.results)
    failed = len(run.results) - run.passed
    return {"tests": str(len(run.results)), "failures": str(failed), "errors": "0", "time": f"{seconds:.3f}"}


def _case(suite: ET.Element, result: Result) -> None:
    named = {"classname": "helpdesk.eval", "name": result.case.name, "time": f"{result.played.seconds:.3f}"}
    case = ET.SubElement(suite, "testcase", named)
    if not result.passed:
        failure = ET.SubElement(case, "failure", message=_kept(result.played.problems[0]), type="expectation")
        failure.text = _kept("\n".join(result.played.problems))
        ET.SubElement(case, "system-out").text = _kept("\n".join(result.played.transcript))


def _kept(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
