"""Addresses of the pages of consents and personal data."""

from django.urls import path

from vernost.office import consent_access  # noqa: F401 - says who opens these addresses
from vernost.office.views import consents, privacy

urlpatterns = [
    path("customers/<int:customer_id>/consents/", consents.customer_consents, name="customer-consents"),
    path("customers/<int:customer_id>/consents/withdraw/", consents.consents_withdraw, name="consents-withdraw"),
    path("customers/<int:customer_id>/consents/proof/", consents.consents_proof, name="consents-proof"),
    path("customers/<int:customer_id>/consents/<int:entry_id>/scan/", consents.consent_scan, name="consent-scan"),
    path("customers/<int:customer_id>/copy/", privacy.customer_copy, name="customer-copy"),
    path("customers/<int:customer_id>/erase/", privacy.customer_erase, name="customer-erase"),
    path("settings/personal-data/", privacy.personal_data, name="personal-data"),
    path("settings/personal-data/texts/new/", privacy.consent_text, name="consent-text-add"),
    path("settings/personal-data/texts/<int:text_id>/", privacy.consent_text, name="consent-text"),
    path(
        "settings/personal-data/texts/<int:text_id>/archive/",
        privacy.consent_text_archive,
        name="consent-text-archive",
    ),
    path("settings/personal-data/companies/new/", privacy.company, name="company-add"),
    path("settings/personal-data/companies/<int:company_id>/", privacy.company, name="company"),
    path("settings/personal-data/companies/<int:company_id>/archive/", privacy.company_archive, name="company-archive"),
    path("settings/personal-data/erasures/<int:erasure_id>/", privacy.erasure, name="erasure"),
    path("settings/personal-data/erasures/<int:erasure_id>/act/", privacy.erasure_act, name="erasure-act"),
]
