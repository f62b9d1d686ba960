"""The API's document: whatever is asked according to it, or against it, is answered as it says. Fuzzed, the same each
time: a seed stands for each call.
"""

from __future__ import annotations

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from agent.api.client import read_address
from agent.api.openapi import document
from agent.api.server import CALLS
from tests.api.stations import Service

SCHEMA = schemathesis.openapi.from_dict(document(CALLS))
ANSWERED = CHECKS.get_by_names(
    ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]
)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda one: one.value)
@pytest.mark.parametrize("call", CALLS, ids=lambda one: one.name)
def test_every_answer_is_as_documented(service: Service, call, mode: GenerationMode):
    address = read_address(service.home)
    token = (service.home / address.tokens["change"]).read_text()

    @hypothesis.seed(20)
    @hypothesis.settings(
        max_examples=12, deadline=None, database=None, derandomize=False, suppress_health_check=list(HealthCheck)
    )
    @hypothesis.given(case=SCHEMA[call.path][call.method].as_strategy(generation_mode=mode))
    def asked(case):
        if mode is GenerationMode.POSITIVE and "wait" in (case.query or {}):
            case.query["wait"] = 0  # nobody waits for nothing
        answer = case.call(base_url=f"http://127.0.0.1:{address.port}", headers={"Authorization": f"Bearer {token}"})
        case.validate_response(answer, checks=ANSWERED)
        assert answer.status_code != 500
        assert mode is GenerationMode.NEGATIVE or answer.status_code != 401

    try:
        asked()
    except hypothesis.errors.Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # a call that takes nothing cannot be asked wrongly
