"""What a masked record still shows, and what it must never show."""

from __future__ import annotations

from agent.health.masking import mask, mask_record, mask_text


def test_letters_and_digits_go_and_the_form_stays():
    assert mask_text("Anna-Märie O'Neil 12") == "xxxx-xxxxx x'xxxx 99"
    assert mask_text("1980-02-03") == "9999-99-99"
    assert mask_text("a\u00a0b\x00\u2028") == "x?x??"


def test_codes_of_the_model_are_shown_and_everything_else_is_masked():
    shown = mask_record(
        "patient",
        {
            "first_name": "Zoë",
            "birth_date": "1980-02-03",
            "sex": "female",
            "sex_raw": "F",
            "is_patient": True,
            "emails": ["z@example.org"],
            "phones": [{"type": "home", "raw": "555 0100", "e164": "+15555550100"}],
            "address": {"line_1": "1 Elm St", "line_2": None, "city": "Reno", "state": "NV", "postal_code": "1"},
            "consents": {"sms": "yes"},
            "guarantor_id": "104",
            "language": "en",
            "unheard_of": "Zoë",
        },
    )
    assert shown == {
        "first_name": "xxx",
        "birth_date": "9999-99-99",
        "sex": "female",
        "sex_raw": "F",
        "is_patient": True,
        "emails": ["x@xxxxxxx.xxx"],
        "phones": [{"type": "home", "raw": "999 9999", "e164": "+99999999999"}],
        "address": {"line_1": "9 xxx xx", "line_2": None, "city": "xxxx", "state": "xx", "postal_code": "9"},
        "consents": {"sms": "yes"},
        "guarantor_id": "999",
        "language": "xx",
        "unheard_of": "xxx",
    }


def test_an_office_s_own_words_are_masked_although_they_are_called_raw():
    shown = mask_record(
        "ledger_entry", {"type_raw": "Refund to Zoe", "kind": "payment", "kind_raw": "P", "amount": "-12.50"}
    )
    assert shown == {"type_raw": "xxxxxx xx xxx", "kind": "payment", "kind_raw": "P", "amount": "-99.99"}


def test_what_has_no_known_type_is_masked_whole():
    assert mask({"a": [1, 2.5, None, True, object()]}) == {"a": ["9", "9.9", None, True, "?"]}
