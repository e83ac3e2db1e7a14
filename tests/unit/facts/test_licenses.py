"""Licenses: texts of standard and own licenses, statements in two languages, conditions of use."""

from __future__ import annotations

from tests.unit.facts.pages import facts_of, reading_of, said

OWN = (
    "ACME 4 COMMUNITY LICENSE AGREEMENT\n\nAcme hereby grants the Licensee a license to use, copy and redistribute the "
    "Materials and Derivative Works.\n\nThe Licensor is not liable.\n\nWrite to legal@acme.example, © 2030 Acme.\n"
)


def test_the_text_of_an_own_license_is_known_by_its_title() -> None:
    assert ("*", "license", "", "Acme 4 Community License") in said(facts_of(OWN, "text/plain"), "license")


def test_terms_of_use_are_known_by_their_title() -> None:
    terms = OWN.replace("ACME 4 COMMUNITY LICENSE AGREEMENT", "Acme Terms of Use")
    assert ("*", "license", "", "Acme Terms of Use") in said(facts_of(terms, "text/plain"), "license")


def test_a_sentence_that_goes_on_states_the_license_of_what_the_one_before_named() -> None:
    page = "# Acme 4\n\nWe have open-sourced the base models. They are released under the MIT open-source license.\n"
    assert said(facts_of(page), "license") == {("*", "license", "", "MIT")}
    other = "# Acme 4\n\nMany tools exist. They are released under the MIT open-source license.\n"
    assert said(facts_of(other), "license") == set()


def test_what_binds_in_a_text_has_a_digest_that_years_and_addresses_do_not_touch() -> None:
    def digest(text: str) -> set[str]:
        return {f.value_key for f in facts_of(text, "text/plain") if f.predicate == "license.text"}

    assert digest(OWN)
    assert digest(OWN) == digest(OWN.replace("2030", "2031").replace("legal@acme", "license@acme"))
    assert digest(OWN) != digest(OWN.replace("copy and redistribute", "copy"))


def test_several_licenses_of_front_matter_are_one_fact() -> None:
    card = "---\nlicense: [mit, apache-2.0]\n---\n# Acme 4\n"
    assert said(facts_of(card), "license") == {("*", "license", "", "Apache-2.0 AND MIT")}


def test_chinese_statements_tell_code_from_weights_and_conditions_of_use() -> None:
    page = (
        "## 协议\n\n本仓库的代码依照 Apache-2.0 协议开源，模型的权重的使用则需要遵循 [模型协议](LICENSE)。"
        "权重对学术研究完全开放，也可申请免费的商业使用授权。\n"
    )
    assert said(facts_of(page), "license") == {
        ("*", "license", "code", "Apache-2.0"),
        ("*", "license", "model", "模型协议"),
        ("*", "commercial_use", "", "free, on application"),
    }


CARD = (
    "---\nlicense: mit\n---\n# Acme 4\n\n## License\n\nThe model weights are released under the Apache 2.0 license.\n"
)


def test_prose_beside_front_matter_is_a_rival_and_no_fact() -> None:
    found = reading_of(CARD)
    assert said(found.facts, "license") == {("*", "license", "", "MIT")}
    assert {(f.value, f.qualifier, f.detail["mark"]) for f in found.rivals} == {("Apache-2.0", "model", "stated")}


def test_without_front_matter_nothing_is_a_rival() -> None:
    assert reading_of(CARD.partition("---\n# ")[2]).rivals == ()


def test_a_license_is_stated_with_its_version_for_a_part_or_for_the_model_of_the_page() -> None:
    for text, expected in (
        ("The weights are licensed under the Apache License, Version 2.0.", {("Apache-2.0", "model")}),
        ("Acme 3 is licensed under the [Acme Community License](LICENSE).", {("Acme Community License", "")}),
        (
            "The code is licensed under Apache-2.0, the weights under CC-BY-NC-4.0.",
            {("Apache-2.0", "code"), ("CC-BY-NC-4.0", "model")},
        ),
    ):
        facts = facts_of(f"# Acme 3\n\n{text}\n")
        assert {(f.value, f.qualifier) for f in facts if f.predicate == "license.license"} == expected


def test_the_title_of_a_license_ends_where_its_capitals_do() -> None:
    page = (
        "ACME 3 COMMUNITY LICENSE AGREEMENT\nAcme 3 Version Release Date: April 18, 2030\n\n"
        '"Agreement" means the terms and conditions for use and redistribution. The licensor hereby grants a license to'
        " redistribute derivative works without warranty.\n"
    )
    facts = facts_of(page, "text/plain")
    assert {f.value for f in facts if f.predicate == "license.license"} == {"Acme 3 Community License"}
